"""Sustained tones from two wavetables, a bright one that fades into a dark one."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from musicgenre.synthetic.chance import Range, Wave, noise, pick

TABLE = 2048
# First two formants of five vowels, in Hz, after Peterson and Barney (1952), rounded.
VOWELS: tuple[Range, ...] = ((730, 1090), (570, 840), (530, 1840), (390, 1990), (440, 1020))


@dataclass(frozen=True)
class Timbre:
    """How an artist's way of playing changes any sound; 1 leaves it unchanged.

    Attributes:
        brightness: Scales cut-offs and lifts the upper harmonics.
        length: Scales decays.
        vibrato: Scales the vibrato's depth.
        drive: Scales the gain before a saturation.
        strum: Time between the strings of a chord, in seconds.
    """

    brightness: float = 1.0
    length: float = 1.0
    vibrato: float = 1.0
    drive: float = 1.0
    strum: float = 0.008


@dataclass(frozen=True)
class Tone:
    """A tone's spectrum and how it moves.

    Attributes:
        slope: The k-th harmonic starts at k ** -slope.
        even: Level of the even harmonics.
        fade: Time constant of the fade from the bright to the dark table, in seconds; 0 for no fade.
        attack: Rise in seconds.
        decay: Time constant of the fall in seconds; 0 for a held tone.
        release: Fall after the note, in seconds.
        vibrato: Depth in cents.
        tremolo: Depth of amplitude modulation, 0 to 1.
        detune: Detuning of a second voice in cents; 0 for one voice.
        breath: Level of noise.
        glide: Where the pitch starts, in semitones from the note.
        glide_time: Time constant of the glide, in seconds.
        drive: Gain before the saturation; 0 for none.
        voiced: Shape the harmonics by a vowel's formants.
    """

    slope: float = 1.0
    even: float = 1.0
    fade: float = 0.0
    attack: float = 0.01
    decay: float = 0.0
    release: float = 0.05
    vibrato: float = 0.0
    tremolo: float = 0.0
    detune: float = 0.0
    breath: float = 0.0
    glide: float = 0.0
    glide_time: float = 0.04
    drive: float = 0.0
    voiced: bool = False


def tone_wave(tone: Tone, pitches: list[float], n: int, sample_rate: int, timbre: Timbre, rng: Generator) -> Wave:
    """Play the pitches (Hz) together, shape (n,), release included."""
    time = np.arange(n) / sample_rate
    wave = np.zeros(n)
    ratio = 2.0 ** (tone.detune / 1200)
    for frequency in pitches:
        voices = (frequency, frequency * ratio) if tone.detune else (frequency,)
        for voice in voices:
            wave += _voice(tone, voice, time, sample_rate, timbre, rng) / len(voices)
    if tone.breath:
        wave += tone.breath * np.diff(noise(rng, n + 1))
    wave *= _envelope(tone, time, sample_rate, timbre)
    return np.tanh(tone.drive * timbre.drive * wave) if tone.drive else wave


def _voice(tone: Tone, frequency: float, time: Wave, sample_rate: int, timbre: Timbre, rng: Generator) -> Wave:
    phase = frequency * time + rng.random()  # cycles
    if tone.glide:
        rise = frequency * (2.0 ** (tone.glide / 12) - 1.0) * tone.glide_time
        phase += rise * (1.0 - np.exp(-time / tone.glide_time))
    if depth := tone.vibrato * timbre.vibrato:
        rate = 4.8 + rng.random()
        phase += frequency * depth / 1731.0 / (2 * np.pi * rate) * np.sin(2 * np.pi * rate * time)
    position = phase * TABLE
    floor = np.floor(position)
    part = position - floor
    below = floor.astype(np.int64) & (TABLE - 1)  # TABLE is a power of two
    vowel = pick(rng, VOWELS) if tone.voiced else None
    bright = _table(tone, frequency, sample_rate, tone.slope / timbre.brightness, vowel)
    wave = _between(bright, below, part)
    if tone.fade:
        dark = _table(tone, frequency, sample_rate, tone.slope / timbre.brightness + 1.2, vowel)
        kept = np.exp(-time / (tone.fade * timbre.length))
        wave = kept * wave + (1.0 - kept) * _between(dark, below, part)
    return wave


def _between(table: Wave, below: NDArray[np.int64], part: Wave) -> Wave:
    return table.take(below) * (1.0 - part) + table[1:].take(below) * part


def _table(tone: Tone, frequency: float, sample_rate: int, slope: float, vowel: Range | None) -> Wave:
    k = np.arange(1, max(int(0.45 * sample_rate / frequency), 1) + 1)[: TABLE // 4]
    level = k**-slope * np.where(k % 2 == 0, tone.even, 1.0)
    if vowel is not None:
        resonance = [1.0 / (1.0 + ((k * frequency - formant) / 120.0) ** 2) for formant in (*vowel, 2700.0)]
        level = level * (resonance[0] + 0.7 * resonance[1] + 0.5 * resonance[2] + 0.03)
    spectrum = np.zeros(TABLE // 2 + 1, dtype=np.complex128)
    # Schroeder's phases keep the crest factor low, so that a bright tone has no higher peak than a dark one.
    spectrum[k] = level * np.exp(-1j * np.pi * k * (k - 1) / len(k))
    table = np.fft.irfft(spectrum, TABLE)
    table /= np.sqrt(np.mean(table**2))
    return np.append(table, table[0])


def _envelope(tone: Tone, time: Wave, sample_rate: int, timbre: Timbre) -> Wave:
    envelope = np.minimum(time / tone.attack, 1.0)
    if tone.decay:
        envelope *= np.exp(-time / (tone.decay * timbre.length))
    if tone.tremolo:
        envelope *= 1.0 - tone.tremolo * (0.5 + 0.5 * np.sin(2 * np.pi * 6.0 * time))
    release = min(len(time), max(int(tone.release * sample_rate), 1))
    envelope[len(time) - release :] *= np.linspace(1.0, 0.0, release)
    return 0.5 * envelope
