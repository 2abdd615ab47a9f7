"""Build the Trainer that a config describes, or say in one sentence why it cannot be."""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import BackboneFinetuning, Callback, ProgressBar
from lightning.pytorch.loggers import Logger
from lightning.pytorch.strategies.launchers import _MultiProcessingLauncher

from musicgenre.devices import devices_here
from musicgenre.errors import MusicGenreError
from musicgenre.memory import keep_freed_memory
from musicgenre.quiet import quiet_lightning
from musicgenre.training.objects import make_object
from musicgenre.training.whole import with_whole_checkpoints

log = logging.getLogger(__name__)
quiet_lightning()

# Defaults that differ from Lightning's; a config's own values override them.
_DEFAULTS = {"num_sanity_val_steps": 0, "enable_model_summary": False}
_CHECKPOINTS = "lightning.pytorch.callbacks.ModelCheckpoint"
_BEST = "best"  # the callback that looks for the best epoch
_ELSEWHERE = {
    "default_root_dir": "hydra.run.dir=FOLDER says where a run is written",
    "logger": "logger=[tensorboard,csv] chooses loggers, and trainer.logger=false turns them off",
}


@dataclass(frozen=True)
class TrainerPlan:
    """A Trainer's settings, callbacks and loggers, as configs.

    Attributes:
        settings: Settings of the Trainer.
        callbacks: Configs by name; None for one that is switched off.
        loggers: Configs by name; None or False for one that is switched off.
        watched: Names of the callbacks that watch validation, such as early stopping.
    """

    settings: Mapping[str, Any]
    callbacks: Mapping[str, Any]
    loggers: Mapping[str, Any]
    watched: tuple[str, ...] = ()

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "TrainerPlan":
        """Build the plan from a command's config; one with callbacks, but none for progress, shows no bar.

        Raises:
            MusicGenreError: A setting belongs elsewhere.
        """
        settings = dict(config["trainer"])
        for key, where in _ELSEWHERE.items():
            if settings.get(key):
                raise MusicGenreError(f"trainer.{key} is {settings[key]}, which a run sets for itself: {where}.")
        check_devices(settings)
        loggers = {} if settings.pop("logger", None) is False else config.get("logger") or {}
        callbacks = {"progress": None, **(config["callbacks"] or {})} if "callbacks" in config else {}
        stopping = callbacks.get("early_stopping") or {}
        watched = ("early stopping",) if str(stopping.get("monitor")).startswith("val/") else ()
        return cls(settings, callbacks, loggers, watched)

    @property
    def fast_dev_run(self) -> int:
        """Number of batches of each split in a trial run; 0 for a whole run."""
        return int(self.settings.get("fast_dev_run") or 0)

    def say_nothing_is_kept(self) -> None:
        """Log how a run with `fast_dev_run` ended."""
        wanted = self.fast_dev_run
        log.info(
            "fast_dev_run: %s of everything ran through; nothing is saved.",
            "one batch" if wanted == 1 else f"{wanted} batches",
        )

    def build(self, folder: Path, *more: Callback, validated: bool = True) -> L.Trainer:
        """Return the Trainer that writes into a folder.

        Args:
            folder: The run folder.
            *more: Further callbacks.
            validated: Whether there is validation; without it, nothing looks for the best epoch.

        Raises:
            MusicGenreError: Lightning refuses a setting.
        """
        off = {"progress": not self.settings.get("enable_progress_bar", True), _BEST: not validated}
        on = {name: node for name, node in self.callbacks.items() if node and not off.get(name)}
        callbacks = [self._callback(name, node, folder) for name, node in on.items()]
        listed = [make_object(node, "Lightning refuses a callback") for node in self.settings.get("callbacks") or ()]
        if any(isinstance(callback, BackboneFinetuning) for callback in (*callbacks, *listed)):
            raise MusicGenreError(
                "BackboneFinetuning unfreezes what a model calls its backbone, but a classifier calls its network net: "
                "leave it out, or give a BaseFinetuning of your own."
            )
        has_bar = any(isinstance(callback, ProgressBar) for callback in (*callbacks, *listed))
        without = "progress" in self.callbacks and not has_bar  # then not Lightning's own bar instead
        bar = {"enable_progress_bar": False} if without else {}
        settings = {**_DEFAULTS, **bar, **self.settings, **({} if validated else {"limit_val_batches": 0})}
        settings.pop("callbacks", None)
        plugins = with_whole_checkpoints(settings.pop("plugins", None))
        trainer: L.Trainer = make_object(
            settings,
            "Lightning refuses the trainer's settings",
            callbacks=[*callbacks, *listed, *more],
            plugins=plugins,
            logger=self.build_loggers(folder) or False,
            default_root_dir=str(folder),
        )
        if isinstance(trainer.strategy.launcher, _MultiProcessingLauncher):
            asked = self.settings.get("strategy", f"auto with {trainer.num_devices} devices in a notebook")
            raise MusicGenreError(
                f"trainer.strategy is {asked}, which trains in processes that return no results: choose "
                "trainer=ddp from the command line, or one device."
            )
        if trainer.strategy.root_device.type == "cpu":
            keep_freed_memory()
        return trainer

    def build_loggers(self, folder: Path) -> list[Logger]:
        """Return the loggers that are switched on; those without a folder write into the run folder."""
        nodes = [_placed(node, "save_dir", folder) for node in self.loggers.values() if node]
        return [make_object(node, f"logger {node.get('_target_')} refuses its settings") for node in nodes]

    def _callback(self, name: str, node: Mapping[str, Any], folder: Path) -> Callback:
        node = _placed(node, "dirpath", folder / "checkpoints")
        if name == _BEST:
            node = _told_apart(node)
        callback: Callback = make_object(node, f"callbacks.{name} refuses its settings")
        return callback


def _told_apart(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the checkpoint callback's config; if it keeps several epochs, each gets its own file name."""
    if node.get("save_top_k", 1) in (0, 1):
        return dict(node)
    name = str(node.get("filename") or _BEST)
    if "{" in name:
        return dict(node) | {"enable_version_counter": True}
    shown = f"-{{{node['monitor']}:.4f}}" if node.get("monitor") else ""
    own = {"filename": f"{name}-epoch{{epoch}}{shown}", "auto_insert_metric_name": False}
    if node.get("_target_") == _CHECKPOINTS:
        own["_target_"] = "musicgenre.training.tested.CountsFromOne"
    return dict(node) | own | {"enable_version_counter": True}


def _placed(node: Mapping[str, Any], key: str, folder: Path) -> dict[str, Any]:
    """Return a config with `key` set to the run's folder where it is null."""
    return dict(node) | ({key: str(folder)} if key in node and node[key] is None else {})


def meet(trainer: L.Trainer) -> None:
    """Wait for the run's other processes, starting Lightning's own; those of torchrun or srun join by themselves."""
    if trainer.world_size == 1:
        return
    connect, launcher = trainer.strategy.setup_environment, trainer.strategy.launcher
    if launcher is None:
        connect()
    else:
        launcher.launch(connect, trainer=trainer)
    trainer.strategy.barrier()


def check_accelerator(wanted: str) -> None:
    """Check, before any data is read, that the requested accelerator is available.

    Raises:
        MusicGenreError: It is not.
    """
    here = devices_here()
    if (wanted in ("cuda", "mps") and wanted not in here) or (wanted == "gpu" and here == ["cpu"]):
        raise MusicGenreError(
            f"This machine has no {wanted} device that PyTorch {torch.__version__} can use "
            f"(it has {', '.join(here)}): choose trainer=auto or trainer=cpu."
        )


def check_devices(settings: Mapping[str, Any]) -> None:
    """Check that a Trainer asks for no more devices than there are; on a CPU, no more than it has cores.

    Raises:
        MusicGenreError: It does.
    """
    wanted, accelerator = settings.get("devices"), settings.get("accelerator", "auto")
    cuda, mps = torch.cuda.device_count(), int(torch.backends.mps.is_available())
    if accelerator in ("cuda", "gpu", "auto") and cuda:
        name, there = "CUDA devices", cuda
    elif accelerator in ("mps", "gpu", "auto") and mps:
        name, there = "MPS devices", mps
    elif accelerator in ("cpu", "auto"):
        name, there = "processor cores", max(2, os.cpu_count() or 1)  # two processes always work
    else:
        return
    numbers = wanted if isinstance(wanted, list) else [0 if wanted in (None, "auto") else wanted]
    asked = max((int(n) + isinstance(wanted, list) for n in numbers if str(n).lstrip("-").isdigit()), default=0)
    if asked > there:
        raise MusicGenreError(
            f"trainer.devices is {wanted}, and this machine has {there} {name}: give a number from 1 to {there}, or "
            "trainer.devices=auto for all of them."
        )


def require_validation_for(watched: tuple[str, ...], why: str) -> None:
    """Raise an error if something watches validation and there is none.

    Args:
        watched: What watches it.
        why: The reason why there is none.

    Raises:
        MusicGenreError: Something watches it.
    """
    if watched:
        raise MusicGenreError(
            f"{why}, but {' and '.join(watched)} need{'s' * (len(watched) == 1)} some: change that, or train a fixed "
            "number of epochs with callbacks.early_stopping=null scheduler=none."
        )
