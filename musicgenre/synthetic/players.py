"""The players: each reads the song and writes its notes."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from musicgenre.synthetic.chance import pick, uniform
from musicgenre.synthetic.harmony import near, voicing
from musicgenre.synthetic.score import Song, onsets
from musicgenre.synthetic.style import STEPS, Part

DEGREES = {1: 0, 3: 1, 5: 2, 7: 3}  # of a bass pattern, as an index into the chord
FILLS = (
    {"snare": "........7.77888."},
    {"high_tom": "........8.8.....", "low_tom": "............8.8.", "snare": "..........7....."},
    {"snare": "............7778", "kick": "9.......9......."},
    {"low_tom": "............88..", "high_tom": "..........88....", "snare": "..............88"},
)


@dataclass(frozen=True)
class Note:
    """A note or chord.

    Attributes:
        time: When it starts, in seconds.
        seconds: How long it is held.
        pitches: MIDI note numbers, low to high.
        loudness: 0 to 1.
    """

    time: float
    seconds: float
    pitches: tuple[float, ...]
    loudness: float


@dataclass(frozen=True)
class Hit:
    """A drum hit at a time in seconds with a loudness of 0 to 1."""

    time: float
    drum: str
    loudness: float


def play_part(song: Song, role: str, part: Part, rng: Generator) -> list[Note]:
    """Play all notes of one role.

    Args:
        song: What to play.
        role: A key of `song.band`.
        part: How to play it.
        rng: Generator for the pattern, the tune and the timing.

    Returns:
        The notes in order of time.
    """
    pattern = pick(rng, part.patterns)
    tune = _Tune(song, part, rng) if part.mode == "lead" else None
    notes = []
    for step, steps, digit in onsets(song, role, pattern):
        if tune is not None:
            pitches: tuple[float, ...] = (tune.pitch(step),)
        else:
            pitches = _pitches(song, part, step, digit)
        loudness = (digit if part.mode in ("chord", "power", "lead") else 7 - step % 2) / 9
        notes.append(
            Note(
                time=_time(song, step, rng),
                seconds=float(song.times[step + steps] - song.times[step]),
                pitches=pitches,
                loudness=loudness * song.loudness(step // STEPS) * uniform(rng, (0.85, 1.0)),
            )
        )
    return notes


def play_drums(song: Song, rng: Generator) -> list[Hit]:
    """Play all hits of the drums: the groove, a fill at the end of a section, a crash at its start."""
    hits = []
    fill_at = {bar for bar, end in enumerate(song.ends) if end and rng.random() < 0.8}
    fill = pick(rng, FILLS)
    for drum in sorted({*song.groove, *fill}):
        groove = song.groove.get(drum, "." * STEPS)
        for step in range(len(song.times) - 1):
            bar, at = divmod(step, STEPS)
            filling = bar in fill_at and at >= STEPS // 2
            sign = fill.get(drum, "." * STEPS)[at] if filling else groove[step % len(groove)]
            if sign.isdigit() and song.groove and song.plays("drums", bar):
                loudness = int(sign) / 9 * song.loudness(bar) * uniform(rng, (0.75, 1.0))
                hits.append(Hit(_time(song, step, rng), drum, loudness))
    if "kick" in song.groove:
        starts = [bar + 1 for bar in sorted(fill_at) if bar + 1 < len(song.ends) and song.plays("drums", bar + 1)]
        hits.extend(Hit(float(song.times[bar * STEPS]), "crash", 0.6) for bar in starts)
    return hits


def _time(song: Song, step: int, rng: Generator) -> float:
    # The sum of three uniform numbers is nearly normal.
    late = (rng.random() + rng.random() + rng.random() - 1.5) * 2.0 * song.artist.tightness
    return max(float(song.times[step]) + late, 0.0)


def _pitches(song: Song, part: Part, step: int, digit: int) -> tuple[float, ...]:
    tones = song.chord_at(step)
    root = near(song.key + tones[0], part.centre)
    if part.mode == "power":
        return (root, root + 7, root + 12)
    if part.mode == "chord":
        return voicing(tones, song.key, part.centre)
    if part.mode == "arp":
        notes = voicing(tones, song.key, part.centre)
        octave, note = divmod(digit - 1, len(notes))
        return (notes[note] + 12 * octave,)
    return (_bass(song, tones, root, step, digit),)


def _bass(song: Song, tones: tuple[int, ...], root: float, step: int, digit: int) -> float:
    if digit == 8:
        return root + 12
    if digit == 6:
        return root + 9
    if digit == 9:  # a semitone below the next root
        coming = song.chord_at((step // 4 + 1) * 4)
        return near(song.key + coming[0], int(root)) - 1
    index = DEGREES[digit]
    return root + (tones[index] - tones[0] if index < len(tones) else 10)


class _Tune:
    """A melody from three motifs, one per bar in the order A B A C, each bar starting from a note of the chord."""

    def __init__(self, song: Song, part: Part, rng: Generator) -> None:
        self.song, self.centre = song, part.centre
        # Scale notes over two octaves around the centre.
        self.ladder = [n for n in range(part.centre - 9, part.centre + 13) if (n - song.key) % 12 in song.scale]
        moves = (-2, -1, -1, 0, 1, 1, 2, 3)
        self.motifs = [[pick(rng, moves) for _ in range(STEPS)] for _ in range(3)]
        self.rung = len(self.ladder) // 2
        self.bar = -1

    def pitch(self, step: int) -> float:
        """Return the melody's pitch at a step; call it in order of time."""
        bar, at = divmod(step, STEPS)
        if bar != self.bar:
            self.bar = bar
            tones = {(self.song.key + tone) % 12 for tone in self.song.chord_at(step)}
            homes = [i for i, note in enumerate(self.ladder) if note % 12 in tones] or [self.rung]
            middle = (self.rung + len(self.ladder) // 2) / 2
            self.rung = min(homes, key=lambda i: abs(i - middle))
        else:
            self.rung += self.motifs[(0, 1, 0, 2)[bar % 4]][at]
            self.rung = int(np.clip(self.rung, 0, len(self.ladder) - 1))
        return float(self.ladder[self.rung])
