"""Train a network: from a plan to a run folder."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import lightning as L
import pandas as pd
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import ModelCheckpoint

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.errors import InterruptedRunError, MusicGenreError
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.modules.weights import remove_masks
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.job import Job
from musicgenre.runs.results import result_figures, write_results
from musicgenre.training.begin import begin
from musicgenre.training.build import Plan
from musicgenre.training.checkpoints import resume_point
from musicgenre.training.leaks import leaks_of
from musicgenre.training.limits import check_limits
from musicgenre.training.projector import write_embeddings
from musicgenre.training.tensorboard import fill_board, hyperparameters, training_figures
from musicgenre.training.trainer import check_accelerator, require_validation_for

log = logging.getLogger(__name__)

AddTraining = Callable[[Plan, Path], dict[str, float]]  # adds to a plan's training segments; figures for metrics.json


def train_network(
    plan: Plan, job: Job, *, add_training: AddTraining | None = None, added_key: str = ""
) -> float | None:
    """Train, select the best epoch on validation, test it once, and write the run folder.

    Args:
        plan: What the run is made of.
        job: What was asked for, and the run folder.
        add_training: Called before training, to add segments to the data's own.
        added_key: Hash of what decides the segments that are added, beside the config.

    Returns:
        The monitored value of the best epoch, for sweepers that search; None where nothing is kept.

    Raises:
        MusicGenreError: The run cannot be made as asked.
        InterruptedRunError: The user stopped it.
    """
    check_accelerator(str(plan.trainer.settings.get("accelerator")))
    L.seed_everything(plan.seed, workers=True, verbose=False)
    data, folder = plan.data, RunFolder(job.folder)
    data.setup()
    trainer = _build_trainer(plan, folder)
    if trainer.is_global_zero:
        metrics = begin(job, data, str(trainer.strategy.root_device), leaks=plan.leaks, key=added_key)
        if metrics:
            return _monitored(metrics, plan)
    classifier = plan.classifier()
    classifier.prepare(data)
    resume_from = resume_point(folder, plan.ckpt_path, classifier)
    added = add_training(plan, folder.path) if add_training else {}
    seconds = fit(trainer, classifier, data, resume_from)
    if plan.trainer.fast_dev_run:
        several = plan.trainer.fast_dev_run
        log.info(
            "fast_dev_run: %s of everything went through; nothing is kept.",
            "one batch" if several == 1 else f"{several} batches",
        )
        return None
    predictions = test_best(trainer, classifier, data)
    summary = {
        "parameters": classifier.n_parameters,
        "epochs": trainer.current_epoch,
        "fit_seconds": round(seconds, 3),
    } | added
    return _write(plan, job, trainer, classifier, predictions, summary) if trainer.is_global_zero else None


def _build_trainer(plan: Plan, folder: RunFolder) -> L.Trainer:
    """Build the Trainer; where the split has no validation, one that keeps the last epoch."""
    data = plan.data
    why = ""
    if plan.trainer.settings.get("limit_val_batches") == 0:
        why = "trainer.limit_val_batches=0 leaves nothing for validation"
    elif not len(data.rows["val"]):
        n_tracks = data.segments.track.nunique()
        why = f"The split left no segment for val ({n_tracks} tracks in {data.corpus.root})"
    validated = not why
    if not validated:
        require_validation_for(plan.trainer.watched, why)
        log.info("%s: the last epoch is tested.", why)
    trainer = plan.trainer.build(folder.path, validated=validated)
    batches = {split: -(-len(rows) // (plan.data.batch_size * trainer.world_size)) for split, rows in data.rows.items()}
    check_limits(plan.trainer.settings, batches)
    return trainer


def fit(trainer: L.Trainer, classifier: GenreClassifier, data: GenreDataModule, resume_from: Path | None) -> float:
    """Train; return the time it took in s.

    Raises:
        InterruptedRunError: Ctrl-C; the message says how to go on.
    """
    start = time.perf_counter()
    try:
        trainer.fit(classifier, datamodule=data, ckpt_path=resume_from, weights_only=True)
    except SystemExit as stop:  # Lightning leaves this way after Ctrl-C
        raise InterruptedRunError(_interrupted(trainer)) from stop
    except MisconfigurationException as error:
        raise MusicGenreError(f"Lightning refuses to train so: {str(error).splitlines()[0]}") from error
    return time.perf_counter() - start


def test_best(trainer: L.Trainer, classifier: GenreClassifier, data: GenreDataModule) -> pd.DataFrame:
    """Validate and test the best checkpoint; return every segment's probabilities.

    Raises:
        MusicGenreError: The trainer's limits let nothing through.
    """
    keeping = (callback for callback in trainer.checkpoint_callbacks if isinstance(callback, ModelCheckpoint))
    best = next((callback.best_model_path for callback in keeping), "")
    if not best:
        raise MusicGenreError(
            "Training ended and no epoch was validated, so that there is none to test: let it end after a validation "
            "(trainer.max_epochs, trainer.max_steps, trainer.check_val_every_n_epoch)."
        )
    remove_masks(classifier)
    tables: list[pd.DataFrame] = []
    loggers, trainer.loggers = trainer.loggers, []  # the best epoch once more is no point of the curves
    for split, run in (("val", trainer.validate), ("test", trainer.test)):
        if len(data.rows[split]):
            classifier.outputs = None  # trainer.limit_test_batches=0 runs nothing, and what is there is not its own
            run(classifier, datamodule=data, ckpt_path=best, verbose=False, weights_only=True)
            if classifier.outputs is not None:
                tables.append(classifier.predictions)
    trainer.loggers = loggers
    if not tables:
        raise MusicGenreError("Nothing was validated or tested: raise trainer.limit_val_batches or limit_test_batches.")
    return pd.concat(tables, ignore_index=True)


def _write(
    plan: Plan,
    job: Job,
    trainer: L.Trainer,
    classifier: GenreClassifier,
    predictions: pd.DataFrame,
    summary: dict[str, float],
) -> float | None:
    """Write results, figures and what TensorBoard shows beside the curves."""
    folder, data = RunFolder(job.folder), plan.data
    figures = training_figures(folder, data) | result_figures(predictions) if plan.figures else {}
    metrics = write_results(folder, predictions, figures, summary, leaks_of(data, plan.leaks))
    if plan.embeddings and plan.trainer.loggers.get("tensorboard") and (predictions.split == "test").any():
        write_embeddings(folder.path, classifier, data, predictions[predictions.split == "test"])
    fill_board(trainer.loggers, figures, metrics, hyperparameters(job, trained=True))
    return _monitored(metrics, plan)


def _monitored(metrics: dict[str, float | str], plan: Plan) -> float | None:
    found = metrics.get(plan.monitor)
    return None if found is None else float(found)


def _interrupted(trainer: L.Trainer) -> str:
    last = Path(trainer.default_root_dir) / "checkpoints" / "last.ckpt"
    if not last.is_file():
        return "Interrupted before the first checkpoint was written: nothing to resume from."
    return (
        f"Interrupted in epoch {trainer.current_epoch + 1}. To go on, run the same command again with "
        f"hydra.run.dir={trainer.default_root_dir} (or with ckpt_path={last} for a new folder)."
    )
