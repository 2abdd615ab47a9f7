import math
from functools import partial
from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch
from lightning.pytorch.tuner.tuning import Tuner
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR, StepLR
from torch.utils.data import DataLoader, TensorDataset

from musicgenre import GenreClassifier, GenreDataModule, MusicGenreError
from musicgenre.modules.schedule import Schedule, cosine, one_cycle
from musicgenre.nets import FCNN

EPOCHS, STEPS = 3, 4  # steps per epoch


class Rates(L.Callback):
    """Records the learning rate of every step and the one logged after every epoch."""

    def __init__(self) -> None:
        self.by_step: list[float] = []
        self.logged: list[float] = []

    def on_before_optimizer_step(self, trainer: L.Trainer, pl_module: L.LightningModule, optimizer: Any) -> None:
        self.by_step.append(optimizer.param_groups[0]["lr"])

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.logged.append(float(trainer.callback_metrics.get("train/lr", torch.nan)))


def rates(scheduler: Any, epochs: int = EPOCHS, ckpt_path: Path | None = None, save: Path | None = None) -> Rates:
    items = TensorDataset(torch.zeros(2 * STEPS, 2), torch.arange(2 * STEPS) % 2)
    net = nn.Linear(2, 2)
    model = GenreClassifier(net, genres=("a", "b"), optimizer=torch.optim.SGD, lr=0.1, scheduler=scheduler)
    found = Rates()
    trainer = L.Trainer(
        max_epochs=epochs, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, callbacks=[found],
    )  # fmt: skip
    batches: tuple[Any, Any] = (DataLoader(items, batch_size=2), DataLoader(items, batch_size=2))
    trainer.fit(model, *batches, ckpt_path=ckpt_path, weights_only=True)
    if save is not None:
        trainer.save_checkpoint(save)
    found.logged.append(float(trainer.callback_metrics.get("train/lr", torch.nan)))
    return found


def reference(make: Any, steps: int) -> list[float]:
    """The rates of a plain torch loop."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
    schedule, found = make(optimizer), []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


def test_one_cycle_keeps_the_rates_of_parts_apart() -> None:
    """As in a pretrained net, whose first stages learn more slowly than its head."""
    parts = [torch.nn.Parameter(torch.zeros(1)) for _ in range(3)]
    optimizer = torch.optim.AdamW(
        [{"params": [part], "lr": lr} for part, lr in zip(parts, (9e-5, 3e-4, 1e-3), strict=True)]
    )
    schedule, highest = one_cycle(optimizer, total_steps=20), [0.0, 0.0, 0.0]
    for _ in range(20):
        highest = [max(one, float(other)) for one, other in zip(highest, schedule.get_last_lr(), strict=True)]
        optimizer.step()
        schedule.step()
    assert highest == pytest.approx([9e-5, 3e-4, 1e-3])


@pytest.mark.parametrize(
    ("make", "before", "lowest"),
    [
        (torch.optim.RMSprop, 0.0, 0.0),
        (partial(torch.optim.RMSprop, momentum=0.9), 0.9, 0.85),
        (partial(torch.optim.SGD, momentum=0.9), 0.9, 0.85),
        (torch.optim.SGD, 0.0, 0.0),
        (torch.optim.Adam, 0.9, 0.85),
        (partial(torch.optim.Adam, betas=(0.0, 0.99)), 0.0, 0.0),
        (torch.optim.Adagrad, None, None),
    ],
)
def test_one_cycle_moves_what_momentum_there_is(make: Any, before: float | None, lowest: float | None) -> None:
    def momentum() -> Any:
        [group] = optimizer.param_groups
        return group["betas"][0] if "betas" in group else group.get("momentum")

    optimizer = make([nn.Parameter(torch.zeros(1))], lr=0.1)
    assert momentum() == before
    schedule, found = one_cycle(optimizer, total_steps=20, pct_start=0.25), []
    for _ in range(20):
        found.append(momentum())
        optimizer.step()
        schedule.step()
    assert found[4] == pytest.approx(lowest)
    assert found[0] == pytest.approx(0.95 if lowest else lowest)


@pytest.mark.parametrize(("share", "steps", "place"), [(0.1, 10, 0), (0.2, 10, 1), (0, 10, 0), (0.25, 4, 0)])
def test_one_cycle_rises_in_its_share_of_the_steps(share: float, steps: int, place: int) -> None:
    found = reference(partial(one_cycle, total_steps=steps, pct_start=share), steps)
    assert found[place] == max(found) == pytest.approx(0.1, rel=0.03)
    assert sorted(found[place:], reverse=True) == found[place:]


@pytest.mark.filterwarnings("ignore:A `OneCycleLR` scheduler is using")
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_single_step_of_one_cycle_is_at_the_highest_rate(share: float) -> None:
    assert reference(partial(one_cycle, total_steps=1, pct_start=share), 1) == pytest.approx([0.1])
    assert rates(Schedule(partial(one_cycle, pct_start=share), "epoch"), epochs=1).by_step == pytest.approx([0.1] * 4)


def test_one_cycle_and_cosine_are_laid_over_all_steps_of_the_training() -> None:
    steps = EPOCHS * STEPS
    cycle = rates(Schedule(partial(one_cycle, pct_start=0.1), interval="step"))
    torchs = partial(OneCycleLR, max_lr=0.1, total_steps=steps, pct_start=0.1)
    assert cycle.by_step == pytest.approx(reference(torchs, steps))
    curve = rates(Schedule(partial(cosine, warmup=0.25, final=0.01), interval="step"))
    falling = [0.01 + 0.09 * (1 + math.cos(math.pi * step / 9)) / 2 for step in range(9)]
    assert curve.by_step == pytest.approx([0.1 / 4, 0.2 / 4, 0.3 / 4, *falling])


def test_the_logged_rate_is_that_of_the_epoch_and_not_of_the_next() -> None:
    found = rates(partial(StepLR, step_size=1, gamma=0.5))
    assert found.by_step == pytest.approx([0.1] * STEPS + [0.05] * STEPS + [0.025] * STEPS)
    assert found.logged[-1] == pytest.approx(0.025)


def test_frequency_counts_intervals() -> None:
    found = rates(Schedule(partial(StepLR, step_size=1, gamma=0.5), interval="step", frequency=2), epochs=1)
    assert found.by_step == pytest.approx([0.1, 0.1, 0.05, 0.05])


def test_a_schedule_over_a_training_without_end_is_refused() -> None:
    with pytest.raises(MusicGenreError, match=r"set trainer\.max_epochs"):
        rates(Schedule(cosine, interval="step"), epochs=-1)


@pytest.mark.parametrize(("settings", "fragment"), [({"interval": "day"}, "'day'"), ({"frequency": 0}, "is 0")])
def test_impossible_settings_are_refused(settings: dict[str, Any], fragment: str) -> None:
    with pytest.raises(MusicGenreError, match=fragment):
        Schedule(cosine, **settings)
    with pytest.raises(MusicGenreError, match="warmup is 1"):
        rates(Schedule(partial(cosine, warmup=1), interval="step"))
    with pytest.raises(MusicGenreError, match="pct_start is 1"):
        rates(Schedule(partial(one_cycle, pct_start=1), interval="step"))


@pytest.mark.filterwarnings("ignore:A `OneCycleLR` scheduler is using")
@pytest.mark.parametrize("make", [cosine, one_cycle])
def test_a_schedule_over_all_steps_moves_at_each(make: Any) -> None:
    with pytest.raises(MusicGenreError, match=r"frequency is 50.*set scheduler\.frequency=1, or"):
        Schedule(make, interval="step", frequency=50)
    found = rates(Schedule(make, interval="epoch", frequency=2), epochs=4).by_step
    assert [len(set(found[:8])), len(set(found[8:])), len(set(found))] == [1, 1, 2]


LAID = (partial(cosine, warmup=0.25), partial(cosine, warmup=0), partial(OneCycleLR, max_lr=0.1))


@pytest.mark.filterwarnings("ignore:A `OneCycleLR` scheduler is using")
@pytest.mark.parametrize("make", LAID)
@pytest.mark.parametrize("interval", ["step", "epoch"])
def test_training_goes_on_over_as_many_steps_as_its_schedule_was_laid_over(
    make: Any, interval: Any, tmp_path: Path
) -> None:
    path, schedule = tmp_path / "some.ckpt", Schedule(make, interval)
    rates(schedule, epochs=2, save=path)
    taken = {"step": 2 * STEPS, "epoch": 2}[interval]
    with pytest.raises(
        MusicGenreError, match=rf"holds a schedule over {taken} steps, but this training would take {2 * taken}:"
    ):
        rates(schedule, epochs=4, ckpt_path=path)
    with pytest.raises(MusicGenreError, match=r"holds a schedule over"):
        rates(schedule, epochs=1, ckpt_path=path)


def test_a_schedule_that_needs_no_total_goes_on_for_longer(tmp_path: Path) -> None:
    path = tmp_path / "some.ckpt"
    assert len(rates(partial(StepLR, step_size=1), save=path).by_step) == EPOCHS * STEPS
    assert len(rates(partial(StepLR, step_size=1), epochs=4, ckpt_path=path).by_step) == STEPS


def test_a_tuner_goes_back_to_where_it_began(audio: GenreDataModule, tmp_path: Path) -> None:
    model = GenreClassifier(FCNN, lr=0.01, scheduler=Schedule(cosine, "step"))
    off = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
    quiet: dict[str, Any] = dict.fromkeys(off, False)
    trainer = L.Trainer(max_epochs=1, accelerator="cpu", default_root_dir=tmp_path, **quiet)
    Tuner(trainer).scale_batch_size(model, datamodule=audio, max_trials=1, init_val=8)
    trainer.fit(model, audio)
    assert model.total_steps == trainer.global_step == len(audio.train_dataloader())
