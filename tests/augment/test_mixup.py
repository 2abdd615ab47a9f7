import math

import pytest
import torch

from musicgenre.augment import Mixup
from musicgenre.augment.mixup import Mixed
from musicgenre.errors import MusicGenreError
from musicgenre.modules.losses import CrossEntropy


def test_each_item_is_mixed_with_its_partner() -> None:
    torch.manual_seed(0)
    x = torch.randn(6, 1, 4, 5)
    mixed = Mixup(1.0)(x)
    assert sorted(mixed.partner.tolist()) == list(range(6))
    assert 0 < mixed.share < 1
    torch.testing.assert_close(mixed.x, mixed.share * x + (1 - mixed.share) * x[mixed.partner])


def test_shares_are_of_the_beta_distribution() -> None:
    torch.manual_seed(0)
    x = torch.zeros(2, 1, 1, 1)
    shares = torch.tensor([Mixup(0.5)(x).share for _ in range(600)])
    assert float(shares.mean()) == pytest.approx(0.5, abs=0.05)
    assert float(shares.var()) == pytest.approx(0.25 / 2, abs=0.015)  # 1 / (4 (2 alpha + 1))


def test_the_least_alpha_leaves_most_items_alone() -> None:
    torch.manual_seed(0)
    alpha = 0.01
    x = torch.zeros(2, 1, 1, 1)
    shares = torch.tensor([Mixup(alpha)(x).share for _ in range(1000)])
    between = float(((shares > 0.1) & (shares < 0.9)).float().mean())
    assert between == pytest.approx(alpha * math.log(9), abs=0.015)  # the density is near alpha / 2 / (s (1 - s))
    assert float(shares.mean()) == pytest.approx(0.5, abs=0.05)
    assert ((shares < 0.5).float().mean() - 0.5).abs() < 0.05


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_shares_are_drawn_in_any_precision(dtype: torch.dtype) -> None:
    torch.set_default_dtype(dtype)  # as a Trainer of that precision does
    try:
        mixed = Mixup(0.5)(torch.zeros(6, 1, 4, 5))
    finally:
        torch.set_default_dtype(torch.float32)
    assert 0 < mixed.share < 1
    assert mixed.x.dtype == dtype


def test_the_loss_is_that_of_mixed_targets() -> None:
    torch.manual_seed(0)
    logits, label, partner = torch.randn(4, 3), torch.tensor([0, 1, 2, 0]), torch.tensor([1, 0, 3, 2])
    targets = torch.eye(3)
    soft = 0.3 * targets[label] + 0.7 * targets[label[partner]]
    expected = torch.nn.functional.cross_entropy(logits, soft, label_smoothing=0.1)
    found = Mixed(logits, partner, 0.3).loss(CrossEntropy(label_smoothing=0.1), logits, label)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("alpha", [0.0, 0.009, float("nan"), float("inf")])
def test_a_share_of_hardly_anything_is_refused(alpha: float) -> None:
    with pytest.raises(MusicGenreError, match=rf"mix\.alpha is {alpha}"):
        Mixup(alpha)


def test_a_perfect_answer_counts_as_much_as_the_genre_that_it_names() -> None:
    label, partner = torch.tensor([0, 1, 2, 2]), torch.tensor([1, 0, 3, 2])
    logits = torch.nn.functional.one_hot(torch.tensor([0, 0, 2, 1]), 3).float()  # own, partner's, both, none
    assert float(Mixed(torch.zeros(4, 1, 2, 2), partner, 0.8).right(logits, label)) == pytest.approx(0.8 + 0.2 + 1)
