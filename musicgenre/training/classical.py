"""Training of classical models, with the same run folder as networks."""

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import lightning as L
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from torch import nn

from musicgenre.classical import (
    NetFeatures,
    SpectrogramStatistics,
    as_pipeline,
    fit_pipeline,
    keep_model,
    segment_rows,
)
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.loader import BatchLoader
from musicgenre.data.windows import cover
from musicgenre.devices import processor_name
from musicgenre.errors import MusicGenreError
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.modules.outputs import Gathered, Outputs, of_training
from musicgenre.parts import describe
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.identity import of_networks, override_key, says_where
from musicgenre.runs.job import Job
from musicgenre.runs.results import result_figures, write_results
from musicgenre.training.begin import begin
from musicgenre.training.board import Shown, fill_board, hyperparameters, open_board
from musicgenre.training.build import Plan
from musicgenre.training.chance import kept_chance
from musicgenre.training.leaks import leaks_of
from musicgenre.training.leftovers import start_afresh
from musicgenre.training.model_card import write_model_card
from musicgenre.training.trained import load_model

log = logging.getLogger(__name__)

_REFUSED = {"gan_run": "gan_run", "ckpt_path": "ckpt_path", "gan": "gan", "wave_augment": "wave_augment", "mix": "mix"}
_BATCH = 256  # segments in a batch for a trained net


@kept_chance()
def train_classical(
    plan: Plan, job: Job, make_embed: Callable[[], NetFeatures] | None = None, *, embed_key: str = ""
) -> float | None:
    """Fit a pipeline on the training rows, save it, and write its validation and test results.

    Args:
        plan: What the run is made of; its model is an estimator.
        job: The request and the run folder.
        make_embed: Called once the run has started; returns the trained net whose features the estimator reads. None
            for the features themselves.
        embed_key: Hash of what determines that net besides the config.

    Returns:
        The monitored value for sweepers that search; None if the split has no validation rows.

    Raises:
        MusicGenreError: The config asks for something that only networks support.
    """
    _refuse_what_networks_take(plan, embeds=make_embed is not None)
    data, folder = plan.data, RunFolder(job.folder)
    data.standardize_with(nn.Identity())  # the pipeline does its own scaling
    if metrics := begin(job, data, "cpu", leaks=plan.leaks, key=embed_key):
        found = metrics.get(plan.monitor)
        return None if found is None else float(found)
    start_afresh(folder)
    if make_embed is None:
        _name_what_has_no_effect(job.overrides)
    embed = None if make_embed is None else make_embed()
    x = _inputs(data, embed)
    count, name = _features(as_pipeline(plan.model), x), type(as_pipeline(plan.model)[-1]).__name__
    log.info("%s on %d features on cpu (%s).", name, count, processor_name())
    record = _record(plan, embed)
    start = time.perf_counter()
    L.seed_everything(plan.seed, workers=True, verbose=False)  # for an estimator without its own `random_state`
    model = _fit(plan, x)
    summary: dict[str, float] = {
        "epochs": 0,
        "fit_seconds": round(time.perf_counter() - start, 3),
        "features": count,
    }
    keep_model(folder.model_joblib, model, record)
    kept = load_model(folder.path, trust=True)  # test what was saved
    predictions = _predictions(data, kept)
    summary |= of_training(_outputs("train", data.unaugmented_dataloader(), kept).metrics())
    figures = result_figures(predictions) if plan.figures else {}

    def show_more(metrics: Mapping[str, float | str]) -> None:
        loggers = plan.trainer.build_loggers(folder.path)
        settings = hyperparameters(job, trained=make_embed is not None)
        open_board(loggers, settings)
        write_model_card(job, data, metrics)
        fill_board(loggers, {}, metrics, settings, Shown(job, data, predictions))

    metrics = write_results(folder, predictions, figures, summary, leaks_of(data, plan.leaks), show_more)
    value = metrics.get(plan.monitor)
    return None if value is None else float(value)


def _refuse_what_networks_take(plan: Plan, embeds: bool) -> None:
    asked = [name for name, key in _REFUSED.items() if plan.config.get(key)]
    if plan.data.windows is not None and embeds:
        raise MusicGenreError(
            "segments.window cannot go with the features of a net (embed), which has learnt from whole segments: leave "
            "it out, or give the classical model the segments themselves (embed=null)."
        )
    if plan.trainer.fast_dev_run:
        asked.append("trainer.fast_dev_run")
    if asked:
        it = "it" if len(asked) == 1 else "them"
        raise MusicGenreError(
            f"{' and '.join(asked)} cannot go with a classical model: leave {it} out, or choose a network "
            "(model=bilstm)."
        )


def _name_what_has_no_effect(overrides: Sequence[str]) -> None:
    """Log which settings only affect networks: they are allowed, for sweeps over both kinds of model."""
    keys = map(override_key, overrides)
    asked = [key for key in keys if not says_where(key) and key != "trainer"]  # not a device, nor what a search adds
    if idle := [key for key in asked if of_networks(key)]:
        log.warning("%s: no effect on a classical model, which has no epochs or batches.", ", ".join(idle))


def _inputs(data: GenreDataModule, embed: NetFeatures | None) -> NDArray[np.float64]:
    """Return the pipeline's input, one row a segment, or a window of one in their order `(N * S, D)`.

    A row holds the features themselves, or a trained net's embedding of them.
    """
    features = torch.from_numpy(np.array(data.features))  # (N, C, F, T)
    if data.windows is not None:
        frames = data.windows.frames(features.shape[-1])
        return segment_rows(cover(features, frames, data.windows.overlap).flatten(0, 1))
    if embed is None:
        return segment_rows(features)
    embed.eval()
    with torch.inference_mode():
        return segment_rows(torch.cat([embed(batch) for batch in torch.split(features, _BATCH)]))


def _features(model: Pipeline, x: NDArray[np.float64]) -> int:
    """Return how many features a pipeline learns from: of statistics, not the points of the spectrograms."""
    return model[0].n_statistics if isinstance(model[0], SpectrogramStatistics) else x.shape[1]


def _fit(plan: Plan, x: NDArray[np.float64]) -> BaseEstimator:
    data = plan.data
    model = as_pipeline(plan.model)
    frames = data.in_shape[2] if data.windows is None else data.windows.frames(data.in_shape[2])
    bins = getattr(model[0], "bins", None) if x[0].size == math.prod((*data.in_shape[:2], frames)) else None
    if bins is not None and tuple(data.in_shape[:2]) != (1, bins):
        raise MusicGenreError(
            f"model.statistics is {bins}, but the features are {data.in_shape[0]} x {data.in_shape[1]} x "
            f"{data.in_shape[2]} (channels, bins, frames): it must be the number of bins, of a single channel."
        )
    each = len(x) // len(data.labels)  # rows of a segment
    labels, tracks = data.labels.numpy().repeat(each), data.segments.recording.to_numpy().repeat(each)
    train = (each * data.rows["train"][:, None] + np.arange(each)).ravel()
    return fit_pipeline(model, x, labels, train, tracks, fit_on_all=data.fit_on_all)


def _record(plan: Plan, embed: NetFeatures | None) -> dict[str, Any]:
    """Return the plain values that are saved with the fitted pipeline."""
    data = plan.data
    front_end = describe(data.front_end)
    return {
        "card": data.card().plain(),
        "front_end": front_end,
        "embed": embed is not None,
        "config": dict(plan.config),
    }


def _predictions(data: GenreDataModule, classifier: GenreClassifier) -> pd.DataFrame:
    """Return validation and test probabilities, computed in the same batches as by `musicgenre evaluate`."""
    loaders = {"val": data.val_dataloader(), "test": data.test_dataloader()}
    tables = [
        _outputs(split, loader, classifier).table(data.genres)
        for split, loader in loaders.items()
        if len(data.rows[split])
    ]
    if not tables:
        raise MusicGenreError("The split left no segment to validate or test on: change split.*.")
    return pd.concat(tables, ignore_index=True)


def _outputs(split: str, loader: BatchLoader, classifier: GenreClassifier) -> Outputs:
    gathered = Gathered()
    with torch.inference_mode():
        for batch in loader:
            gathered.add(classifier(batch.x), batch.label, batch[2:])
    return gathered.outputs(split, loader.segments)
