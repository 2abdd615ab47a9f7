from typing import Any

import pytest
import torch

from musicgenre.errors import MusicGenreError
from musicgenre.nets import ShortChunkResNet
from musicgenre.nets.short_chunk_resnet import _statistics


@pytest.mark.parametrize("frames", [16, 50])
def test_gives_logits_for_any_length(frames: int) -> None:
    net = ShortChunkResNet((1, 20, 16), 3, channels=(4, 6, 8))
    assert net(torch.randn(2, 1, 20, frames)).shape == (2, 3)


def test_each_block_halves_both_axes() -> None:
    net = ShortChunkResNet((1, 32, 48), 3, channels=(4, 6, 8))
    assert net.blocks(net.stem(torch.randn(2, 1, 32, 48))).shape == (2, 8, 4, 6)


@pytest.mark.parametrize("bins", [20, 32, 33])
def test_bins_may_be_kept_apart(bins: int) -> None:
    net = ShortChunkResNet((1, bins, 16), 3, channels=(4, 6, 8), average_bins=False).eval()
    maps = net.blocks(net.stem(x := torch.randn(2, 1, bins, 16)))
    expected = net.output(_statistics(maps.reshape(2, 8 * -(-bins // 8), -1)))
    torch.testing.assert_close(net(x), expected)


def test_statistics_are_mean_and_deviation_over_time() -> None:
    maps = torch.randn(2, 6, 7)
    expected = torch.cat([maps.mean(2), maps.std(2, unbiased=False)], 1)
    torch.testing.assert_close(_statistics(maps), expected, atol=1e-3, rtol=1e-3)


def test_no_frame_more_than_one_has_a_gradient_all_the_same() -> None:
    net = ShortChunkResNet((1, 8, 8), 3, channels=(4, 6, 8))
    x = torch.randn(2, 1, 8, 8, requires_grad=True)
    net(x).sum().backward()
    assert x.grad is not None and bool(x.grad.isfinite().all())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"channels": []}, "channels is empty"),
        ({"channels": [4] * 5}, "32"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(MusicGenreError, match=message):
        ShortChunkResNet((1, 16, 16), 3, **settings)
