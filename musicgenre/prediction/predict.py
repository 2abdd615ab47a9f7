"""Predict the genres of the user's own music: files in; tables, figures and a printed summary out."""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from musicgenre.data.audio.facts import AudioError, Facts
from musicgenre.data.corpus.artists import shortened
from musicgenre.data.corpus.layout import listed
from musicgenre.data.heard import file_row, files_table, tell_heard
from musicgenre.data.store.fingerprint import hash_or_error
from musicgenre.devices import devices_here
from musicgenre.errors import MusicGenreError
from musicgenre.files import bad_name, expanded
from musicgenre.prediction.classifier import AudioClassifier
from musicgenre.prediction.ensemble import Ensemble
from musicgenre.prediction.files import find_audio
from musicgenre.prediction.output import Answers, figure_path, holds_tables, write_part, write_tables
from musicgenre.prediction.result import Prediction
from musicgenre.progress import track_progress
from musicgenre.signals import ended_as_by_ctrl_c
from musicgenre.transcript import show, to_log_file
from musicgenre.visual.predictions import left_out_table, predictions_table
from musicgenre.visual.render import draw, write_png
from musicgenre.visual.timeline import timeline_figure
from musicgenre.words import counted

log = logging.getLogger(__name__)


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
    answers = _listen_to_all(listen, dict(zip(names, files, strict=True)), folder, save, before)
    found = answers.found
    tell_heard(files_table(answers.tracks))
    _tell_short(found, listeners)
    to_log_file(f"{len(found)} of {counted(len(files), 'file')} in {audio} could be used.")
    try:
        if found or not holds_tables(folder):
            before()
            write_tables(folder, answers, save, figures=figures)
        else:
            log.warning("The tables of an earlier call in %s are kept.", folder)
    finally:  # a full disk must not hide what was heard
        if found or len(files) > 1:
            _show(found, answers.unusable, passed_over, top)
    if not found:
        raise MusicGenreError(_nothing(answers.unusable, audio))
    if figures:
        _draw(found, folder)
    if save or figures:
        show(f"Written to {folder}")
    return found


def _listen_to_all(
    listen: Ensemble, files: Mapping[str, Path], folder: Path, formats: Sequence[str], before: Callable[[], None]
) -> Answers:
    """Hear all files. If it ends early, what was heard so far is written, as it may have taken hours."""
    answers = Answers(listen.genres, {}, {}, [])
    try:
        with ended_as_by_ctrl_c():
            for name, file in track_progress(files.items(), len(files), "Listening", len(files) > 1):
                answer, row = _heard(listen, name, file)
                if isinstance(answer, Prediction):
                    answers.found[name] = answer
                else:
                    answers.unusable[name] = answer
                answers.tracks.append(row)
    except BaseException:  # by Ctrl-C, or out of memory
        if answers.tracks:
            _keep_part(answers, f"Ended after {len(answers.tracks)} of {len(files)} files", folder, formats, before)
        raise
    return answers


def _tell_short(found: Mapping[str, Prediction], listeners: Sequence[AudioClassifier]) -> None:
    """Log which files do not fill a segment of each run, since silence or a repetition is heard with them."""
    cuts = [listener.segmenter for listener in listeners]
    needed = max((cut.n_samples - cut.missing) / cut.sample_rate if cut.n_samples else 0.0 for cut in cuts)
    if short := [name for name, prediction in found.items() if prediction.seconds < needed]:
        log.warning(
            "%s shorter than a segment (%g s), and repeated or padded with zeros to fill it: %s.",
            "1 file is" if len(short) == 1 else f"{len(short)} files are",
            max(cut.length or 0.0 for cut in cuts),
            shortened(short, most=3),
        )


def _keep_part(answers: Answers, told: str, folder: Path, formats: Sequence[str], before: Callable[[], None]) -> None:
    earlier = holds_tables(folder)  # whose config stays with them
    try:
        if not earlier:
            before()
        written = listed(write_part(folder, answers, formats))
        kept = ", and the tables of an earlier call are kept" if earlier else ""
        log.warning("%s: their results are in %s in %s%s.", told, written, folder, kept)
    except MusicGenreError as error:  # must not hide why it ended
        log.warning("%s, and their results are lost: %s", told, error)


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
    """Print what was heard and what was not; the log file gets it, too."""
    reason = "not audio by the suffix; audio=FILE hears any file"
    passed = [
        f"{count} {suffix} {'file' if count == 1 else 'files'} passed over: {reason}"
        for suffix, count in passed_over.items()
    ]
    show(
        *([predictions_table(found, top)] if found else []),
        *([left_out_table(unusable)] if unusable else []),
        *passed,
    )


def _nothing(unusable: Mapping[str, str], audio: str | Path) -> str:
    if len(unusable) > 1:
        return f"None of the {len(unusable)} files in {audio} could be used."
    ((name, reason),) = unusable.items()
    return f"{name} cannot be used: {reason.rstrip('.')}."


def _draw(found: Mapping[str, Prediction], folder: Path) -> None:
    for name, prediction in found.items():
        figure = timeline_figure(prediction.timeline, _title(name), doubt=prediction.doubt, seconds=prediction.seconds)
        write_png(figure_path(folder, name), draw(figure))


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


def _title(name: str) -> str:
    """Shorten a file's name in the middle if it is too long for the figure."""
    return name if len(name) <= 64 else f"{name[:32]}…{name[-31:]}"
