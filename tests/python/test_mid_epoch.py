"""Resuming from a checkpoint written mid-epoch: no segment twice, none left out."""

from functools import partial
from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch
from torch import nn

from musicgenre import GenreClassifier, GenreDataModule, splits
from musicgenre.augment import Mixup
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.features import MFCC
from musicgenre.modules.schedule import Schedule, cosine
from musicgenre.nets import FCNN
from musicgenre.training.unfreezing import GradualUnfreezing

STEP = partial(torch.optim.lr_scheduler.StepLR, step_size=1)
KEPT = (2, 4, 6, 9)  # steps after which a checkpoint is saved: each takes as long as a step


class Rows(L.Callback):
    """Records the rows of every training batch, and saves a checkpoint after some, as ModelCheckpoint does."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.seen: list[tuple[int, int, list[int]]] = []

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
        self.seen.append((trainer.current_epoch, batch_idx, batch.row.tolist()))

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        if self.folder is not None and len(self.seen) in KEPT:
            trainer.save_checkpoint(self.folder / f"{len(self.seen)}.ckpt")


@pytest.fixture
def data(corpus: Corpus) -> GenreDataModule:
    split = splits.stratified(fractions=(0.5, 0.25, 0.25))
    return GenreDataModule(corpus, MFCC(n_mfcc=5), length=1.0, split=split, batch_size=6, standardize=None)


def train(data: Any, scheduler: Any, folder: Path | None, path: Path | None = None, **more: Any) -> Rows:
    L.seed_everything(0, verbose=False)
    rows, off = Rows(folder), ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
    quiet: dict[str, Any] = dict.fromkeys(off, False)
    trainer = L.Trainer(max_epochs=3, accelerator="cpu", callbacks=[rows], **quiet, **more)
    trainer.fit(GenreClassifier(FCNN, scheduler=scheduler), data, ckpt_path=path, weights_only=True)
    return rows


@pytest.mark.parametrize(
    ("more", "scheduler"),
    [
        ({}, STEP),
        ({"val_check_interval": 3}, STEP),
        ({"limit_train_batches": 4}, Schedule(cosine, "step")),
        ({"max_steps": 14}, Schedule(cosine, "step")),
    ],
)
def test_every_step_is_one_to_go_on_from(
    scheduler: Any, more: dict[str, Any], data: GenreDataModule, tmp_path: Path
) -> None:
    whole = train(data, scheduler, tmp_path, **more).seen
    assert len(whole) > 11
    for step in (4, 6, 9):
        again = train(data, scheduler, None, tmp_path / f"{step}.ckpt", **more).seen
        assert again == whole[step:], step


class Counts(nn.Module):
    """An augmentation, or a mix, that grows with the number of batches."""

    steps: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("steps", torch.zeros(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.steps += 1
        return x + 0.01 * self.steps


class Mixes(Counts):
    """The same, as a mix."""

    def forward(self, x: torch.Tensor) -> Any:
        return Mixup()(super().forward(x))


class Inputs(Rows):
    """Records the mean of the inputs of every step."""

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
        self.seen.append((trainer.current_epoch, batch_idx, [batch.x.mean().item()]))


@pytest.mark.parametrize("name", ["augment", "wave_augment"])
def test_augmentations_go_on_from_what_they_hold(name: str, corpus: Corpus, tmp_path: Path) -> None:
    def train_on(rows: Inputs, path: Path | None = None) -> list[tuple[int, int, list[int]]]:
        split = splits.stratified(fractions=(0.5, 0.25, 0.25))
        counts: dict[str, Any] = {name: Counts()}
        data = GenreDataModule(corpus, MFCC(n_mfcc=5), length=1.0, split=split, batch_size=6, **counts)
        trainer = L.Trainer(max_epochs=2, accelerator="cpu", callbacks=[rows], **quiet)
        trainer.fit(GenreClassifier(FCNN), data, ckpt_path=path, weights_only=True)
        return rows.seen

    off = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
    quiet: dict[str, Any] = dict.fromkeys(off, False)
    whole = train_on(Inputs(tmp_path))
    assert len(whole) > 8
    for step in (2, 6):
        assert train_on(Inputs(None), tmp_path / f"{step}.ckpt") == whole[step:], step


def test_what_a_mix_holds_is_not_needed_to_load_a_model(data: GenreDataModule, tmp_path: Path) -> None:
    off = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
    quiet: dict[str, Any] = dict.fromkeys(off, False)
    trainer, model = L.Trainer(max_epochs=1, accelerator="cpu", **quiet), GenreClassifier(FCNN, mix=Mixes())  # type: ignore[arg-type]
    trainer.fit(model, data)
    trainer.save_checkpoint(tmp_path / "some.ckpt")
    x = torch.randn(2, *data.in_shape)
    assert torch.equal(GenreClassifier.load_from_checkpoint(tmp_path / "some.ckpt")(x), model(x))


class Staged(FCNN):
    """A net that opens stage by stage."""

    opened = 9

    def open(self, count: int) -> None:
        self.opened = count


class Opened(Rows):
    """Records how many stages are open in every step."""

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
        self.seen.append((trainer.current_epoch, batch_idx, [pl_module.net.opened]))


def test_the_rest_of_an_epoch_trains_the_stages_that_it_did(data: GenreDataModule, tmp_path: Path) -> None:
    def train_on(rows: Opened, path: Path | None = None) -> list[tuple[int, int, list[int]]]:
        off = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
        quiet: dict[str, Any] = dict.fromkeys(off, False)
        callbacks = [GradualUnfreezing(every=1), rows]
        trainer = L.Trainer(max_epochs=3, accelerator="cpu", limit_train_batches=4, callbacks=callbacks, **quiet)
        trainer.fit(GenreClassifier(Staged), data, ckpt_path=path, weights_only=True)
        return rows.seen

    whole = train_on(Opened(tmp_path))
    assert [opened for *_, [opened] in whole] == [1] * 4 + [2] * 4 + [3] * 4
    for step in (2, 4, 6):
        assert train_on(Opened(None), tmp_path / f"{step}.ckpt") == whole[step:], step
