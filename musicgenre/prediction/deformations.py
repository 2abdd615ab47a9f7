"""What may happen to music before it is heard, applied to waveforms: codec, band, noise, level, pitch, tempo, room."""

import io
import zlib
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import soxr
from numpy.typing import NDArray

from musicgenre.data.audio.decode import read_audio
from musicgenre.data.audio.downmix import Waveform
from musicgenre.errors import MusicGenreError
from musicgenre.suggest import did_you_mean

Generator = np.random.Generator
Deformation = Callable[[Waveform, int, Generator], Waveform]

_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_TELEPHONE = (300.0, 3400.0)  # Hz, the band of a telephone line
_REVERBERATION = 0.4  # s until the room's reverberation has decayed by 60 dB
_DIRECT = 0.5  # share of the direct sound in the energy


def _mp3(wave: Waveform, rate: int, chance: Generator, kbits: float) -> Waveform:
    """Encode at a constant bit rate (kbit/s) and decode, at the MP3 sample rate (Hz) that is nearest to `rate`.

    Audio louder than full scale is scaled down to it for encoding: the encoder would clip it, or crash the process if
    it is far louder, like 32-bit integers stored as floats.
    """
    import soundfile

    coded_rate = min(_MP3_RATES, key=lambda each: abs(each - rate))
    level = np.float32(max(1.0, float(np.abs(wave).max(initial=0.0))))
    coded = _resampled(wave / level, rate, coded_rate)
    # How libsndfile maps the compression level 1 to 0 to the bit rates of each MPEG version.
    low, high = (32, 320) if coded_rate >= 32000 else (8, 160) if coded_rate >= 16000 else (8, 64)
    compression = float(np.clip((high - kbits) / (high - low), 0, 1))
    file = io.BytesIO()
    soundfile.write(
        file,
        coded,
        coded_rate,
        format="MP3",
        subtype="MPEG_LAYER_III",
        compression_level=compression,
        bitrate_mode="CONSTANT",
    )
    return _as_long(read_audio(file.getvalue(), rate) * level, len(wave))


def _telephone(wave: Waveform, rate: int, chance: Generator) -> Waveform:
    from scipy.signal import butter, sosfilt

    band = (_TELEPHONE[0], min(_TELEPHONE[1], 0.45 * rate))
    return np.asarray(sosfilt(butter(4, band, "bandpass", fs=rate, output="sos"), wave), np.float32)


def _noise(wave: Waveform, rate: int, chance: Generator, decibels: float) -> Waveform:
    """Add white noise at so many dB below the power of the whole waveform."""
    deviation = float(np.sqrt(np.mean(np.square(wave, dtype=np.float64)))) * 10 ** (-decibels / 20)
    return wave + (deviation * chance.standard_normal(len(wave))).astype(np.float32)


def _level(wave: Waveform, rate: int, chance: Generator, decibels: float) -> Waveform:
    return wave * np.float32(10 ** (decibels / 20))


def _pitch(wave: Waveform, rate: int, chance: Generator, semitones: float) -> Waveform:
    import librosa

    return np.asarray(librosa.effects.pitch_shift(wave, sr=rate, n_steps=semitones), np.float32)


def _tempo(wave: Waveform, rate: int, chance: Generator, factor: float) -> Waveform:
    import librosa

    return np.asarray(librosa.effects.time_stretch(wave, rate=factor), np.float32)


def _room(wave: Waveform, rate: int, chance: Generator) -> Waveform:
    """Add the reverberation of a small room: decaying noise with as much energy as the direct sound."""
    from scipy.signal import fftconvolve

    time = np.arange(round(_REVERBERATION * rate)) / rate
    response = chance.standard_normal(len(time)) * 10 ** (-3 * time / _REVERBERATION)  # 60 dB down at the end
    response *= np.sqrt((1 - _DIRECT) / np.sum(response**2))
    response[0] = np.sqrt(_DIRECT)
    return np.asarray(fftconvolve(wave, response)[: len(wave)], np.float32)


def _rate(wave: Waveform, rate: int, chance: Generator, least: int) -> Waveform:
    return _as_long(_resampled(_resampled(wave, rate, least), least, rate), len(wave)) if rate > least else wave


DEFORMATIONS: dict[str, Deformation] = {
    "mp3_128": partial(_mp3, kbits=128),
    "mp3_64": partial(_mp3, kbits=64),
    "telephone": _telephone,
    "rate_8k": partial(_rate, least=8000),
    "noise_30": partial(_noise, decibels=30),
    "noise_20": partial(_noise, decibels=20),
    "noise_10": partial(_noise, decibels=10),
    "louder_12": partial(_level, decibels=12),
    "quieter_12": partial(_level, decibels=-12),
    "higher_1": partial(_pitch, semitones=1),
    "higher_2": partial(_pitch, semitones=2),
    "lower_1": partial(_pitch, semitones=-1),
    "lower_2": partial(_pitch, semitones=-2),
    "faster_5": partial(_tempo, factor=1.05),
    "faster_10": partial(_tempo, factor=1.10),
    "slower_5": partial(_tempo, factor=0.95),
    "slower_10": partial(_tempo, factor=0.90),
    "room": _room,
}


def deformed(wave: Waveform, rate: int, name: str, seed: str = "") -> Waveform:
    """Apply one of `DEFORMATIONS` to a waveform `(T,)` at a rate (Hz).

    Level refers to the samples: a gain of 12 dB does not clip.

    Args:
        wave: The waveform.
        rate: Its sample rate.
        name: Name of the deformation; the number is in kbit/s, dB, semitones or percent.
        seed: Determines the noise and the room, together with the name: a track's id gives it the same ones each time.

    Example:
        >>> tone = np.sin(np.arange(22050) * 0.3).astype(np.float32)
        >>> round(float(np.abs(deformed(tone, 22050, "quieter_12")).max()), 3)
        0.251
    """
    chance = np.random.default_rng(zlib.crc32(f"{name} {seed}".encode()))
    return np.ascontiguousarray(DEFORMATIONS[name](wave, rate, chance), dtype=np.float32)


def chosen(names: str | Sequence[str]) -> tuple[str, ...]:
    """Return the requested deformations; "all" stands for all of them.

    Raises:
        MusicGenreError: One is unknown.

    Example:
        >>> chosen(["noise_10", "room"]), len(chosen("all"))
        (('noise_10', 'room'), 18)
    """
    asked = [names] if isinstance(names, str) else list(names)
    if "all" in asked:
        return tuple(DEFORMATIONS)
    for name in asked:
        if name not in DEFORMATIONS:
            raise MusicGenreError(
                f"deform names {name}, which is not a deformation.{did_you_mean(name, list(DEFORMATIONS))} "
                f"Choose from {', '.join(DEFORMATIONS)}, or all."
            )
    return tuple(dict.fromkeys(asked))


def _resampled(wave: Waveform, rate: int, wanted: int) -> Waveform:
    return wave if rate == wanted else np.asarray(soxr.resample(wave, rate, wanted, quality="HQ"), np.float32)


def _as_long(wave: NDArray[np.float32], n: int) -> Waveform:
    return np.pad(wave, (0, max(0, n - len(wave))))[:n]
