"""A search in place of a grid: Optuna proposes the values of each job, based on the results of earlier ones.

hydra/sweeper=optuna optimizer.lr=tag(log,interval(1e-5,1e-2))
  -> ask Optuna for values -> run a job of the sweep, with any launcher -> tell it the job's monitored value -> ...
"""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.utils import JobReturn, JobStatus
from hydra.errors import HydraException
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from musicgenre.cli.beforehand import command_of, shared_fault
from musicgenre.cli.hints import explain_option
from musicgenre.cli.launcher import job_subdir, launch_all, make_launcher
from musicgenre.cli.search_space import refuse_what_is_for_a_grid, require_whole, search_space
from musicgenre.cli.sweep import begun, dead_jobs
from musicgenre.errors import MusicGenreError
from musicgenre.runs.identity import asked_for
from musicgenre.runs.owner import locked
from musicgenre.runs.search import (
    Direction,
    open_study,
    require_no_password,
    require_same_settings,
    require_same_space,
    search_figures,
)
from musicgenre.runs.trials import Trials, overrides_of, tell
from musicgenre.words import counted

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.distributions import BaseDistribution
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler

log = logging.getLogger(__name__)


class OptunaSweeper(Sweeper):
    """A Hydra sweeper over an Optuna study; `conf/hydra/sweeper/optuna.yaml` has the settings.

    Args:
        n_trials: Total number of jobs, including those finished in earlier starts of the study.
        n_jobs: Number of jobs that the launcher is given at a time.
        storage: Where the study is stored: a file, or a database URL that Optuna knows.
        study_name: Name of the study in the storage.
        mode: min or max: whether the lowest or the highest monitored value is best.
        sampler: Proposes values.
        pruner: Ends unpromising jobs early; None lets all of them finish.
        params: Values and ranges by key; the command line takes precedence.
    """

    __module__ = "hydra_plugins.musicgenre"  # the name by which Hydra finds it there

    def __init__(
        self,
        n_trials: int,
        n_jobs: int,
        storage: str,
        study_name: str,
        mode: str,
        sampler: "BaseSampler",
        pruner: "BasePruner | None",
        params: DictConfig | None,
    ) -> None:
        self.n_trials, self.n_jobs = n_trials, n_jobs
        self.storage = storage if "://" in storage else str(Path(storage).absolute())
        self.study_name = study_name
        self.direction: Direction = "maximize" if mode == "max" else "minimize"
        self.sampler, self.pruner, self.params = sampler, pruner, params
        self.config: DictConfig | None = None
        self.launcher: Launcher | None = None
        self.command = ""

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Make the launcher."""
        self.config, self.hydra_context = config, hydra_context
        self.command = command_of(task_function)
        self.launcher = make_launcher(hydra_context, task_function, config)

    def sweep(self, arguments: list[str]) -> None:
        """Run trials until the study has enough, after waiting for any other search in the folder.

        Raises:
            MusicGenreError: There is nothing to search, the command has no value, or the study cannot be opened.
        """
        assert self.config is not None
        _require_training(self.command)
        require_no_password(self.storage)
        folder = Path(str(self.config.hydra.sweep.dir))

        def busy() -> None:
            log.warning(
                "Another process is searching in %s: waiting for it to end. Ctrl-C stops waiting. To have two search "
                "at once on one study, give each its own hydra.sweep.dir and both the same hydra.sweeper.storage.",
                folder,
                extra={"of_job": True},
            )

        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder, busy):
            self._sweep(arguments, folder)

    def _sweep(self, arguments: list[str], folder: Path) -> None:
        from optuna.trial import TrialState

        assert self.config is not None and self.hydra_context is not None
        OmegaConf.save(self.config, folder / "multirun.yaml")
        space, fixed = self._searched(arguments)
        study = open_study(self.storage, self.study_name, self.direction, sampler=self.sampler, pruner=self.pruner)
        require_same_space(study, space, self.storage)
        monitored = str(OmegaConf.select(self.config, "monitor", default="value"))
        require_same_settings(study, [*sorted(asked_for(fixed)), f"monitor={monitored}"], self.storage)
        trials = Trials(study, folder, Path(self.storage).parent, self.n_trials, self.n_jobs)
        if begun:
            begun[-1] = replace(begun[-1], jobs=self.n_trials)
        while taken := trials.take():
            overrides = [[*fixed, *_proposed(trial, space), self._reporting(trial)] for trial in taken]
            try:
                returns = self._launch(overrides, taken[0].number, folder)
            except BaseException:
                trials.give_back(taken)
                raise
            for trial, returned in zip(taken, returns, strict=True) if returns else ():
                if isinstance(lost := returned._return_value, BaseException):  # it is tried again
                    log.warning("Job %d lost its process: %s", trial.number + 1, str(lost).strip().partition("\n")[0])
                else:
                    tell(study, trial, _value(returned))
        if not study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
            log.warning("No job of the search produced a %s: there is no best one.", monitored, extra={"of_job": True})
        else:
            search_figures(study, folder, monitored)
            _say_best(study, monitored)
            job = [*fixed, *overrides_of(study.best_trial.params)]
            if begun and (of_best := trials.search_of(study.best_trial)) is not None:
                loader, number = self.hydra_context.config_loader, study.best_trial.number
                begun[-1] = replace(begun[-1], best=of_best / job_subdir(loader, self.config, number, job))

    def _searched(self, arguments: list[str]) -> "tuple[dict[str, BaseDistribution], list[str]]":
        """Return the search space by key, and the overrides shared by all jobs."""
        assert self.config is not None and self.hydra_context is not None
        parser = OverridesParser.create(config_loader=self.hydra_context.config_loader)
        params = [f"{key!s}={value}" for key, value in (self.params or {}).items()]
        space, fixed = search_space([*params, *arguments], parser)
        refuse_what_is_for_a_grid(space, fixed, OmegaConf.select(self.config, "sweep.leave_out"))
        if not space:
            raise MusicGenreError(
                "There is nothing to search: give ranges or choices, such as "
                "'optimizer.lr=tag(log,interval(1e-5,1e-2))' or optimizer=adam,sgd."
            )
        self._require_options(space)
        require_whole(space, self.command)
        self._require_possible(space, fixed)
        return space, fixed

    def _require_possible(self, space: "Mapping[str, BaseDistribution]", fixed: Sequence[str]) -> None:
        """Refuse a search whose jobs are refused for one reason, with the defaults and with all that may be proposed.

        Every choice and end of a range is tried once, with the first ones of the other keys.
        """
        assert self.config is not None and self.hydra_context is not None
        tried = {key: _extremes(each) for key, each in space.items()}
        first = {key: values[0] for key, values in tried.items()}
        others = [{**first, key: value} for key, values in tried.items() for value in values[1:]]
        load, fault = self.hydra_context.config_loader.load_sweep_config, ""
        with suppress(HydraException):  # settings that go with only some of what is proposed
            jobs = (load(self.config, [*fixed, *overrides_of(values)]) for values in ({}, first, *others))
            fault = shared_fault(jobs, self.command)
        if fault:
            raise MusicGenreError(fault)

    def _require_options(self, space: "Mapping[str, BaseDistribution]") -> None:
        """Make sure, before the first job, that each option that may be proposed exists."""
        assert self.hydra_context is not None
        for key, distribution in space.items():
            options = self.hydra_context.config_loader.get_group_options(key)
            for choice in getattr(distribution, "choices", ()) if options else ():
                if re.fullmatch(r"[\w-]+", choice) and choice not in options:
                    raise MusicGenreError(explain_option(key, choice, options))

    def _launch(self, jobs: Sequence[Sequence[str]], first: int, folder: Path) -> Sequence[JobReturn]:
        """Launch jobs and return their results, or nothing if one of them ended the process that it ran in."""
        assert self.launcher is not None
        before = dead_jobs(folder)
        try:
            return launch_all(self.launcher, jobs, first)
        except Exception as error:
            dead = {job: owner for job, owner in dead_jobs(folder).items() if before.get(job) != owner}
            if isinstance(error, MusicGenreError) or not dead:
                raise
            log.debug("Where it happened:", exc_info=error)  # hydra.verbose=true
            for job, owner in dead.items():
                log.warning("%s: %s ended without a message in this job.", job, owner)
            return []

    def _reporting(self, trial: "Trial") -> str:
        """Return the override that makes a job report its epochs, and end if a pruner says so."""
        assert self.config is not None
        pruner = self.config.hydra.sweeper.pruner
        callback = {
            "_target_": "musicgenre.training.pruning.Pruning",
            "storage": self.storage,
            "study_name": self.study_name,
            "trial": trial.number,
            "pruner": pruner and OmegaConf.to_container(pruner, resolve=True),
        }
        written = _written(callback)
        return f"+callbacks.pruning={written[:-1]},monitor:${{monitor}}}}"


def _require_training(command: str) -> None:
    """Make sure that the jobs come to a value to search by, which of our commands only training a classifier does.

    Args:
        command: The command, whatever the primary config is called; empty for another program's.
    """
    if command not in ("", "train"):
        raise MusicGenreError(
            f"A search needs jobs that return a value, and those of musicgenre {command} return none: search with "
            "musicgenre train, or leave out hydra/sweeper=optuna (or hparams_search) to run every combination."
        )


def _written(value: object) -> str:
    """Return plain values in the syntax of overrides."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{_written(each)}" for key, each in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ",".join(map(_written, value)) + "]"
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return json.dumps(value)


def _proposed(trial: "Trial", space: "Mapping[str, BaseDistribution]") -> list[str]:
    return overrides_of({key: trial._suggest(key, distribution) for key, distribution in space.items()})


def _extremes(distribution: "BaseDistribution") -> list[Any]:
    """Return all choices, or the ends of a range."""
    choices = getattr(distribution, "choices", None)
    return [*choices] if choices else [getattr(distribution, end) for end in ("high", "low")]


def _value(returned: JobReturn) -> float | None:
    """Return a job's result; None if it failed, which is listed at the end of the sweep."""
    value = returned.return_value if returned.status == JobStatus.COMPLETED else None
    return float(value) if isinstance(value, float | int) else None


def _say_best(study: "Study", monitored: str) -> None:
    from optuna.trial import TrialState

    best = study.best_trial
    counts = {state: len(study.get_trials(deepcopy=False, states=(state,))) for state in TrialState}
    log.info(
        "Best of %s (%d pruned, %d failed): job %d with %s, %s %.4g.",
        counted(sum(count for state, count in counts.items() if state.is_finished()), "job"),
        counts[TrialState.PRUNED],
        counts[TrialState.FAIL],
        best.number + 1,
        " ".join(overrides_of(best.params)),
        monitored,
        best.value,
        extra={"of_job": True},
    )
