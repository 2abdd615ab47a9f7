"""Keras' conventions, by hand: "same" pooling, initial weights, L2 and output sizes."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from musicgenre.errors import MusicGenreError
from musicgenre.nets.keras import (
    BatchNorm1d,
    BatchNorm2d,
    MaxPool2dSame,
    flat_size,
    keras_init,
    squared_weights,
)


@given(size=st.integers(1, 20), kernel=st.integers(1, 4), stride=st.integers(1, 3), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_same_pool_takes_the_maximum_of_each_window(size: int, kernel: int, stride: int, seed: int) -> None:
    x = torch.randn(size, generator=torch.Generator().manual_seed(seed))
    pooled = MaxPool2dSame(kernel, stride)(x.expand(1, 1, size, size))[0, 0]
    n_outputs = math.ceil(size / stride)
    before = max((n_outputs - 1) * stride + kernel - size, 0) // 2  # the odd one is padded at the end
    windows = [range(i * stride - before, i * stride - before + kernel) for i in range(n_outputs)]
    by_hand = torch.stack([max(x[j] for j in window if 0 <= j < size) for window in windows])
    torch.testing.assert_close(pooled, by_hand.expand(n_outputs, n_outputs))


def test_same_pool_is_asymmetric_on_each_axis_by_itself() -> None:
    x = torch.arange(20.0).reshape(1, 1, 4, 5)  # 4 rows: 0 before, 1 after; 5 columns: 1 before, 1 after
    pooled = MaxPool2dSame(3, 2)(x)
    assert pooled.tolist() == [[[[11, 13, 14], [16, 18, 19]]]]


def test_initial_weights_are_glorot_uniform_and_biases_zero() -> None:
    net = nn.Sequential(nn.Conv2d(8, 16, 3), nn.Linear(200, 300), nn.Conv1d(4, 6, 5), nn.ConvTranspose2d(8, 4, 2))
    keras_init(net)
    fans = [(8 * 9, 16 * 9), (200, 300), (4 * 5, 6 * 5), (8 * 4, 4 * 4)]
    for layer, (fan_in, fan_out) in zip(net, fans, strict=True):
        weight, bias = layer.weight, layer.bias
        assert isinstance(weight, nn.Parameter)
        assert isinstance(bias, nn.Parameter)
        limit = math.sqrt(6 / (fan_in + fan_out))
        assert 0.9 * limit < weight.abs().max() <= limit
        assert weight.var().item() == pytest.approx(limit**2 / 3, rel=0.3)
        assert not bias.any()


@pytest.mark.parametrize("norm", [BatchNorm1d(3), BatchNorm2d(3)])
def test_batch_norm_keeps_99_percent_of_its_statistics(norm: nn.BatchNorm1d | nn.BatchNorm2d) -> None:
    x = torch.full((4, 3, 5, 5) if isinstance(norm, nn.BatchNorm2d) else (4, 3, 5), 2.0)
    norm(x)
    assert norm.running_mean is not None
    torch.testing.assert_close(norm.running_mean, torch.full((3,), 0.02))
    norm.eval()
    torch.testing.assert_close(norm(x), (x - 0.02) / math.sqrt(0.99 + 1e-3))


def test_squared_weights_leave_out_biases_and_batch_norm() -> None:
    net = nn.Sequential(nn.Conv2d(1, 2, 2), nn.BatchNorm2d(2), nn.Linear(3, 1))
    for parameter in net.parameters():
        nn.init.constant_(parameter, 2.0)
    assert squared_weights(net).item() == 4 * (8 + 3)
    assert squared_weights(net[0], net[2]).item() == 4 * (8 + 3)


def test_flat_size_leaves_the_layers_as_they_were() -> None:
    layers = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.MaxPool2d(2))
    before = {name: value.clone() for name, value in layers.state_dict().items()}
    assert flat_size(layers, (1, 9, 13)) == 4 * 3 * 5
    assert all(torch.equal(value, before[name]) for name, value in layers.state_dict().items())
    assert all(layer.training for layer in layers)


def test_flat_size_names_an_input_that_does_not_fit() -> None:
    with pytest.raises(MusicGenreError, match=r"shape \(1, 2, 13\) does not fit"):
        flat_size(nn.Conv2d(1, 4, 3), (1, 2, 13))
