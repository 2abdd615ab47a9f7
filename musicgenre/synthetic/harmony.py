"""Chords and scales as pitch classes above the key."""

import re

NUMERALS = {"i": 0, "ii": 2, "iii": 4, "iv": 5, "v": 7, "vi": 9, "vii": 11}
QUALITIES = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
}
SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "harmonic_minor": (0, 2, 3, 5, 7, 8, 11),
    "major_pentatonic": (0, 2, 4, 7, 9),
    "minor_pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "bebop": (0, 2, 4, 5, 7, 8, 9, 11),
}
Chord = tuple[int, ...]
"""Semitones above the key, root first."""


def chord(numeral: str) -> Chord:
    """Parse a chord in Roman numerals: lower case is minor, then "7" or "maj7".

    Example:
        >>> chord("V7")
        (7, 11, 14, 17)
        >>> chord("bVI")
        (8, 12, 15)
    """
    match = re.fullmatch(r"(b?)([IViv]+)(7|maj7|)", numeral)
    if match is None:
        raise ValueError(f"{numeral!r} is no chord")
    flat, degree, kind = match.groups()
    minor = "m" if degree.islower() else ""
    root = NUMERALS[degree.lower()] - len(flat)
    return tuple(root + tone for tone in QUALITIES[minor + kind])


def progression(text: str) -> tuple[tuple[Chord, ...], ...]:
    """Parse chords bar by bar: "I,IV V" has two chords in its first bar and one in its second."""
    return tuple(tuple(chord(numeral) for numeral in bar.split(",")) for bar in text.split())


def near(pitch: float, centre: int) -> float:
    """Move the pitch by octaves to within a tritone of the centre."""
    return centre - 6 + (pitch - centre + 6) % 12


def voicing(tones: Chord, key: int, centre: int) -> tuple[float, ...]:
    """Return a chord in close position around the centre, low to high, in MIDI."""
    return tuple(sorted(near(key + tone, centre) for tone in tones))
