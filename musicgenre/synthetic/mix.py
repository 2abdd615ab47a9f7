"""From dry players to a record: equaliser and room in one filter, noise, saturation, loudness."""

import numpy as np
from numpy.random import Generator

from musicgenre.synthetic.artists import Console
from musicgenre.synthetic.chance import Wave, noise
from musicgenre.synthetic.spectrum import band_gain

TAPS = 1024  # of the equaliser


def master(dry: Wave, console: Console, sample_rate: int, room: Generator, rng: Generator) -> Wave:
    """Finish the record.

    Args:
        dry: The sum of the players, shape (T,).
        console: The artist's mix.
        sample_rate: In Hz.
        room: Generator for the room, the same for all songs of an artist.
        rng: Generator for the noise.

    Returns:
        Shape (T,), inside [-1, 1].
    """
    wave = convolve(dry, impulse_response(console, sample_rate, room))[: len(dry)]
    wave /= np.sqrt(np.mean(wave**2)) + 1e-9
    wave = np.tanh(0.5 * console.drive * wave)
    wave += 10.0 ** (console.floor / 20) / 10.0 ** (console.loudness / 20) * noise(rng, len(dry))
    if console.crackle:
        _add_crackle(wave, sample_rate, rng)
    wave *= 10.0 ** (console.loudness / 20) / (np.sqrt(np.mean(wave**2)) + 1e-9)
    # Loud mixes are limited softly.
    return np.tanh(wave)


def impulse_response(console: Console, sample_rate: int, room: Generator) -> Wave:
    """Combine an artist's equaliser and reverb into one filter, shape (taps,)."""
    n = int(console.reverb * sample_rate)
    tail = noise(room, n) * 10.0 ** (-3.0 * np.arange(n) / n)
    tail[: int(0.008 * sample_rate)] = 0.0  # the direct sound comes first
    tail = np.fft.irfft(np.fft.rfft(tail) * band_gain(np.fft.rfftfreq(n, 1 / sample_rate), 150.0, 4500.0, 1), n)
    tail *= console.wet / (np.sqrt(np.sum(tail**2)) + 1e-9)
    tail[0] += 1.0
    return convolve(tail, equaliser(console, sample_rate))


def equaliser(console: Console, sample_rate: int) -> Wave:
    """Design the linear-phase filter of the artist's equaliser, shape (TAPS,)."""
    frequencies = np.fft.rfftfreq(TAPS, 1 / sample_rate)
    octaves = np.log2(np.maximum(frequencies, 20.0) / 1000.0)
    level = console.tilt * octaves
    for centre, gain in console.bells:
        level += gain * np.exp(-((octaves - np.log2(centre / 1000.0)) ** 2) / 0.5)
    gain = 10.0 ** (level / 20) * band_gain(frequencies, console.low, console.top, 3)
    return np.roll(np.fft.irfft(gain, TAPS), TAPS // 2) * np.hanning(TAPS)


def convolve(wave: Wave, taps: Wave) -> Wave:
    """Convolve linearly by overlap-add, shape (len(wave) + len(taps) - 1,)."""
    size = max(8192, 1 << (2 * len(taps) - 1).bit_length())
    hop = size - len(taps) + 1
    n_blocks = -(-len(wave) // hop)
    blocks = np.zeros((n_blocks, hop))
    blocks.ravel()[: len(wave)] = wave
    wet = np.fft.irfft(np.fft.rfft(blocks, size, axis=1) * np.fft.rfft(taps, size), size, axis=1)  # (blocks, size)
    whole = np.zeros(n_blocks * hop + size)
    for i, block in enumerate(wet):
        whole[i * hop : i * hop + size] += block
    return whole[: len(wave) + len(taps) - 1]


def _add_crackle(wave: Wave, sample_rate: int, rng: Generator) -> None:
    clicks = int(12 * len(wave) / sample_rate)
    at = (rng.random(clicks) * (len(wave) - 3)).astype(np.int64)
    size = 0.5 * rng.random(clicks) ** 3
    np.add.at(wave, at, size)
    np.add.at(wave, at + 1, -0.7 * size)
