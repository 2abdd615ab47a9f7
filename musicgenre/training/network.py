"""Train a network, from a plan to a run folder."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import lightning as L
import pandas as pd
import torch
from lightning.fabric.utilities.exceptions import MisconfigurationException
from torch._dynamo.exc import TorchDynamoException  # torch exports it nowhere else

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.errors import MusicGenreError
from musicgenre.modules.checkpoint import ClassifierRecord
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.modules.faster import ChannelsLast, compile_net, require_compiler
from musicgenre.modules.outputs import of_training
from musicgenre.modules.shape import of_net
from musicgenre.modules.weights import as_loaded, remove_masks
from musicgenre.modules.windowed import within
from musicgenre.nets.inspection import layer_table
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.job import Job
from musicgenre.runs.results import result_figures, write_results
from musicgenre.training.begin import announce_network, begin, signature_of
from musicgenre.training.board import Hyperparameters, Shown, fill_board, has_board, hyperparameters, open_board
from musicgenre.training.build import Plan
from musicgenre.training.chance import kept_chance
from musicgenre.training.checkpoints import ResumePoint, resume_point
from musicgenre.training.continuing import (
    Continuing,
    finished_epochs,
    go_on_by_epochs,
    go_on_from,
    resumable,
    where_interrupted,
)
from musicgenre.training.leaks import leaks_of
from musicgenre.training.limits import batches_of, check_limits, check_shared, inputs_of
from musicgenre.training.milestones import Milestones, as_if_ended, furnish
from musicgenre.training.model_card import write_model_card
from musicgenre.training.projector import write_embeddings
from musicgenre.training.pruning import ended_early
from musicgenre.training.smallest import check_smallest
from musicgenre.training.spared import spared
from musicgenre.training.tensorboard import training_figures
from musicgenre.training.tested import announce_tested, keep_tested, require_best
from musicgenre.training.trainer import check_accelerator, meet, require_validation_for
from musicgenre.visual.layers import network_figure
from musicgenre.visual.render import Pixels, draw
from musicgenre.words import counted

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Found:
    """The results of some weights.

    Attributes:
        predictions: Every validation and test segment's probabilities.
        training: Accuracy and loss on the training tracks, by segment and by track.
    """

    predictions: pd.DataFrame
    training: dict[str, float]


AddTraining = Callable[[Plan, Path], dict[str, float]]  # adds training segments; returns entries for metrics.json


@kept_chance()
def train_network(
    plan: Plan, job: Job, *, add_training: AddTraining | None = None, added_per_genre: int = 0, added_key: str = ""
) -> float | None:
    """Train, test the epoch that `select` names once, and write the run folder.

    Args:
        plan: What the run is made of.
        job: The request and the run folder.
        add_training: Called before training, to add segments to the data's own.
        added_per_genre: How many it adds to each genre.
        added_key: Hash of what determines the added segments besides the config.

    Returns:
        The monitored value of the tested epoch, for sweepers that search; None if nothing is saved.

    Raises:
        MusicGenreError: The run cannot be made as requested.
        InterruptedRunError: The user stopped it.
    """
    check_accelerator(str(plan.trainer.settings.get("accelerator")))
    if plan.compile:
        require_compiler()  # before anything is computed
    L.seed_everything(plan.seed, workers=True, verbose=False)
    data, folder = plan.data, RunFolder(job.folder)
    data.setup()
    clock = Continuing(plan.seed)
    milestones = Milestones(folder, plan.milestones, clock)
    n_added = added_per_genre * len(data.genres)
    trainer = _build_trainer(plan, folder, milestones, clock, n_added)
    key = added_key + (f"{trainer.world_size} processes" if trainer.world_size > 1 else "")  # each takes a batch a step
    if trainer.is_global_zero:
        device, world = str(trainer.strategy.root_device), trainer.world_size
        metrics = begin(job, data, device, leaks=plan.leaks, key=key, processes=world)
        if metrics:
            return _monitored(metrics, plan)
    elif folder.is_complete(signature_of(job, data, key)):
        return None  # as the first process does: it does not wait for the others
    classifier = plan.classifier()
    classifier.prepare(data)
    ClassifierRecord.of(classifier).require_settings()
    if trainer.is_global_zero:
        announce_network(
            within(classifier.made_net), classifier.n_parameters, str(trainer.strategy.root_device), trainer.world_size
        )
    check_smallest(classifier, data.batch_size, inputs_of(data, trainer.world_size, added=n_added)["train"])
    if plan.compile:
        compile_net(classifier.made_net)
    if not trainer.is_global_zero:
        meet(trainer)  # the first process joins once the folder is ready for the others
    resume = resume_point(folder, plan.ckpt_path, classifier, data, writes=trainer.is_global_zero)
    added = add_training(plan, folder.path) if add_training else {}
    if trainer.is_global_zero:
        meet(trainer)
    settings = hyperparameters(job, trained=True)
    with resumable(partial(where_interrupted, trainer)):
        seconds = fit(trainer, classifier, data, resume, clock, settings)
        if plan.trainer.fast_dev_run:
            if len(data.rows["test"]):
                trainer.test(classifier, datamodule=data, verbose=False)
            plan.trainer.say_nothing_is_kept()
            return None
        return _test(plan, job, trainer, classifier, milestones, {"fit_seconds": round(seconds, 3)} | added, key)


def _test(
    plan: Plan,
    job: Job,
    trainer: L.Trainer,
    classifier: GenreClassifier,
    milestones: Milestones,
    trained: dict[str, float],
    key: str,
) -> float | None:
    """Test the milestones and the epoch that `select` names, and write their folders; return the monitored value."""
    data, folder = plan.data, RunFolder(job.folder)
    remove_masks(classifier)
    epochs = finished_epochs(trainer)
    tested = keep_tested(trainer, folder, plan.select, validated=trainer.limit_val_batches != 0)
    summary = {"parameters": classifier.n_parameters, "epochs": epochs} | trained
    for epoch in milestones.reached(epochs, tested.path):
        found = test_weights(trainer, classifier, data, folder.stage(epoch).best_ckpt)
        if trainer.is_global_zero:
            own = milestones.summary(epoch, summary)
            _write_milestone(plan, as_if_ended(job, epoch), folder, found, own, key)
    found = test_weights(trainer, classifier, data, tested.path)
    if not trainer.is_global_zero:
        return None
    announce_tested(tested, epochs, plan.monitor, plan.select)
    summary |= tested.summary() | ended_early(trainer, epochs)
    return _write(plan, job, trainer, classifier, found, summary)


def _build_trainer(plan: Plan, folder: RunFolder, milestones: Milestones, clock: Continuing, added: int) -> L.Trainer:
    """Build the Trainer; without validation, one that looks for no best epoch.

    `added` is the number of training segments that will be added to the data's own.
    """
    data = plan.data
    why = ""
    if plan.trainer.settings.get("limit_val_batches") == 0:
        why = "trainer.limit_val_batches=0 leaves nothing for validation"
    elif not len(data.rows["val"]):
        n_tracks = data.segments.track.nunique()
        more_val = getattr(data.split, "settings", {}).get("val") == 0
        hint = "; split.val=0.1 would take a tenth of the training tracks" if more_val else ""
        why = f"The split left no segment for val ({counted(n_tracks, 'track')} in {data.corpus.root}{hint})"
    validated = not why
    if not validated:
        require_validation_for(plan.watched, why)
        log.info("%s: the last epoch is tested.", why)
    more = [clock, *([milestones] if milestones.epochs else []), *([ChannelsLast()] if plan.channels_last else [])]
    trainer = plan.trainer.build(folder.path, *more, validated=validated)
    require_best(trainer, plan.select, validated=validated)
    batches = batches_of(data, trainer.world_size, added=added)
    check_limits(plan.trainer.settings, batches, validates=plan.select == "best" or bool(plan.watched))
    check_shared(plan.trainer.settings, {split: len(rows) for split, rows in data.rows.items()}, trainer.world_size)
    return trainer


def fit(
    trainer: L.Trainer,
    classifier: GenreClassifier,
    data: GenreDataModule,
    resume: ResumePoint | None,
    clock: Continuing,
    settings: Hyperparameters,
) -> float:
    """Train and return the training time in s, over all parts of the run."""
    go_on_by_epochs(trainer)
    go_on_from(trainer.loggers, 0 if resume is None else resume.epochs)
    open_board(trainer.loggers, settings)
    clock.begin()
    try:
        trainer.fit(classifier, datamodule=data, ckpt_path=resume.path if resume else None, weights_only=True)
    except TorchDynamoException as error:
        reason = str(error).strip().splitlines()[0]
        raise MusicGenreError(f"torch.compile cannot compile this net here ({reason}): set compile=false.") from error
    except MisconfigurationException as error:
        raise MusicGenreError(
            f"Lightning refuses to train with these settings: {str(error).splitlines()[0]}"
        ) from error
    except RuntimeError as error:
        if "conditioned on metric" not in str(error):  # early stopping's, by a name that nothing logs
            raise
        raise MusicGenreError(str(error)) from error
    return clock.end()


def test_weights(trainer: L.Trainer, classifier: GenreClassifier, data: GenreDataModule, weights: Path) -> Found:
    """Validate and test a checkpoint, and evaluate it on the training segments, without augmentation.

    Raises:
        MusicGenreError: The trainer's limits leave nothing to validate or test.
    """
    tables: list[pd.DataFrame] = []
    loggers, trainer.loggers = trainer.loggers, []  # testing adds no point to the curves
    for split, run in (("val", trainer.validate), ("test", trainer.test)):
        if len(data.rows[split]):
            classifier.outputs = None  # trainer.limit_test_batches=0 runs nothing and would leave old ones
            with as_loaded(trainer):
                run(classifier, datamodule=data, ckpt_path=weights, verbose=False, weights_only=True)
            if classifier.outputs is not None:
                tables.append(classifier.predictions)
    if not tables:
        raise MusicGenreError("Nothing was validated or tested: raise trainer.limit_val_batches or limit_test_batches.")
    limit, trainer.limit_test_batches = trainer.limit_test_batches, trainer.limit_train_batches
    classifier.outputs = None
    trainer.test(classifier, data.unaugmented_dataloader(), ckpt_path=weights, verbose=False, weights_only=True)
    learnt: dict[str, float] = {}
    if classifier.outputs is not None:
        learnt = replace(classifier.outputs, split="train").metrics()
    trainer.limit_test_batches, trainer.loggers = limit, loggers
    return Found(pd.concat(tables, ignore_index=True), of_training(learnt))


def _write(
    plan: Plan,
    job: Job,
    trainer: L.Trainer,
    classifier: GenreClassifier,
    found: Found,
    summary: dict[str, float],
) -> float | None:
    """Write results, figures and what TensorBoard shows besides the curves."""
    folder, data, predictions = RunFolder(job.folder), plan.data, found.predictions
    layers, figures = None, dict[str, Pixels]()
    with spared("layers.csv"):
        layers = layer_table(classifier.made_net, torch.zeros(1, *data.in_shape, **of_net(classifier.made_net)))
        folder.write_table("layers.csv", layers)
    if plan.figures:
        with spared("The figures of inputs and curves"):
            figures |= training_figures(folder, data, summary)
        with spared("The figure of the network"):
            if layers is not None:
                network = network_figure(layers, data.in_shape, type(within(classifier.made_net)).__name__)
                figures["network"] = draw(network)
        figures |= result_figures(predictions)

    def show_more(metrics: Mapping[str, float | str]) -> None:
        if plan.embeddings and plan.trainer.loggers.get("tensorboard") and (predictions.split == "test").any():
            write_embeddings(folder.path, classifier, data, predictions[predictions.split == "test"])
        settings, cards = hyperparameters(job, trained=True), dict[str, Pixels]()
        with spared("What TensorBoard shows of inputs and curves"):
            if has_board(trainer.loggers) and "inputs" in figures:
                cards = training_figures(folder, data, summary, card=True)
        write_model_card(job, data, metrics)
        fill_board(trainer.loggers, cards, metrics, settings, Shown(job, data, predictions, layers))

    leaks = leaks_of(data, plan.leaks)
    return _monitored(write_results(folder, predictions, figures, summary | found.training, leaks, show_more), plan)


def _write_milestone(plan: Plan, job: Job, outer: RunFolder, found: Found, summary: dict[str, float], key: str) -> None:
    """Write a milestone's folder, like that of a run that ended there."""
    folder = RunFolder(job.folder)
    furnish(folder, outer, job, signature_of(job, plan.data, key))
    figures = result_figures(found.predictions) if plan.figures else {}
    leak, card = leaks_of(plan.data, plan.leaks), partial(write_model_card, job, plan.data)
    epoch = int(summary["tested_epoch"])
    write_results(folder, found.predictions, figures, found.training | summary, leak, card, epoch=epoch)


def _monitored(metrics: dict[str, float | str], plan: Plan) -> float | None:
    found = metrics.get(plan.monitor)
    return None if found is None else float(found)
