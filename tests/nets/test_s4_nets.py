"""S4's networks: sizes worked out by hand, layer order, and the messages for inputs that do not fit."""

import re

import pytest
import torch
from torch import nn

from musicgenre.errors import MusicGenreError
from musicgenre.nets import CNN, FCNN, BiLSTM, GaborCNN, ShortChunkResNet, UNetLite

IMAGE = (1, 180, 180)


def count(net: nn.Module) -> int:
    return sum(parameter.numel() for parameter in net.parameters())


def conv(n_in: int, n_out: int) -> int:
    return 9 * n_in * n_out + n_out


NET2_WEIGHTS = (
    conv(1, 32) + conv(32, 64) + conv(64, 128) + conv(128, 256)
    + (256 * 45 * 45) * 256 + 256  # two pools: 180 -> 90 -> 45
    + 256 * 10 + 10
)  # fmt: skip


def test_net1_has_the_layers_of_s4() -> None:
    net = FCNN(IMAGE, 10)
    assert count(net) == (180 * 180 * 512 + 512) + (512 * 256 + 256) + (256 * 10 + 10)
    assert [type(layer) for layer in net.layers] == [
        nn.Flatten,
        nn.Linear,
        nn.ReLU,
        nn.Linear,
        nn.ReLU,
        nn.Linear,
    ]


def test_fcnn_is_the_product_of_its_layers() -> None:
    net = FCNN((1, 3, 4), 5, hidden=(7,))
    first, last = (layer for layer in net.layers if isinstance(layer, nn.Linear))
    x = torch.randn(6, 1, 3, 4)
    by_hand = (x.reshape(6, 12) @ first.weight.T + first.bias).clamp(min=0) @ last.weight.T + last.bias
    torch.testing.assert_close(net(x), by_hand)


def test_net2_and_net3_have_133_million_weights() -> None:
    with torch.device("meta"):
        net2, net3 = CNN(IMAGE, 10), CNN(IMAGE, 10, batch_norm=True)
    assert count(net2) == NET2_WEIGHTS == 133_101_066
    assert count(net3) == NET2_WEIGHTS + 2 * (32 + 64 + 128 + 256 + 256)  # a scale and a shift for each channel


def test_pools_follow_the_second_and_fourth_convolution() -> None:
    with torch.device("meta"):
        net = CNN(IMAGE, 10)
    block = [nn.Conv2d, nn.ReLU]
    assert [type(layer) for layer in net.features] == [
        *block,
        *block,
        nn.MaxPool2d,
        *block,
        *block,
        nn.MaxPool2d,
    ]


def test_batch_norm_stands_before_every_relu() -> None:
    net = CNN((1, 32, 32), 10, channels=(4, 8), pool_after=(2,), hidden=16, batch_norm=True)
    layers = [*net.features, *net.classifier]
    before_relu = [type(layers[i - 1]) for i, layer in enumerate(layers) if isinstance(layer, nn.ReLU)]
    assert before_relu == [nn.BatchNorm2d, nn.BatchNorm2d, nn.BatchNorm1d]


def test_average_head_serves_inputs_of_any_length() -> None:
    net = CNN((1, 64, 130), 10, channels=(16, 32, 64, 64), pool_after=(1, 2, 3, 4), batch_norm=True, head="average")
    with torch.no_grad():
        assert net(torch.randn(3, 1, 64, 130)).shape == net(torch.randn(3, 1, 64, 90)).shape == (3, 10)
    assert count(net) < 100_000


@pytest.mark.parametrize(("height", "width"), [(15, 200), (200, 15)])
def test_an_input_too_small_for_the_pools_is_named(height: int, width: int) -> None:
    with pytest.raises(MusicGenreError, match=f"{height} bins x {width} frames is too small for 4 pools.*need 16"):
        CNN((1, height, width), 10, pool_after=(1, 2, 3, 4))
    CNN((1, 16, 16), 10, channels=(2, 2, 2, 2), pool_after=(1, 2, 3, 4))  # the smallest that fits


def test_wrong_settings_are_named() -> None:
    with pytest.raises(MusicGenreError, match="numbered 1 to 4"):
        CNN(IMAGE, 10, pool_after=(2, 5))
    with pytest.raises(MusicGenreError, match="channels is empty"):
        CNN(IMAGE, 10, channels=(), pool_after=())
    for layers in (0, -1):
        with pytest.raises(MusicGenreError, match=f"layers is {layers}"):
            BiLSTM((1, 13, 130), 10, layers=layers)


@pytest.mark.parametrize("kind", [BiLSTM, CNN, ShortChunkResNet, UNetLite])
@pytest.mark.parametrize("in_shape", [(57,), (13, 130), (1, 0, 130), (1, 1, 32, 32)], ids=str)
def test_a_shape_without_channels_bins_and_frames_is_named(kind: type[CNN], in_shape: tuple[int, ...]) -> None:
    with pytest.raises(MusicGenreError, match=re.escape(f"{in_shape}; it takes (channels, bins, frames)")):
        kind(in_shape, 10)


@pytest.mark.parametrize("in_shape", [(22050,), (1, 13, 22050), (2, 1, 22050)], ids=str)
def test_a_gabor_net_hears_waveforms_alone(in_shape: tuple[int, ...]) -> None:
    with pytest.raises(MusicGenreError, match=re.escape(f"not {in_shape}: choose features=waveform")):
        GaborCNN(in_shape, 10, sample_rate=22050)


def test_net5_has_the_weights_of_two_bidirectional_lstms() -> None:
    def direction(n_in: int) -> int:  # four gates, weights on the input and on the state, two biases each
        return 4 * 128 * (n_in + 128 + 2)

    assert count(BiLSTM((1, 13, 130), 10)) == 2 * direction(13) + 2 * direction(256) + 256 * 10 + 10


def test_bilstm_equals_the_stacked_lstm_of_torch_at_the_last_frame() -> None:
    net = BiLSTM((1, 13, 20), 10, hidden=8).eval()
    stacked = nn.LSTM(13, 8, num_layers=2, batch_first=True, bidirectional=True)
    stacked.load_state_dict(
        {name.replace("l0", f"l{i}"): w for i, lstm in enumerate(net.lstms) for name, w in lstm.state_dict().items()}
    )
    x = torch.randn(4, 1, 13, 20)
    frames = x[:, 0].transpose(1, 2)
    torch.testing.assert_close(net(x), net.classifier(stacked(frames)[0][:, -1]))


def test_bilstm_drops_between_the_layers_only_in_training() -> None:
    net = BiLSTM((1, 13, 20), 10, hidden=8)
    x = torch.randn(4, 1, 13, 20)
    assert not torch.equal(net(x), net(x))
    net.eval()
    torch.testing.assert_close(net(x), net(x))
    assert all(lstm.dropout == 0 for lstm in net.lstms if isinstance(lstm, nn.LSTM))


@pytest.mark.parametrize("batch_norm", [False, True])
def test_a_cnn_learns_a_batch_by_heart(batch_norm: bool) -> None:
    torch.manual_seed(0)
    net = CNN((1, 16, 16), 4, channels=(8, 8), pool_after=(1, 2), hidden=16, batch_norm=batch_norm)
    x, y = torch.randn(8, 1, 16, 16), torch.arange(8) % 4
    parameters = list(net.parameters())
    for _ in range(60):
        loss = nn.functional.cross_entropy(net(x), y)
        with torch.no_grad():
            for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
                parameter.sub_(gradient, alpha=0.3)
    assert loss.item() < 0.1
