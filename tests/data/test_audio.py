import gzip
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile as sf
import soxr

from musicgenre.data.audio.decode import AudioError, read_audio

RATE = 22050
LOSSY = {".ogg", ".mp3"}
USUAL = (".wav", ".au", ".flac", ".ogg", ".mp3")


def _tone(seconds: float, rate: int = RATE, hz: float = 440) -> npt.NDArray[np.float32]:
    time = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * hz * time)).astype(np.float32)


def _noise(seconds: float, seed: int = 0) -> npt.NDArray[np.float32]:
    return (0.1 * np.random.default_rng(seed).standard_normal(round(seconds * RATE))).astype(np.float32)


def _reason(path: Path) -> str:
    with pytest.raises(AudioError) as caught:
        read_audio(path, RATE)
    return str(caught.value)


@pytest.mark.parametrize("suffix", USUAL)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_format_decodes_to_what_was_written(tmp_path: Path, suffix: str, channels: int) -> None:
    path, tone = tmp_path / f"a{suffix}", _tone(2)
    sf.write(path, np.repeat(tone[:, np.newaxis], channels, axis=1), RATE)
    waveform = read_audio(path, RATE)
    assert waveform.dtype == np.float32
    assert waveform.shape == tone.shape
    middle = slice(4000, -4000)  # lossy codecs ring at the ends
    tolerance = 0.02 if suffix in LOSSY else 1 / 2**15
    np.testing.assert_allclose(waveform[middle], tone[middle], atol=tolerance)


@pytest.mark.parametrize("channels", [2, 3, 6])
def test_channels_are_averaged(tmp_path: Path, channels: int) -> None:
    path = tmp_path / "a.wav"
    samples = 0.1 * np.random.default_rng(0).standard_normal((5000, channels))
    sf.write(path, samples, RATE, subtype="FLOAT")
    np.testing.assert_allclose(read_audio(path, RATE), samples.mean(axis=1), atol=1e-6)


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
def test_resampling_keeps_pitch_level_and_length(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "a.flac"
    sf.write(path, _tone(2, rate), rate)
    waveform = read_audio(path, RATE)
    assert waveform.dtype == np.float32
    assert abs(len(waveform) - 2 * RATE) <= 1
    np.testing.assert_allclose(waveform[2000:40000], _tone(2)[2000:40000], atol=1e-3)


def test_channels_are_averaged_before_resampling_in_high_quality(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    stereo = np.stack([_noise(1, seed=1), _noise(1, seed=2)], axis=1)
    sf.write(path, stereo, 44100, subtype="FLOAT")
    expected = soxr.resample(stereo.mean(axis=1), 44100, RATE, quality="HQ")
    np.testing.assert_allclose(read_audio(path, RATE), expected, atol=1e-6)


def test_gtzan_lengths_are_no_fault(tmp_path: Path) -> None:
    for length in (660_000, 661_504, 675_808):
        sf.write(tmp_path / "a.wav", np.resize(_noise(1), length), RATE)
        assert read_audio(tmp_path / "a.wav", RATE).shape == (length,)


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    assert _reason(tmp_path / "a.wav") == "empty file (0 bytes)"


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.flac", "a.raw"])
def test_text_under_an_audio_name(tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_text("not music\n" * 100)
    assert _reason(tmp_path / name).startswith("not readable as audio (")
    assert capfd.readouterr().err == ""  # nor does a decoder print anything


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.raw"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\n<!DOCTYPE html><p>404</p>", "HTML or XML, such as an error page, not the file itself: download it again"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n",
            "a Git LFS pointer, not the file itself: run git lfs pull",
        ),
        (gzip.compress(b"RIFF....WAVEfmt ", mtime=0), "compressed: unpack it"),
    ],
)
def test_what_is_in_a_files_place_is_named(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert _reason(tmp_path / name) == f"not readable as audio ({said})"


@pytest.mark.parametrize("name", ["a.au", "a.snd", "a.gsm", "a.vox"])
def test_no_name_makes_sound_of_what_is_none(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x89PNG\r\n\x1a\n" + np.random.default_rng(0).bytes(9000))
    assert _reason(tmp_path / name) == "not readable as audio (Format not recognised)"


def test_mp3_without_a_single_frame(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.mp3", _tone(1), RATE)
    (tmp_path / "a.mp3").write_bytes((tmp_path / "a.mp3").read_bytes()[:20])
    assert _reason(tmp_path / "a.mp3") == "not readable as audio (no audio in it)"


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "link.wav").symlink_to(tmp_path / "gone.wav")
    os.mkfifo(tmp_path / "pipe.wav")
    assert _reason(tmp_path / "folder.wav") == "a folder, not a file"
    assert _reason(tmp_path / "link.wav") == f"broken link (to {tmp_path / 'gone.wav'})"
    assert _reason(tmp_path / "pipe.wav") == "not a regular file"
    assert _reason(tmp_path / "none.wav") == "no such file"
    assert _reason(tmp_path / "nu\0ll.wav") == "cannot be opened (embedded null byte)"


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.wav"
    sf.write(path, _tone(1), RATE)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root, who may run the tests, can read everything
    assert _reason(path) == "no permission to read it"


def test_no_samples(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", np.zeros(0), RATE)
    assert _reason(tmp_path / "a.wav") == "holds no samples"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("shape", [(1000,), (1000, 2)])
def test_samples_that_are_no_numbers(tmp_path: Path, value: float, shape: tuple[int, ...]) -> None:
    samples = np.random.default_rng(0).standard_normal(shape)
    samples[500] = value
    sf.write(tmp_path / "a.wav", samples, RATE, subtype="FLOAT")
    assert _reason(tmp_path / "a.wav") == "contains NaN or infinite samples"


def test_silence(tmp_path: Path) -> None:
    sf.write(tmp_path / "zero.wav", np.zeros(1000), RATE)
    sf.write(tmp_path / "constant.wav", np.full(1000, 0.25), RATE)
    sf.write(tmp_path / "hiss.wav", 1e-4 * _noise(1), RATE, subtype="FLOAT")
    assert _reason(tmp_path / "zero.wav") == "silent (every sample is 0)"
    assert _reason(tmp_path / "constant.wav") == "silent (every sample is 0.25)"
    assert _reason(tmp_path / "hiss.wav") == "silent: nothing in it is louder than -70 dB"


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_truncated_ogg(tmp_path: Path, subtype: str) -> None:
    sf.write(tmp_path / "a.ogg", np.resize(_noise(10), 480_000), 48_000, format="OGG", subtype=subtype)
    content = (tmp_path / "a.ogg").read_bytes()
    (tmp_path / "a.ogg").write_bytes(content[: len(content) // 2])
    assert _reason(tmp_path / "a.ogg").startswith("truncated: the Ogg stream breaks off after 4.")
