"""The networks of S0 to S3: parameters and layer shapes as their documents print them."""

import pytest
import torch
from torch import Tensor, nn

from musicgenre.errors import MusicGenreError
from musicgenre.nets import (
    MFCCCNN,
    AlexNet,
    DilatedCNN,
    FeaturesCNN1d,
    ImagesCNN1,
    ImagesCNN2,
    SimpleCNN,
    UNetLite,
)

PICTURE = (3, 70, 100)  # colours, rows, columns


def trainable(net: nn.Module) -> int:
    return sum(parameter.numel() for parameter in net.parameters())


def keras_count(net: nn.Module) -> int:
    """Parameters as Keras counts them, including batch norm's running mean and variance."""
    return trainable(net) + sum(buffer.numel() for buffer in net.buffers() if buffer.is_floating_point())


def shapes(net: nn.Module, x: Tensor, kind: type[nn.Module] | tuple[type[nn.Module], ...]) -> list[tuple[int, ...]]:
    """Output shapes of the layers of a kind, without the batch axis, in the order they run."""
    seen: list[tuple[int, ...]] = []

    def see(_layer: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        seen.append(tuple(output.shape[1:]))

    for layer in net.modules():
        if isinstance(layer, kind):
            layer.register_forward_hook(see)
    with torch.no_grad():
        net.eval()(x)
    return seen


def conv(n_in: int, n_out: int) -> int:
    return 9 * n_in * n_out + n_out


def test_dilated_cnn_is_that_of_s0() -> None:
    net = DilatedCNN((1, 20, 1290), 5)
    assert (keras_count(net), trainable(net)) == (3_989, 3_925)
    x = torch.randn(2, 1, 20, 1290)
    assert shapes(net, x, nn.Conv1d) == [(16, 1262), (16, 33)]
    assert shapes(net, x, nn.AvgPool1d) == [(16, 39), (16, 3)]


def test_dilated_cnn_gives_its_48_features_before_dropout_and_batch_norm() -> None:
    net = DilatedCNN((1, 20, 1290), 5).eval()
    x = torch.randn(3, 1, 20, 1290)
    maps, features = net.activations(x), net.features(x)
    assert maps.shape == (3, 16, 33)
    torch.testing.assert_close(features, maps.reshape(3, 16, 3, 11).mean(-1).reshape(3, 48))
    torch.testing.assert_close(net(x), net.head(features.reshape(3, 16, 3)))


def test_mfcc_cnn_is_that_of_s1() -> None:
    net = MFCCCNN((1, 16, 130), 10)
    assert (keras_count(net), trainable(net)) == (86_314, 86_122)
    x = torch.randn(2, 1, 16, 130)
    assert shapes(net, x, nn.Conv2d) == [(32, 14, 128), (32, 5, 62), (32, 2, 30)]
    assert shapes(net, x, nn.BatchNorm2d) == [(32, 7, 64), (32, 3, 31), (32, 1, 15)]
    assert shapes(net, x, nn.Linear) == [(128,), (64,), (32,), (10,)]
    assert shapes(net, x, nn.Flatten) == [(480,)]


def test_mfcc_cnn_has_l2_on_every_layer_but_the_last() -> None:
    net = MFCCCNN((1, 16, 130), 10, l2=0.5)
    by_hand = sum(
        layer.weight.square().sum()
        for name, layer in net.named_modules()
        if isinstance(layer, nn.Conv2d | nn.Linear) and name != "classifier"
    )
    torch.testing.assert_close(net.l2_penalty(), 0.5 * torch.as_tensor(by_hand))
    torch.autograd.backward(net.l2_penalty())
    first = net.features[0]
    assert isinstance(first, nn.Conv2d)
    assert first.weight.grad is not None
    torch.testing.assert_close(first.weight.grad, 2 * 0.5 * first.weight.detach())
    assert net.classifier.weight.grad is None


def test_features_cnn1d_is_that_of_s2() -> None:
    net = FeaturesCNN1d((58,), 10)
    assert shapes(net, torch.randn(4, 58), (nn.Conv1d, nn.MaxPool1d)) == [
        (32, 56),
        (32, 28),
        (32, 26),
        (32, 13),
    ]
    assert trainable(net) == (3 * 32 + 32) + (3 * 32 * 32 + 32) + (13 * 32 * 10 + 10)
    as_a_map = FeaturesCNN1d((1, 1, 58), 10)
    as_a_map.load_state_dict(net.state_dict())
    x = torch.randn(4, 58)
    torch.testing.assert_close(as_a_map(x[:, None, None]), net(x))


@pytest.mark.parametrize(
    ("net_class", "count", "channels"), [(ImagesCNN1, 11_518_674, 32), (ImagesCNN2, 23_061_858, 64)]
)
def test_image_cnns_are_those_of_s2(net_class: type[ImagesCNN1 | ImagesCNN2], count: int, channels: int) -> None:
    with torch.device("meta"):
        net, x = net_class(PICTURE, 10), torch.zeros(1, *PICTURE)
    assert keras_count(net) == count
    assert shapes(net, x, (nn.Conv2d, nn.MaxPool2d)) == [(channels, 68, 98), (channels, 34, 49)]


def test_alexnet_is_that_of_s2() -> None:
    with torch.device("meta"):
        net, x = AlexNet(PICTURE, 10), torch.zeros(1, *PICTURE)
    assert (keras_count(net), trainable(net)) == (22_676_234, 22_673_482)
    convs = [(96, 15, 23), (256, 7, 11), (384, 3, 5), (384, 3, 5), (256, 3, 5)]
    assert shapes(net, x, nn.Conv2d) == convs
    assert shapes(net, x, nn.BatchNorm2d) == [(96, 7, 11), (256, 3, 5), (384, 3, 5), (384, 3, 5), (256, 1, 2)]
    assert shapes(net, x, nn.Linear) == [(4096,), (4096,), (10,)]


def test_simple_cnn_is_that_of_s3() -> None:
    net = SimpleCNN((1, 128, 259), 10)
    norms = 4 * (32 + 64 + 128)
    assert keras_count(net) == conv(1, 32) + conv(32, 64) + conv(64, 128) + norms + 128 * 129 + 129 * 10
    with torch.device("meta"):
        net, x = SimpleCNN((1, 128, 259), 10), torch.zeros(1, 1, 128, 259)
    assert shapes(net, x, nn.Conv2d) == [(32, 128, 259), (64, 64, 129), (128, 32, 64)]


def test_unet_lite_is_that_of_s3() -> None:
    with torch.device("meta"):
        net, x = UNetLite((1, 128, 259), 10), torch.zeros(1, 1, 128, 259)

    def block(n_in: int, n_out: int) -> int:  # batch norm has four values a channel, PReLU one
        return conv(n_in, n_out) + conv(n_out, n_out) + 2 * (4 + 1) * n_out

    down = block(1, 32) + block(32, 64) + block(64, 128) + block(128, 256) + block(256, 512)
    up = sum(4 * 2 * width * width + width + block(2 * width, width) for width in (256, 128, 64, 32))
    assert keras_count(net) == down + up + 33 * 256 + 257 * 128 + 129 * 10
    halves = [(32, 128, 272), (64, 64, 136), (128, 32, 68), (256, 16, 34)]  # 259 frames padded to 272
    double = [shape for shape in [*halves, (512, 8, 17), *reversed(halves)] for _ in range(2)]
    assert shapes(net, x, nn.Conv2d) == double
    assert shapes(net, x, nn.ConvTranspose2d) == list(reversed(halves))


def test_unet_lite_averages_the_maps_it_has_cut_back() -> None:
    net = UNetLite((1, 20, 30), 10).eval()
    maps: list[Tensor] = []
    net.decoder[-1].register_forward_hook(lambda _layer, _inputs, output: maps.append(output))
    logits = net(torch.randn(2, 1, 20, 30))
    assert maps[0].shape == (2, 32, 32, 32)
    torch.testing.assert_close(logits, net.classifier(maps[0][:, :, :20, :30].mean((2, 3))))


def test_unet_lite_has_l2_on_its_blocks_only() -> None:
    net = UNetLite((1, 16, 16), 10)
    convs = [layer.weight for layer in net.modules() if isinstance(layer, nn.Conv2d)]
    assert len(convs) == 18
    torch.testing.assert_close(net.l2_penalty(), 0.005 * torch.stack([w.square().sum() for w in convs]).sum())


def test_prelu_starts_as_relu_with_a_slope_a_channel() -> None:
    slopes = [layer.weight for layer in UNetLite((1, 16, 16), 10).modules() if isinstance(layer, nn.PReLU)]
    assert [len(slope) for slope in slopes[:4]] == [32, 32, 64, 64]
    assert not any(slope.any() for slope in slopes)


@pytest.mark.parametrize(
    ("net_class", "in_shape"),
    [
        (DilatedCNN, (1, 20, 571)),
        (MFCCCNN, (1, 8, 130)),
        (FeaturesCNN1d, (9,)),
        (ImagesCNN1, (3, 3, 100)),
        (ImagesCNN2, (3, 3, 100)),
        (AlexNet, (3, 66, 100)),
        (SimpleCNN, (1, 3, 100)),
    ],
)
def test_an_input_too_small_is_named(net_class: type[SimpleCNN], in_shape: tuple[int, ...]) -> None:
    with pytest.raises(MusicGenreError, match="does not fit this network"):
        net_class(in_shape, 10)


@pytest.mark.parametrize("kind", [SimpleCNN, UNetLite])
def test_the_batch_norm_of_s3s_nets_settles_within_the_steps_of_a_few_epochs(
    kind: type[SimpleCNN] | type[UNetLite],
) -> None:
    net = kind((1, 16, 16), 10)
    first = next(layer for layer in net.modules() if isinstance(layer, nn.BatchNorm2d))
    seen: list[Tensor] = []
    first.register_forward_hook(lambda _layer, inputs, _output: seen.append(inputs[0]))
    x = 3 * torch.randn(8, 1, 16, 16) + 5
    with torch.no_grad():
        for _ in range(40):
            net(x)
    means = seen[-1].mean((0, 2, 3))
    assert first.running_mean is not None
    torch.testing.assert_close(first.running_mean, means, rtol=0.05, atol=0.01)
