import math

import pytest
import torch
from torch import Tensor

from musicgenre.augment.waveform_augment import WaveformAugment, change_speed, shift_pitch
from musicgenre.errors import MusicGenreError

RATE = 22050
OFF = {"snr": None, "gain": None, "speed": None, "pitch": 0.0}


def tones(pitch: float = 440.0, items: int = 1) -> Tensor:
    return 0.5 * torch.sin(2 * torch.pi * pitch * torch.arange(RATE) / RATE).repeat(items, 1)


def peak(waveform: Tensor) -> float:
    """The strongest frequency of one waveform in Hz."""
    spectrum = torch.fft.rfft(waveform * torch.hann_window(len(waveform))).abs()
    return int(spectrum.argmax()) * RATE / len(waveform)


@pytest.mark.parametrize("percent", [57, 89, 112, 113])
def test_speed_moves_pitch_and_length(percent: int) -> None:
    changed = change_speed(tones(), percent)
    assert changed.shape[1] == math.ceil(RATE * 100 / percent)
    assert peak(changed[0]) == pytest.approx(440 * percent / 100, abs=2)


@pytest.mark.parametrize("percent", [89, 112])
def test_pitch_is_moved_and_length_kept(percent: int) -> None:
    changed = shift_pitch(tones(), percent)
    assert changed.shape[1] == pytest.approx(RATE, rel=0.03)
    assert peak(changed[0]) == pytest.approx(440 * percent / 100, abs=5)
    assert changed.std().item() == pytest.approx(tones().std().item(), rel=0.1)


def test_noise_has_the_ratio_that_was_drawn() -> None:
    clean = tones(items=16)
    noisy = WaveformAugment(RATE, **(OFF | {"snr": (10.0, 10.0)}), p=1.0)(clean)  # type: ignore[arg-type]
    ratio = 10 * (clean.square().sum(1) / (noisy - clean).square().sum(1)).log10()
    assert ratio.tolist() == pytest.approx([10.0] * 16, abs=0.1)


def test_gain_is_uniform_in_decibels() -> None:
    torch.manual_seed(0)
    clean = tones(items=400)
    loud = WaveformAugment(RATE, **(OFF | {"gain": (-6.0, 6.0)}), p=1.0)(clean)  # type: ignore[arg-type]
    decibels = 20 * (loud.std(1) / clean.std(1)).log10()
    assert -6.01 < decibels.min() < -5.5 < 5.5 < decibels.max() < 6.01
    assert decibels.mean().abs() < 0.6


def test_shape_is_kept_items_differ_and_the_input_stays() -> None:
    torch.manual_seed(0)
    clean = tones(items=8)
    before = clean.clone()
    changed = WaveformAugment(RATE, p=1.0)(clean)
    assert changed.shape == clean.shape
    assert torch.equal(clean, before)
    assert changed.isfinite().all()
    assert len({round(peak(item)) for item in changed}) >= 6


def test_probability_decides_how_many_are_changed() -> None:
    torch.manual_seed(0)
    clean = tones(items=300)[:, :2000]
    settings = OFF | {"gain": (3.0, 6.0)}
    changed = WaveformAugment(RATE, **settings, p=0.3)(clean)  # type: ignore[arg-type]
    share = (changed != clean).any(1).double().mean().item()
    assert math.isclose(share, 0.3, abs_tol=0.09)
    assert torch.equal(WaveformAugment(RATE, p=0.0)(clean), clean)


@pytest.mark.parametrize(
    "settings",
    [
        *(
            {"snr": (40, 10)},
            {"snr": (math.nan, 10)},
            {"snr": (10, math.inf)},
            {"gain": (1,)},
            {"gain": (-math.inf, 0)},
        ),
        *({"speed": (0.1, 1.0)}, {"pitch": 13}, {"p": 1.5}),
    ],
    ids=str,
)
def test_impossible_settings_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(MusicGenreError, match=next(iter(settings))):
        WaveformAugment(RATE, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_the_type_is_kept(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    changed = WaveformAugment(RATE, p=1.0)(tones(items=2)[:, :4000].to(dtype))
    assert changed.dtype == dtype
    assert changed.isfinite().all()


@pytest.mark.parametrize("shape", [(0, 3000), (2, 0)])
def test_no_samples_stay_none(shape: tuple[int, int]) -> None:
    assert WaveformAugment(RATE, p=1.0)(torch.zeros(shape)).shape == shape


@pytest.mark.parametrize("n_samples", [1, 2, 20, 255, 256, 441, 512, 513])
def test_waveforms_shorter_than_a_frame_keep_their_length(n_samples: int) -> None:
    torch.manual_seed(0)
    waveform = 0.1 * torch.randn(16, n_samples)
    changed = WaveformAugment(22050, p=1.0)(waveform)
    assert changed.shape == waveform.shape
    assert changed.isfinite().all()


def test_the_pitch_of_a_short_waveform_is_moved() -> None:
    tone = torch.sin(2 * torch.pi * 20 * torch.arange(441) / 441)[None]  # 1000 Hz for 0.02 s, 20 whole periods
    moved = torch.fft.rfft(shift_pitch(tone, 150)).abs()
    assert moved.argmax().item() == pytest.approx(30, abs=1)
