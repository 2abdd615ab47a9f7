"""Train a classifier on generated sequences alone."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from musicgenre.progress import track_progress

_TESTED = 256  # real sequences per batch


def learn(
    net: nn.Module,
    x: Tensor,
    labels: Tensor,
    *,
    epochs: int,
    batch_size: int = 32,
    lr: float = 1e-3,
    progress: bool = False,
) -> None:
    """Train a net in place with Adam and cross-entropy for a fixed number of epochs; real data chooses none.

    Args:
        net: `(B, C, F, T)` to logits `(B, K)`.
        x: Standardised features `(N, C, F, T)`, on the net's device.
        labels: Genres `(N,)`.
        epochs: Number of passes through all of them.
        batch_size: Items per step, at least two; a last batch of one is skipped, as batch norm has no variance over it.
        lr: Adam's learning rate.
        progress: Show a bar.

    Example:
        >>> net = nn.Sequential(nn.Flatten(), nn.Linear(1, 2))
        >>> x, labels = torch.tensor([-1.0, 1.0] * 16).view(32, 1, 1, 1), torch.tensor([0, 1] * 16)
        >>> learn(net, x, labels, epochs=20, lr=0.3)
        >>> accuracy(net, x, labels)
        1.0
    """
    optimizer = torch.optim.Adam(net.parameters(), lr)
    net.train()
    for _ in track_progress(range(epochs), epochs, "Epochs on generated sequences alone", progress):
        for rows in torch.split(torch.randperm(len(x), device=x.device), max(2, batch_size)):
            if len(rows) > 1:
                optimizer.zero_grad()
                F.cross_entropy(net(x[rows]), labels[rows]).backward()  # type: ignore[no-untyped-call]
                optimizer.step()


@torch.no_grad()
def accuracy(net: nn.Module, x: Tensor, labels: Tensor) -> float:
    """Return the share of the features `(N, C, F, T)` whose genre `(N,)` the net predicts.

    Example:
        >>> x = torch.tensor([[2.0, 1.0], [0.0, 3.0]]).view(2, 1, 1, 2)
        >>> accuracy(nn.Flatten(), x, torch.tensor([0, 0]))  # the features themselves as logits
        0.5
    """
    net.eval()
    predicted = torch.cat([net(part).argmax(-1) for part in torch.split(x, _TESTED)])  # (N,)
    return float((predicted == labels).float().mean())
