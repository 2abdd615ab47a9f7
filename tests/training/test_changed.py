"""Settings that a checkpoint's states would override, when a run goes on from another run's."""

import logging
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from musicgenre import MusicGenreError
from musicgenre.modules.optimizer import MADE_LR, optimizer_of
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
    record = {"config": OLD, "total_steps": 40}
    checkpoint = {"musicgenre": record, "optimizer_states": [], "callbacks": {}}
    apply_settings(checkpoint, new, Path("last.ckpt"), schedule=schedule)


@pytest.mark.parametrize("schedule", LAID)
@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"trainer": {"max_epochs": 4}}, r"trainer\.max_epochs"),
        ({"trainer": {"max_steps": 100}}, r"trainer\.max_steps"),
    ],
)
def test_a_schedule_over_the_whole_training_goes_on_over_the_same_steps(
    changed: dict[str, Any], key: str, schedule: Schedule
) -> None:
    with pytest.raises(
        MusicGenreError, match=rf"last\.ckpt was written with other settings of {key}, and the schedule"
    ):
        go_on(changed, schedule)
    go_on({"trainer": {"log_every_n_steps": 5}}, schedule)


@pytest.mark.parametrize("schedule", OTHERS)
def test_any_other_run_goes_on_for_longer(schedule: Schedule | None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    go_on({"trainer": {"max_epochs": 4}, "batch_size": 16}, schedule)
    assert "From here on, trainer.max_epochs is 4" in caplog.text and "batch_size is 16" in caplog.text


def test_a_schedule_of_epochs_minds_their_number_alone() -> None:
    go_on({"batch_size": 16}, Schedule(cosine, "epoch"))
    with pytest.raises(MusicGenreError, match=r"trainer\.max_epochs, and the schedule"):
        go_on({"trainer": {"max_epochs": 4}}, Schedule(cosine, "epoch"))


@pytest.mark.parametrize("schedule", LAID)
def test_what_makes_an_epoch_shorter_is_told_by_the_steps_that_are_kept(schedule: Schedule) -> None:
    """Such as twice the batch and half the accumulation: the trainer counts steps, and stops where they differ."""
    go_on({"trainer": {"accumulate_grad_batches": 2}, "batch_size": 16}, schedule)
    go_on({"trainer": {"max_epochs": 9, "max_steps": 40}}, schedule)  # the steps end it
    with pytest.raises(MusicGenreError, match=r"trainer\.max_epochs, and the schedule"):  # half of its epochs are done
        go_on({"trainer": {"max_epochs": 4}, "batch_size": 64}, schedule)


NET: dict[str, Any] = {"epsilon": None, "model": {"lr_decay": 0.5}, "optimizer": {"lr": 0.1, "weight_decay": 0.01}}


def optimizer(lr: float, decay: float, **settings: Any) -> torch.optim.AdamW:
    """An optimizer of two parts, the second of which learns more slowly."""
    parts = [{"params": [nn.Parameter(torch.ones(1))], "lr": rate, MADE_LR: rate} for rate in (lr, lr * decay)]
    return torch.optim.AdamW(parts, **settings)


def restored(
    new: dict[str, Any], now: torch.optim.Optimizer, *, moved: float = 1.0, found: float = 0.1, **kept: Any
) -> list[dict[str, Any]]:
    """The groups after settings have changed; a schedule, if there was one, had already moved the rates."""
    state = optimizer(found * moved, 0.5, weight_decay=0.01).state_dict()
    for group, rate in zip(state["param_groups"], (0.1, 0.05), strict=True):
        group.update({MADE_LR: rate, **kept})
    checkpoint = {"musicgenre": {"config": NET | SCHEDULED[moved != 1]}, "optimizer_states": [state], "callbacks": {}}
    apply_settings(checkpoint, NET | SCHEDULED[moved != 1] | new, Path("last.ckpt"), now.param_groups)
    groups: list[dict[str, Any]] = state["param_groups"]
    assert [group["params"] for group in groups] == [[0], [1]]
    return groups


SCHEDULED: tuple[dict[str, Any], ...] = ({}, {"scheduler": {"factor": 0.5}})


def test_each_part_takes_its_own_new_rate() -> None:
    groups = restored({"optimizer": {"lr": 0.2, "weight_decay": 0.01}}, optimizer(0.2, 0.5, weight_decay=0.01))
    assert [group["lr"] for group in groups] == [0.2, 0.1]
    groups = restored({"model": {"lr_decay": 0.1}}, optimizer(0.1, 0.1, weight_decay=0.01))
    assert [group["lr"] for group in groups] == pytest.approx([0.1, 0.01])


def test_what_the_optimizer_is_made_with_now_takes_effect() -> None:
    assert restored({"epsilon": 1e-3}, optimizer(0.1, 0.5, eps=1e-3))[1]["eps"] == 1e-3
    groups = restored({"optimizer": {"lr": 0.1}}, optimizer(0.1, 0.5, weight_decay=0.02))  # as its own default may be
    assert [group["weight_decay"] for group in groups] == [0.02, 0.02]
    with pytest.raises(MusicGenreError, match=r"holds an optimizer with 2 groups of parameters, but these .* make 1:"):
        restored({"optimizer": {}}, torch.optim.AdamW([nn.Parameter(torch.ones(1))]))


def test_what_did_not_change_is_left_as_it_was_found() -> None:
    """Such as a learning rate that was searched for, or what an optimizer keeps besides its settings."""
    decay = {"optimizer": {"lr": 0.1, "weight_decay": 0.02}}
    for new in (decay, {"model": {"lr_decay": 0.5, "dropout": 0.1}}):
        now = optimizer(0.1, 0.5, weight_decay=0.02)
        for group in now.param_groups:
            group["steps"] = 0
        groups = restored(new, now, found=0.003, steps=7)
        assert [group["lr"] for group in groups] == [0.003, 0.0015] and groups[1]["steps"] == 7
        assert groups[0]["weight_decay"] == (0.02 if new is decay else 0.01)
    groups = restored({"model": {"lr_decay": 0.1}}, optimizer(0.1, 0.1, weight_decay=0.02), steps=7)
    assert [group["lr"] for group in groups] == pytest.approx([0.1, 0.01]) and groups[0]["weight_decay"] == 0.01
    named = {"optimizer": {"lr": 0.1, "weight_decay": 0.01, "first_beta": 0.8}}  # a setting with another name in groups
    assert restored(named, optimizer(0.1, 0.5, betas=(0.8, 0.999)))[0]["betas"] == (0.8, 0.999)


def test_epsilon_counts_for_optimizers_that_have_one(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    now = torch.optim.SGD([{"params": [nn.Parameter(torch.ones(1))], "lr": rate} for rate in (0.1, 0.05)], lr=0.1)
    groups = restored({"epsilon": 1e-3}, now, moved=0.25)  # under a schedule, with which nothing of it may change
    assert "From here on" not in caplog.text
    assert [group["lr"] for group in groups] == [0.025, 0.0125]


def test_rates_are_told_of_as_those_of_the_chosen_optimizer(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    others = {"rho": 0.9, "rates": {"adamw": 0.1, "sgd": 0.5}}
    restored(others, optimizer(0.1, 0.5))
    assert "From here on" not in caplog.text
    restored({"rates": {"adamw": 0.2}, "optimizer": {"lr": 0.2, "weight_decay": 0.01}}, optimizer(0.2, 0.5))
    assert caplog.messages == ["From here on, optimizer.lr is 0.2; it was 0.1."]


class Slow(nn.Module):
    """A net that sets the rate of all of its parts by a setting of its own."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.weight, self.share = nn.Parameter(torch.ones(1)), share

    def parameter_groups(self, lr: float) -> list[dict[str, Any]]:
        return [{"params": [self.weight], "lr": self.share * lr}]


def made(share: float) -> torch.optim.Optimizer:
    model: Any = nn.Module()
    model.net, model.lr, model.make_optimizer = Slow(share), 0.5, torch.optim.SGD
    return optimizer_of(model)


@pytest.mark.parametrize(("now", "rate"), [({"share": 0.25}, 0.125), ({"share": 1.0, "dropout": 0.1}, 0.003)])
def test_a_rate_that_the_net_changes_counts_and_one_that_was_looked_for_stays(now: dict[str, Any], rate: float) -> None:
    old = {"epsilon": None, "optimizer": {"lr": 0.5}, "model": {"share": 1.0}}
    state = made(1.0).state_dict()
    state["param_groups"][0]["lr"] = 0.003  # as a finder of rates leaves it
    checkpoint: dict[str, Any] = {"musicgenre": {"config": old}, "optimizer_states": [state], "callbacks": {}}
    groups = made(now["share"]).param_groups
    apply_settings(checkpoint, old | {"model": now}, Path("last.ckpt"), groups)
    assert state["param_groups"][0]["lr"] == rate
    state["param_groups"][0]["lr"] = 0.002
    checkpoint["musicgenre"]["config"] = old | {"model": now}
    apply_settings(checkpoint, old | {"model": now | {"dropout": 0.5}}, Path("last.ckpt"), groups)
    assert state["param_groups"][0]["lr"] == 0.002  # once more: nothing of its rates has changed


def test_what_would_need_averages_that_were_not_kept_is_refused() -> None:
    with pytest.raises(MusicGenreError, match=r"optimizer\.amsgrad is switched on, but last\.ckpt holds no averages"):
        restored({"optimizer": {"lr": 0.1, "amsgrad": True}}, optimizer(0.1, 0.5, amsgrad=True))


def test_rates_that_a_schedule_moves_stay_in_proportion() -> None:
    dropout = {"model": {"lr_decay": 0.5, "dropout": 0.1}}
    groups = restored(dropout, optimizer(0.1, 0.5), moved=0.25)
    assert [group["lr"] for group in groups] == [0.025, 0.0125]
    for new, named in (
        ({"model": {"lr_decay": 0.1}}, r"model\.lr_decay"),
        ({"epsilon": 1e-3}, "epsilon"),
        ({"optimizer": {"lr": 0.2, "weight_decay": 0.01}, **dropout}, r"optimizer\.lr"),  # dropout changes no rate
    ):
        with pytest.raises(
            MusicGenreError, match=rf"other settings of {named}, and resuming .* give the same settings"
        ):
            restored(new, optimizer(0.2, 0.1), moved=0.25)
