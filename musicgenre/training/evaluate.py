"""`musicgenre evaluate`: a trained run, tested again."""

import numpy as np
import pandas as pd
from omegaconf import DictConfig, OmegaConf

from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.describe import announce, write_tables
from musicgenre.data.splits import Assignment
from musicgenre.errors import MusicGenreError
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.results import result_figures, write_results
from musicgenre.training.build import build_corpus, build_data
from musicgenre.training.folders import new_folder, predictions_table
from musicgenre.training.leaks import warnings_of
from musicgenre.training.trained import TrainedRun, load_trained
from musicgenre.training.trainer import build_trainer, check_accelerator


def run(cfg: DictConfig) -> None:
    """Test the run's best checkpoint on its own test set, or on all of other data.

    With no `data` group the run's own data, split and seed are used again, and its test figures come out again. With
    one, every track of that data is tested; its genres must be those that the run knows.
    """
    folder = new_folder(cfg)
    check_accelerator(cfg)
    trained = load_trained(cfg.run)
    config = _config(cfg, trained)
    corpus = build_corpus(config)
    _require_same_genres(corpus, trained)
    data = build_data(config, corpus, standardize=trained.classifier.standardize)
    if cfg.get("data"):
        data.split = everything_for_test
    data.setup()
    announce(data)
    if not len(data.rows["test"]):
        raise MusicGenreError(f"The split of {trained.folder} left no segment for test: name other data with data=...")
    build_trainer(config, folder).test(trained.classifier, datamodule=data, verbose=False)
    predictions = predictions_table(data.segments, corpus.genres, {"test": trained.classifier.outputs})
    write_tables(data, folder)
    warning = None if cfg.get("data") else warnings_of(config, data.split)
    write_results(RunFolder(folder), predictions, result_figures(predictions), {}, warning)


def everything_for_test(corpus: Corpus, segments: pd.DataFrame) -> Assignment:
    """The split of data that no part of was trained on: all of it is test."""
    return np.full(len(segments), "test")


def _config(cfg: DictConfig, trained: TrainedRun) -> DictConfig:
    """The run's config with this command's trainer, and its data where some is named."""
    config = trained.config.copy()
    config.trainer, config.callbacks = cfg.trainer, {}
    config.logger = {"tensorboard": False, "csv": False}
    if cfg.get("data"):
        config.data = cfg.data
        OmegaConf.resolve(config)
    return config


def _require_same_genres(corpus: Corpus, trained: TrainedRun) -> None:
    known = trained.classifier.genres
    if corpus.genres != known:
        extra, missing = sorted(set(corpus.genres) - set(known)), sorted(set(known) - set(corpus.genres))
        found = [f"{corpus.root} has {', '.join(extra)}, which the run does not know"] if extra else []
        found += [f"{corpus.root} lacks {', '.join(missing)}"] if missing else []
        raise MusicGenreError(
            f"{trained.folder} was trained on {', '.join(known)}; {' and '.join(found)}: "
            "evaluate it on data of the same genres (folders are matched by name)."
        )
