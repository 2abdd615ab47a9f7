"""Settings that a restored state would override when a run resumes from another run's checkpoint."""

import logging
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from musicgenre.errors import MusicGenreError
from musicgenre.modules.checkpoint import KEY
from musicgenre.modules.optimizer import MADE_LR
from musicgenre.modules.schedule import Schedule
from musicgenre.runs.identity import flat, what_counts
from musicgenre.words import counted

log = logging.getLogger(__name__)

_RESTORED = ("optimizer", "scheduler", "epsilon")  # groups whose states a checkpoint holds
_FOLLOWED = ("rates", "rho")  # what settings of the chosen optimizer follow, which tell of a change themselves
_SUMMED = ("amsgrad", "centered", "momentum")  # options that keep their own averages
_ENDS: tuple[str, ...] = ("trainer.max_epochs", "trainer.max_steps")


def apply_settings(
    checkpoint: dict[str, Any],
    new: Mapping[str, Any],
    source: Path,
    groups: Sequence[Mapping[str, Any]] = (),
    schedule: Schedule | None = None,
) -> None:
    """Make settings take effect that a restored state would override, and log every setting that differs.

    Args:
        checkpoint: The checkpoint read from `source`; its states are changed.
        new: The config of the resumed run.
        source: The checkpoint's path, for messages.
        groups: The parameter groups that the resumed run's optimizer starts with.
        schedule: The schedule of the resumed run.

    Raises:
        MusicGenreError: They cannot take effect: the optimizer is another one, or a schedule depends on the old ones.
    """
    old = checkpoint[KEY]["config"] or {}
    of_group = {*groups[0]} if groups else set[str]()
    differing = {key: both for key, both in differing_settings(old, new).items() if key.split(".")[0] not in _FOLLOWED}
    if "eps" not in of_group:  # an optimizer without one
        differing.pop("epsilon", None)
    changed = [key for key in differing if key.split(".")[0] in _RESTORED]
    of_net = [key for key in differing if key.startswith("model.")]  # may set learning rates of the net's parts
    restored = [group for state in checkpoint["optimizer_states"] for group in state["param_groups"]]
    scheduled = old.get("scheduler") or new.get("scheduler")
    of_parts = bool(of_net) and not _of_same_rates(restored, groups)
    if scheduled and of_parts and not changed:
        changed += of_net
    if "optimizer._target_" in changed or (changed and scheduled):
        raise MusicGenreError(
            f"{source} was written with other settings of {', '.join(changed)}, and resuming takes over its optimizer "
            "and schedule as they are: give the same settings, or train from scratch."
        )
    _require_same_steps(checkpoint[KEY], new, differing, source, schedule)
    if changed or of_parts:
        names = {"eps" if key == "epsilon" else key.partition(".")[2] for key in changed}
        names |= {"lr"} if of_parts else set()
        names |= {MADE_LR} & of_group if "lr" in names else set()
        if not names <= of_group:  # an optimizer that has another name for one of them there
            names = of_group
        _take_over(restored, groups, names, source)
    patience = ((new.get("callbacks") or {}).get("early_stopping") or {}).get("patience")
    for state in checkpoint["callbacks"].values():
        if patience is not None and isinstance(state, dict) and "patience" in state:
            state["patience"] = patience
    for key, (before, now) in differing.items():
        log.info("From here on, %s is %s; it was %s.", key, now, before)


def _of_same_rates(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether the groups were made with the same learning rates, if any, whatever has moved them since."""
    return [group.get(MADE_LR) for group in old] == [group.get(MADE_LR) for group in new]


def _take_over(
    old: Sequence[dict[str, Any]], new: Sequence[Mapping[str, Any]], names: Collection[str], source: Path
) -> None:
    """Give an optimizer's restored groups the named settings of the new ones."""
    if len(old) != len(new):
        raise MusicGenreError(
            f"{source} holds an optimizer with {counted(len(old), 'group')} of parameters, but these settings make "
            f"{len(new)}: give the same settings, or train from scratch."
        )
    for group, now in zip(old, new, strict=True):
        begun = [name for name in _SUMMED if name in names and now.get(name) and not group.get(name)]
        if begun and "dampening" not in now:  # only SGD starts missing averages by itself
            raise MusicGenreError(
                f"optimizer.{begun[0]} is switched on, but {source} holds no averages for it: leave it off, or train "
                "from scratch."
            )
        group.update({name: value for name, value in now.items() if name in names and name != "params"})


def _require_same_steps(
    record: Mapping[str, Any],
    new: Mapping[str, Any],
    differing: Collection[str],
    source: Path,
    schedule: Schedule | None,
) -> None:
    """Raise an error if a setting differs that the length of a schedule over the whole training depends on.

    For a schedule over steps, settings that change the length of an epoch are not compared here, but the total number
    in the checkpoint is, once the trainer knows its own; if `max_steps` is that number, nothing is.
    """
    if schedule is None or not schedule.is_laid_out:
        return
    laid_over = _ENDS
    if schedule.interval == "epoch":
        laid_over = ("trainer.max_epochs",)
    elif new["trainer"].get("max_steps") == record["total_steps"]:
        laid_over = ()
    if longer := [key for key in differing if key in laid_over]:
        raise MusicGenreError(
            f"{source} was written with other settings of {', '.join(longer)}, and the schedule of its learning rate "
            "depends on these: give the same settings, or train from scratch."
        )


def differing_settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the dotted keys that differ between two configs, with both values; those that say where do not count.

    Example:
        >>> differing_settings({"seed": 1, "optimizer": {"lr": 0.1}}, {"seed": 1, "optimizer": {"lr": 0.2}})
        {'optimizer.lr': (0.1, 0.2)}
    """
    one, other = (flat(what_counts(config)) for config in (old, new))
    keys = sorted({*one, *other})
    return {key: (one.get(key), other.get(key)) for key in keys if one.get(key) != other.get(key)}
