import math
from typing import Any

import pytest
import torch

from musicgenre.augment import MelAugment
from musicgenre.errors import MusicGenreError

NOTHING: dict[str, float] = {"shift": 0.0, "level": 0.0, "contrast": 0.0, "freq_mask": 0.0, "time_mask": 0.0}


def test_nothing_asked_for_changes_nothing() -> None:
    x = torch.randn(3, 2, 8, 9)
    assert torch.equal(MelAugment(**NOTHING)(x), x)


def test_bins_are_shifted_both_ways_and_the_outermost_repeated() -> None:
    torch.manual_seed(0)
    x = torch.arange(10.0)[:, None].expand(400, 1, 10, 3)
    y = MelAugment(**NOTHING | {"shift": 0.2})(x)
    by = y[:, 0, 5, 0] - 5
    assert by.unique().tolist() == [-2, -1, 0, 1, 2]
    assert torch.equal(y, (x + by[:, None, None, None]).clamp(0, 9))


def test_level_and_contrast_keep_within_their_bounds() -> None:
    torch.manual_seed(0)
    x = torch.tensor([0.0, 1.0]).expand(2000, 1, 1, 2)
    y = MelAugment(**NOTHING | {"level": 0.3, "contrast": 0.2})(x)[:, 0, 0]
    level, contrast = y[:, 0], y[:, 1] - y[:, 0] - 1
    for found, bound in ((level, 0.3), (contrast, 0.2)):
        assert float(found.abs().max()) <= bound + 1e-6
        assert float(found.std()) == pytest.approx(bound / 3**0.5, rel=0.05)  # uniform


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_the_type_is_kept(dtype: torch.dtype) -> None:
    assert MelAugment()(torch.rand(2, 1, 8, 9).to(dtype)).dtype == dtype


@pytest.mark.parametrize(
    "settings", [{"shift": 1.0}, {"contrast": -0.1}, {"level": -1}, {"level": math.nan}, {"time_mask": 2}]
)
def test_impossible_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(MusicGenreError, match=next(iter(settings))):
        MelAugment(**settings)
