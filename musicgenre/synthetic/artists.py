"""Artists: what all songs of an artist have in common."""

from dataclasses import dataclass
from functools import lru_cache

from numpy.random import Generator

from musicgenre.synthetic.chance import Range, factor, favour, generator, pick, uniform
from musicgenre.synthetic.drums import KITS, Kit, tuned
from musicgenre.synthetic.style import Groove, Mix, Part, Style
from musicgenre.synthetic.styles import STYLES
from musicgenre.synthetic.tones import Timbre

GENRES = tuple(STYLES)
ARTISTS = 5  # per genre
ROLES = ("bass", "comp", "extra", "lead")


@dataclass(frozen=True)
class Console:
    """One artist's mix, every value drawn from the genre's `Mix`.

    Attributes:
        loudness: RMS in dB below full scale.
        reverb: Time to fall by 60 dB, in seconds.
        wet: Level of the reverb.
        drive: Saturation.
        floor: Level of the noise floor in dB.
        tilt: Slope of the equaliser in dB per octave.
        top: Upper edge of the band in Hz.
        low: Lower edge of the band in Hz.
        bells: Centre (Hz) and gain (dB) of three broad bells of the equaliser.
        crackle: Whether it has vinyl crackle.
    """

    loudness: float
    reverb: float
    wet: float
    drive: float
    floor: float
    tilt: float
    top: float
    low: float
    bells: tuple[Range, ...]
    crackle: bool


@dataclass(frozen=True)
class Artist:
    """A band with its habits.

    Attributes:
        key: Seed and position: (seed, genre, artist), from which the seeds of its songs derive.
        style: The genre.
        tempo: Its middle tempo, in beats per minute.
        swing: See `Style`.
        shuffle: See `Style`.
        rubato: See `Style`.
        tonic: MIDI note of its middle key.
        tightness: Standard deviation of its timing, in seconds.
        kit: Its drums.
        drums: Their level in the mix.
        grooves: The drum patterns it plays.
        players: For each role, the parts that its songs choose from, mostly the first, sometimes the other.
        timbres: Their ways of playing, by role.
        levels: Their levels in the mix, by role.
        borrows: Probability that a role of a song comes from a neighbouring genre.
        console: Its mix.
    """

    key: tuple[int, int, int]
    style: Style
    tempo: float
    swing: float
    shuffle: float
    rubato: float
    tonic: int
    tightness: float
    kit: Kit
    drums: float
    grooves: tuple[Groove, ...]
    players: dict[str, tuple[Part, ...]]
    timbres: dict[str, Timbre]
    levels: dict[str, float]
    borrows: float
    console: Console


@lru_cache(maxsize=256)
def make_artist(seed: int, genre: str, number: int) -> Artist:
    """Return the artist for a seed, genre and number, always the same one."""
    place = GENRES.index(genre)
    rng = generator(seed, place, number)
    style = STYLES[genre]
    return Artist(
        key=(seed, place, number),
        style=style,
        tempo=uniform(rng, style.tempo),
        swing=uniform(rng, style.swing),
        shuffle=uniform(rng, style.shuffle),
        rubato=uniform(rng, style.rubato),
        tonic=57 + int(rng.random() * 12),
        tightness=uniform(rng, (0.001, 0.009)),
        kit=tuned(KITS[favour(rng, style.kits)], rng),
        drums=_level(rng),
        grooves=(favour(rng, style.grooves), pick(rng, style.grooves)),
        players={role: _players(style.players[role], rng) for role in ROLES},
        timbres={role: _timbre(rng) for role in ROLES},
        levels={role: _level(rng) for role in ROLES},
        borrows=uniform(rng, (0.0, 0.18)),
        console=_console(style.mix, rng),
    )


def _players(options: tuple[Part, ...], rng: Generator) -> tuple[Part, ...]:
    first = favour(rng, options)
    return first, first, pick(rng, options)


def _level(rng: Generator) -> float:
    return factor(rng, (-0.5, 0.5))  # 3 dB up or down


def _timbre(rng: Generator) -> Timbre:
    return Timbre(
        brightness=factor(rng, (-0.35, 0.35)),
        length=factor(rng, (-0.7, 0.7)),
        vibrato=factor(rng, (-1.0, 0.7)),
        drive=factor(rng, (-0.8, 0.8)),
        strum=uniform(rng, (0.001, 0.018)),
    )


def _console(mix: Mix, rng: Generator) -> Console:
    return Console(
        loudness=uniform(rng, mix.loudness),
        reverb=uniform(rng, mix.reverb),
        wet=uniform(rng, mix.wet),
        drive=uniform(rng, mix.drive),
        floor=uniform(rng, mix.floor),
        tilt=uniform(rng, mix.tilt),
        top=uniform(rng, mix.top),
        low=uniform(rng, (25.0, 110.0)),
        bells=tuple(
            (centre * factor(rng, (-0.8, 0.8)), uniform(rng, (-3.5, 3.5))) for centre in (220.0, 1100.0, 4200.0)
        ),
        crackle=rng.random() < mix.crackle,
    )
