"""What the screen shows of a sweep: which job runs, what each came to, a closing table, what to type next."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Glob, IntervalSweep, Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf

from musicgenre.cli.compose import make_hydra
from musicgenre.errors import MusicGenreError
from musicgenre.files import below
from musicgenre.runs.failed import Failed
from musicgenre.runs.owner import MARK, Owner, ended_without_word
from musicgenre.runs.read import read_metrics

log = logging.getLogger(__name__)

EVERY_FOLD = "split.fold=all"  # what stands for a job a fold
_SHARING = ("BasicLauncher", "JoblibLauncher")  # they run several jobs in one process
_OF_JOB = {"of_job": True}  # shown, where a sweep's screen leaves out what a job says of itself


@dataclass(frozen=True)
class Sweep:
    """A sweep that was begun.

    Attributes:
        folder: Of the sweep.
        keys: What is swept.
        jobs: How many there are; None where that is not known before the end.
        grid: Whether every combination is run: a search proposes each job once, by what came before.
        apart: Whether the launcher gives each job a process of its own, as on a cluster: all are begun whatever one of
            them does.
        failed: Jobs of its folder that had failed before.
        dead: Jobs of its folder whose process had ended without a word.
    """

    folder: Path
    keys: tuple[str, ...]
    jobs: int | None
    grid: bool = True
    apart: bool = False
    failed: Mapping[Path, Failed] = field(default_factory=dict)
    dead: Mapping[Path, Owner] = field(default_factory=dict)


begun: list[Sweep] = []  # noted where Hydra tells of it, in a callback of its own making


@dataclass
class Jobs:
    """The jobs of a sweep, as this process runs them.

    Attributes:
        seconds: What each one took that was run here, and was not complete already.
    """

    seconds: list[float] = field(default_factory=list)

    def run(self, job: Callable[[], float | None]) -> float | None:
        """Run a job, and say before it which it is and after it what it came to."""
        folder = Path(str(HydraConfig.get().runtime.output_dir))
        number, total = int(HydraConfig.get().job.num) + 1, begun[-1].jobs if begun else None
        if total and number > total:  # in place of a search's failed one
            total = None
        which = f"Job {number} of {total}" if total else f"Job {number}"
        log.info("%s: %s%s", which, folder.name, self._left(total, number), extra=_OF_JOB)
        from musicgenre.progress import duration  # which loads rich

        complete, start = (folder / "metrics.json").exists(), time.monotonic()
        found = job()
        took = time.monotonic() - start
        if complete:
            log.info("%s was complete already%s", which, _came_to(folder), extra=_OF_JOB)
        else:
            self.seconds.append(took)
            log.info("%s done in %s%s", which, duration(took), _came_to(folder), extra=_OF_JOB)
        return found

    def _left(self, total: int | None, number: int) -> str:
        """Return the time that what is left may take, as long as the mean of those before."""
        if not self.seconds or not total:
            return ""
        from musicgenre.progress import duration

        left = (total - number + 1) * sum(self.seconds) / len(self.seconds)
        return f" (about {duration(left)} left)"


def dead_jobs(sweep: Path) -> dict[Path, Owner]:
    """Return the jobs below a folder whose process ended without a word, by their folders, absolute."""
    marked = sorted(path.parent for path in below(sweep.absolute()) if path.name == MARK)
    owners = {folder: ended_without_word(folder) for folder in marked}
    return {folder: owner for folder, owner in owners.items() if owner is not None}


def require_values(overrides: Iterable[Override]) -> None:
    """Make sure that each override that may name several values names one at least.

    Raises:
        MusicGenreError: One names none: a pattern that no option of the group fits, or of a key that is no group, an
            empty range; or a pattern stands in a list, where it would be the name of an option.

    Example:
        >>> require_values([OverridesParser.create().parse_override("seed=range(3,3)")])
        Traceback (most recent call last):
        musicgenre.errors.MusicGenreError: seed=range(3,3) names no value: give one that is not empty.
    """
    for each in overrides:
        value = each.value()
        if isinstance(value, ChoiceSweep) and any(isinstance(one, Glob) for one in value.list):
            raise MusicGenreError(f"{each.input_line} has a pattern beside others: write glob([A*,B]) for several.")
        if not each.is_sweep_override() or isinstance(value, IntervalSweep) or [*each.sweep_string_iterator()]:
            continue
        what = _no_option(each, value) if isinstance(value, Glob) else "names no value: give one that is not empty"
        raise MusicGenreError(f"{each.input_line} {what}.")


def _no_option(override: Override, pattern: Glob) -> str:
    """Say why a pattern names nothing: no option of its group fits, or its key is no group."""
    key = override.get_key_element().lstrip("+")
    if override.config_loader is not None and override.config_loader.get_group_options(key):
        return f"names no option of {key}: musicgenre list {key} shows them"
    paths = " ".join(pattern.include)
    return (
        f"has a pattern, which is for options of groups: give the values with commas between them, for paths "
        f"\"{key}=$(printf \"'%s',\" {paths} | sed 's/,$//')\""
    )


def is_grid(config: DictConfig) -> bool:
    """Return whether a sweep runs every combination, as Hydra's own sweeper and ours over it do."""
    return str(config.hydra.sweeper.get("_target_", "")).endswith(("BasicSweeper", "GridSweeper"))


def runs_apart(config: DictConfig) -> bool:
    """Return whether a sweep's launcher gives each job a process of its own, as those of clusters do."""
    return not str(config.hydra.launcher.get("_target_", "")).endswith(_SHARING)


def count_jobs(config: DictConfig) -> int | None:
    """Return how many jobs a sweep has: every combination, or as many as a search makes; None where nobody knows."""
    sweeper = config.hydra.sweeper
    if not is_grid(config):
        trials = sweeper.get("n_trials")
        return int(trials) if isinstance(trials, int) else None
    typed: Any = OmegaConf.to_container(config.hydra.overrides.task, resolve=False)
    params = [f"{key!s}={value}" for key, value in (sweeper.get("params") or {}).items()]
    parser = OverridesParser.create(config_loader=make_hydra().config_loader)
    try:
        parsed = parser.parse_overrides([*params, *typed])
        last = {each.get_key_element(): each for each in parsed}  # what is typed takes the place of the config's
        return prod(len(list(each.sweep_string_iterator())) for each in last.values() if each.is_sweep_override())
    except HydraException:  # Hydra says what it cannot read, where it reads it
        return None


def _came_to(folder: Path) -> str:
    """Return a job's accuracies, to end a line with; nothing where it has none."""
    try:
        metrics = read_metrics(folder / "metrics.json")
    except MusicGenreError:
        return "."
    shares = {word: metrics.get(f"{split}/track/accuracy") for split, word in (("val", "validation"), ("test", "test"))}
    found = [f"{word} {100 * share:.1f} %" for word, share in shares.items() if isinstance(share, float)]
    return f": {', '.join(found)}{' LEAK' if metrics.get('leak') else ''}." if found else "."
