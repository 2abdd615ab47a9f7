"""The sweep over every combination: Hydra's own, with a job for each fold and without jobs that make no sense.

optimizer=adam,sgd split.fold=all sweep.leave_out="optimizer=sgd features=mfcc"
  -> every combination -> each fold of each -> without those that a condition leaves out -> without experiments that
  the data is not enough for -> the launcher
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from musicgenre.cli.beforehand import command_of, shared_fault
from musicgenre.cli.checks import check_mappings, check_missing
from musicgenre.cli.conditions import read_conditions, require_known, unmet
from musicgenre.cli.honest import split_by_artist
from musicgenre.cli.launcher import LostJobError, job_subdir, launch_all, make_launcher, require_done
from musicgenre.cli.sweep import EVERY_FOLD, begun, require_values
from musicgenre.errors import MusicGenreError
from musicgenre.runs.failed import note_failure, read_failure
from musicgenre.runs.identity import REPEATED, number_text, override_key
from musicgenre.runs.owner import ended_without_word
from musicgenre.words import counted

log = logging.getLogger(__name__)

_SYSTEM = "experiment"
_SEARCH = "hparams_search"
_OF_DATA = ("data", "sample_rate", "features", "segments", "model")  # keys by which a system may refuse some data
_OF_JOB = {"of_job": True}  # shown even on a sweep's screen, which hides most of a job's log

Job = list[str]  # the job's overrides


class GridSweeper(Sweeper):
    """A Hydra sweeper over every combination; `conf/hydra/sweeper/grid.yaml` has the settings.

    Args:
        max_batch_size: Number of jobs that the launcher is given at a time; None for all.
        params: Values by key; the command line takes precedence.
    """

    __module__ = "hydra_plugins.musicgenre"  # the name by which Hydra finds it there

    def __init__(self, max_batch_size: int | None, params: DictConfig | None = None) -> None:
        self.max_batch_size, self.params = max_batch_size, params
        self.config: DictConfig | None = None
        self.hydra_context: HydraContext | None = None
        self.launcher: Launcher | None = None
        self.command = ""
        self._composed: dict[tuple[str, ...], DictConfig] = {}

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Make the launcher."""
        self.config, self.hydra_context = config, hydra_context
        self.command = command_of(task_function)
        self.launcher = make_launcher(hydra_context, task_function, config)

    def sweep(self, arguments: list[str]) -> None:
        """Launch every job.

        Raises:
            MusicGenreError: A condition cannot be read, or nothing is left.
        """
        assert self.config is not None and self.launcher is not None
        jobs = self.jobs(arguments)
        if begun:
            begun[-1] = replace(begun[-1], jobs=len(jobs))
        folder = Path(str(self.config.hydra.sweep.dir))
        folder.mkdir(parents=True, exist_ok=True)
        OmegaConf.save(self.config, folder / "multirun.yaml")
        size = self.max_batch_size or len(jobs) or 1
        firsts = range(0, len(jobs), size)
        ended = [launch_all(self.launcher, jobs[first : first + size], first) for first in firsts]
        for number, (job, done) in enumerate(zip(jobs, chain.from_iterable(ended), strict=True)):
            if isinstance(done._return_value, LostJobError):
                self._note_lost(number, job, done._return_value)
            else:
                require_done(done)

    def jobs(self, arguments: Sequence[str]) -> list[Job]:
        """Return the overrides of every job, after checking that all can be composed.

        Raises:
            MusicGenreError: A condition cannot be read, or nothing is left.
        """
        params = [f"{key!s}={value}" for key, value in (self.params or {}).items()]
        overrides = self._parser.parse_overrides([*params, *arguments])
        [jobs] = BasicSweeper.split_arguments(overrides, None)
        require_values(overrides)
        assert self.config is not None
        jobs = [split_by_artist(str(self.config.hydra.job.config_name), job) for job in jobs]
        jobs = _once(self._by_fold(jobs))
        if any(_value(job, _SEARCH) not in ("", "null") for job in jobs):
            raise MusicGenreError(f"A sweep runs one search: choose one option of {_SEARCH}.")
        jobs = self._left_by_conditions(jobs)
        jobs = self._with_their_data(jobs)
        self._require_one_possible(jobs)
        self._composed.clear()
        self._require_folders(jobs)
        return jobs

    def _require_one_possible(self, jobs: Sequence[Job]) -> None:
        """Compose all jobs, and refuse a sweep whose jobs are all refused for one reason."""
        for job in jobs:
            self._config(job, REPEATED)
        for whatever in (REPEATED, ()):  # those that differ in these only are composed one by one if the others fail
            if not (fault := shared_fault((self._config(job, whatever) for job in jobs), self.command)):
                return
        raise MusicGenreError(fault)

    def _require_folders(self, jobs: Sequence[Job]) -> None:
        """Make sure that each job has its own folder, if the user sets their names."""
        assert self.hydra_context is not None and self.config is not None
        written = OmegaConf.to_container(self.config.hydra.sweep, resolve=False)
        if not isinstance(written, dict) or "${job_name:" in (subdir := str(written["subdir"])):
            return
        names = dict[str, Job]()
        for number, job in enumerate(jobs):
            if (name := self._subdir(number, job)) in names:
                key = override_key(min({*job} - {*names[name]}))
                groups = self._config(job).hydra.runtime.choices
                written = f"${{hydra:runtime.choices.{key}}}" if key in groups else f"${{{key}}}"
                raise MusicGenreError(
                    f"hydra.sweep.subdir={subdir} gives several jobs the folder {name}: put every swept setting in it, "
                    f"{written} too, or leave it out."
                )
            names[name] = job

    def _subdir(self, number: int, job: Job) -> str:
        assert self.hydra_context is not None and self.config is not None
        return job_subdir(self.hydra_context.config_loader, self.config, number, job)

    def _note_lost(self, number: int, job: Job, error: LostJobError) -> None:
        """Record that a job's process is gone, unless the job has left a record itself."""
        assert self.config is not None
        folder = (Path(str(self.config.hydra.sweep.dir)) / self._subdir(number, job)).absolute()
        before = begun[0].failed.get(folder) if begun else None
        if read_failure(folder) in (None, before) and not ended_without_word(folder):
            log.debug("Where it happened:", exc_info=error)  # hydra.verbose=true
            note_failure(folder, " ".join(job), str(error))

    def _by_fold(self, jobs: list[Job]) -> list[Job]:
        """Replace each job for all folds by one job per fold."""
        found = []
        for job in jobs:
            folds = int(self._config(job, REPEATED[:1]).split.folds) if EVERY_FOLD in job else 0
            found += [[_fold(text, fold) for text in job] for fold in range(folds)] if folds else [job]
        return found

    def _left_by_conditions(self, jobs: list[Job]) -> list[Job]:
        """Leave out jobs by the conditions of `sweep.leave_out`, and log how many each of them leaves out."""
        assert self.config is not None
        conditions = read_conditions(OmegaConf.select(self.config, "sweep.leave_out"), self._parser)
        if not conditions:
            return jobs
        assert self.hydra_context is not None
        configs = [self._config(job) for job in jobs]
        require_known(conditions, configs, self.hydra_context.config_loader.get_group_options)
        left_out = dict.fromkeys((condition.text for condition in conditions), 0)
        kept = []
        for job, config in zip(jobs, configs, strict=True):
            found = next((each for each in conditions if each.holds(config)), None)
            if found is None:
                kept.append(job)
            else:
                left_out[found.text] += 1
        log.info("Left out by sweep.leave_out, %d of %d combinations:", len(jobs) - len(kept), len(jobs))
        for text, count in left_out.items():
            log.info("  %d by %s", count, text)
        for condition in conditions:
            if reason := unmet(condition, configs):
                log.warning("sweep.leave_out=%s leaves nothing out: %s.", condition.text, reason)
        if not kept:
            raise MusicGenreError("sweep.leave_out leaves nothing of the sweep: remove a condition.")
        return kept

    def _with_their_data(self, jobs: list[Job]) -> list[Job]:
        """Leave out experiments that the data is not enough for, if it is for others; log the reason."""
        if len({text for job in jobs for text in job if override_key(text) == _SYSTEM}) < 2:
            return jobs
        reasons = self._reasons(jobs)
        possible = defaultdict[tuple[str, ...], bool](bool)  # for any experiment, by the jobs' other settings
        for job, reason in zip(jobs, reasons, strict=True):
            possible[_without(job, (_SYSTEM, *REPEATED))] |= not reason
        kept, said = [], defaultdict[str, dict[str, None]](dict)
        for job, reason in zip(jobs, reasons, strict=True):
            if reason and possible[_without(job, (_SYSTEM, *REPEATED))]:
                said[reason][_value(job, _SYSTEM)] = None
            else:
                kept.append(job)
        if said:
            log.info(
                "Left out, %s that this data does not allow:", counted(len(jobs) - len(kept), "job"), extra=_OF_JOB
            )
        for reason, systems in said.items():
            log.info("  %s: %s", ", ".join(systems), reason, extra=_OF_JOB)
        return kept

    def _reasons(self, jobs: Sequence[Job]) -> list[str]:
        """Return why each job is impossible; empty if it is possible."""
        from musicgenre.training.possible import Possible  # which loads torch

        why_not, known = Possible().why_not, dict[tuple[str, ...], str]()
        for job in jobs:
            key = _without(job, REPEATED)
            if key not in known:
                known[key] = _reason(self._config(job, REPEATED), why_not)
        return [known[_without(job, REPEATED)] for job in jobs]

    @cached_property
    def _parser(self) -> OverridesParser:
        assert self.hydra_context is not None
        return OverridesParser.create(config_loader=self.hydra_context.config_loader)

    def _config(self, job: Job, whatever: Sequence[str] = ()) -> DictConfig:
        """Compose the config of a job, or reuse that of one that differs only in keys that do not matter here."""
        assert self.hydra_context is not None and self.config is not None
        key = _without(job, whatever)
        if key not in self._composed:
            self._composed[key] = self.hydra_context.config_loader.load_sweep_config(self.config, job)
        return self._composed[key]


def _once(jobs: list[Job]) -> list[Job]:
    """Keep one of several equal jobs, as from `seed=1,1` or `seed=1,1.0`, and log how many are dropped."""
    first = dict[tuple[str, ...], Job]()
    for job in jobs:
        first.setdefault(tuple(map(_as_one_writes, job)), list(job))
    kept = list(first.values())
    if len(kept) < len(jobs):
        log.info("Left out, as they repeat others: %d of %d combinations.", len(jobs) - len(kept), len(jobs))
    return kept


def _as_one_writes(text: str) -> str:
    """Return an override with its number, if it is one, written in one way."""
    key, equals, value = text.partition("=")
    return f"{key}{equals}{number_text(value, key)}"


def _reason(config: DictConfig, why_not: Callable[[Any], str]) -> str:
    plain = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
    if not set(_OF_DATA) <= set(plain):
        return ""
    try:
        check_mappings(plain)
        check_missing(plain)
        read = {key: config[key] for key in _OF_DATA}  # resolved from the whole config
        return why_not({key: _plain(value) for key, value in read.items()})
    except MusicGenreError as error:
        return str(error)
    except OmegaConfBaseException:  # values known only in the job, such as ${hydra:runtime.output_dir}
        return ""


def _plain(value: Any) -> Any:  # noqa: ANN401  # of any kind
    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value


def _fold(text: str, fold: int) -> str:
    return f"split.fold={fold}" if text == EVERY_FOLD else text


def _without(job: Sequence[str], keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(text for text in job if override_key(text) not in keys)


def _value(job: Job, key: str) -> str:
    return next((text.partition("=")[2] for text in job if override_key(text) == key), "")
