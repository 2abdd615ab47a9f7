"""Deformations do to a waveform what their names say."""

from typing import Any

import numpy as np
import pytest

from musicgenre.errors import MusicGenreError
from musicgenre.prediction.deformations import DEFORMATIONS, chosen, deformed

RATE = 22050  # Hz
_TIME = np.arange(RATE) / RATE  # s


def tone(hertz: float) -> Any:
    return (0.2 * np.sin(2 * np.pi * hertz * _TIME)).astype(np.float32)


def loudest(wave: Any) -> float:
    """The loudest frequency in Hz."""
    return float(np.fft.rfft(wave * np.hanning(len(wave))).__abs__().argmax() * RATE / len(wave))


def decibels(wave: Any) -> float:
    return float(10 * np.log10(np.mean(np.square(wave, dtype=float))))


@pytest.mark.parametrize("name", DEFORMATIONS)
def test_each_keeps_kind_and_repeats(name: str) -> None:
    wave = tone(440.0)
    first, second = (deformed(wave, RATE, name, "a/b.wav") for _ in range(2))
    assert first.dtype == np.float32 and np.isfinite(first).all()
    np.testing.assert_array_equal(first, second)
    if not name.startswith(("faster", "slower")):
        assert len(first) == len(wave)


@pytest.mark.parametrize("below", [30, 20, 10])
def test_noise_lies_so_far_below(below: int) -> None:
    wave = tone(440.0)
    noise = deformed(wave, RATE, f"noise_{below}", "a") - wave
    assert decibels(wave) - decibels(noise) == pytest.approx(below, abs=0.2)
    assert not np.array_equal(deformed(wave, RATE, f"noise_{below}", "b") - wave, noise)  # each track has its own


@pytest.mark.parametrize(("name", "by"), [("louder_12", 12), ("quieter_12", -12)])
def test_level(name: str, by: float) -> None:
    assert decibels(deformed(tone(440.0), RATE, name)) - decibels(tone(440.0)) == pytest.approx(by, abs=0.01)


@pytest.mark.parametrize(("name", "semitones"), [("higher_1", 1), ("higher_2", 2), ("lower_1", -1), ("lower_2", -2)])
def test_pitch(name: str, semitones: float) -> None:
    assert loudest(deformed(tone(440.0), RATE, name)) == pytest.approx(440 * 2 ** (semitones / 12), abs=2)


@pytest.mark.parametrize(("name", "factor"), [("faster_5", 1.05), ("slower_10", 0.9)])
def test_tempo_changes_the_length_and_not_the_pitch(name: str, factor: float) -> None:
    wave = deformed(tone(440.0), RATE, name)
    assert len(wave) == pytest.approx(RATE / factor, abs=1)
    assert loudest(wave) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("name", ["telephone", "rate_8k"])
def test_bands(name: str) -> None:
    assert decibels(deformed(tone(1000.0), RATE, name)) == pytest.approx(decibels(tone(1000.0)), abs=0.5)
    assert decibels(deformed(tone(8000.0), RATE, name)) < decibels(tone(8000.0)) - 25
    low = decibels(deformed(tone(100.0), RATE, name)) - decibels(tone(100.0))
    assert low < -25 if name == "telephone" else low == pytest.approx(0, abs=0.5)


def test_a_room_rings_on() -> None:
    wave = np.zeros(RATE, np.float32)
    wave[100] = 1.0
    heard = deformed(wave, RATE, "room")
    assert decibels(heard) == pytest.approx(decibels(wave), abs=0.1)  # as loud overall
    assert np.abs(heard[:100]).max() < 1e-6 < np.abs(heard[4000:5000]).max() < np.abs(heard[101:1000]).max()


@pytest.mark.parametrize("rate", [22050, 16000, 44100, 13000])
def test_mp3_keeps_the_tone_and_loses_more_at_less(rate: int) -> None:
    time = np.arange(rate) / rate
    tones = np.sin(2 * np.pi * np.array([[300], [440], [3000]]) * time)  # (3, T)
    noise = np.random.default_rng(0).standard_normal(rate)
    wave = (0.1 * tones.sum(0) + 0.02 * noise).astype(np.float32)
    lost = [decibels(deformed(wave, rate, name) - wave) for name in ("mp3_64", "mp3_128")]
    assert lost[0] < decibels(wave) - 3
    assert lost[1] == lost[0] if rate == 13000 else lost[1] < lost[0]  # encoded at 12,000 Hz: 64 kbit/s at most


def test_mp3_of_what_is_louder_than_full_scale_is_as_loud() -> None:
    tone = (0.5 * np.sin(np.arange(11025) * 0.1)).astype(np.float32)
    for loud in (4.0, 2.0**31):
        heard = deformed(tone * np.float32(loud), RATE, "mp3_64")
        np.testing.assert_allclose(heard / loud, 0.5 * deformed(2 * tone, RATE, "mp3_64"), atol=1e-3)


def test_names() -> None:
    assert chosen(["room", "room", "mp3_64"]) == ("room", "mp3_64")
    assert chosen("all") == chosen(["room", "all"]) == tuple(DEFORMATIONS)
    with pytest.raises(MusicGenreError, match=r"names noise_15, which is not a deformation\. .*noise_1"):
        chosen(["noise_15"])
