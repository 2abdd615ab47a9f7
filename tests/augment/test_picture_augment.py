"""PictureAugment: geometry, fill, erasing."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from musicgenre.augment import PictureAugment
from musicgenre.errors import MusicGenreError

NEUTRAL: dict[str, Any] = {"crop": 1.0, "degrees": 0.0, "translate": 0.0, "scale": (1.0, 1.0), "erase_p": 0.0}


def only(**settings: Any) -> PictureAugment:
    """An augmentation that does only what is named."""
    return PictureAugment(**(NEUTRAL | settings))


def ramps(n: int, height: int = 60, width: int = 80) -> Tensor:
    """Pictures (n, 2, height, width) whose channels are their own coordinates in [-1, 1]: time, frequency."""
    y = (2 * torch.arange(height) + 1) / height - 1
    x = (2 * torch.arange(width) + 1) / width - 1
    return torch.stack([x.expand(height, width), y[:, None].expand(height, width)]).expand(n, -1, -1, -1)


def sampled_matrices(y: Tensor) -> Tensor:
    """The matrices (n, 2, 3) that turned ramps into `y`, estimated from the middle of the pictures."""
    inner = (slice(None), slice(None), slice(20, 40), slice(25, 55))
    at = ramps(1)[inner].flatten(2)  # (1, 2, points)
    at = torch.cat([at, torch.ones_like(at[:, :1])], dim=1)[0]  # (3, points)
    fit: Tensor = torch.linalg.lstsq(at.T.expand(len(y), -1, -1), y[inner].flatten(2).mT).solution
    return fit.mT


@pytest.mark.parametrize("shape", [(5, 1, 180, 180), (3, 3, 40, 70), (1, 1, 8, 8)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_keeps_shape_type_range_and_input(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    x = torch.rand(shape).to(dtype)
    before = x.clone()
    y = PictureAugment()(x)
    assert y.shape == x.shape
    assert y.dtype == dtype
    assert torch.equal(x, before)
    assert not torch.equal(x, y)
    assert y.min() >= x.min() - 1e-6
    assert y.max() <= x.max() + 1e-6


def test_nothing_asked_nothing_done() -> None:
    x = torch.rand(4, 1, 30, 30)
    assert torch.equal(only()(x), x)


def test_a_seed_decides_and_items_differ() -> None:
    x = torch.rand(1, 1, 60, 60).expand(16, -1, -1, -1)
    torch.manual_seed(3)
    first, second = PictureAugment()(x), PictureAugment()(x)
    torch.manual_seed(3)
    assert torch.equal(PictureAugment().eval()(x), first)
    assert not torch.equal(first, second)
    assert len(first.flatten(1).unique(dim=0)) == 16


def test_a_crop_stays_inside_and_keeps_its_share() -> None:
    torch.manual_seed(0)
    matrices = sampled_matrices(only(crop=0.8)(ramps(2000)))
    kept, centre = matrices[:, (0, 1), (0, 1)], matrices[..., 2]
    assert kept.min() == pytest.approx(0.8, abs=2e-3)
    assert kept.max() == pytest.approx(1.0, abs=2e-3)
    assert (centre.abs() <= 1 - kept + 1e-4).all()
    assert centre.mean().item() == pytest.approx(0, abs=5e-3)
    assert matrices[:, (0, 1), (1, 0)].abs().max() < 1e-4  # no rotation
    assert (kept[:, 0] - kept[:, 1]).abs().max() > 0.1  # each axis has its own


def test_a_rotation_keeps_angles_and_lengths_in_pixels() -> None:
    torch.manual_seed(0)
    matrices = sampled_matrices(only(degrees=10.0)(ramps(2000)))
    pixels = torch.diag(torch.tensor([80.0, 60.0]))
    turns = pixels @ matrices[..., :2] @ pixels.inverse()
    torch.testing.assert_close(turns @ turns.mT, torch.eye(2).expand(2000, 2, 2), atol=1e-4, rtol=0)
    angles = torch.atan2(turns[:, 1, 0], turns[:, 0, 0]) * 180 / math.pi
    assert angles.max().item() == pytest.approx(10, abs=0.1)
    assert angles.min().item() == pytest.approx(-10, abs=0.1)


def test_a_shift_and_a_zoom_have_their_size() -> None:
    torch.manual_seed(0)
    shifts = sampled_matrices(only(translate=0.1)(ramps(2000)))[..., 2] / 2  # 2 is the whole side
    assert shifts.amax(dim=0).tolist() == pytest.approx([0.1, 0.1], abs=1e-3)
    assert shifts.amin(dim=0).tolist() == pytest.approx([-0.1, -0.1], abs=1e-3)
    zooms = 1 / sampled_matrices(only(scale=(0.9, 1.2))(ramps(2000)))[:, 0, 0]
    assert zooms.min().item() == pytest.approx(0.9, abs=2e-3)
    assert zooms.max().item() == pytest.approx(1.2, abs=2e-3)


def test_what_a_change_leaves_empty_is_the_items_own_minimum() -> None:
    torch.manual_seed(0)
    x = 5 + torch.rand(2, 1, 50, 50)
    x[1] -= 100
    y = only(scale=(0.5, 0.5))(x)  # half the size: an empty frame around it
    for item, before in zip(y, x, strict=True):
        torch.testing.assert_close(item[..., :12, :], before.min().expand(1, 12, 50))
        assert item[..., 20:30, 20:30].min() > before.min()


def test_erases_a_rectangle_of_the_wanted_area() -> None:
    torch.manual_seed(0)
    x = 1 + torch.rand(3000, 1, 100, 100)
    x[:, :, 0, 0] = 0.5  # the minimum, in a corner: erasing may cover it, and it looks erased in any case
    y = only(erase_p=1.0, erase_scale=(0.05, 0.1))(x)
    erased = (y != x).squeeze(1)
    assert (y[erased.unsqueeze(1)] == 0.5).all()
    areas = erased.any(dim=2).sum(dim=1) * erased.any(dim=1).sum(dim=1)
    assert (areas - erased.sum(dim=(1, 2))).max() <= 1  # a full rectangle, but for that corner
    assert areas.min() > 450
    assert areas.max() < 1060  # sides are rounded to whole pixels
    assert areas.float().mean().item() == pytest.approx(750, abs=20)


@pytest.mark.parametrize("area", [0.4, 0.8, 1.0])
def test_a_large_rectangle_has_the_wanted_area_too(area: float) -> None:
    torch.manual_seed(0)
    x = 1 + torch.rand(200, 1, 100, 100)
    y = only(erase_p=1.0, erase_scale=(area, area))(x)
    areas = (y == x.amin(dim=(1, 2, 3), keepdim=True)).double().mean(dim=(1, 2, 3))
    assert areas.tolist() == pytest.approx([area] * 200, abs=0.011)  # sides are rounded to whole pixels


def test_no_pictures_stay_none() -> None:
    assert PictureAugment()(torch.zeros(0, 1, 30, 30)).shape == (0, 1, 30, 30)


def test_erases_the_share_of_items_asked_for() -> None:
    torch.manual_seed(0)
    x = torch.rand(4000, 1, 20, 20)
    changed = (only(erase_p=0.3)(x) != x).flatten(1).any(dim=1)
    assert changed.float().mean().item() == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize(
    "settings",
    [
        {"crop": 0.0},
        {"crop": 1.2},
        {"degrees": -1.0},
        {"translate": 2.0},
        {"scale": (0.0, 1.0)},
        {"scale": (1.1, 0.9)},
        {"scale": (1.0, math.inf)},
        {"erase_p": 1.5},
        {"erase_scale": (0.0, 0.1)},
        {"erase_scale": (0.1, 1.5)},
    ],
    ids=str,
)
def test_impossible_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(MusicGenreError, match=f"{next(iter(settings))} is .*: set it"):
        PictureAugment(**settings)


@pytest.mark.skipif(not torch.accelerator.is_available(), reason="there is no accelerator here")
def test_stays_on_its_device() -> None:
    x = torch.rand(8, 1, 60, 60, device=torch.accelerator.current_accelerator())
    y = PictureAugment()(x)
    assert y.device == x.device
    assert not torch.equal(x, y)
