"""Render one track: artist, song, players, mix."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from musicgenre.errors import MusicGenreError
from musicgenre.synthetic.artists import ARTISTS, GENRES, ROLES, Artist, make_artist
from musicgenre.synthetic.chance import Wave, generator
from musicgenre.synthetic.drums import drum_wave
from musicgenre.synthetic.mix import master
from musicgenre.synthetic.players import Hit, Note, play_drums, play_part
from musicgenre.synthetic.score import write_song
from musicgenre.synthetic.sounds import sound_wave
from musicgenre.synthetic.style import Part

TAKES = 2  # different recordings of the same note, so that repeats are not copies


def artist_of(genre: str, index: int) -> str:
    """Return the artist of a track; a genre's artists take turns.

    Example:
        >>> artist_of("blues", 7)
        'blues-artist-2'
    """
    return f"{genre}-artist-{index % ARTISTS}"


def render_track(
    genre: str, index: int, *, seed: int = 0, seconds: float = 30.0, sample_rate: int = 22050
) -> NDArray[np.float32]:
    """Render one track of the synthetic corpus.

    The same arguments give the same 16-bit samples on every machine: each track has its own random stream, all
    arithmetic is in float64, and the result is rounded to 16 bits.

    Args:
        genre: One of `GENRES`.
        index: The track's number in its genre, from 0.
        seed: The corpus's seed.
        seconds: Length in s.
        sample_rate: In Hz.

    Returns:
        Shape (T,) in [-1, 1), multiples of 2 ** -15.

    Raises:
        MusicGenreError: There is no such genre.
    """
    if genre not in GENRES:
        raise MusicGenreError(f"There is no synthetic genre {genre!r}; choose from {', '.join(GENRES)}.")
    artist = make_artist(seed, genre, index % ARTISTS)
    rng = generator(*artist.key, 1 + index)
    dry = _perform(artist, rng, seconds, sample_rate)
    wave = master(dry, artist.console, sample_rate, generator(*artist.key, 0), rng)
    pcm = np.clip(np.rint(wave * 32767), -32768, 32767)
    return (pcm / 32768).astype(np.float32)


def _perform(artist: Artist, rng: Generator, seconds: float, sample_rate: int) -> Wave:
    dry = np.zeros(round(seconds * sample_rate))
    song = write_song(artist, rng, seconds)
    _add_hits(dry, play_drums(song, rng), artist, sample_rate, rng)
    for role in ROLES:
        part = song.band[role]
        _add_notes(dry, play_part(song, role, part, rng), artist, role, part, sample_rate, rng)
    return dry


def _add_hits(dry: Wave, hits: list[Hit], artist: Artist, sample_rate: int, rng: Generator) -> None:
    takes: dict[tuple[str, int], Wave] = {}
    for hit in hits:
        key = (hit.drum, int(rng.random() * TAKES))
        if key not in takes:
            takes[key] = artist.drums * drum_wave(hit.drum, artist.kit, sample_rate, rng)
        _place(dry, takes[key], hit.time, hit.loudness, sample_rate)


def _add_notes(
    dry: Wave, notes: list[Note], artist: Artist, role: str, part: Part, sample_rate: int, rng: Generator
) -> None:
    takes: dict[tuple[tuple[float, ...], int, int], Wave] = {}
    level = part.level * artist.levels[role]
    for note in notes:
        # Lengths are rounded to 50 ms: notes that differ by less share a recording.
        length = max(round(note.seconds / 0.05), 1)
        key = (note.pitches, length, int(rng.random() * TAKES))
        if key not in takes:
            takes[key] = level * sound_wave(
                part.sound, note.pitches, 0.05 * length, artist.timbres[role], sample_rate, rng
            )
        _place(dry, takes[key], note.time, note.loudness, sample_rate)


def _place(dry: Wave, sound: Wave, time: float, loudness: float, sample_rate: int) -> None:
    start = round(time * sample_rate)
    end = min(start + len(sound), len(dry))
    if start < end:
        dry[start:end] += loudness * sound[: end - start]
