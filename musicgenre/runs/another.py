"""What tells the run in a folder from the one asked for there: the settings typed for each, or what else does."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from musicgenre.runs.identity import OTHER_RUNS, flat, override_key, says_where, settings_that_count, value_of
from musicgenre.runs.job import Job
from musicgenre.runs.read import read_overrides, read_yaml

_BY_CONTENT = "split.file"  # its path does not count


def other_settings(config: Path, overrides: Path, job: Job) -> str:
    """Return how the settings typed for an earlier run differ from those of a job; empty if all that count are equal.

    Args:
        config: The earlier run's config file.
        overrides: Its file with what was typed.
        job: The run asked for.
    """
    if _counted(_mapping(read_yaml(config))) == _counted(job.config):
        return ""
    then, now = _typed(read_overrides(overrides)), _typed(job.overrides)
    same = set(then) == set(now)
    return "with the same settings typed, but other configs or defaults" if same else contrast(then, now, "run")


def _counted(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings that count, as texts: of those that may be counts or shares, 1 is not 1.0."""
    settings = flat(settings_that_count(config))
    return {key: repr(value) for key, value in settings.items() if key != _BY_CONTENT}


def _typed(overrides: Sequence[str]) -> list[str]:
    """Return what was typed, without what says where; of a key that was typed twice the last, as Hydra takes it."""
    texts = [text.lstrip("+") for text in overrides if not says_where(override_key(text))]
    return [*{text.partition("=")[0]: text for text in texts}.values()]


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


def _mapping(value: object) -> Mapping[str, Any]:
    """Return what was read from a file that may have been edited, if it is what a run writes."""
    return value if isinstance(value, Mapping) else {}
