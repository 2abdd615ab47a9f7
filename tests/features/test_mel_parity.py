"""Log-mel spectrograms and MFCC against librosa, on signals that are hard in different ways."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import librosa
import numpy as np
import pytest
import torch
import torchaudio
from numpy.typing import NDArray

from musicgenre.errors import MusicGenreError
from musicgenre.features import MFCC, FrontEnd, LogMel, MelImage, mel
from musicgenre.features.mel import MelPower, mel_filters

Audio = NDArray[np.float32]

# (sample_rate, n_samples, n_fft, hop_length, n_mels)
SETTINGS = [
    (22050, 66150, 2048, 512, 128),
    (22050, 30000, 2048, 512, 180),
    (16000, 40001, 1024, 160, 40),
    (44100, 30011, 4096, 1024, 96),
    (11025, 5513, 512, 700, 20),  # a hop longer than the frame, an odd rate
    (22050, 5000, 1025, 300, 40),  # an odd frame
    (8000, 512, 512, 128, 32),  # one frame's worth of samples
    (22050, 160_000, 2048, 512, 1),  # more frames than a chunk, fewer filters than bands
]
SIGNALS = ["noise", "chirp", "clicks", "tone", "near_silence", "silence"]


def make(signal: str, n: int, sample_rate: int) -> Audio:
    rng = np.random.default_rng(0)
    t = np.arange(n) / sample_rate
    if signal == "noise":
        y = 0.1 * rng.standard_normal(n)
    elif signal == "chirp":
        y = 0.9 * np.sin(2 * np.pi * (50 * t + sample_rate / 6 * t**2 / t[-1]))
    elif signal == "clicks":
        y = (np.arange(n) % 1777 == 300).astype(float)
    elif signal == "tone":
        y = 0.5 * np.sin(2 * np.pi * 440 * t)
    else:
        y = 1e-5 * rng.standard_normal(n) * (signal == "near_silence")
    return y.astype(np.float32)


def run(front_end: FrontEnd, y: Audio) -> Audio:
    features: Audio = front_end(torch.from_numpy(y)[None])[0, 0].numpy()
    return features


@cache
def case(setting: tuple[int, int, int, int, int], signal: str) -> tuple[Audio, Audio]:
    """A signal and its mel power by librosa."""
    sr, n, n_fft, hop, n_mels = setting
    y = make(signal, n, sr)
    return y, librosa.feature.melspectrogram(y=y, sr=sr, n_fft=n_fft, hop_length=hop, n_mels=n_mels)


def keywords(setting: tuple[int, int, int, int, int]) -> dict[str, Any]:
    return dict(zip(("n_fft", "hop_length", "n_mels"), setting[2:], strict=True))


@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize("setting", SETTINGS, ids=str)
class TestAgainstLibrosa:
    def test_mel_power(self, setting: tuple[int, int, int, int, int], signal: str) -> None:
        y, theirs = case(setting, signal)
        mel = MelPower(setting[0], **keywords(setting), f_min=0.0, f_max=None)
        ours = mel(torch.from_numpy(y)[None])[0].numpy()
        # Elementwise; librosa transforms in float64, so rounding shows 110 dB below the maximum.
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-11 * theirs.max(initial=1))

    def test_log_mel(self, setting: tuple[int, int, int, int, int], signal: str) -> None:
        y, power = case(setting, signal)
        refs: list[tuple[Any, Any]] = [("max", np.max), (1.0, 1.0), (0.01, 0.01)]
        for ref, librosas_ref in refs:
            ours = run(LogMel(setting[0], **keywords(setting), ref=ref), y)
            # 2e-3 dB anywhere in a range of 80 dB is 2.5e-5.
            np.testing.assert_allclose(ours, librosa.power_to_db(power, ref=librosas_ref), rtol=0, atol=2e-3)

    def test_mfcc(self, setting: tuple[int, int, int, int, int], signal: str) -> None:
        y, power = case(setting, signal)
        n_mfcc = min(13, setting[-1])
        ours = run(MFCC(setting[0], n_mfcc=n_mfcc, **keywords(setting)), y)
        theirs = librosa.feature.mfcc(S=librosa.power_to_db(power), n_mfcc=n_mfcc)
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=2e-3)


def test_mfcc_defaults_are_librosas() -> None:
    y = make("chirp", 22050, 22050)
    theirs = librosa.feature.mfcc(y=y, sr=22050, n_mfcc=13)
    np.testing.assert_allclose(run(MFCC(22050), y), theirs, rtol=1e-4, atol=2e-3)


def test_frequency_range_and_whole_range_follow_librosa() -> None:
    y = make("noise", 22050, 22050)
    ours = run(LogMel(22050, n_mels=64, f_min=100, f_max=6000, ref=1.0, top_db=None), y)
    power = librosa.feature.melspectrogram(y=y, sr=22050, n_mels=64, fmin=100, fmax=6000)
    np.testing.assert_allclose(ours, librosa.power_to_db(power, top_db=None), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("mel_scale", ["slaney", "htk"])
@pytest.mark.parametrize("norm", ["slaney", None])
@pytest.mark.parametrize("pad_mode", ["constant", "reflect"])
def test_scales_norms_and_edges_are_librosas(mel_scale: Any, norm: Any, pad_mode: Any) -> None:
    y = make("noise", 22050, 22050)
    power = librosa.feature.melspectrogram(
        y=y, sr=22050, n_mels=64, htk=mel_scale == "htk", norm=norm, pad_mode=pad_mode
    )
    choices = {"mel_scale": mel_scale, "norm": norm, "pad_mode": pad_mode}
    ours = run(LogMel(22050, n_mels=64, ref=1.0, **choices), y)
    np.testing.assert_allclose(ours, librosa.power_to_db(power), rtol=0, atol=2e-3)
    cepstrum = run(MFCC(22050, n_mels=64, **choices), y)
    np.testing.assert_allclose(
        cepstrum, librosa.feature.mfcc(S=librosa.power_to_db(power), n_mfcc=13), rtol=1e-4, atol=2e-3
    )
    picture = MelImage(22050, size=64, n_mels=64, **choices)
    assert torch.equal(
        picture.mel(torch.from_numpy(y)[None]), LogMel(22050, n_mels=64, **choices).mel(torch.from_numpy(y)[None])
    )


TORCHAUDIO: Any = {"mel_scale": "htk", "norm": None, "pad_mode": "reflect", "allow_empty": True}


@pytest.mark.filterwarnings("ignore:At least one mel filterbank has all zero")
@pytest.mark.parametrize("signal", SIGNALS)
def test_torchaudios_defaults_give_torchaudios_values(signal: str) -> None:
    y = make(signal, 20000, 16000)
    waveform = torch.from_numpy(y)
    spectrogram = torchaudio.transforms.AmplitudeToDB()(torchaudio.transforms.MelSpectrogram()(waveform))
    ours = run(LogMel(16000, n_fft=400, hop_length=200, ref=1.0, top_db=None, **TORCHAUDIO), y)
    loud = spectrogram.numpy() > spectrogram.max().item() - 80  # below it, float32 rounds in both
    np.testing.assert_allclose(ours[loud], spectrogram.numpy()[loud], rtol=0, atol=5e-3)
    cepstrum = run(MFCC(16000, n_mfcc=40, n_fft=400, hop_length=200, **TORCHAUDIO), y)
    np.testing.assert_allclose(cepstrum, torchaudio.transforms.MFCC()(waveform).numpy(), rtol=1e-4, atol=1e-2)


def test_htk_scale_has_the_peaks_of_its_formula() -> None:
    filters = MelPower(
        16000, n_fft=4096, hop_length=512, n_mels=10, f_min=0.0, f_max=8000.0, mel_scale="htk", norm=None
    )
    tones = torch.linspace(0, 2595 * np.log10(1 + 8000 / 700), 12)[1:-1]  # equal steps in mel
    hertz = 700 * (10 ** (tones / 2595) - 1)
    time = torch.arange(16000) / 16000
    loudest = [filters(torch.sin(2 * torch.pi * f * time)[None])[0, :, 16].argmax().item() for f in hertz]
    assert loudest == list(range(10))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mel_scale": "bark"}, "mel_scale is 'bark': choose slaney or htk"),
        ({"norm": 2}, "norm is 2: choose slaney .* or null"),
        ({"pad_mode": "edge"}, "pad_mode is 'edge': choose constant"),
        ({"n_fft": 400, "n_mels": 128}, "mel filters are empty.*allow_empty=true"),
    ],
)
@pytest.mark.parametrize("front_end", [LogMel, MFCC, MelImage])
def test_unknown_scales_and_norms_are_refused(front_end: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(MusicGenreError, match=message):
        front_end(22050, **settings)


def test_mirrored_edges_need_half_a_frame() -> None:
    front_end = LogMel(22050, pad_mode="reflect")
    assert front_end(torch.ones(1, 1025)).shape == (1, *front_end.output_shape(1025))
    with pytest.raises(MusicGenreError, match=r"A waveform of 1024 samples .* more than 1024 for pad_mode=reflect"):
        front_end(torch.ones(1, 1024))


@pytest.mark.filterwarnings("ignore:n_fft=2048 is too large")
def test_a_stretch_shorter_than_a_frame_follows_librosa() -> None:
    y = make("noise", 700, 22050)
    np.testing.assert_allclose(
        run(LogMel(22050), y),
        librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=22050), ref=np.max),
        atol=1e-3,
    )


@pytest.mark.parametrize("front_end", [LogMel(22050), MFCC(22050), MelImage(22050)], ids=repr)
def test_a_batch_gives_each_item_what_it_gets_alone(front_end: FrontEnd) -> None:
    batch = torch.from_numpy(np.stack([make(signal, 40000, 22050) for signal in SIGNALS]))
    together = front_end(batch)
    alone = torch.cat([front_end(item[None]) for item in batch])
    assert together.shape == alone.shape
    # The same arithmetic, but a matrix product may add in a different order for a different number of rows.
    torch.testing.assert_close(together, alone, rtol=1e-5, atol=1e-3)


@torch.inference_mode()
def power_of(waveform: torch.Tensor, setting: tuple[int, int, int, int, int]) -> torch.Tensor:
    rate, _, n_fft, hop, n_mels = setting
    power: torch.Tensor = MelPower(rate, n_fft, hop, n_mels, 0.0, None)(waveform)
    return power


def test_threads_give_the_same_values() -> None:
    waves = {at: torch.from_numpy(make("noise", at[1], at[0])).repeat(2, 1) for at in SETTINGS}
    wanted = [power_of(waves[at], at) for at in SETTINGS]
    for _ in range(3):  # TorchScript runs code in another way after a time or two
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(power_of, waves.values(), SETTINGS))
        assert all(torch.equal(one, other) for one, other in zip(found, wanted, strict=True))


def test_only_threads_run_torchscript(monkeypatch: pytest.MonkeyPatch) -> None:
    waveform, setting = torch.zeros(1, 66150), SETTINGS[0]
    mel._scripted()  # compiled from the function that is gone then
    monkeypatch.setattr(mel, "_mel_power", None)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(power_of, waveform, setting).result().shape == (1, 128, 130)
    with pytest.raises(TypeError):
        power_of(waveform, setting)


def test_threads_may_record_gradients() -> None:
    waveform = torch.from_numpy(make("noise", 30000, 22050))[None].requires_grad_()

    def gradient() -> torch.Tensor:
        (found,) = torch.autograd.grad(LogMel(22050)(waveform).sum(), waveform)
        return found

    with ThreadPoolExecutor(1) as pool:
        assert torch.equal(pool.submit(gradient).result(), gradient())


@pytest.mark.parametrize("rate", [8000, 22050, 44100])
@pytest.mark.parametrize(("scale", "norm"), [("slaney", "slaney"), ("slaney", None), ("htk", "slaney"), ("htk", None)])
@pytest.mark.filterwarnings("ignore:Empty filters")
def test_filters_are_librosas_to_the_last_digit(rate: int, scale: Any, norm: Any) -> None:
    for n_fft, n_mels, f_min, f_max in (
        (512, 40, 0.0, rate / 2),
        (2048, 128, 20.0, 3000.0),
        (1024, 13, 1200.0, 3999.0),
    ):
        wanted = librosa.filters.mel(
            sr=rate, n_fft=n_fft, n_mels=n_mels, fmin=f_min, fmax=f_max, htk=scale == "htk", norm=norm
        )
        found = mel_filters(rate, n_fft, n_mels, f_min, f_max, scale, norm, allow_empty=True)
        assert np.array_equal(found.numpy(), wanted)
