"""A sweep and its jobs: which job runs, what its result is, and which jobs failed or crashed."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.types import ChoiceSweep, Glob, IntervalSweep, Override
from omegaconf import DictConfig

from musicgenre.errors import MusicGenreError
from musicgenre.files import below
from musicgenre.runs.failed import Failed
from musicgenre.runs.owner import MARK, Owner, ended_without_word
from musicgenre.runs.read import read_metrics

log = logging.getLogger(__name__)

EVERY_FOLD = "split.fold=all"  # stands for one job per fold
_SHARING = ("BasicLauncher", "JoblibLauncher")  # launchers that run several jobs in one process
_OF_JOB = {"of_job": True}  # shown even on a sweep's screen, which hides most of a job's log


@dataclass(frozen=True)
class Sweep:
    """A sweep that has begun.

    Attributes:
        folder: The sweep's folder.
        keys: The swept keys.
        jobs: Number of jobs; None if the sweeper does not say.
        grid: Whether every combination is run; a search proposes each job once, based on earlier ones.
        apart: Whether the launcher gives each job its own process, as on a cluster, so that all jobs begin whatever one
            of them does.
        failed: Jobs in its folder that had failed before.
        dead: Jobs in its folder whose process had ended unexpectedly before.
        best: The folder of a search's best job; None if it has none, or is not over.
    """

    folder: Path
    keys: tuple[str, ...]
    jobs: int | None
    grid: bool = True
    apart: bool = False
    failed: Mapping[Path, Failed] = field(default_factory=dict)
    dead: Mapping[Path, Owner] = field(default_factory=dict)
    best: Path | None = None


begun: list[Sweep] = []  # filled by a callback, which Hydra makes itself
until_end = ExitStack()  # what holds until the command's end once a sweep has begun: how signals end it


@dataclass
class Jobs:
    """The jobs of a sweep that this process runs.

    Attributes:
        seconds: Time of each job that was run here and was not complete before.
    """

    seconds: list[float] = field(default_factory=list)

    def run(self, job: Callable[[Callable[[], None]], float | None]) -> float | None:
        """Run a job; log its number and name before it, and its result after it.

        Args:
            job: Calls what it is given once no other process writes its folder: only then does its time begin, and it
                is known whether it was complete.
        """
        folder = Path(str(HydraConfig.get().runtime.output_dir))
        number, total = int(HydraConfig.get().job.num) + 1, begun[-1].jobs if begun else None
        if total and number > total:  # replaces a failed job of a search
            total = None
        which = f"Job {number} of {total}" if total else f"Job {number}"
        log.info("%s: %s%s", which, folder.name, self._left(total, number), extra=_OF_JOB)
        from musicgenre.progress import duration  # which loads rich

        complete, start = False, time.monotonic()

        def begins() -> None:
            nonlocal complete, start
            complete, start = (folder / "metrics.json").exists(), time.monotonic()

        found = job(begins)
        took = time.monotonic() - start
        if complete:
            log.info("%s was already complete%s", which, _came_to(folder), extra=_OF_JOB)
        else:
            self.seconds.append(took)
            log.info("%s done in %s%s", which, duration(took), _came_to(folder), extra=_OF_JOB)
        return found

    def _left(self, total: int | None, number: int) -> str:
        """Return the time that the remaining jobs may take, by the mean of the earlier ones."""
        if not self.seconds or not total:
            return ""
        from musicgenre.progress import duration

        left = (total - number + 1) * sum(self.seconds) / len(self.seconds)
        return f" (about {f'{left:.0f} s' if left < 60 else duration(left)} left)"


def dead_jobs(sweep: Path) -> dict[Path, Owner]:
    """Return the jobs below a folder whose process ended unexpectedly, by the absolute paths of their folders."""
    marked = sorted(path.parent for path in below(sweep.absolute()) if path.name == MARK)
    owners = {folder: ended_without_word(folder) for folder in marked}
    return {folder: owner for folder, owner in owners.items() if owner is not None}


def require_values(overrides: Iterable[Override]) -> None:
    """Make sure that each override that may give several values gives at least one.

    Raises:
        MusicGenreError: An override gives none: a pattern that matches no option of the group, or for a key that is not
            a group, or an empty range; or a pattern is in a list, where it would be taken for an option's name.

    Example:
        >>> from hydra.core.override_parser.overrides_parser import OverridesParser
        >>> require_values([OverridesParser.create().parse_override("seed=range(3,3)")])
        Traceback (most recent call last):
        musicgenre.errors.MusicGenreError: seed=range(3,3) has no values: give at least one.
    """
    for each in overrides:
        value = each.value()
        if isinstance(value, ChoiceSweep) and any(isinstance(one, Glob) for one in value.list):
            raise MusicGenreError(f"{each.input_line} has a pattern in a list: write glob([A*,B]) for several.")
        if not each.is_sweep_override() or isinstance(value, IntervalSweep) or [*each.sweep_string_iterator()]:
            continue
        what = _no_option(each, value) if isinstance(value, Glob) else "has no values: give at least one"
        raise MusicGenreError(f"{each.input_line} {what}.")


def _no_option(override: Override, pattern: Glob) -> str:
    """Say why a pattern gives no value: it matches no option of its group, or its key is not a group."""
    key = override.get_key_element().lstrip("+")
    if override.config_loader is not None and override.config_loader.get_group_options(key):
        return f"matches no option of {key}: musicgenre list {key} shows them"
    paths = " ".join(pattern.include)
    return (
        f"has a pattern, which only options of groups can have: give the values separated by commas, for paths "
        f"\"{key}=$(printf \"'%s',\" {paths} | sed 's/,$//')\""
    )


def is_grid(config: DictConfig) -> bool:
    """Return whether a sweep runs every combination, as Hydra's own sweeper and our grid do."""
    return str(config.hydra.sweeper.get("_target_", "")).endswith(("BasicSweeper", "GridSweeper"))


def runs_apart(config: DictConfig) -> bool:
    """Return whether a sweep's launcher gives each job its own process, as those of clusters do."""
    return not str(config.hydra.launcher.get("_target_", "")).endswith(_SHARING)


def _came_to(folder: Path) -> str:
    """Return a job's accuracies, to end a log line with; only a full stop if it has none."""
    try:
        metrics = read_metrics(folder / "metrics.json")
    except MusicGenreError:
        return "."
    shares = {word: metrics.get(f"{split}/track/accuracy") for split, word in (("val", "validation"), ("test", "test"))}
    found = [f"{word} {100 * share:.1f} %" for word, share in shares.items() if isinstance(share, float)]
    return f": {', '.join(found)}{' LEAK' if metrics.get('leak') else ''}." if found else "."
