"""The Trainer that a config asks for, or one sentence on why there is none."""

import warnings
from pathlib import Path
from typing import Any

import lightning as L
import torch
from hydra.utils import instantiate
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import Logger, TensorBoardLogger
from omegaconf import DictConfig

from musicgenre.errors import MusicGenreError
from musicgenre.training.metrics_table import MetricsTable


def check_accelerator(cfg: DictConfig) -> None:
    """Make sure, before any data is read, that the wanted accelerator is there.

    Raises:
        MusicGenreError: It is not.
    """
    there = {
        "cuda": torch.cuda.is_available(),
        "gpu": torch.cuda.is_available() or torch.backends.mps.is_available(),
    }
    there["mps"] = torch.backends.mps.is_available()
    wanted = cfg.trainer.accelerator
    if not there.get(wanted, True):
        found = [name for name in ("cuda", "mps") if there[name]]
        raise MusicGenreError(
            f"This machine has no {wanted} device that PyTorch {torch.__version__} can use "
            f"(it has {', '.join(['cpu', *found])}): choose trainer=auto or trainer=cpu."
        )


def chosen_device(cfg: DictConfig) -> str:
    """The device that the trainer's settings come to here, such as "cuda:0" for trainer.accelerator=auto."""
    trainer = L.Trainer(accelerator=cfg.trainer.accelerator, devices=1, logger=False, enable_checkpointing=False)
    return str(trainer.strategy.root_device)


def build_trainer(cfg: DictConfig, folder: Path, *more: Callback) -> L.Trainer:
    """The Trainer, with the callbacks (and any more) and loggers of the config, writing into the run folder.

    Raises:
        MusicGenreError: Lightning refuses a setting.
    """
    callbacks: list[Callback] = [instantiate(node) for node in cfg.callbacks.values() if node is not None]
    callbacks += more
    settings: dict[str, Any] = {
        "callbacks": callbacks,
        "logger": build_loggers(cfg, folder) or False,
        "default_root_dir": str(folder),
        "num_sanity_val_steps": 0,  # the first validation comes soon enough, and would be logged twice
        "enable_model_summary": False,
    }
    try:
        trainer: L.Trainer = instantiate(cfg.trainer, **settings)
    except Exception as error:  # Hydra wraps whatever Lightning raises for a setting it refuses
        reason = str(error.__cause__ or error).split("\n")[0]
        raise MusicGenreError(f"Lightning refuses the trainer's settings: {reason}") from error
    return trainer


def fit_quietly(trainer: L.Trainer, module: L.LightningModule, resume_from: Path | None, **data: Any) -> None:  # noqa: ANN401
    """`trainer.fit` in a folder that may hold checkpoints: they are the run's own, and no cause for a warning."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Checkpoint directory .* exists and is not empty")
        trainer.fit(module, ckpt_path=resume_from, weights_only=True, **data)


def build_loggers(cfg: DictConfig, folder: Path) -> list[Logger]:
    """The loggers that are switched on; their files lie in the run folder itself."""
    loggers: list[Logger] = []
    if cfg.logger.tensorboard:
        loggers.append(_Board(str(folder), name="", version="", default_hp_metric=False))
    if cfg.logger.csv:
        loggers.append(MetricsTable(folder))
    return loggers


class _Board(TensorBoardLogger):
    """TensorBoard's event files alone, without the `hparams.yaml` that Lightning lays beside them."""

    def save(self) -> None:
        """Write out what is buffered."""
        self.experiment.flush()
