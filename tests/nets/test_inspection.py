"""What inspection shows of a net is what is there."""

import numpy as np
import pytest
import torch
from torch import nn

from musicgenre.errors import MusicGenreError
from musicgenre.nets import CNN, FCNN, BiLSTM, DilatedCNN, GaborCNN
from musicgenre.nets.inspection import embeddings, first_filters, layer_names, layer_output, layer_table, saliency
from musicgenre.visual.networks import filterbank_figure

SHAPE = (1, 8, 16)


def cnn() -> CNN:
    torch.manual_seed(0)
    return CNN(SHAPE, 3, channels=(4, 6), pool_after=(1, 2), hidden=5).eval()


def test_layer_output_is_the_layers() -> None:
    net, x = cnn(), torch.randn(2, *SHAPE)
    assert torch.equal(layer_output(net, "features.0", x), net.features[0](x))
    assert torch.equal(layer_output(net, "classifier.2", x), net(x))
    lstm = BiLSTM(SHAPE, 3, hidden=4).eval()
    found = layer_output(lstm, "lstms.0", x)
    assert found.shape == (2, 8, 16)  # (B, 2 * hidden, T)
    # close, not equal: without gradients another kernel may run
    torch.testing.assert_close(found.transpose(1, 2), lstm.lstms[0](x[:, 0].transpose(1, 2))[0])
    assert not net.features[0]._forward_hooks  # nothing is left behind


def test_the_parameters_of_the_layers_add_up_to_the_nets() -> None:
    class Attends(nn.Module):
        """With a position of its own, a layer that is called twice, one that is not called, and a shared weight."""

        def __init__(self) -> None:
            super().__init__()
            self.position = nn.Parameter(torch.zeros(16, 8))
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
            self.twice, self.spare, self.head = nn.Linear(8, 8), nn.Linear(5, 5), nn.Linear(8, 8)
            self.head.weight = self.twice.weight
            self.register_buffer("scale", torch.ones(3))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.twice(self.twice(x[:, 0].transpose(1, 2) + self.position))
            logits: torch.Tensor = self.head(self.attention(x, x, x)[0].mean(1))
            return logits

    net = Attends()
    table = layer_table(net, torch.zeros(1, *SHAPE)).set_index("layer")
    assert table["parameters"].sum() == sum(parameter.numel() for parameter in net.parameters())
    assert table["output"].tolist() == ["16x8", "16x8", "16x8", "8", "8", "", ""]
    own = {"twice": [72, 0], "attention": [3 * 72], "attention.out_proj": [72], "spare": [30], "head": [8]}
    assert {name: table["parameters"][[name]].tolist() for name in own} == own
    assert table[table.index == "(itself)"][["kind", "parameters", "fixed"]].to_numpy().tolist() == [
        ["Attends", 128, 3]
    ]


def test_a_layer_that_returns_no_tensor_has_no_shape_in_the_table() -> None:
    class Moments(nn.Module):
        def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"mean": x.mean(-1), "std": x.std(-1)}

    class Frames(nn.Module):
        def forward(self, x: torch.Tensor) -> int:
            return x.shape[-1]

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.moments, self.frames, self.head = Moments(), Frames(), nn.Linear(16, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            found = self.moments(x[:, 0])
            logits: torch.Tensor = self.head(torch.cat([found["mean"], found["std"]], 1) / self.frames(x))
            return logits

    assert layer_table(Net(), torch.zeros(1, *SHAPE)).output.tolist() == ["", "", "3"]
    for name, kind in (("moments", "dict"), ("frames", "int")):
        with pytest.raises(MusicGenreError, match=f"The layer '{name}' returns a {kind}, no tensor: choose another"):
            layer_output(Net(), name, torch.zeros(1, *SHAPE))


def test_unknown_layers_are_refused_by_name() -> None:
    with pytest.raises(MusicGenreError, match=r"no layer 'conv9': choose one of features\.0"):
        layer_output(cnn(), "conv9", torch.zeros(1, *SHAPE))
    assert "features" not in layer_names(cnn())


@pytest.mark.parametrize("net", [cnn(), BiLSTM(SHAPE, 3, hidden=4).eval(), FCNN(SHAPE, 3, hidden=(7, 5)).eval()])
def test_the_last_layer_makes_logits_of_embeddings(net: nn.Module) -> None:
    x = torch.randn(3, *SHAPE)
    last = [layer for layer in net.modules() if isinstance(layer, nn.Linear)][-1]
    assert torch.allclose(last(embeddings(net, x)), net(x))
    with pytest.raises(MusicGenreError, match="no embeddings"):
        embeddings(nn.Flatten(), x)


def test_a_last_layer_that_reads_nothing_or_no_rows_has_no_embeddings() -> None:
    class Unread(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head, self.spare = nn.Linear(8, 3), nn.Linear(8, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = self.head(x[:, 0].mean(-1))
            return logits

    class Turned(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head = nn.Linear(8, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            steps: torch.Tensor = self.head(x[:, 0].permute(2, 0, 1))  # (T, B, K)
            return steps.mean(0)

    for net in (Unread(), Turned()):
        with pytest.raises(MusicGenreError, match=f"{type(net).__name__} has no embeddings: its last"):
            embeddings(net, torch.zeros(3, *SHAPE))


def test_saliency_is_where_the_net_looks() -> None:
    class Corner(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            level = x[:, 0, :2, :3].sum(dim=(1, 2))
            return torch.stack([level, -level], dim=1)

    found = saliency(Corner(), torch.randn(2, *SHAPE), label=0)
    assert found.shape == (2, 8, 16)
    assert (found[:, :2, :3] > 0).all()
    found[:, :2, :3] = 0
    assert (found == 0).all()


def test_filters_are_the_first_layers_largest_first() -> None:
    net = cnn()
    filters = first_filters(net, SHAPE)
    assert filters.shape == (4, 3, 3)
    norms = filters.flatten(1).norm(dim=1)
    assert (norms.diff() <= 0).all()
    assert torch.equal(norms.sort().values, next(net.parameters())[:, 0].flatten(1).norm(dim=1).sort().values)
    assert first_filters(FCNN(SHAPE, 3), SHAPE).shape[1:] == (8, 16)
    assert first_filters(DilatedCNN((1, 4, 1290), 3), (1, 4, 1290)).shape == (16, 4, 8)
    with pytest.raises(MusicGenreError, match="begins with LSTM"):
        first_filters(BiLSTM(SHAPE, 3), SHAPE)


@pytest.mark.parametrize("width", [5, 128])
def test_a_layer_that_reads_something_made_of_the_input_has_no_filters(width: int) -> None:
    """Such as means over time: a weight of 128 x 8 values would fill inputs of 8 x 16, which it does not see."""
    with pytest.raises(MusicGenreError, match="Sequential begins with Linear of 8 values, which has no filters"):
        first_filters(nn.Sequential(nn.Linear(8, width), nn.Linear(width, 3)), SHAPE)


def test_a_gabor_nets_filters_are_its_filterbanks() -> None:
    net = GaborCNN((1, 1, 8000), 3, sample_rate=8000, n_fft=512, n_filters=32)
    with pytest.raises(MusicGenreError, match="GaborCNN begins with Gabor"):
        first_filters(net, (1, 1, 8000))
    figure = filterbank_figure(net.gabor.responses().flip(0), 8000, "bank")
    drawn = np.asarray(figure.axes[0].images[0].get_array())
    assert drawn.shape == (32, 257)
    assert (np.diff(drawn.argmax(axis=1)) >= 0).all()  # sorted by centre, in whatever order they came
