"""The trials of an Optuna study, as a search runs and reports them; several searches may share one study."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musicgenre.runs.identity import is_count_or_share
from musicgenre.runs.owner import is_locked
from musicgenre.runs.search import PRUNED

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial

log = logging.getLogger(__name__)

_FOLDER = "folder"  # attribute of a trial: the folder of the search that runs it
_STARTS = "starts"  # attribute of a trial: for each start, its number of jobs, and the trial's epochs before it
_OF_JOB = {"of_job": True}  # shown even on a sweep's screen, which hides most of a job's log


class Trials:
    """The trials of a study that a search runs while it holds the lock of its folder.

    A job that was killed cannot be told from one that ended its process (`os._exit` in a net, no memory left), so
    either resumes when the search does. It counts as failed after two starts in a row that brought it no epoch, the
    last of which ran it alone.

    Args:
        study: An opened study.
        folder: The search's folder.
        home: The folder of the study's file; folders below it may have moved with it.
        n_trials: Total number of trials, without those that failed in earlier starts of the search.
        n_jobs: Number of trials at a time.
    """

    def __init__(self, study: "Study", folder: Path, home: Path, n_trials: int, n_jobs: int) -> None:
        self.study, self.n_trials, self.n_jobs = study, n_trials, n_jobs
        self._place = folder
        self._folder, self._home = folder.resolve(), home.resolve()
        self._before = self._expected = len(study.get_trials(deepcopy=False))
        if self._before:
            study.sampler.reseed_rng()  # or it would repeat its first proposals

    def take(self) -> "list[Trial]":
        """Return the trials of the next start: those that a kill left, then new ones; none if there are enough.

        Their numbers are consecutive, as those of a start's jobs are.
        """
        from optuna.trial import Trial, TrialState

        left, elsewhere = self._running()
        every = self.study.get_trials(deepcopy=False)
        failed = sum(trial.state == TrialState.FAIL for trial in every[: self._before])  # replaced by new ones
        room = self.n_trials + failed - elsewhere - sum(trial.state.is_finished() for trial in every)
        sure = [trial for trial in left if len(_in_vain(trial)) < 2]
        size = self.n_jobs if sure or not left else 1
        taken = [Trial(self.study, trial._trial_id) for trial in (sure or left)[: max(0, min(size, room))]]
        if not taken or taken[-1].number == len(every) - 1:  # else numbers of other trials come between
            taken += [self._ask() for _ in range(min(size - len(taken), room - len(left)))]
        taken = [trial for place, trial in enumerate(taken) if trial.number == taken[0].number + place]
        every = self.study.get_trials(deepcopy=False)
        for trial in taken:
            self._mark(trial)
            start = len(taken), len(every[trial.number].intermediate_values)
            trial.set_user_attr(_STARTS, [*trial.user_attrs.get(_STARTS, []), start])
        return taken

    def give_back(self, trials: "Sequence[Trial]") -> None:
        """Forget the last start of trials, as it was stopped in an orderly way, such as by Ctrl-C."""
        for trial in trials:
            trial.set_user_attr(_STARTS, trial.user_attrs[_STARTS][:-1])

    def search_of(self, trial: "FrozenTrial") -> Path | None:
        """Return the folder of the search that ran a trial; None if that is not known."""
        if (noted := trial.user_attrs.get(_FOLDER)) is None:
            return None
        return self._place if noted == self._noted() else self._home / noted

    def _running(self) -> "tuple[list[FrozenTrial], int]":
        """Return the trials that a kill left, and the number of other searches' trials; report repeated crashes."""
        from optuna.trial import TrialState

        left, elsewhere = [], 0
        for trial in self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            locked = self._is_locked(trial)
            if locked:
                elsewhere += 1
            elif locked is False and (starts := _in_vain(trial))[1:] and starts[-1] == 1:
                values = " ".join(overrides_of(trial.params))
                log.warning(
                    "Job %d (%s) ended its process again and counts as failed.", trial.number + 1, values, extra=_OF_JOB
                )
                self.study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
            elif locked is False:
                left.append(trial)
        own = self._noted()
        return sorted(left, key=lambda trial: trial.user_attrs.get(_FOLDER) != own), elsewhere  # its own first

    def _is_locked(self, trial: "FrozenTrial") -> bool | None:
        """Return whether another search runs a trial; None if that cannot be found out from here."""
        if (noted := trial.user_attrs.get(_FOLDER)) is None:  # from an earlier version, or just created
            return False if trial.number < self._before else None
        folder = (self._home / noted).resolve()
        if folder == self._folder:
            return False
        return is_locked(folder) if folder.is_dir() else None

    def _ask(self) -> "Trial":
        trial = self.study.ask()
        self._mark(trial)
        if trial.number != self._expected:
            self.study.sampler.reseed_rng()  # or it would propose the same as another search's sampler
        self._expected = trial.number + 1
        return trial

    def _mark(self, trial: "Trial") -> None:
        """Record which search a trial belongs to."""
        trial.set_user_attr(_FOLDER, self._noted())

    def _noted(self) -> str:
        """Return the search's folder as recorded in trials."""
        below = self._folder.is_relative_to(self._home)
        return (self._folder.relative_to(self._home) if below else self._folder).as_posix()


def tell(study: "Study", trial: "Trial", value: float | None) -> None:
    """Report a job's result to a study, unless another search has done so.

    Args:
        study: An opened study.
        trial: The job's trial.
        value: The job's monitored value; None if it failed.
    """
    from optuna.trial import TrialState

    every = study.get_trials(deepcopy=False)
    now = every[trial.number]
    if now.state.is_finished():
        return
    if value is None or value != value:
        study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
    elif pruned := _pruned(now, every):
        for epoch, reported in pruned.intermediate_values.items() if pruned is not now else ():
            trial.report(reported, epoch)
        study.tell(trial.number, state=TrialState.PRUNED, skip_if_finished=True)
    else:
        study.tell(trial.number, value, skip_if_finished=True)


def overrides_of(values: Mapping[str, Any]) -> list[str]:
    """Return proposed values as overrides of a job.

    Example:
        >>> overrides_of({"optimizer.lr": 0.00123456789, "batch_size": "16"})
        ['optimizer.lr=0.00123457', 'batch_size=16']
    """
    return [f"{key}={_text(key, value)}" for key, value in values.items()]


def _text(key: str, value: object) -> str:
    """Return a proposed value as it is typed: a share of all as 1.0, as 1 would be a count."""
    if not isinstance(value, float):
        return str(value)
    text = f"{value:.6g}"
    return f"{text}.0" if is_count_or_share(key) and text.isdecimal() else text


def _in_vain(trial: "FrozenTrial") -> list[int]:
    """Return the number of jobs of each start that brought a trial no epoch."""
    return [jobs for jobs, epochs in trial.user_attrs.get(_STARTS, []) if epochs == len(trial.intermediate_values)]


def _pruned(trial: "FrozenTrial", every: "Sequence[FrozenTrial]") -> "FrozenTrial | None":
    """Return the trial whose pruned run is in a trial's run folder; None if that run was not pruned.

    If the trial has trained no epoch, as its folder was complete already, it may be another one with the same values.
    """
    values = overrides_of(trial.params)
    same = [trial] if trial.intermediate_values else [one for one in every if overrides_of(one.params) == values]
    return next((one for one in same if one.user_attrs.get(PRUNED)), None)
