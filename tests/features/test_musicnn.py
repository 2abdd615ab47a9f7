"""Musicnn as a front end: the original's numbers, windows, rates, and the messages for missing weights."""

import hashlib
import logging
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import librosa
import numpy as np
import pytest
import torch
from made_musicnn import TINY, Tensors, publish_original, random_weights, tiny_encoder, write_data, write_wheel
from numpy.typing import NDArray
from shared_fixtures import USERS_CACHE

from musicgenre.errors import MissingFileError, MusicGenreError
from musicgenre.features import Musicnn, MusicnnMel
from musicgenre.features.musicnn_encoder import Front
from musicgenre.features.musicnn_weights import WHEEL, published_encoder
from musicgenre.gan.build import _require_same_features
from musicgenre.modules.same import require_same_features
from musicgenre.parts import describe, make
from musicgenre.wheels import fetch_wheel

USERS_WHEEL = USERS_CACHE / "wheels" / WHEEL.file
needs_weights = pytest.mark.skipif(
    not USERS_WHEEL.is_file(), reason=f"there is no {USERS_WHEEL}: musicgenre prepare features=musicnn fetches it"
)
MOMENTS = ("moving_mean", "moving_variance")
# What the original network (musicnn 0.1.0 under TensorFlow 2) computes from `sweep()` in float32: every 150th of the
# pooled features, every 20th of the penultimate layer, the first ten tags.
ORIGINAL = {
    "MSD_musicnn": (
        [2.25833e-06, -2.47289e-06, -2.22963e-06, 2.0617e-06, 2.34948e-06, -2.5063e-06, -2.15853e-06, 13.6835,
         0.000368399, 4.73892, 22.0162],
        [-0.177176, 0.153329, -0.135947, -0.249889, 1.8736, -0.00114506, -0.157421, 0.271354, -0.755857, -0.587731],
        [0.051488, 0.0161118, 0.0551292, 0.128248, 0.360811, 0.0277046, 0.0257666, 0.0101886, 0.00994387, 0.0160043],
    ),
    "MTT_musicnn": (
        [-6.58935e-05, 1.12094e-05, 0.00181412, 6.05326, 0.048429, 25.6432, 0.000782892, 25.1302, 11.2178, 7.02034,
         14.0712],
        [1.24015, -0.0516652, 1.48739, 0.00752941, 0.539033, 0.473079, -0.366282, 0.352345, -0.064838, 0.640696],
        [0.00536298, 0.0207652, 0.0565152, 0.0105977, 0.000218983, 0.037113, 0.0331306, 0.00154279, 0.0323094,
         0.0483845],
    ),
}  # fmt: skip


def sweep() -> NDArray[np.float32]:
    """Three seconds at 16,000 Hz: a rising tone, one whose sign alternates, and repeated strokes of a third."""
    t = np.arange(48000) / 16000
    rising = 0.3 * np.sin(2 * np.pi * (220 * t + 300 * t**2))
    turning = 0.2 * np.sign(np.sin(2 * np.pi * 2 * t)) * np.sin(2 * np.pi * 1760 * t)
    struck = 0.1 * np.sin(2 * np.pi * 4000 * t) * np.exp(-3 * (t % 0.5))
    return (rising + turning + struck).astype(np.float32)


@needs_weights
@pytest.mark.parametrize("model", ["MSD_musicnn", "MTT_musicnn"])
def test_the_published_network_gives_the_originals_numbers(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_original(monkeypatch)
    encoder = published_encoder(model, str(USERS_WHEEL))
    mel = MusicnnMel(16000)(torch.from_numpy(sweep())[None])[..., :187]
    with torch.inference_mode():
        heard = encoder(mel)
    assert sum(each.numel() for each in [*encoder.parameters(), *encoder.buffers()]) == 792_079 + 11  # batch counts
    for found, step, expected in zip(heard, (150, 20, 1), ORIGINAL[model], strict=True):
        values = found[0, ::step][: len(expected)].numpy()
        np.testing.assert_allclose(values, expected, rtol=1e-5, atol=1e-4)


def plain_pass(weights: Tensors, mel: NDArray[np.float32]) -> tuple[NDArray[np.float64], ...]:
    """Compute `Heard` for one spectrogram `(96, T)` step by step, from weights by their published names."""

    def norm(x: NDArray[np.float64], place: int) -> NDArray[np.float64]:
        name = f"batch_normalization_{place}" if place else "batch_normalization"
        gamma, beta, mean, variance = (weights[f"{name}/{of}"] for of in ("gamma", "beta", *MOMENTS))
        return gamma * (x - mean) / np.sqrt(variance.astype(float) + 0.001) + beta

    def convolved(x: NDArray[np.float64], place: int) -> NDArray[np.float64]:
        """Slide a kernel `(frames, bands, 1, filters)` over `(T, bands)`: "same" along frames, "valid" along bands."""
        name = f"conv2d_{place}" if place else "conv2d"
        kernel = weights[f"{name}/kernel"][:, :, 0].astype(float)
        missing = len(kernel) - 1
        padded = np.pad(x, ((missing // 2, missing - missing // 2), (0, 0)))
        parts = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[:2])  # (T, places, frames, bands)
        return np.maximum(np.tensordot(parts, kernel, 2) + weights[f"{name}/bias"], 0)

    heard = norm(mel.T[:, :, None].astype(float), 0)[..., 0]
    found = [np.concatenate([norm(convolved(heard, i), i + 1).max(1) for i in range(5)], axis=1)]
    for i in (5, 6, 7):
        middle = norm(convolved(found[-1], i)[:, 0], i + 1)
        found.append(middle if i == 5 else middle + found[-1])
    channels = np.concatenate(found, axis=1)
    pooled = np.array([value for each in channels.T for value in (each.max(), each.mean())])
    dense = norm(pooled, 9) @ weights["dense/kernel"] + weights["dense/bias"]
    penultimate = norm(np.maximum(dense, 0), 10)
    tags = penultimate @ weights["dense_1/kernel"] + weights["dense_1/bias"]
    return pooled, penultimate, 1 / (1 + np.exp(-tags))


def test_the_network_is_that_of_a_plain_pass_by_the_published_names() -> None:
    mel = np.random.default_rng(0).random((96, 150), np.float32)
    with torch.inference_mode():
        heard = tiny_encoder()(torch.from_numpy(mel)[None, None])
    for found, expected in zip(heard, plain_pass(random_weights(), mel), strict=True):
        np.testing.assert_allclose(found[0].numpy(), expected, rtol=2e-5, atol=2e-5)


def test_spectrograms_are_librosas_compressed() -> None:
    power = librosa.feature.melspectrogram(y=sweep(), sr=16000, n_fft=512, hop_length=256, n_mels=96)
    found = MusicnnMel(16000)(torch.from_numpy(sweep())[None])
    assert found.shape == (1, 1, 96, 188)
    np.testing.assert_allclose(found[0, 0], np.log10(10000 * power + 1), atol=1e-4)


def test_another_rate_is_resampled_and_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        hears = Musicnn(32000)
    assert "musicnn takes audio at 16000 Hz: audio at 32000 Hz is resampled" in caplog.text
    tone = np.sin(2 * np.pi * 440 * np.arange(96000) / 32000).astype(np.float32)
    found, expected = hears(torch.from_numpy(tone)[None]), Musicnn(16000)(torch.from_numpy(tone[::2].copy())[None])
    torch.testing.assert_close(found, expected, rtol=0.02, atol=0.02)


def test_layers_are_those_of_the_encoder_and_windows_are_averaged() -> None:
    waveform = 0.1 * torch.randn(2, 2 * 187 * 256, generator=torch.Generator().manual_seed(0))
    mel = MusicnnMel(16000)(waveform)
    with torch.inference_mode():
        first, second = (tiny_encoder()(mel[..., begin : begin + 187]) for begin in (0, 187))
    for layer in ("pooled", "penultimate", "tags"):
        expected = (getattr(first, layer) + getattr(second, layer)) / 2
        torch.testing.assert_close(Musicnn(16000, layer=layer)(waveform)[:, 0, :, 0], expected)
    both = Musicnn(16000)(waveform)
    assert both.shape == (2, 1, TINY.pooled + TINY.hidden, 1)
    assert torch.equal(both[:, :, : TINY.pooled], Musicnn(16000, layer="pooled")(waveform))


def test_a_waveform_shorter_than_a_window_is_repeated() -> None:
    waveform = 0.1 * torch.randn(1, 100 * 256, generator=torch.Generator().manual_seed(0))
    mel = MusicnnMel(16000)(waveform)  # 101 frames
    with torch.inference_mode():
        expected = tiny_encoder()(torch.cat([mel, mel[..., :86]], dim=-1)).penultimate
    torch.testing.assert_close(Musicnn(16000, layer="penultimate")(waveform)[:, 0, :, 0], expected)


def test_it_stays_as_it_was_published() -> None:
    hears = Musicnn(16000).train()
    assert hears.state_dict() == {} and list(hears.parameters()) == []
    assert not any(module.training for module in hears.modules())


def test_the_maximum_may_be_taken_before_a_norm_that_falls() -> None:
    encoder, mel = tiny_encoder(), torch.rand(3, 1, 96, 187, generator=torch.Generator().manual_seed(0))
    front = encoder.fronts[0]
    assert isinstance(front, Front)
    conv, norm = front.conv, front.norm
    norm.weight.data = torch.tensor([1.5, -0.5, 1.0, -2.0])
    with torch.no_grad():
        plain = norm(conv(torch.nn.functional.pad(encoder.norm(mel), (3, 3))).relu()).amax(2)
        torch.testing.assert_close(encoder.channels(mel)[:, :4], plain)


def test_weights_that_are_not_here_can_be_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path))
    with pytest.raises(MissingFileError, match=r"fetch them once .*musicgenre prepare features=musicnn") as raised:
        Musicnn()
    write_wheel(WHEEL.path)  # what is there is not the published wheel
    monkeypatch.setattr("musicgenre.wheels._download", lambda wheel, folder: "no network")
    with pytest.raises(MusicGenreError, match=r"cannot be downloaded \(no network\): download it .* put it into"):
        raised.value.fetch()


def test_what_pip_gives_is_compared_with_what_was_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path))
    monkeypatch.setattr("musicgenre.wheels._download", lambda wheel, folder: str(write_wheel(Path(folder, wheel.file))))
    with pytest.raises(MusicGenreError, match="is not the published one"):
        fetch_wheel(WHEEL)
    assert not WHEEL.path.exists()
    ours = WHEEL._replace(sha256=hashlib.sha256(write_wheel(tmp_path / "same.whl").read_bytes()).hexdigest())
    monkeypatch.setattr(
        "musicgenre.wheels._download",
        lambda wheel, folder: (tmp_path / "same.whl").rename(Path(folder, wheel.file)).name,
    )
    assert fetch_wheel(ours) == WHEEL.path and WHEEL.path.is_file()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty file"),
        (
            b"PK\x03\x04 no wheel",
            "is damaged, or does not hold the published weights of .*: give musicnn-0",
        ),
    ],
    ids=["empty", "other"],
)
def test_a_file_that_is_no_wheel_is_named(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "musicnn.whl"
    path.write_bytes(content)
    with pytest.raises(MusicGenreError, match=message) as raised:
        Musicnn(weights=str(path))
    assert str(path) in str(raised.value) and "\n" not in str(raised.value)


def test_weights_that_a_run_named_may_be_gone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel, waveform = write_wheel(tmp_path / "mine.whl"), torch.from_numpy(sweep())[None]
    hears = Musicnn(16000, weights=str(wheel))
    kept = describe(hears)
    write_wheel(wheel, random_weights(seed=7))
    with pytest.raises(MusicGenreError, match=r"mine\.whl is damaged, or does not hold the published weights"):
        make(kept)
    wheel.unlink()
    with caplog.at_level(logging.INFO):
        again = make(kept)
    assert f"There is no {wheel}: using the weights of musicnn that were fetched." in caplog.text
    assert torch.equal(again(waveform), hears(waveform)) and describe(again) == kept
    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path))
    with pytest.raises(MissingFileError, match=r"weights are missing \(there is no .*mine\.whl\): fetch them once"):
        make(kept)


def test_the_same_settings_are_the_same_features_and_others_are_refused(tmp_path: Path) -> None:
    hears = Musicnn(16000, weights=str(write_wheel(tmp_path / "mine.whl")))
    now = describe(hears)
    other = {**now, "settings": {**now["settings"], "layer": "tags"}}
    data: Any = SimpleNamespace(front_end=hears, in_shape=(1, 2, 3))
    require_same_features(now, hears)
    _require_same_features(tmp_path, record_of(now), data)
    with pytest.raises(MusicGenreError, match="The model was trained on Musicnn"):
        require_same_features(other, hears)
    with pytest.raises(MusicGenreError, match="layer is tags there, None here"):
        _require_same_features(tmp_path, record_of(other), data)


def record_of(front_end: dict[str, Any]) -> Any:
    return SimpleNamespace(front_end=front_end, in_shape=(1, 2, 3))


def test_weights_of_another_network_are_named(tmp_path: Path) -> None:
    path = write_wheel(tmp_path / "musicnn.whl", random_weights(seed=1))
    with pytest.raises(MusicGenreError, match=r"weights of MSD_musicnn \(the SHA-256 of its .data-0"):
        Musicnn(weights=str(path))
    assert Musicnn(weights=str(path), model="MTT_musicnn").one_size
    with pytest.raises(MusicGenreError, match=r"MTT_musicnn.*there is no musicnn/MTT_musicnn"):
        Musicnn(weights=str(write_wheel(path, models=("MSD_musicnn",))), model="MTT_musicnn")
    with pytest.raises(MusicGenreError, match="model is 'MSD_vgg'"):
        Musicnn(model="MSD_vgg")  # type: ignore[arg-type]
    with pytest.raises(MusicGenreError, match="layer is 'last'"):
        Musicnn(layer="last")  # type: ignore[arg-type]


def test_damaged_weights_are_named_and_a_folder_serves_as_well(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "musicnn.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "unpacked")
    waveform = 0.1 * torch.randn(1, 48000, generator=torch.Generator().manual_seed(0))
    of_folder = Musicnn(16000, weights=str(tmp_path / "unpacked" / "musicnn"))
    assert torch.equal(of_folder(waveform), Musicnn(16000, weights=str(wheel))(waveform))
    data = tmp_path / "unpacked" / "musicnn" / "MSD_musicnn" / ".data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:-4] + b"\0\0\0\0")
    with pytest.raises(MusicGenreError, match=r"is damaged.*the SHA-256 .*: give musicnn-0.1.0-py3-none-any.whl"):
        Musicnn(weights=str(tmp_path / "unpacked"))
    content = bytearray(wheel.read_bytes())
    content[2000] ^= 0xFF
    wheel.write_bytes(content)
    with pytest.raises(MusicGenreError, match="is damaged"):
        Musicnn(weights=str(wheel))


def test_a_damaged_wheel_of_the_cache_is_to_be_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path))
    write_wheel(WHEEL.path, random_weights(seed=7))
    with pytest.raises(MusicGenreError, match="remove it, and run musicgenre prepare features=musicnn again"):
        Musicnn()


def test_the_data_alone_are_enough(tmp_path: Path) -> None:
    (tmp_path / ".data-00000-of-00001").write_bytes(write_data(random_weights()))
    assert published_encoder("MSD_musicnn", str(tmp_path)).widths == (TINY.pooled, TINY.hidden, TINY.tags)
