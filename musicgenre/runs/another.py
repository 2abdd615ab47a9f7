"""What tells the run in a folder from the one that was asked for there: the settings that count, or what else does."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from musicgenre.errors import MusicGenreError
from musicgenre.runs.identity import OTHER_RUNS, flat, settings_that_count, value_of
from musicgenre.runs.job import Job
from musicgenre.runs.read import read_yaml

_MOST = 4  # settings that are named
_BY_CONTENT = "split.file"  # its path does not count
_NAMES_ALL = "experiment"  # a group whose options set keys of all others

Choices = Mapping[str, Any]


def other_settings(config: Path, hydra: Path, job: Job) -> str:
    """Return how the settings of an earlier run differ from those of a job; empty if none that counts does.

    Args:
        config: The earlier run's config file.
        hydra: Its file with the options that were chosen, whose values then need no names.
        job: The run asked for.
    """
    chosen: Choices = {}
    with suppress(MusicGenreError):
        chosen = _mapping(value_of(read_yaml(hydra), "hydra.runtime.choices", {}))
    return differing(_mapping(read_yaml(config)), job.config, (chosen, job.choices))


def differing(then: Mapping[str, Any], now: Mapping[str, Any], chosen: tuple[Choices, Choices] = ({}, {})) -> str:
    """Return how the settings that count in one config differ from those in another; empty if none does.

    Args:
        then: The earlier config.
        now: The new one.
        chosen: The option of each group in both; one that differs stands for the keys below it.

    Example:
        >>> before, after = ({"lr": lr, "data": {"root": str(lr)}} for lr in (1, 2))
        >>> differing(before, after), differing(before, before | {"figures": False})
        ('with lr=1, but this run sets lr=2', '')
    """
    old, new = (flat(settings_that_count(config)) for config in (then, now))
    keys = [key for key in {**old, **new} if key != _BY_CONTENT and _text(old, key) != _text(new, key)]
    if not keys:
        return ""
    before, after = chosen
    found = dict.fromkeys(_group(key, before, after) or key for key in keys)
    if before.get(_NAMES_ALL) != after.get(_NAMES_ALL):
        found = {_NAMES_ALL: None, **found}
    named, more = list(found)[:_MOST], len(found) - _MOST
    said = contrast(_texts({**old, **before}, named), _texts({**new, **after}, named), "run")
    return f"{said} (and {more} more)" if more > 0 else said


def contrast(then: Sequence[str], now: Sequence[str], what: str) -> str:
    """Return how earlier settings differ from new ones, to end a clause with.

    Args:
        then: The earlier settings, as typed.
        now: The new ones.
        what: What has the new ones.

    Example:
        >>> contrast(["seed=1", "mode=min"], ["mode=min"], "search")
        'with seed=1, which this search does not set'
    """
    earlier, new = (
        " ".join(each for each in some if each not in others) for some, others in ((then, now), (now, then))
    )
    if not new:
        return f"with {earlier}, which this {what} does not set"
    if not earlier:
        return f"without {new}, which this {what} sets"
    return f"with {earlier}, but this {what} sets {new}"


def other_reasons(config: Path, job: Job, beyond: Sequence[str]) -> str:
    """Return what may tell a job from an earlier run with the same settings.

    Args:
        config: The earlier run's config file.
        job: The run asked for.
        beyond: What does, such as "other data", besides the content of other runs and the number of processes.
    """
    found = [*beyond, *(f"another run in {key}" for key in OTHER_RUNS if job.value(key) is not None)]
    if any(value_of(each, "trainer.devices", 1) != 1 for each in (_mapping(read_yaml(config)), job.config)):
        found.append("another number of processes")
    return " or ".join(filter(None, [", ".join(found[:-1]), found[-1]]))


def _group(key: str, before: Choices, after: Choices) -> str:
    """Return the group that a key belongs to, if another option of it is chosen."""
    group = key.partition(".")[0]
    return group if group in before and group in after and before[group] != after[group] else ""


def _text(values: Mapping[str, Any], key: str) -> str | None:
    """Return a value as it is typed; None if there is no such key."""
    if key not in values:
        return None
    value = values[key]
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), default=str)


def _texts(values: Mapping[str, Any], keys: Sequence[str]) -> list[str]:
    """Return the settings of some keys, those that are there, as they are typed."""
    return [f"{key}={_text(values, key)}" for key in keys if key in values]


def _mapping(value: object) -> Mapping[str, Any]:
    """Return what was read from a file that may have been edited, if it is what a run writes."""
    return value if isinstance(value, Mapping) else {}
