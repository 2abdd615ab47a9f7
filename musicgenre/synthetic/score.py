"""A song on paper: form, tempo, chords, and which note is played when."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from musicgenre.synthetic.artists import ROLES, Artist
from musicgenre.synthetic.chance import Wave, pick, uniform
from musicgenre.synthetic.harmony import SCALES, Chord, progression
from musicgenre.synthetic.style import STEPS, Groove, Part
from musicgenre.synthetic.styles import STYLES

# Which roles play, and how loudly, from the quiet parts of a song to the full ones.
SECTIONS = {
    "break": (("bass", "comp"), 0.75),
    "solo": (("drums", "bass", "lead"), 0.9),
    "intro": (("drums", "bass", "comp"), 0.85),
    "verse": (("drums", "bass", "comp", "lead"), 0.92),
    "chorus": (("drums", "bass", "comp", "extra", "lead"), 1.0),
    "bridge": (("drums", "comp", "extra"), 0.85),
}
FORMS = (
    ("intro", "verse", "chorus", "verse", "chorus", "bridge", "chorus"),
    ("verse", "verse", "bridge", "verse", "chorus", "break", "chorus"),
    ("verse", "chorus", "solo", "chorus", "verse", "chorus"),
)


@dataclass(frozen=True)
class Song:
    """A song, which every player reads.

    Attributes:
        artist: Who plays.
        key: MIDI note of the tonic.
        scale: Semitones of the scale.
        chords: Chords bar by bar; they repeat.
        groove: The drum pattern.
        band: Who plays what, after any borrowing.
        sections: For each bar, its section's name.
        ends: For each bar, whether it closes its section.
        times: Start of each step in seconds, shape (bars * STEPS + 1,).
    """

    artist: Artist
    key: int
    scale: tuple[int, ...]
    chords: tuple[tuple[Chord, ...], ...]
    groove: Groove
    band: dict[str, Part]
    sections: tuple[str, ...]
    ends: tuple[bool, ...]
    times: Wave

    def chord_at(self, step: int) -> Chord:
        """Return the chord that sounds at a step."""
        bar = self.chords[step // STEPS % len(self.chords)]
        return bar[step % STEPS * len(bar) // STEPS]

    def plays(self, role: str, bar: int) -> bool:
        """Return whether a role has something to play in a bar."""
        return role in SECTIONS[self.sections[bar]][0]

    def loudness(self, bar: int) -> float:
        """Return how loudly a bar is played."""
        return SECTIONS[self.sections[bar]][1]


def write_song(artist: Artist, rng: Generator, seconds: float) -> Song:
    """Write one song of an artist, long enough for `seconds`."""
    style = artist.style
    low, high = style.tempo
    tempo = float(np.clip(artist.tempo * uniform(rng, (0.92, 1.08)), 0.95 * low, 1.05 * high))
    n_bars = int(seconds / (240.0 / tempo) / (1 - artist.rubato)) + 2
    sections, ends = _form(rng, n_bars)
    groove, band = _borrow(artist, rng)
    return Song(
        artist=artist,
        key=artist.tonic + pick(rng, (-5, -2, 0, 0, 2, 5)),
        scale=SCALES[pick(rng, style.scales)],
        chords=progression(pick(rng, style.progressions)),
        groove=groove,
        band=band,
        sections=sections,
        ends=ends,
        times=_times(artist, rng, tempo, n_bars),
    )


def _form(rng: Generator, n_bars: int) -> tuple[tuple[str, ...], tuple[bool, ...]]:
    form = pick(rng, FORMS)
    length = pick(rng, (4, 4, 8))
    # An excerpt starts anywhere in a song.
    first = int(rng.random() * len(form) * length)
    bars = range(first, first + n_bars)
    sections = tuple(form[bar // length % len(form)] for bar in bars)
    return sections, tuple(bar % length == length - 1 for bar in bars)


def _borrow(artist: Artist, rng: Generator) -> tuple[Groove, dict[str, Part]]:
    groove = pick(rng, artist.grooves)
    band = {role: pick(rng, artist.players[role]) for role in ROLES}
    for role in (*ROLES, "drums"):
        chance, neighbour = rng.random(), STYLES[pick(rng, artist.style.neighbours)]
        if chance >= artist.borrows:
            continue
        if role == "drums":
            groove = pick(rng, neighbour.grooves)
        else:
            band[role] = pick(rng, neighbour.players[role])
    return groove, band


def _times(artist: Artist, rng: Generator, tempo: float, n_bars: int) -> Wave:
    step = np.arange(n_bars * STEPS + 1)
    eighth, sixteenth = step // 2 % 2, step % 2
    long = np.where(eighth == 0, artist.swing, 1 - artist.swing)
    beats = step // 4 + eighth * artist.swing + sixteenth * long * artist.shuffle
    bend = artist.rubato / 0.4 * np.sin(0.4 * beats + 6.28 * rng.random())
    times: Wave = (beats + bend - bend[0]) * 60.0 / tempo
    return times


def read(pattern: str, step: int) -> tuple[str, int]:
    """Return the character at a step of a repeating pattern and how many steps it lasts.

    Example:
        >>> read("7--.5...", 8)
        ('7', 3)
        >>> read("7--.5...", 1)
        ('-', 2)
    """
    at = step % len(pattern)
    tail = pattern[at + 1 :]
    return pattern[at], 1 + len(tail) - len(tail.lstrip("-"))


def onsets(song: Song, role: str, pattern: str) -> Iterator[tuple[int, int, int]]:
    """List the steps at which a role starts a note, with the note's steps and the pattern's digit."""
    for step in range(len(song.times) - 1):
        sign, steps = read(pattern, step)
        if sign.isdigit() and song.plays(role, step // STEPS):
            yield step, min(steps, len(song.times) - 1 - step), int(sign)
