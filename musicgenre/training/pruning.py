"""Stop unpromising jobs of a search, judged by a validation metric."""

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
    """Reports the monitored value of each epoch to an Optuna study, and ends training if its pruner decides so.

    Of several validations in an epoch the last one's value is reported: a study takes one value an epoch.
    The sweeper adds this callback to each job. A pruned run is tested and saved like any other.

    Args:
        storage: The study's storage.
        study_name: The study's name there.
        trial: The job's number in the study.
        monitor: The metric that is reported.
        pruner: The pruner; None never prunes.
    """

    def __init__(self, storage: str, study_name: str, trial: int, monitor: str, pruner: "BasePruner | None") -> None:
        self.storage, self.study_name, self.number = storage, study_name, trial
        self.monitor, self.pruner = monitor, pruner
        self.pruned = False
        self._value: float | None = None  # of the epoch's last validation so far

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Keep the value."""
        value = trainer.callback_metrics.get(self.monitor)
        if not trainer.sanity_checking and value is not None and trainer.state.fn == TrainerFn.FITTING:
            self._value = float(value)

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Report the value, and stop training if the study says so; logged below the epoch's own line."""
        value, self._value = self._value, None
        if not self.monitor.startswith("val/") and (logged := trainer.callback_metrics.get(self.monitor)) is not None:
            value = float(logged)  # of training, which is not there yet when an epoch is validated
        if value is None:
            return
        promising = not trainer.is_global_zero or self._report(value, trainer.current_epoch)
        self.pruned = not trainer.strategy.broadcast(promising)
        if self.pruned:
            trainer.should_stop = True
            log.info(
                "Stopped after epoch %d: it is less promising than other jobs of the search.", trainer.current_epoch + 1
            )

    def state_dict(self) -> dict[str, Any]:
        """Save that the job was pruned: if it is killed then, only its tests are left to do."""
        return {"pruned": True} if self.pruned else {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state."""
        self.pruned = bool(state_dict["pruned"])

    def _report(self, value: float, epoch: int) -> bool:
        """Report a value to the study and return whether the job may continue."""
        from optuna.trial import Trial

        study = open_study(self.storage, self.study_name, pruner=self.pruner)
        trial = Trial(study, study.get_trials(deepcopy=False)[self.number]._trial_id)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # an epoch repeated after a kill was reported before
            trial.report(value, epoch)
        pruned = self.pruner is not None and bool(trial.should_prune())
        if pruned != trial.user_attrs.get(PRUNED, False):  # perhaps set before a kill
            trial.set_user_attr(PRUNED, pruned)
        return not pruned


def ended_early(trainer: L.Trainer, epochs: int) -> dict[str, float]:
    """Return the entry of `metrics.json` for a run that a search pruned: `pruned_epoch`, its last; empty for others.

    Args:
        trainer: The Trainer, after fitting.
        epochs: Number of epochs trained.
    """
    pruned = any(isinstance(each, Pruning) and each.pruned for each in trainer.callbacks)  # type: ignore[attr-defined]
    return {"pruned_epoch": epochs} if pruned and epochs != trainer.max_epochs else {}
