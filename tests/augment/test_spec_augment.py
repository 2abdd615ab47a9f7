"""SpecAugment's masks: how wide, how many, whose."""

from typing import Any

import pytest
import torch
from torch import Tensor

from musicgenre.augment import SpecAugment
from musicgenre.errors import MusicGenreError


def masked_rows(augment: SpecAugment, n: int, n_freqs: int, n_frames: int) -> tuple[Tensor, Tensor]:
    """Which frequencies (n, F) and frames (n, T) of all-ones inputs an augmentation masked entirely."""
    x = augment(torch.ones(n, 1, n_freqs, n_frames))[:, 0]
    return (x == 0).all(dim=2), (x == 0).all(dim=1)


def test_masks_are_stretches_up_to_their_fraction() -> None:
    torch.manual_seed(0)
    freq, time = masked_rows(SpecAugment(0.2, 0.1), 5000, 64, 130)
    for mask, widest in ((freq, 12), (time, 13)):
        widths = mask.sum(dim=1)
        assert widths.min() == 0
        assert widths.max() == widest
        # One stretch: at most one start.
        begins = mask[:, 0].int() + (mask[:, 1:] & ~mask[:, :-1]).sum(dim=1)
        assert torch.equal(begins, (widths > 0).int())


def test_widths_are_uniform_and_places_cover_the_axis() -> None:
    torch.manual_seed(0)
    freq, _ = masked_rows(SpecAugment(0.25, 0.0), 9000, 32, 4)
    counts = torch.bincount(freq.sum(dim=1), minlength=9)
    assert counts.tolist() == pytest.approx([1000] * 9, rel=0.15)
    assert freq.any(dim=0).all()
    assert freq.float().mean().item() == pytest.approx(4 / 32, rel=0.05)


def test_expected_share_is_masked() -> None:
    torch.manual_seed(0)
    x = SpecAugment(0.2, 0.2)(torch.ones(5000, 1, 100, 100))
    # A mask takes 0.1 of its axis on average, so 0.9 * 0.9 stay.
    assert x.mean().item() == pytest.approx(0.81, abs=0.005)


def test_more_masks_take_more() -> None:
    torch.manual_seed(0)
    x = SpecAugment(0.2, 0.2, n_freq_masks=2, n_time_masks=0)(torch.ones(5000, 1, 100, 10))
    begins = (x[:, 0, 1:, 0] < x[:, 0, :-1, 0]).sum(dim=1) + (x[:, 0, 0, 0] == 0)
    assert begins.max() == 2
    # A little over 0.9 * 0.9: both masks favour the middle, so they overlap more often than by chance.
    assert 0.81 < x.mean() < 0.83
    assert torch.equal(x[..., :1].expand_as(x), x)


def test_items_differ_and_channels_agree() -> None:
    torch.manual_seed(0)
    x = SpecAugment()(torch.ones(64, 3, 128, 130))
    assert torch.equal(x[:, :1].expand_as(x), x)
    assert len(x.flatten(1).unique(dim=0)) > 60


def test_leaves_the_rest_and_the_input_as_they_are() -> None:
    torch.manual_seed(0)
    x = torch.randn(16, 1, 40, 50)
    before = x.clone()
    y = SpecAugment()(x)
    assert torch.equal(x, before)
    assert torch.equal(y[y != 0], x[y != 0])
    assert (y == 0).any()


@pytest.mark.parametrize("augment", [SpecAugment(0, 0), SpecAugment(n_freq_masks=0, n_time_masks=0)])
def test_nothing_asked_nothing_done(augment: SpecAugment) -> None:
    x = torch.randn(4, 1, 40, 50)
    assert torch.equal(augment(x), x)


def test_masks_in_eval_too() -> None:
    torch.manual_seed(0)
    assert (SpecAugment().eval()(torch.ones(8, 1, 40, 50)) == 0).any()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16, torch.float64])
def test_the_same_masks_in_every_precision(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    x = SpecAugment()(torch.ones(32, 1, 40, 1000, dtype=dtype))
    torch.manual_seed(0)
    assert x.dtype == dtype
    assert torch.equal(x.float(), SpecAugment()(torch.ones(32, 1, 40, 1000)))


def test_a_seed_decides() -> None:
    x = torch.ones(8, 1, 40, 50)
    torch.manual_seed(3)
    first, second = SpecAugment()(x), SpecAugment()(x)
    torch.manual_seed(3)
    assert torch.equal(SpecAugment()(x), first)
    assert not torch.equal(first, second)


@pytest.mark.parametrize(
    "settings", [{"freq_mask": 1.1}, {"time_mask": -0.1}, {"n_time_masks": -1}, {"n_freq_masks": 2.0}]
)
def test_impossible_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(MusicGenreError, match=next(iter(settings))):
        SpecAugment(**settings)


@pytest.mark.skipif(not torch.accelerator.is_available(), reason="there is no accelerator here")
def test_stays_on_its_device() -> None:
    x = torch.ones(8, 1, 40, 50, device=torch.accelerator.current_accelerator())
    y = SpecAugment()(x)
    assert y.device == x.device
    assert (y == 0).any()
