"""Predict the genres of the user's own music: files in; tables, figures and a printed summary out."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from musicgenre.cells import csv_text, unguard
from musicgenre.data.audio.facts import AudioError, Facts
from musicgenre.data.heard import COLUMNS, file_row, files_table, tell_heard
from musicgenre.data.store.fingerprint import hash_or_error
from musicgenre.devices import devices_here
from musicgenre.errors import MusicGenreError
from musicgenre.files import bad_name, expanded, file_stem, replace_text
from musicgenre.prediction.classifier import AudioClassifier
from musicgenre.prediction.ensemble import Ensemble
from musicgenre.prediction.files import find_audio
from musicgenre.prediction.result import Prediction
from musicgenre.prediction.tables import predictions_frame, segments_frame
from musicgenre.progress import track_progress
from musicgenre.signals import ended_as_by_ctrl_c
from musicgenre.transcript import console
from musicgenre.visual.predictions import left_out_table, predictions_table
from musicgenre.visual.render import draw, write_png
from musicgenre.visual.timeline import timeline_figure
from musicgenre.words import counted

log = logging.getLogger(__name__)

_LONGEST_NAME = 200  # bytes: file systems allow 255, with suffix


def predict(
    listeners: Sequence[AudioClassifier],
    audio: str | Path,
    folder: Path,
    *,
    top: int = 3,
    save: Sequence[str] = (),
    figures: bool = True,
    before: Callable[[], None] = lambda: None,
) -> dict[str, Prediction]:
    """Predict a file, or every file of a folder; print the genres and write a timeline of each track.

    Args:
        listeners: Classifiers whose probabilities are averaged.
        audio: A file, or a folder, searched recursively.
        folder: Where tables and figures are written.
        top: Number of genres shown for each track.
        save: Tables to write: "csv", "json" or both.
        figures: Whether timelines are drawn.
        before: Called before the first table is written.

    Returns:
        The predictions by file.

    Raises:
        MusicGenreError: The audio does not exist, or no file could be used.
    """
    listen = Ensemble(tuple(listeners))
    files, passed_over = find_audio(audio)
    root = expanded(audio)
    names = _told_apart([file.relative_to(root).as_posix() if root.is_dir() else file.name for file in files])
    found, unusable, heard = _listen_to_all(listen, dict(zip(names, files, strict=True)), folder, save, before)
    if len(files) == 1 and unusable:
        ((name, reason),) = unusable.items()
        raise MusicGenreError(f"{name} cannot be used: {reason.rstrip('.')}.")
    tell_heard(heard)
    if figures:
        for name, prediction in found.items():
            figure = timeline_figure(
                prediction.timeline, _title(name), doubt=prediction.doubt, seconds=prediction.seconds
            )
            write_png(folder / "figures" / f"{_figure_name(name)}.png", draw(figure))
    _show(found, unusable, passed_over, top)
    if not found:
        raise MusicGenreError(f"None of the {len(files)} files in {audio} could be used.")
    if save or figures:
        console().print(f"Written to {folder}", soft_wrap=True, highlight=False, markup=False)
    return found


def _listen_to_all(
    listen: Ensemble, files: Mapping[str, Path], folder: Path, formats: Sequence[str], before: Callable[[], None]
) -> tuple[dict[str, Prediction], dict[str, str], pd.DataFrame]:
    """Return the predictions by name, the reasons why files cannot be used, and what was heard of each file.

    The tables are written even if it ends early, with what was heard so far: it may have taken hours.
    """
    found: dict[str, Prediction] = {}
    unusable: dict[str, str] = {}
    heard: list[dict[str, Any]] = []
    try:
        with ended_as_by_ctrl_c():
            for name, file in track_progress(files.items(), len(files), "Listening", len(files) > 1):
                answer, row = _heard(listen, name, file)
                if isinstance(answer, Prediction):
                    found[name] = answer
                else:
                    unusable[name] = answer
                heard.append(row)
    finally:
        ended = len(heard) < len(files)  # by Ctrl-C, or out of memory
        if heard:
            before()
        if heard and not ended:
            _write(folder, found, unusable, files_table(heard), formats)
        elif heard:
            try:
                _write(folder, found, unusable, files_table(heard), formats or ["csv"])
                log.warning("Ended after %d of %d files: their results are in %s.", len(heard), len(files), folder)
            except MusicGenreError as error:  # must not hide why it ended
                log.warning("Ended after %d of %d files, and their results are lost: %s", len(heard), len(files), error)
    return found, unusable, files_table(heard)


def _heard(listen: Ensemble, name: str, file: Path) -> tuple[Prediction | str, dict[str, Any]]:
    """Return the prediction, or the reason why the file cannot be used; and what was heard of it."""
    answer: Prediction | str
    try:
        _require_unicode(file)
        answer = listen(file)
        facts, segments, reason, end = answer.facts or Facts(), int((answer.segments.run == 0).sum()), "", answer.heard
    except MusicGenreError as error:
        answer = reason = str(error)
        facts, segments, end = getattr(error, "facts", Facts()), 0, None
    content = hash_or_error(file) if file.is_file() else ""
    return answer, file_row(name, facts, segments, content, reason, end)


def _show(
    found: Mapping[str, Prediction], unusable: Mapping[str, str], passed_over: Mapping[str, int], top: int
) -> None:
    screen = console()
    if found:
        screen.print(predictions_table(found, top))
    if unusable:
        screen.print(left_out_table(unusable))
    for suffix, count in passed_over.items():
        files = f"{suffix} file" if count == 1 else f"{suffix} files"
        reason = "not audio by the suffix; audio=FILE hears any file"
        screen.print(f"{count} {files} passed over: {reason}", highlight=False, markup=False)


def choose_device(name: str) -> torch.device:
    """Return the device of that name; for "auto", the best one available.

    Raises:
        MusicGenreError: There is no such device.
    """
    here = devices_here()
    if name == "auto":
        name = here[0]
    if name.split(":")[0] not in here:
        raise MusicGenreError(
            f"device is {name!r}, which PyTorch cannot use here: choose auto or one of {', '.join(here)}."
        )
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise MusicGenreError(
            f"device is {name!r}, which is not a device: choose auto, cpu, cuda, cuda:N or mps."
        ) from error
    if device.type == "cuda" and (device.index or 0) >= (count := torch.cuda.device_count()):
        there = "cuda:0" if count == 1 else f"cuda:0 to cuda:{count - 1}"
        raise MusicGenreError(f"device is {name!r}, but this machine has {counted(count, 'GPU')}: choose {there}.")
    return device


def _require_unicode(file: Path) -> None:
    try:
        str(file).encode()
    except UnicodeEncodeError as error:
        raise AudioError(f"its name is {bad_name()}") from error


def _told_apart(names: Sequence[str]) -> list[str]:
    """Return unique names that can be printed and written, with bytes that are not UTF-8 escaped."""
    found = [name.encode("utf-8", "backslashreplace").decode() for name in names]
    return found if len(set(found)) == len(found) else [f"{name} ({place})" for place, name in enumerate(found)]


def _figure_name(name: str) -> str:
    """Return a figure's path without `.png`: the same folders, every part short enough for a suffix."""
    return "/".join(part if len(part.encode()) <= _LONGEST_NAME else file_stem(part) for part in name.split("/"))


def _title(name: str) -> str:
    """Shorten a file's name in the middle if it is too long for the figure."""
    return name if len(name) <= 64 else f"{name[:32]}…{name[-31:]}"


def _remove_earlier(folder: Path) -> None:
    """Remove what an earlier call wrote here about other recordings, so that it does not mix with the new results.

    Only figures that `tracks.csv` names go: others with such names (`photo-20240131.png`) may be the user's own.
    """
    try:
        earlier = pd.read_csv(folder / "tracks.csv", usecols=list(COLUMNS), dtype=str, keep_default_na=False)
    except (OSError, ValueError):  # there was none, or the table is not ours
        return
    figures = folder / "figures"
    drawn = [figures / f"{_figure_name(unguard(name))}.png" for name in earlier[COLUMNS[0]]]
    inside = [path for path in drawn if path.resolve().is_relative_to(figures.resolve())]  # whatever the table says
    for path in (*(folder / name for name in ("predictions.csv", "segments.csv", "predictions.json")), *inside):
        path.unlink(missing_ok=True)


def _write(
    folder: Path,
    found: Mapping[str, Prediction],
    unusable: Mapping[str, str],
    heard: pd.DataFrame,
    formats: Sequence[str],
) -> None:
    """Write `tracks.csv` and the requested tables: `predictions.csv` and `segments.csv`, `predictions.json`."""
    _remove_earlier(folder)
    tracks = predictions_frame(found, unusable)
    if "csv" in formats:
        _write_table(folder / "predictions.csv", tracks)
        _write_table(folder / "segments.csv", segments_frame(found))
    if "json" in formats:
        replace_text(folder / "predictions.json", json.dumps(_records(tracks), indent=2, ensure_ascii=False))
    _write_table(folder / "tracks.csv", heard)


def _write_table(path: Path, table: pd.DataFrame) -> None:
    replace_text(path, csv_text(table, digits=9))


def _records(tracks: pd.DataFrame) -> list[dict[str, object]]:
    """Turn rows into plain values, leaving out what is unknown."""
    rows = tracks.to_dict("records")
    return [{str(key): value for key, value in row.items() if not pd.isna(value)} for row in rows]
