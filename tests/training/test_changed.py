"""Settings that a checkpoint's states would override, where a run goes on from another one's."""

import logging
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from musicgenre import MusicGenreError
from musicgenre.modules.schedule import Schedule, cosine
from musicgenre.training.changed import apply_settings

OLD: dict[str, Any] = {
    "batch_size": 32,
    "trainer": {"max_epochs": 2, "max_steps": -1, "accumulate_grad_batches": 1, "limit_train_batches": 1.0},
    "scheduler": {"interval": "step"},
    "optimizer": {"lr": 0.1},
}
LAID = [Schedule(cosine, "step"), Schedule(partial(torch.optim.lr_scheduler.OneCycleLR, max_lr=0.1), "step")]
OTHERS = [
    None,
    Schedule(partial(torch.optim.lr_scheduler.StepLR, step_size=1)),
    Schedule(partial(cosine, total_steps=9)),
]


def go_on(changed: dict[str, Any], schedule: Schedule | None) -> None:
    new = OLD | {key: OLD[key] | value if isinstance(value, dict) else value for key, value in changed.items()}
    checkpoint = {"musicgenre": {"config": OLD}, "optimizer_states": [], "callbacks": {}}
    apply_settings(checkpoint, new, Path("last.ckpt"), schedule)


@pytest.mark.parametrize("schedule", LAID)
@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"trainer": {"max_epochs": 4}}, r"trainer\.max_epochs"),
        ({"trainer": {"max_steps": 100}}, r"trainer\.max_steps"),
        ({"trainer": {"accumulate_grad_batches": 2}}, r"trainer\.accumulate_grad_batches"),
        ({"trainer": {"limit_train_batches": 3}}, r"trainer\.limit_train_batches"),
        ({"batch_size": 16}, "batch_size"),
    ],
)
def test_a_schedule_over_the_whole_training_goes_on_over_the_same_steps(
    changed: dict[str, Any], key: str, schedule: Schedule
) -> None:
    with pytest.raises(MusicGenreError, match=rf"last\.ckpt was written with other settings of {key}, and its"):
        go_on(changed, schedule)
    go_on({"trainer": {"log_every_n_steps": 5}}, schedule)


@pytest.mark.parametrize("schedule", OTHERS)
def test_any_other_run_goes_on_for_longer(schedule: Schedule | None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    go_on({"trainer": {"max_epochs": 4}, "batch_size": 16}, schedule)
    assert "From here on trainer.max_epochs is 4" in caplog.text and "batch_size is 16" in caplog.text


def test_a_schedule_of_epochs_minds_their_number_alone() -> None:
    go_on({"batch_size": 16}, Schedule(cosine, "epoch"))
    with pytest.raises(MusicGenreError, match=r"trainer\.max_epochs, and its"):
        go_on({"trainer": {"max_epochs": 4}}, Schedule(cosine, "epoch"))
