from typing import Any

import pytest
import torch

from musicgenre.errors import MusicGenreError
from musicgenre.nets import ShortChunkResNet


@pytest.mark.parametrize("pooling", ["statistics", "attention", "average"])
@pytest.mark.parametrize("frames", [16, 50])
def test_gives_logits_for_any_length(pooling: Any, frames: int) -> None:
    net = ShortChunkResNet((1, 20, 16), 3, channels=(4, 6, 8), pooling=pooling)
    assert net(torch.randn(2, 1, 20, frames)).shape == (2, 3)


def test_each_block_halves_both_axes() -> None:
    net = ShortChunkResNet((1, 32, 48), 3, channels=(4, 6, 8))
    assert net.blocks(net.stem(torch.randn(2, 1, 32, 48))).shape == (2, 8, 4, 6)


def test_statistics_are_mean_and_deviation_over_time() -> None:
    net = ShortChunkResNet((1, 16, 16), 3, channels=(4, 6))
    maps = torch.randn(2, 6, 7)
    expected = torch.cat([maps.mean(2), maps.std(2, unbiased=False)], 1)
    torch.testing.assert_close(net._pooled(maps), expected, atol=1e-3, rtol=1e-3)


def test_even_attention_is_statistics() -> None:
    net = ShortChunkResNet((1, 16, 16), 3, channels=(4, 6), pooling="attention")
    assert net.attention is not None
    torch.nn.init.zeros_(net.attention.weight)
    maps = torch.randn(2, 6, 7)
    torch.testing.assert_close(net._pooled(maps), ShortChunkResNet((1, 16, 16), 3, channels=(4, 6))._pooled(maps))


def test_no_frame_more_than_one_has_a_gradient_all_the_same() -> None:
    net = ShortChunkResNet((1, 8, 8), 3, channels=(4, 6, 8))
    x = torch.randn(2, 1, 8, 8, requires_grad=True)
    net(x).sum().backward()
    assert x.grad is not None and bool(x.grad.isfinite().all())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pooling": "max"}, "model.pooling is 'max'"),
        ({"channels": []}, "channels is empty"),
        ({"channels": [4] * 5}, "32"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(MusicGenreError, match=message):
        ShortChunkResNet((1, 16, 16), 3, **settings)
