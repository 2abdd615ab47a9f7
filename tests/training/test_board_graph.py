"""The graph on TensorBoard: that of the trained net, traced once for equal nets."""

import torch
from torch import Tensor, nn

from musicgenre.nets import CNN, BiLSTM
from musicgenre.training.board_graph import graph_of

X = torch.zeros(1, 1, 13, 32)


class Scaled(nn.Module):
    """A net whose settings are not remembered."""

    def __init__(self, power: int) -> None:
        super().__init__()
        self.linear, self.power = nn.Linear(32, 2), power

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.linear(x.mean((1, 2)) if self.power == 1 else x.mean((1, 2)).square())
        return out


def test_equal_nets_are_traced_once_and_others_apart() -> None:
    first = graph_of(BiLSTM((1, 13, 32), 3, hidden=4), X)
    assert graph_of(BiLSTM((1, 13, 32), 3, hidden=4), X) is first
    assert graph_of(BiLSTM((1, 13, 32), 3, hidden=5), X)[0] != first[0]
    assert graph_of(BiLSTM((1, 13, 48), 3, hidden=4), torch.zeros(1, 1, 13, 48))[0] != first[0]
    assert "BiLSTM/LSTM" in str(first[0])


def test_nets_that_do_not_remember_are_traced_each_time() -> None:
    plain, squared = (str(graph_of(Scaled(power), X)[0]) for power in (1, 2))
    assert "square" not in plain
    assert "square" in squared


def test_tracing_leaves_modes_and_running_statistics() -> None:
    net = CNN((1, 13, 32), 3)
    net.train()
    next(iter(net.children())).eval()
    modes, state = [layer.training for layer in net.modules()], {k: v.clone() for k, v in net.state_dict().items()}
    graph_of(net, torch.rand(1, 1, 13, 32))
    assert [layer.training for layer in net.modules()] == modes
    assert all(torch.equal(value, state[name]) for name, value in net.state_dict().items())
