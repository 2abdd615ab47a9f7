"""What each of a run's processes draws in training."""

from types import SimpleNamespace
from typing import Any

import lightning as L
import pytest
import torch

from musicgenre.training.continuing import Continuing


@pytest.fixture(autouse=True)
def _generator() -> Any:
    with torch.random.fork_rng(devices=[]):
        yield


def drawn(rank: int, epoch: int = 0, seed: int = 0, drawn_before: int = 0, amid: bool = False) -> list[float]:
    """What a process draws in an epoch when all processes started alike."""
    torch.manual_seed(seed)
    torch.rand(drawn_before)
    trainer: Any = SimpleNamespace(callback_metrics={}, global_rank=rank, world_size=3, current_epoch=epoch)
    clock, module = Continuing(seed), L.LightningModule()
    (clock.on_train_start if amid else clock.on_train_epoch_start)(trainer, module)
    return torch.rand(2).tolist()


def test_first_process_draws_as_if_it_were_alone() -> None:
    torch.manual_seed(0)
    alone = torch.rand(2).tolist()
    assert [drawn(0, epoch) for epoch in range(2)] == [alone, alone]


def test_no_two_processes_epochs_or_seeds_draw_alike() -> None:
    several = [drawn(rank, epoch, seed) for rank in (1, 2) for epoch in range(3) for seed in range(2)]
    assert len({tuple(each) for each in [*several, drawn(0), drawn(0, seed=1)]}) == 14


def test_going_on_draws_what_one_go_draws() -> None:
    assert drawn(1, epoch=2) == drawn(1, epoch=2, drawn_before=5)
    assert drawn(1, epoch=2, amid=True) not in (drawn(0, epoch=2), drawn(1, epoch=1))
