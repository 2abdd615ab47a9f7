"""Classical models through the run folder that the networks use."""

import logging
import time
from pathlib import Path

import numpy as np
import torch
from hydra.core.hydra_config import HydraConfig
from hydra.utils import instantiate
from numpy.typing import NDArray
from omegaconf import DictConfig, OmegaConf
from sklearn.base import BaseEstimator
from torch import nn

from musicgenre.classical import fit_pipeline, keep_model, segment_rows
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.describe import announce, write_tables
from musicgenre.errors import MusicGenreError
from musicgenre.modules.classifier import GenreClassifier, Outputs
from musicgenre.runs.folder import predictions_table, signature, write_config, write_environment
from musicgenre.runs.results import result_figures, write_results
from musicgenre.training.build import build_corpus, build_data, plain, record_of
from musicgenre.training.checkpoints import finished_metrics
from musicgenre.training.leaks import announce_protocol, fit_on_all, warnings_of
from musicgenre.training.net_features import embedding
from musicgenre.training.tensorboard import fill_board, hyperparameters
from musicgenre.training.trained import MODEL, load_trained
from musicgenre.training.trainer import build_loggers

log = logging.getLogger(__name__)

_OF_NETWORKS = ("optimizer", "scheduler", "plateau", "augment", "standardize", "batch_size", "callbacks")
_BATCH = 256  # segments that go through a trained net at a time


def train_classical(cfg: DictConfig, folder: Path) -> float | None:
    """Fit a pipeline on the training rows, keep it, and write what it makes of validation and test.

    Returns:
        The monitored value, where the split has validation rows, for sweepers that search.

    Raises:
        MusicGenreError: The config asks for something that only networks take.
    """
    _refuse_what_networks_take(cfg)
    data = build_data(cfg, build_corpus(cfg), standardize=nn.Identity())  # the pipeline scales for itself
    data.setup()
    run_signature = signature(plain(cfg), data.key)
    if metrics := finished_metrics(folder, run_signature):
        return metrics.get(cfg.monitor)
    announce(data)
    announce_protocol(cfg)
    _name_what_has_no_effect(cfg)
    write_config(folder, cfg)
    write_environment(folder, run_signature, "cpu")
    write_tables(data, folder)
    x = _inputs(cfg, data, folder)
    start = time.perf_counter()
    model = _fit(cfg, data, x)
    summary = {"epochs": 0, "fit_seconds": round(time.perf_counter() - start, 3), "features": x.shape[1]}
    keep_model(folder / MODEL, model, record_of(cfg, data))
    outputs = _outputs(data, load_trained(folder).classifier)  # what is tested is what was kept
    predictions = predictions_table(data.segments, data.corpus.genres, outputs)
    figures = result_figures(predictions)
    metrics = write_results(folder, predictions, figures, summary, warnings_of(cfg, data.split))
    fill_board(build_loggers(cfg, folder), figures, metrics, hyperparameters(cfg))
    return metrics.get(cfg.monitor)


def _refuse_what_networks_take(cfg: DictConfig) -> None:
    keys = {name: name for name in ("gan_run", "ckpt_path", "trainer.fast_dev_run")}
    keys |= {"gan": "gan.generator", "wave_augment": "wave_augment._target_"}
    if asked := [name for name, key in keys.items() if OmegaConf.select(cfg, key)]:
        raise MusicGenreError(
            f"{' and '.join(asked)} cannot go with a classical model: leave it out, or choose a network (model=bilstm)."
        )


def _name_what_has_no_effect(cfg: DictConfig) -> None:
    """Say which settings are a network's: in a sweep over both kinds of model they have their place."""
    if cfg.embed is not None:
        return  # the net in front of the model is trained with them
    asked = [text.split("=")[0].lstrip("+~") for text in HydraConfig.get().overrides.task]
    if idle := [key for key in asked if key.split(".")[0] in _OF_NETWORKS or key == "trainer.max_epochs"]:
        log.warning("%s: without effect on a classical model, which has no epochs and no batches.", ", ".join(idle))


def _inputs(cfg: DictConfig, data: GenreDataModule, folder: Path) -> NDArray[np.float64]:
    """What the pipeline reads, one row a segment `(N, D)`: the features, or what a trained net makes of them."""
    features = torch.from_numpy(np.array(data.features))  # (N, C, F, T)
    if cfg.embed is None:
        return segment_rows(features)
    embed = embedding(cfg, data, folder).eval()
    with torch.inference_mode():
        return segment_rows(torch.cat([embed(batch) for batch in torch.split(features, _BATCH)]))


def _fit(cfg: DictConfig, data: GenreDataModule, x: NDArray[np.float64]) -> BaseEstimator:
    return fit_pipeline(
        instantiate(cfg.model),
        x,
        data.labels.numpy(),
        data.rows["train"],
        data.segments.track.to_numpy(),
        fit_on_all=fit_on_all(cfg),
    )


def _outputs(data: GenreDataModule, classifier: GenreClassifier) -> dict[str, Outputs]:
    """Probabilities of validation and test, in the batches in which `musicgenre evaluate` asks for them again."""
    loaders = {"val": data.val_dataloader(), "test": data.test_dataloader()}
    outputs: dict[str, Outputs] = {}
    with torch.inference_mode():
        for split, loader in loaders.items():
            if len(rows := data.rows[split]):
                log_probs = torch.cat([classifier(batch.x).log_softmax(-1) for batch in loader])  # (N, K)
                outputs[split] = (np.exp(log_probs.numpy()), rows)
    if not outputs:
        raise MusicGenreError("The split left no segment to validate or test on: change split.*.")
    return outputs
