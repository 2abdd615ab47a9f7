"""What a genre is made of: the classes of the tables in `styles/`."""

from dataclasses import dataclass, field

from musicgenre.synthetic.chance import Range

STEPS = 16  # a bar's grid of sixteenths; every pattern is a whole number of bars


@dataclass(frozen=True)
class Part:
    """What one player plays.

    Attributes:
        sound: A name in `sounds`.
        mode: "chord" (the whole chord), "power" (root and fifth), "arp" and "bass" (single notes of the
            chord) or "lead" (a melody over the scale).
        patterns: One of these is chosen per song. A step is "." for silence, "-" to hold, or a digit that
            starts a note: its loudness out of 9 for "chord", "power" and "lead"; for "arp" the note of the
            chord, 1 the lowest; for "bass" the degree above the root, with 8 the octave and 9 a step that
            leads on.
        centre: MIDI note around which it plays.
        level: Its level in the mix.
    """

    sound: str
    mode: str
    patterns: tuple[str, ...]
    centre: int
    level: float = 1.0


Groove = dict[str, str]
"""Patterns of loudness out of 9, by drum."""


@dataclass(frozen=True)
class Mix:
    """Ranges from which an artist's mix is drawn.

    Attributes:
        loudness: RMS of a song in dB below full scale.
        reverb: Time to fall by 60 dB, in seconds.
        wet: Level of the reverb relative to the dry sound.
        drive: Saturation of the whole mix.
        floor: Level of the noise floor in dB.
        tilt: Slope of the equaliser in dB per octave.
        top: Upper edge of the band, in Hz.
        crackle: Probability that an artist has vinyl crackle.
    """

    loudness: Range = (-19.0, -14.0)
    reverb: Range = (0.3, 1.0)
    wet: Range = (0.1, 0.3)
    drive: Range = (0.6, 1.4)
    floor: Range = (-72.0, -50.0)
    tilt: Range = (-1.5, 1.0)
    top: Range = (6000.0, 11000.0)
    crackle: float = 0.1


@dataclass(frozen=True)
class Style:
    """A genre. Of each tuple of options, the typical ones first, an artist has a few and a song takes one.

    Attributes:
        tempo: Beats per minute.
        swing: Where the second eighth falls in a beat: 0.5 straight, 0.67 shuffled.
        shuffle: Where the second sixteenth falls in an eighth.
        rubato: How far the tempo bends.
        kits: Drum kits.
        grooves: Drum patterns; an empty one is silence.
        players: Parts by role: "bass", "comp", "extra", "lead".
        progressions: Chords in Roman numerals, one or two ("I,V") per bar.
        scales: Scales of the melodies.
        neighbours: Genres from which a song may borrow.
        mix: The sound of its records.
    """

    tempo: Range
    kits: tuple[str, ...]
    grooves: tuple[Groove, ...]
    players: dict[str, tuple[Part, ...]]
    progressions: tuple[str, ...]
    scales: tuple[str, ...]
    neighbours: tuple[str, ...]
    swing: Range = (0.5, 0.5)
    shuffle: Range = (0.5, 0.5)
    rubato: Range = (0.0, 0.01)
    mix: Mix = field(default_factory=Mix)
