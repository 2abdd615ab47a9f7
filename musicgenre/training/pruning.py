"""Stop a job of a search that promises little, by its validation figures."""

import logging
import warnings
from typing import TYPE_CHECKING, Any

import lightning as L
from lightning.pytorch.trainer.states import TrainerFn

from musicgenre.runs.search import PRUNED, open_study

if TYPE_CHECKING:
    from optuna.pruners import BasePruner

log = logging.getLogger(__name__)


class Pruning(L.Callback):
    """Reports the monitored value of each epoch to an Optuna study, and ends the training where that says so.

    Of several validations in an epoch the last one's value is reported: a study takes one an epoch.
    The sweeper adds it to each job. What was trained until then is tested and kept as of any other run.

    Args:
        storage: Where the study is kept.
        study_name: Of the study in there.
        trial: The job's number in it.
        monitor: Which value is reported.
        pruner: What decides; None lets the training go on.
    """

    def __init__(self, storage: str, study_name: str, trial: int, monitor: str, pruner: "BasePruner | None") -> None:
        self.storage, self.study_name, self.number = storage, study_name, trial
        self.monitor, self.pruner = monitor, pruner
        self.pruned = False
        self._value: float | None = None  # of the epoch's last validation up to now

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Keep the value."""
        value = trainer.callback_metrics.get(self.monitor)
        if not trainer.sanity_checking and value is not None and trainer.state.fn == TrainerFn.FITTING:
            self._value = float(value)

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Report, ask whether to go on, and say below the epoch's own line that the training ends here."""
        value, self._value = self._value, None
        if value is None:
            return
        promising = not trainer.is_global_zero or self._report(value, trainer.current_epoch)
        self.pruned = not trainer.strategy.broadcast(promising)
        if self.pruned:
            trainer.should_stop = True
            log.info(
                "Stopped after epoch %d: it promises less than other jobs of the search.", trainer.current_epoch + 1
            )

    def state_dict(self) -> dict[str, Any]:
        """Keep that the job was ended: after a kill it may have nothing left to do but its tests."""
        return {"pruned": True} if self.pruned else {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up what was kept."""
        self.pruned = bool(state_dict["pruned"])

    def _report(self, value: float, epoch: int) -> bool:
        """Tell the study a value; return whether it lets the job go on."""
        from optuna.trial import Trial

        study = open_study(self.storage, self.study_name, pruner=self.pruner)
        trial = Trial(study, study.get_trials(deepcopy=False)[self.number]._trial_id)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # an epoch that is run again after a kill is reported already
            trial.report(value, epoch)
        pruned = self.pruner is not None and bool(trial.should_prune())
        if pruned != trial.user_attrs.get(PRUNED, False):  # as it was before a kill, perhaps
            trial.set_user_attr(PRUNED, pruned)
        return not pruned


def ended_early(trainer: L.Trainer, epochs: int) -> dict[str, float]:
    """Return what stands in `metrics.json` of a run that a search ended: `pruned_epoch`, its last; nothing of another.

    Args:
        trainer: After fitting.
        epochs: How many it has trained.
    """
    pruned = any(isinstance(each, Pruning) and each.pruned for each in trainer.callbacks)  # type: ignore[attr-defined]
    return {"pruned_epoch": epochs} if pruned and epochs != trainer.max_epochs else {}
