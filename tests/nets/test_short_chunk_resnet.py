from collections.abc import Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from musicgenre.errors import MusicGenreError
from musicgenre.nets import ShortChunkResNet
from musicgenre.nets.short_chunk_resnet import _Block, _statistics


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


@pytest.fixture
def two_threads() -> Iterator[None]:
    n_threads = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(n_threads)


@pytest.mark.parametrize("n_in", [1, 4, 12])
def test_few_channels_have_the_gradients_of_a_strided_shortcut(n_in: int, two_threads: None) -> None:
    block, strided = _Block(n_in, 8).eval(), _Block(n_in, 8).double().eval()
    strided.load_state_dict(block.state_dict())
    x = torch.randn(32, n_in, 8, 32, dtype=torch.float64)
    shortcut = F.conv2d(x, strided.get_parameter("short.0.weight"), stride=2)
    y = strided.relu(strided.long(x) + strided.short[1](shortcut))
    y.square().sum().backward()
    block(x.float().contiguous(memory_format=torch.channels_last)).square().sum().backward()
    for ours, theirs in zip(block.parameters(), strided.parameters(), strict=True):
        assert theirs.grad is not None
        torch.testing.assert_close(ours.grad, theirs.grad.float(), rtol=1e-3, atol=1e-3)


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
