"""Test a trained run again, on its own test set or on all of another dataset."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from musicgenre.data.audio.excerpt import read_excerpt
from musicgenre.data.audio.facts import AudioError
from musicgenre.data.corpus.artists import shortened
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.describe import announce, skipped_table, split_table, tracks_table
from musicgenre.data.recorded import content_of, seen_tracks
from musicgenre.data.splits import Assignment
from musicgenre.errors import MusicGenreError, UntrustedError
from musicgenre.files import expanded
from musicgenre.modules.checkpoint import KEY, read_checkpoint
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.modules.hearing import GTZAN_SECONDS, heard_segmenter, hearing_front_end
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.identity import REPEATED
from musicgenre.runs.job import Job
from musicgenre.runs.leaks import Leaks
from musicgenre.runs.model_file import checkpoint_of
from musicgenre.runs.other_results import begin_others
from musicgenre.runs.results import result_figures, write_results
from musicgenre.runs.run import Run
from musicgenre.runs.settings import names_together, setting_text, trained_on
from musicgenre.runs.tested import where_tested
from musicgenre.training.build import MADE, build_corpus, build_data
from musicgenre.training.deformed import answers, deformation_table, require_audio, write_deformed
from musicgenre.training.leaks import LEAKING_PROTOCOLS, leaks_of
from musicgenre.training.objects import Config
from musicgenre.training.tested import epoch_of
from musicgenre.training.trained import folder_of, load_model, trust_in_record, with_own_paths
from musicgenre.training.trainer import TrainerPlan, check_accelerator
from musicgenre.training.unseen import contents_in, same_names
from musicgenre.trust import Trust, as_trust, require_known, unknown_in, unknown_names
from musicgenre.words import are, counted

log = logging.getLogger(__name__)

_ANY_RATE = 2000  # Hz, only to measure a length
_LONG = 1.5  # times a training track's length: longer songs are not heard in one piece


def evaluate(
    run: str | Path,
    job: Job,
    trainer: TrainerPlan,
    other: Mapping[str, Any] | None = None,
    *,
    deform: Sequence[str] = (),
) -> dict[str, float | str]:
    """Test the checkpoint that a run has tested on its own test set, or on all of other data.

    Args:
        run: The run folder, or a checkpoint of one.
        job: What was asked for; its folder gets results, predictions, tables and figures.
        trainer: The device and its limits.
        other: What of the run's config is to be replaced, such as its `data` group, to test on every track of other
            data, whole songs of any length, of genres that the run knows; others are left out and named. None uses the
            run's own data, split and seed again, and gives its test figures again.
        deform: Deformations under which the test tracks are tested too, see `musicgenre.prediction.deformations`.

    Returns:
        The metrics, as in metrics.json.

    Raises:
        MusicGenreError: The run cannot be read, or does not go with the data.
    """
    check_accelerator(str(trainer.settings.get("accelerator")))
    model = _load(run, job.trust, [name for name in MADE if name not in (other or {})])
    about = _about(run, {"split": "all tracks"} if other else None)
    if model.config is None:
        raise MusicGenreError(f"{run} does not say which data it was trained on: test it in Python, with trainer.test.")
    origin, groups = checkpoint_of(expanded(run)), [name for name in MADE if name not in (other or {})]
    require_known(model.config, groups, str(origin), trust_in_record(run, job.trust))
    config = {**with_own_paths(model.config, run), **(other or {})}
    data = _open_data(run, model, config, other=bool(other), deform=bool(deform))
    folder = RunFolder(job.folder)
    begin_others(job)
    tester = trainer.build(folder.path)
    tester.test(model, datamodule=data, verbose=False)
    if not tester.is_global_zero:  # the first process has gathered everything, and writes
        return {}
    predictions = model.predictions
    folder.write_table("split.csv", split_table(data))
    folder.write_table("skipped.csv", skipped_table(data))
    folder.write_table("tracks.csv", tracks_table(data))
    leaks = _leaks_of_other(run, data) if other else leaks_of(data, _protocol_leaks(config))

    def test_deformed(_: Mapping[str, float | str]) -> None:
        if deform:
            right, groups, unheard = answers(model, data, deform)
            write_deformed(folder, deformation_table(right, groups, deform), unheard)

    return write_results(folder, predictions, result_figures(predictions), about, leaks, test_deformed)


def _load(run: str | Path, trust: bool | Trust, groups: Sequence[str]) -> GenreClassifier:
    """Load a run's model; if it is not trusted, name what is missing for the groups of its config too."""
    try:
        return load_model(run, trust=trust)
    except UntrustedError as error:
        path = checkpoint_of(expanded(run))
        config = read_checkpoint(path)[KEY]["config"] if error.names and path.is_file() else None
        others = unknown_in(config or {}, groups, str(path), as_trust(trust))
        if not others.keys() - {*error.names}:
            raise
        parts = dict.fromkeys(error.names, "its model")
        raise unknown_names({**parts, **others}, str(path)) from error


def _open_data(
    run: str | Path, model: GenreClassifier, config: dict[str, Any], *, other: bool, deform: bool
) -> GenreDataModule:
    """Open the data that a run is tested on: its own, with its split, or all of other data, heard as in training.

    Raises:
        MusicGenreError: The data do not fit the run, or leave nothing to test.
    """
    if other and model.card is not None and isinstance(config.get("data"), Mapping):
        config["data"] = {**config["data"], "downmix": config["data"].get("downmix") or model.card.segmenter.downmix}
    kept = getattr(model.front_end, "made_with", {})
    if kept.keys() & {"weights", "weights_hash"}:  # a pretrained network, whose files may be elsewhere by now
        config["features"] = {**config["features"], **{name: kept[name] for name in kept if name != "sample_rate"}}
    corpus = _as_known(build_corpus(config), model, run)
    if deform:
        require_audio(corpus)
    if other:
        config["segments"] = whole_songs(config["segments"], model, corpus)
    data = build_data(config, model.standardize, corpus, everything_for_test if other else None)
    if other:
        _hear_as_trained(data, model)
    data.setup()
    announce(data)
    if not other:
        _require_own(RunFolder(folder_of(run)), data)
    if not len(data.rows["test"]):
        raise MusicGenreError(f"The split of {run} left no segment for test: name other data with data=...")
    return data


def _leaks_of_other(run: str | Path, data: GenreDataModule) -> Leaks:
    """Return what a run knows of data other than its own; the artists that it was trained on are not known here."""
    seen = _seen(RunFolder(folder_of(run)), data)
    return replace(leaks_of(data, ""), said=(seen,) if seen else (), artists=None)


def _protocol_leaks(config: Mapping[str, Any]) -> str:
    return LEAKING_PROTOCOLS.get(config["protocol"], "")


def _require_own(run: RunFolder, data: GenreDataModule) -> None:
    """Check that the data, with the run's split, have exactly the run's test tracks.

    Raises:
        MusicGenreError: They have changed, and the split might test tracks that the run was trained on.
    """
    if not run.split_csv.is_file():
        return
    tracks = data.segments.track.iloc[data.rows["test"]].unique()
    here, own = content_of(data.corpus, data.store), contents_in(run, "test")
    if other := [track for track in tracks if here[track] not in own] or own - {here[track] for track in tracks}:
        raise MusicGenreError(
            f"The data of {run.path} have changed since training: {data.corpus.root} no longer has the same test "
            f"tracks ({counted(len(other), 'difference')}). To test it on the present tracks, name them as other data, "
            "data=... data.root=DIR."
        )


def _seen(run: RunFolder, data: GenreDataModule) -> str | None:
    """Return, and log, how many of the tested tracks the run was trained or selected on; None if none."""
    if not run.split_csv.is_file():
        return None
    tracks = data.segments.track.iloc[data.rows["test"]].nunique()
    seen = seen_tracks(data, "test", contents_in(run, "train", "val"))
    named = sorted({*same_names(data, "test", run, "train", "val")} - {*seen})
    called = "has the name of one" if len(named) == 1 else "have the names of those"
    found = ((seen, f"{are(len(seen))} among those"), (named, called))
    if not (seen or named):
        return None
    said = " and ".join(f"{len(those)} of the {tracks} tested tracks {how}" for those, how in found if those)
    text = f"{said} that the run was trained or chosen on"
    log.warning("LEAK: %s (%s). Its own test set: the same command without data=.", text, shortened(seen + named, 3))
    return text


def _hear_as_trained(data: GenreDataModule, model: GenreClassifier) -> None:
    """For a model of tables or pictures, cut audio into pieces as long as a row or picture stood for."""
    card = model.card
    if card is None or card.kind == data.corpus.kind or data.corpus.kind != "audio":
        return
    if data.front_end.sample_rate != card.segmenter.sample_rate:
        raise MusicGenreError(
            f"sample_rate is {data.front_end.sample_rate} Hz, but the run's features are of audio at "
            f"{card.segmenter.sample_rate} Hz: leave sample_rate out."
        )
    data.segmenter = replace(heard_segmenter(card), downmix=data.segmenter.downmix)
    data.front_end = hearing_front_end(model)


def everything_for_test(corpus: Corpus, segments: pd.DataFrame) -> Assignment:
    """Assign all segments to test, for data other than the run's own."""
    return np.full(len(segments), "test")


def whole_songs(segments: Config, model: GenreClassifier, corpus: Corpus) -> dict[str, Any]:
    """Return how a collection is cut so that songs of any length are heard to their end.

    A run that keeps only the first segments of each track gets all of them here; one that takes whole tracks gets
    pieces as long as its training tracks if the collection has longer songs.

    Args:
        segments: How the run's own tracks are cut.
        model: The run's model.
        corpus: The collection.
    """
    assert model.card is not None  # a run has one
    cut = {**segments, "max_segments": None}
    if segments["max_segments"]:
        most = counted(segments["max_segments"], "segment")
        log.info("Songs are classified to their end; of each of its own tracks the run takes at most %s.", most)
    seconds = model.card.seconds or GTZAN_SECONDS
    if (
        corpus.kind == "audio"
        and segments["length"] is None
        and any(_is_longer(track.path, _LONG * seconds) for track in corpus.tracks)
    ):
        log.info("Songs are classified in pieces of %.3g s, as long as the run's own tracks.", seconds)
        cut |= {"length": seconds, "overlap": 0.0, "short": "pad"}
    return cut


def _is_longer(path: Path, seconds: float) -> bool:
    """Return whether more than so many seconds of a file can be decoded, whatever length its header states."""
    try:
        return not read_excerpt(path, _ANY_RATE, seconds=seconds).whole
    except AudioError:  # left out and named when it is read
        return False


def _as_known(corpus: Corpus, model: GenreClassifier, run: str | Path) -> Corpus:
    """Return the corpus with exactly the run's genres, some of which may have no tracks.

    Raises:
        MusicGenreError: It has none of the run's genres.
    """
    known = model.genres or ()
    extra, missing = sorted(set(corpus.genres) - set(known)), sorted(set(known) - set(corpus.genres))
    if len(missing) == len(known):
        raise MusicGenreError(
            f"{run} was trained on {', '.join(known)}, and {corpus.root} has none of them: it has "
            f"{', '.join(extra)}. Genres are matched by name: 'data.aliases={{NAME: GENRE}}' gives folders other names."
        )
    if missing:
        log.warning(
            "%s lacks %s: figures are over the %s it has.", corpus.root, ", ".join(missing), _genres(known, missing)
        )
    if not extra:
        return replace(corpus, genres=known)
    others = [track for track in corpus.tracks if track.genre not in known]
    log.warning(
        "%s has %s, which the run does not know: %s left out.",
        corpus.root,
        ", ".join(extra),
        counted(len(others), "track"),
    )
    ignored = (*corpus.ignored, *((track.id, f"the run does not know {track.genre}") for track in others))
    kept = tuple(track for track in corpus.tracks if track.genre in known)
    return replace(corpus, genres=known, tracks=kept, ignored=tuple(sorted(ignored)))


def _genres(known: Sequence[str], missing: Sequence[str]) -> str:
    count = len(known) - len(missing)
    return "one genre" if count == 1 else counted(count, "genre")


def _about(run: str | Path, tested: dict[str, str] | None) -> dict[str, float | str]:
    """Return the entries on which weights were tested, a network's epoch, and on what data: the run's own if None."""
    checkpoint, source = checkpoint_of(expanded(run)), Run(folder_of(run))
    epoch: dict[str, float | str] = {"tested_epoch": epoch_of(checkpoint)} if checkpoint.is_file() else {}
    written = source.files.hydra_yaml.is_file()
    if tested is None:
        tested = where_tested([source]) if written else {}
    return {**epoch, **(_known_of(source) if written else {}), **tested}


def _known_of(run: Run) -> dict[str, str]:
    """Return what tells later which run was tested, also once it is gone."""
    known = {"evaluated": names_together([run]), "signature": run.files.recorded("signature")}
    known |= {"trained_on": trained_on(run), **{key: setting_text(run, key) for key in REPEATED}}
    return {name: text for name, text in known.items() if text}
