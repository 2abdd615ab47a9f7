"""A trained run, tested again, on its own test set or on all of other data."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from musicgenre.data.corpus.artists import shortened
from musicgenre.data.corpus.tracks import Corpus, Kind
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.describe import announce, skipped_table, split_table, tracks_table
from musicgenre.data.splits import Assignment
from musicgenre.errors import MusicGenreError
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.modules.hearing import heard_segmenter, hearing_front_end
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.results import result_figures, write_results
from musicgenre.training.build import build_corpus, build_data
from musicgenre.training.leaks import LEAKING_PROTOCOLS, leaks_of
from musicgenre.training.trained import load_model
from musicgenre.training.trainer import TrainerPlan, check_accelerator
from musicgenre.training.unseen import contents_in, same_names, seen_tracks

log = logging.getLogger(__name__)


def evaluate(
    run: str | Path,
    folder: RunFolder,
    trainer: TrainerPlan,
    other: Mapping[str, Any] | None = None,
    *,
    trusted: frozenset[str] = frozenset(),
) -> dict[str, float | str]:
    """Test the run's best checkpoint on its own test set, or on all of other data.

    Args:
        run: The run folder.
        folder: Gets results, predictions, tables and figures.
        trainer: The device and its limits.
        other: What of the run's config is to be replaced, such as its `data` group, to test on every track of other
            data; its genres must be those that the run knows. None uses the run's own data, split and seed again,
            and gives its test figures again.
        trusted: Full names of classes beside musicgenre's own that may be made.

    Returns:
        The metrics, as in metrics.json.

    Raises:
        MusicGenreError: The run cannot be read, or does not go with the data.
    """
    check_accelerator(str(trainer.settings.get("accelerator")))
    model = load_model(run, trusted=trusted)
    if model.config is None:
        raise MusicGenreError(f"{run} does not say which data it was trained on: test it from Python, trainer.test.")
    config = {**model.config, **(other or {})}
    if other and model.card is not None and isinstance(config.get("data"), Mapping):  # heard as in training
        config["data"] = {**config["data"], "downmix": config["data"].get("downmix") or model.card.segmenter.downmix}
    corpus = build_corpus(config)
    _require_same_genres(corpus, model, run)
    data = build_data(config, model.standardize, corpus)
    if other:
        data.split = everything_for_test
        _hear_as_trained(data, model)
    data.setup()
    announce(data)
    if not len(data.rows["test"]):
        raise MusicGenreError(f"The split of {run} left no segment for test: name other data with data=...")
    trainer.build(folder.path).test(model, datamodule=data, verbose=False)
    predictions = model.predictions
    folder.write_table("split.csv", split_table(data))
    folder.write_table("skipped.csv", skipped_table(data))
    folder.write_table("tracks.csv", tracks_table(data))
    leaks = leaks_of(data, "" if other else _protocol_leaks(config))
    if other:
        seen = _seen(RunFolder(Path(run).expanduser()), data, None if model.card is None else model.card.kind)
        leaks = replace(leaks, said=(seen,) if seen else (), artists=None)  # the training artists are not known here
    return write_results(folder, predictions, result_figures(predictions), {}, leaks)


def _protocol_leaks(config: Mapping[str, Any]) -> str:
    return LEAKING_PROTOCOLS.get(config["protocol"], "")


def _seen(run: RunFolder, data: GenreDataModule, kind: Kind | None) -> str | None:
    """Say, and log, how many of the tested tracks the run was trained or chosen on; None for none."""
    if not run.split_csv.is_file():
        return None
    tracks = data.segments.track.iloc[data.rows["test"]].nunique()
    if kind in (None, data.corpus.kind):
        seen, how = seen_tracks(data, "test", contents_in(run, data, "train", "val")), "are among those"
    else:  # a row of a table and the file that it was made of have nothing in common but their name
        seen, how = same_names(data, "test", run, "train", "val"), "have the names of those"
    if not seen:
        return None
    text = f"{len(seen)} of the {tracks} tested tracks {how} that the run was trained or chosen on"
    log.warning("LEAK: %s (%s). Its own test set: the same command without data=.", text, shortened(seen, 3))
    return text


def _hear_as_trained(data: GenreDataModule, model: GenreClassifier) -> None:
    """Cut audio, for a model of a table or of pictures, into pieces as long as what a row of it stood for."""
    card = model.card
    if card is None or card.kind == data.corpus.kind or data.corpus.kind != "audio":
        return
    if data.front_end.sample_rate != card.segmenter.sample_rate:
        raise MusicGenreError(
            f"sample_rate is {data.front_end.sample_rate} Hz, and the run's features are of audio at "
            f"{card.segmenter.sample_rate} Hz: leave sample_rate out."
        )
    data.segmenter = replace(heard_segmenter(card), downmix=data.segmenter.downmix)
    data.front_end = hearing_front_end(model)


def everything_for_test(corpus: Corpus, segments: pd.DataFrame) -> Assignment:
    """Assign all of other data than the run's to test."""
    return np.full(len(segments), "test")


def _require_same_genres(corpus: Corpus, model: GenreClassifier, run: str | Path) -> None:
    known = model.genres or ()
    if corpus.genres != known:
        extra, missing = sorted(set(corpus.genres) - set(known)), sorted(set(known) - set(corpus.genres))
        found = [f"{corpus.root} has {', '.join(extra)}, which the run does not know"] if extra else []
        found += [f"{corpus.root} lacks {', '.join(missing)}"] if missing else []
        raise MusicGenreError(
            f"{run} was trained on {', '.join(known)}; {' and '.join(found)}: "
            "evaluate it on data of the same genres (folders are matched by name)."
        )
