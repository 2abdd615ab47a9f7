"""Settings that a restored state would override, where a run goes on from another one's checkpoint."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from musicgenre.errors import MusicGenreError
from musicgenre.modules.checkpoint import KEY
from musicgenre.modules.schedule import Schedule
from musicgenre.runs.identity import what_counts

log = logging.getLogger(__name__)

_RESTORED = ("optimizer", "scheduler")  # groups whose states a checkpoint holds
_TRAINER = ("max_epochs", "max_steps", "accumulate_grad_batches", "limit_train_batches")
_STEPS = ("batch_size", *(f"trainer.{name}" for name in _TRAINER))  # decide how many a training takes


def apply_settings(
    checkpoint: dict[str, Any], new: Mapping[str, Any], source: Path, schedule: Schedule | None = None
) -> None:
    """Let settings that a restored state would override take effect, and tell every one that differs.

    Args:
        checkpoint: Read from `source`; its states are changed.
        new: The config of the run that goes on.
        source: For messages.
        schedule: Of the run that goes on.

    Raises:
        MusicGenreError: They cannot: the optimizer is another one, or a schedule has counted on the old ones.
    """
    old = checkpoint[KEY]["config"] or {}
    differing = differing_settings(old, new)
    changed = [key for key in differing if key.split(".")[0] in _RESTORED]
    laid_over: tuple[str, ...] = ()
    if schedule is not None and schedule.is_laid_out:
        laid_over = _STEPS if schedule.interval == "step" else ("trainer.max_epochs",)
    longer = [key for key in differing if key in laid_over]
    if "optimizer._target_" in changed or (changed and (old.get("scheduler") or new.get("scheduler"))):
        raise MusicGenreError(
            f"{source} was written with other settings of {', '.join(changed)}, and going on takes its optimizer and "
            "schedule as they are: give the same ones, or train anew."
        )
    if longer:
        raise MusicGenreError(
            f"{source} was written with other settings of {', '.join(longer)}, and its learning rate is laid over as "
            "many steps as these make: give the same ones, or train anew."
        )
    for key in changed:
        name = key.partition(".")[2]
        for state in checkpoint["optimizer_states"]:
            for group in state["param_groups"]:
                group[name] = new["optimizer"].get(name)
    patience = ((new.get("callbacks") or {}).get("early_stopping") or {}).get("patience")
    for state in checkpoint["callbacks"].values():
        if patience is not None and isinstance(state, dict) and "patience" in state:
            state["patience"] = patience
    for key, (before, now) in differing.items():
        log.info("From here on %s is %s, and was %s.", key, now, before)


def differing_settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the dotted keys whose values two configs do not share, with both; those that say where do not count.

    Example:
        >>> differing_settings({"seed": 1, "optimizer": {"lr": 0.1}}, {"seed": 1, "optimizer": {"lr": 0.2}})
        {'optimizer.lr': (0.1, 0.2)}
    """
    one, other = (_flat(what_counts(config)) for config in (old, new))
    keys = sorted({*one, *other})
    return {key: (one.get(key), other.get(key)) for key in keys if one.get(key) != other.get(key)}


def _flat(config: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in config.items():
        found |= _flat(value, f"{above}{name}.") if isinstance(value, Mapping) else {f"{above}{name}": value}
    return found
