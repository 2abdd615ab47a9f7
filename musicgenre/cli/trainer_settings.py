"""Checks of settings of the Trainer, callbacks and loggers that can be made without loading Lightning."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from omegaconf import DictConfig, OmegaConf

from musicgenre.errors import MusicGenreError
from musicgenre.extras import MissingPackageError

_COUNTS = ("check_val_every_n_epoch", "accumulate_grad_batches")
_UNITS = ("weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds")
_PACKAGES = {"WandbLogger": "wandb", "MLFlowLogger": "mlflow", "mlflow_logger": "mlflow"}  # package and extra
_NEEDED = {
    "enable_checkpointing": (False, "it tests its best checkpoint; callbacks.last=null writes one less"),
    "barebones": (True, "it logs, validates and saves checkpoints; logger=none figures=false leave out the rest"),
}


def check_trainer(cfg: DictConfig) -> None:
    """Make sure that a config's settings of the Trainer, its callbacks and loggers are valid.

    Raises:
        MusicGenreError: A setting is not; the message names the key, its value and what is allowed.
    """
    settings = _plain(cfg, "trainer")
    for key, (refused, why) in _NEEDED.items():
        if key in settings and settings[key] == refused:
            raise MusicGenreError(f"trainer.{key} is {str(refused).lower()}, which a run does not allow: {why}.")
    for key in _COUNTS:
        value = settings.get(key)
        if value is not None and not (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
            raise MusicGenreError(f"trainer.{key} is {value!r}: give a whole number of at least 1.")
    _check_time(settings.get("max_time"))
    for group in ("callbacks", "logger"):
        for name, node in _plain(cfg, group).items():
            _check_node(f"{group}.{name}", node)
    _check_last(_plain(cfg, "callbacks").get("last"))
    for name, node in _plain(cfg, "logger").items():
        _check_package(name, node)
    listed = settings.get("callbacks") or []
    if not isinstance(listed, list):
        raise MusicGenreError(f"trainer.callbacks is {listed!r}: give a list, such as [{{_target_: ...}}].")
    for number, node in enumerate(listed):
        _check_node(f"trainer.callbacks[{number}]", node)


def _plain(cfg: DictConfig, group: str) -> Mapping[str, Any]:
    node = cfg.get(group)
    found = OmegaConf.to_container(node, resolve=False) if OmegaConf.is_config(node) else None
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}


def _check_time(value: object) -> None:
    if value is not None and not isinstance(value, str | dict):
        raise MusicGenreError(f"trainer.max_time is {value!r}: give a time such as {{minutes: 90}}, or DD:HH:MM:SS.")
    if isinstance(value, dict) and (wrong := [key for key in value if key not in _UNITS]):
        raise MusicGenreError(f"trainer.max_time has {wrong[0]}: choose from {', '.join(_UNITS)}.")


def _check_node(key: str, node: object) -> None:
    """Make sure that an object to be built has a `_target_`; null and false switch it off."""
    if node in (None, False) or (isinstance(node, dict) and "_target_" in node):
        return
    raise MusicGenreError(f"{key} is {node!r}: give a config with a _target_, or null to switch it off.")


def _check_last(node: Any) -> None:  # noqa: ANN401  # a config or nothing
    """Make sure that the callback which keeps the state to resume from, and makes no other run, decides nothing."""
    if node and (watched := node.get("monitor")) is not None:
        raise MusicGenreError(
            f"callbacks.last.monitor is {watched!r}, but last.ckpt is the state to resume from, of the last epoch: set "
            "callbacks.best.monitor, or give a callback that looks for the best epoch another name."
        )


def _check_package(name: str, node: Any) -> None:  # noqa: ANN401  # a config or nothing
    """Make sure that a logger's package is installed, if it comes from an extra."""
    module = _PACKAGES.get(str(node["_target_"]).rpartition(".")[2]) if node else None
    if module is not None and find_spec(module) is None:
        raise MissingPackageError(f"logger={name} needs a package that is not installed", module)
