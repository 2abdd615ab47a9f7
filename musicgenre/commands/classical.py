"""Classical models through the run folder that the networks use."""

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from omegaconf import DictConfig
from torch import nn

from musicgenre.classical import fit_probabilities
from musicgenre.commands.board import fill_board, hyperparameters
from musicgenre.commands.build import build_corpus, build_data, configured, plain
from musicgenre.commands.embed import embedded
from musicgenre.commands.protocol import announce_protocol, fit_on_all, warnings_of
from musicgenre.commands.results import result_figures, write_results
from musicgenre.commands.resume import finished_metrics
from musicgenre.commands.run_folder import predictions_table, signature, write_config, write_environment
from musicgenre.commands.trainer import build_loggers
from musicgenre.data.datamodule import GenreData
from musicgenre.data.describe import announce, write_tables
from musicgenre.errors import MusicGenreError
from musicgenre.modules.classifier import Outputs


def is_classical(cfg: DictConfig) -> bool:
    """Whether `model` names a scikit-learn pipeline in place of a net."""
    return str(cfg.model.get("_target_")).startswith("musicgenre.classical.")


def train_classical(cfg: DictConfig, folder: Path) -> float | None:
    """Fit a pipeline on the training rows, and write validation's and test's results.

    Returns:
        The monitored value, where the split has validation rows, for sweepers that search.

    Raises:
        MusicGenreError: The config asks for generated training segments, which classical models do not take.
    """
    if cfg.get("gan") or cfg.gan_run is not None:
        raise MusicGenreError(
            "gan and gan_run add training segments for a network, and model is a classical one: choose gan=none, "
            "or a network (model=bilstm)."
        )
    data = build_data(cfg, build_corpus(cfg), standardize=nn.Identity())  # the pipeline scales for itself
    data.setup()
    run_signature = signature(plain(cfg), data.key)
    if metrics := finished_metrics(folder, run_signature):
        return metrics.get(cfg.monitor)
    announce(data)
    announce_protocol(cfg)
    write_config(folder, cfg)
    write_environment(folder, run_signature, "cpu")
    write_tables(data, folder)
    x = _inputs(cfg, data, folder)
    start = time.perf_counter()
    probabilities = _fit(cfg, data, x)
    summary = {"epochs": 0, "fit_seconds": round(time.perf_counter() - start, 3), "features": x.shape[1]}
    predictions = predictions_table(data.segments, data.corpus.genres, _outputs(data, probabilities))
    figures = result_figures(predictions)
    metrics = write_results(folder, predictions, figures, summary, warnings_of(cfg, data.split))
    fill_board(build_loggers(cfg, folder), figures, metrics, hyperparameters(cfg))
    return metrics.get(cfg.monitor)


def _inputs(cfg: DictConfig, data: GenreData, folder: Path) -> NDArray[np.floating]:
    """What the pipeline eats, one row a segment `(N, D)`: the features, or what a trained net makes of them."""
    if cfg.embed is not None:
        return embedded(cfg, data, folder)
    features = np.asarray(data.features, np.float64)  # (N, C, F, T); what is scaled keeps its digits
    return features.reshape(len(features), -1)


def _fit(cfg: DictConfig, data: GenreData, x: NDArray[np.floating]) -> NDArray[np.float32]:
    return fit_probabilities(
        configured(cfg, "model")(),
        x,
        data.labels.numpy(),
        data.rows["train"],
        data.segments.track.to_numpy(),
        n_classes=len(data.corpus.genres),
        fit_on_all=fit_on_all(cfg),
    )


def _outputs(data: GenreData, probabilities: NDArray[np.float32]) -> dict[str, Outputs]:
    rows = {split: data.rows[split] for split in ("val", "test") if len(data.rows[split])}
    if not rows:
        raise MusicGenreError("The split left no segment to validate or test on: change split.*.")
    return {split: (probabilities[found], found) for split, found in rows.items()}
