"""Train a network: from a config to a run folder."""

import logging
import time
from pathlib import Path

import lightning as L
from lightning.pytorch.callbacks import ModelCheckpoint
from omegaconf import DictConfig

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.describe import announce, write_tables
from musicgenre.errors import InterruptedRunError, MusicGenreError
from musicgenre.gan.build import gan_key
from musicgenre.gan.samples import add_generated
from musicgenre.modules.classifier import GenreClassifier, Outputs
from musicgenre.runs.folder import RunFolder, signature
from musicgenre.runs.results import result_figures, write_results
from musicgenre.training.build import build_classifier, build_corpus, build_data, plain
from musicgenre.training.checkpoints import finished_metrics, resume_point
from musicgenre.training.folders import monitored, predictions_table, write_config, write_environment
from musicgenre.training.leaks import announce_protocol, warnings_of
from musicgenre.training.projector import write_embeddings
from musicgenre.training.tensorboard import fill_board, hyperparameters, training_figures
from musicgenre.training.trainer import build_trainer, check_accelerator, fit_quietly
from musicgenre.training.unvalidated import trainer_config

log = logging.getLogger(__name__)


def train_network(cfg: DictConfig, folder: Path) -> float | None:
    """Train, select the best epoch on validation, test it once, and write the run folder.

    Returns:
        The monitored value of the best epoch, for sweepers that search.
    """
    check_accelerator(cfg)
    L.seed_everything(cfg.seed, workers=True, verbose=False)
    data = build_data(cfg, build_corpus(cfg))
    data.setup()
    run_signature = signature(plain(cfg), data.key + gan_key(cfg))
    if metrics := finished_metrics(folder, run_signature):
        log.info("%s already holds this run, complete.", folder)
        return monitored(metrics, cfg)
    announce(data)
    announce_protocol(cfg)
    classifier = build_classifier(cfg, data)
    resume_from = resume_point(folder, cfg.ckpt_path, classifier)
    trainer = build_trainer(trainer_config(cfg, data), folder)
    if trainer.is_global_zero:
        write_config(folder, cfg)
        write_environment(folder, run_signature, str(trainer.strategy.root_device))
        write_tables(data, folder)
    generated = add_generated(cfg, data, folder)
    seconds = fit(trainer, classifier, data, resume_from)
    if cfg.trainer.get("fast_dev_run"):
        log.info("fast_dev_run: one batch of everything went through; nothing is kept.")
        return None
    outputs = test_best(trainer, classifier, data)
    predictions = predictions_table(data.segments, data.corpus.genres, outputs)
    summary = {
        "parameters": sum(p.numel() for p in classifier.net.parameters()),
        "epochs": trainer.current_epoch,
        "fit_seconds": round(seconds, 3),
    } | generated
    if not trainer.is_global_zero:
        return None
    figures = training_figures(folder, data, classifier.front_end) | result_figures(predictions)
    metrics = write_results(RunFolder(folder), predictions, figures, summary, warnings_of(cfg, data.split))
    if cfg.logger.tensorboard and cfg.logger.embeddings and "test" in outputs:
        write_embeddings(folder, classifier, data, outputs["test"])
    fill_board(trainer.loggers, figures, metrics, hyperparameters(cfg))
    return monitored(metrics, cfg)


def fit(trainer: L.Trainer, classifier: GenreClassifier, data: GenreDataModule, resume_from: Path | None) -> float:
    """Train; give the time it took in s.

    Raises:
        InterruptedRunError: Ctrl-C; the message says how to go on.
    """
    start = time.perf_counter()
    try:
        fit_quietly(trainer, classifier, resume_from, datamodule=data)
    except SystemExit as stop:  # Lightning leaves this way after Ctrl-C
        raise InterruptedRunError(_interrupted(trainer)) from stop
    return time.perf_counter() - start


def test_best(trainer: L.Trainer, classifier: GenreClassifier, data: GenreDataModule) -> dict[str, Outputs]:
    """Validate and test the best checkpoint; give each split's probabilities and rows.

    Raises:
        MusicGenreError: The trainer's limits let nothing through.
    """
    best = next(c for c in trainer.checkpoint_callbacks if isinstance(c, ModelCheckpoint)).best_model_path
    outputs: dict[str, Outputs] = {}
    for split, run in (("val", trainer.validate), ("test", trainer.test)):
        if len(data.rows[split]):
            classifier.forget_outputs()  # trainer.limit_test_batches=0 runs nothing, and what is there is not its own
            run(classifier, datamodule=data, ckpt_path=best, verbose=False, weights_only=True)
            if len(classifier.outputs[1]):
                outputs[split] = classifier.outputs
    if not outputs:
        raise MusicGenreError("Nothing was validated or tested: raise trainer.limit_val_batches or limit_test_batches.")
    return outputs


def _interrupted(trainer: L.Trainer) -> str:
    last = Path(trainer.default_root_dir) / "checkpoints" / "last.ckpt"
    if not last.is_file():
        return "Interrupted before the first checkpoint was written: nothing to resume from."
    return (
        f"Interrupted in epoch {trainer.current_epoch + 1}. To go on, run the same command again with "
        f"hydra.run.dir={trainer.default_root_dir} (or with ckpt_path={last} for a new folder)."
    )
