"""The trials of an Optuna study: what is told of them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from musicgenre.runs.search import PRUNED

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial


def tell(study: "Study", trial: "Trial", value: float | None) -> None:
    """Tell a study what a job came to, unless another search has told it.

    Args:
        study: Opened.
        trial: The job's.
        value: The job's monitored value; None where it failed.
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
    """Return proposed values as a job has them.

    Example:
        >>> overrides_of({"optimizer.lr": 0.00123456789, "batch_size": "16"})
        ['optimizer.lr=0.00123457', 'batch_size=16']
    """
    return [f"{key}={value:.6g}" if isinstance(value, float) else f"{key}={value}" for key, value in values.items()]


def _pruned(trial: "FrozenTrial", every: "Sequence[FrozenTrial]") -> "FrozenTrial | None":
    """Return the trial whose pruned run stands in a trial's run folder; None where that run was not pruned.

    It is one of the same values where the trial has trained no epoch: all was there already.
    """
    values = overrides_of(trial.params)
    same = [trial] if trial.intermediate_values else [one for one in every if overrides_of(one.params) == values]
    return next((one for one in same if one.user_attrs.get(PRUNED)), None)
