"""Earlier epochs whose weights are saved and tested too, each in its own run folder inside the run's."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightning as L
import pandas as pd
from lightning.pytorch.callbacks import Callback

from musicgenre.files import replace_text
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.job import Job
from musicgenre.training.continuing import Continuing
from musicgenre.training.tested import step_of

log = logging.getLogger(__name__)


class Milestones(Callback):
    """Saves the weights after chosen epochs.

    Args:
        folder: The run folder.
        epochs: The epochs, from 1.
        clock: Measures the training time.

    Attributes:
        seconds: Training time up to each of them in s.
    """

    def __init__(self, folder: RunFolder, epochs: Sequence[int], clock: Continuing) -> None:
        self.folder, self.epochs = folder, sorted(set(epochs))
        self.clock = clock
        self.seconds: dict[int, float] = {}

    def state_dict(self) -> dict[str, Any]:
        """Return the state that a resumed run needs."""
        return {"seconds": dict(self.seconds)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state."""
        self.seconds = dict(state_dict["seconds"])

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Save the weights if this is one of the epochs."""
        epoch = trainer.current_epoch + 1
        if epoch in self.epochs:
            trainer.save_checkpoint(self.folder.stage(epoch).best_ckpt, weights_only=True)
            self.seconds[epoch] = self.clock.seconds

    def reached(self, epochs: int, tested: Path) -> list[int]:
        """Return the epochs whose weights were saved, without the last one if the run itself tests the same weights.

        Epochs that were not reached are logged.

        Args:
            epochs: How many were trained.
            tested: The weights that the run tests, which may be from within an epoch.
        """
        there = [n for n in self.epochs if n <= epochs and self.folder.stage(n).best_ckpt.is_file()]
        if missing := [str(epoch) for epoch in self.epochs if epoch not in (*there, epochs)]:
            which = f"epoch {missing[0]} is" if len(missing) == 1 else f"epochs {', '.join(missing)} are"
            log.info("milestones: %s not among those trained here.", which)
        last = self.folder.stage(epochs).best_ckpt
        return [epoch for epoch in there if epoch != epochs or step_of(last) != step_of(tested)]

    def summary(self, epoch: int, at_end: Mapping[str, float]) -> dict[str, float]:
        """Return what a milestone's `metrics.json` holds besides the metrics.

        Args:
            epoch: The milestone.
            at_end: The same for the whole training.
        """
        own = {name: value for name, value in at_end.items() if name not in ("fit_seconds", "best_epoch")}
        seconds = {"fit_seconds": round(self.seconds[epoch], 3)} if epoch in self.seconds else {}
        return own | {"epochs": epoch, "tested_epoch": epoch} | seconds


def as_if_ended(job: Job, epoch: int) -> Job:
    """Return the job as if training had been asked to end after an epoch."""
    config = dict(job.config)
    config |= {"trainer": {**config["trainer"], "max_epochs": epoch}, "select": "last", "milestones": []}
    kept = [text for text in job.overrides if not text.lstrip("+").startswith(("trainer.max_epochs=", "milestones="))]
    folder = RunFolder(job.folder).stage(epoch).path
    return replace(job, folder=folder, config=config, overrides=(*kept, f"trainer.max_epochs={epoch}"))


def furnish(stage: RunFolder, outer: RunFolder, job: Job, signature: str) -> None:
    """Write what every run folder holds besides its results to a milestone's: config, environment, split, curves."""
    stage.write_config(job)
    environment = json.loads(outer.environment_json.read_text(encoding="utf-8"))
    replace_text(stage.environment_json, json.dumps(environment | {"signature": signature}, indent=2))
    for name in (outer.split_csv.name, outer.skipped_csv.name, "tracks.csv"):
        replace_text(stage.path / name, (outer.path / name).read_text(encoding="utf-8"))
    if outer.history_csv.is_file():
        history = pd.read_csv(outer.history_csv, dtype=str, keep_default_na=False)  # numbers keep all their digits
        until = history["epoch"].astype(float) < _epoch_of(stage.path)
        replace_text(stage.history_csv, history[until].to_csv(index=False, lineterminator="\n"))


def _epoch_of(path: Path) -> int:
    return int(path.name.rpartition("_")[2])
