"""Channels are mixed into one; channels that cancel each other are not taken for silence."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from made_music import make_tune
from made_recordings import RATE, encoded, tone

from musicgenre.data.audio import downmix
from musicgenre.data.audio.decode import AudioError, hear
from musicgenre.data.audio.downmix import Mixer
from musicgenre.data.audio.stream import Stream
from musicgenre.errors import MusicGenreError
from musicgenre.features.full_scale import LOUDEST


def _stereo(left: float, right: float, seconds: float = 3) -> bytes:
    """Make the same tone in two channels, each at its own level; a negative one is inverted."""
    return encoded(np.stack([left * tone(seconds), right * tone(seconds)], axis=1), format="WAV", subtype="FLOAT")


@pytest.mark.parametrize(
    ("downmix", "level"), [("mean", 0.75), ("left", 1.0), ("right", 0.5), ("power", 1.5 / np.sqrt(2))]
)
def test_each_downmix_gives_its_level(downmix: str, level: float) -> None:
    waveform = hear(_stereo(1.0, 0.5), RATE, downmix).waveform
    np.testing.assert_allclose(waveform, level * tone(3), atol=1e-6)
    with Stream(_stereo(1.0, 0.5), RATE, downmix, block_seconds=1.0) as blocks:
        np.testing.assert_array_equal(np.concatenate(list(blocks)), waveform)


def test_channels_that_cancel_are_told_and_one_is_taken() -> None:
    heard = hear(_stereo(1.0, -1.0), RATE)
    np.testing.assert_allclose(heard.waveform, tone(3), atol=1e-6)
    assert heard.facts.note == "its channels cancel out in 3.0 of 3.0 s: only one is used there"
    nearly = hear(_stereo(1.0, -0.9999), RATE)
    np.testing.assert_allclose(nearly.waveform, tone(3), atol=1e-6)


def test_ordinary_stereo_is_not_taken_for_cancelling() -> None:
    rng = np.random.default_rng(0)
    wide = encoded(0.1 * rng.standard_normal((3 * RATE, 2), dtype=np.float32), format="WAV", subtype="FLOAT")
    assert hear(wide, RATE).facts.note == ""
    middle, side = make_tune(0, 3.0) / 3, make_tune(1, 3.0) / 1.5
    wider = encoded(np.stack([middle + side, middle - side], axis=1), format="WAV")
    assert hear(wider, RATE).facts.note == ""


@pytest.mark.parametrize("downmix", ["mean", "power"])
def test_channels_that_cancel_but_for_what_a_codec_added_are_told_and_one_is_taken(downmix: str) -> None:
    """Vorbis keeps only the loudness of high sounds in each channel: some hiss is left in the mean."""
    hiss = 0.02 * np.random.default_rng(0).standard_normal(5 * RATE, dtype=np.float32)
    wave = (make_tune(0, 5.0) + hiss).astype(np.float32)
    content = encoded(np.stack([wave, -wave], axis=1), format="OGG")
    heard = hear(content, RATE, downmix)
    assert heard.facts.note == "its channels cancel out in 5.0 of 5.0 s: only one is used there"
    assert np.corrcoef(heard.waveform, wave)[0, 1] > 0.9
    with Stream(content, RATE, downmix, block_seconds=2.0) as blocks:
        np.testing.assert_array_equal(np.concatenate(list(blocks)), heard.waveform)


def test_only_the_seconds_that_cancel_are_taken_from_one_channel() -> None:
    both, inverted = np.stack([tone(2)] * 2, axis=1), np.stack([tone(1), -tone(1)], axis=1)
    content = encoded(np.concatenate([both, inverted]), format="WAV", subtype="FLOAT")
    heard = hear(content, RATE)
    np.testing.assert_allclose(heard.waveform, np.concatenate([tone(2), tone(1)]), atol=1e-6)
    assert heard.facts.note.startswith("its channels cancel out in 1.0 of 3.0 s")


@pytest.mark.parametrize("rate", [8000, 11025, 22050])
@pytest.mark.parametrize(("begins", "ends", "told"), [(1.02, 2.98, 1.8), (1.01, 4.99, 3.8), (1.1, 1.2, 0.1)])
def test_a_passage_that_cancels_is_found_wherever_it_begins(begins: float, ends: float, told: float, rate: int) -> None:
    wave = tone(6, rate)
    samples = np.stack([wave, wave], axis=1)
    samples[round(begins * rate) : round(ends * rate), 1] *= -1
    mixer = Mixer()
    mixed = mixer(samples, rate)
    assert mixer.note == f"its channels cancel out in {told} of 6.0 s: only one is used there"
    lost = np.flatnonzero(np.abs(mixed - wave) > 1e-6) / rate
    assert np.minimum(lost - begins, ends - lost).max(initial=0) < 0.1  # less than a tenth of a second at each end


def test_silence_is_measured_in_the_channels() -> None:
    with pytest.raises(AudioError, match="silent: nothing in it is louder than -70 dB"):
        hear(_stereo(1e-4, -1e-4), RATE)
    with pytest.raises(AudioError, match=r"silent in the channel that data\.downmix=left selects"):
        hear(_stereo(0.0, 1.0), RATE, "left")
    assert hear(_stereo(0.0, 1.0), RATE, "right").facts.note == ""


def test_an_unknown_downmix_is_refused(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", tone(1), RATE)
    with pytest.raises(MusicGenreError, match="downmix is 'middle': choose mean, left, right, power"):
        hear(tmp_path / "a.wav", RATE, "middle")
    assert Mixer("mean").cancelled == 0


@pytest.mark.parametrize("offset", [0.1, -0.5])
def test_channels_that_cancel_but_for_a_constant_are_told(offset: float) -> None:
    samples = np.stack([tone(3), offset - tone(3)], axis=1)
    heard = hear(encoded(samples, format="WAV", subtype="FLOAT"), RATE)
    assert heard.facts.note == "its channels cancel out in 3.0 of 3.0 s: only one is used there"
    np.testing.assert_allclose(heard.waveform, tone(3), atol=1e-6)


@pytest.mark.parametrize("channels", [1, 2])
def test_what_no_audio_holds_is_refused(channels: int) -> None:
    assert downmix._LOUDEST == LOUDEST
    samples = np.zeros((1000, channels), np.float32)
    samples[5, -1] = -1e20
    with pytest.raises(AudioError, match=r"^holds a sample of 1e\+20, where full scale is 1: it is not audio"):
        Mixer()(samples if channels > 1 else samples[:, 0], 1000)


@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_samples_in_another_scale_are_told(subtype: str) -> None:
    told = "its samples reach 11605, where full scale is 1: divide them by their scale, such as 32768"
    loud = tone(3) * np.float32(11605 / np.abs(tone(3)).max())
    assert hear(encoded(loud, format="WAV", subtype=subtype), RATE).facts.note == told
    both = hear(encoded(np.stack([loud, -loud], axis=1), format="WAV", subtype=subtype), RATE)
    assert both.facts.note == f"{told}; its channels cancel out in 3.0 of 3.0 s: only one is used there"
    assert hear(encoded(12 * tone(3), format="WAV", subtype=subtype), RATE).facts.note == ""  # 12 dB too loud


@pytest.mark.parametrize("rate", [4000, 8000])
@pytest.mark.parametrize("same", [True, False])
def test_a_constant_in_both_channels_is_not_taken_for_cancelling(same: bool, rate: int) -> None:
    samples = 0.02 * np.random.default_rng(0).standard_normal((24000, 2)).astype(np.float32)
    if same:
        samples[:, 1] = samples[:, 0]
    mixer = Mixer("mean")
    np.testing.assert_array_equal(mixer(samples + np.float32(0.08), rate), (samples + np.float32(0.08)).mean(axis=1))
    assert mixer.cancelled == 0
