"""`musicgenre predict`: the genre of the user's own music."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import torch
from omegaconf import DictConfig, ListConfig
from rich.console import Console

from musicgenre.errors import MusicGenreError
from musicgenre.files import replace_text
from musicgenre.prediction import Ensemble, Prediction, find_audio
from musicgenre.prediction.tables import predictions_frame, segments_frame
from musicgenre.prediction.trained import audio_classifier
from musicgenre.progress import track_progress
from musicgenre.runs.folder import RunFolder
from musicgenre.training.folders import new_folder
from musicgenre.training.trained import load_trained
from musicgenre.visual.predictions import left_out_table, predictions_table
from musicgenre.visual.render import draw, write_png
from musicgenre.visual.timeline import timeline_figure

_FORMATS = ("csv", "json")


def run(cfg: DictConfig) -> None:
    """Predict a file, or every file of a folder; show the genres and write a timeline of each track.

    Raises:
        MusicGenreError: A run or the audio is not there, or no file could be used.
    """
    folder = new_folder(cfg)
    formats = _formats(cfg.save)
    listen = _ensemble(cfg)
    files, passed_over = find_audio(cfg.audio)
    root = Path(cfg.audio).expanduser()
    names = [file.relative_to(root).as_posix() if root.is_dir() else file.name for file in files]
    found: dict[str, Prediction] = {}
    unusable: dict[str, str] = {}
    for name, file in track_progress(zip(names, files, strict=True), len(files), "Listening", len(files) > 1):
        try:
            found[name] = listen(file)
        except MusicGenreError as error:
            unusable[name] = str(error)
    _write(folder, found, unusable, formats)
    if cfg.figures:
        for name, prediction in found.items():
            write_png(folder / "figures" / f"{name}.png", draw(timeline_figure(prediction.timeline, _title(name))))
    console = Console()
    if found:
        console.print(predictions_table(found, cfg.top))
    if unusable:
        console.print(left_out_table(unusable))
    for suffix, count in passed_over.items():
        console.print(f"{count} {suffix} passed over: not audio that can be read", highlight=False)
    if not found:
        raise MusicGenreError(f"None of the {len(files)} files in {cfg.audio} could be used.")
    if formats or cfg.figures:
        console.print(f"Written to {folder}", soft_wrap=True, highlight=False)


def _formats(save: str | ListConfig | None) -> list[str]:
    formats = [save] if isinstance(save, str) else list(save or [])
    for name in formats:
        if name not in _FORMATS:
            raise MusicGenreError(f"save is {name!r}: choose save=csv, save=json or save=[csv,json].")
    return formats


def _ensemble(cfg: DictConfig) -> Ensemble:
    folders = list(cfg.run) if isinstance(cfg.run, ListConfig) else [cfg.run]
    if cfg.batch_size < 1 or cfg.top < 1:
        raise MusicGenreError(f"batch_size is {cfg.batch_size} and top is {cfg.top}: set both to 1 or more.")
    device = choose_device(cfg.device)
    return Ensemble(tuple(audio_classifier(load_trained(each), device, cfg.batch_size) for each in folders))


def choose_device(name: str) -> torch.device:
    """The device of that name; for "auto", the best there is.

    Raises:
        MusicGenreError: There is no such device here.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, found in there.items() if found)
    if not there.get(name.split(":")[0]):
        usable = ", ".join(kind for kind, found in there.items() if found)
        raise MusicGenreError(f"device is {name!r}, which PyTorch cannot use here: choose auto or one of {usable}.")
    return torch.device(name)


def _title(name: str) -> str:
    """A file's name, shortened in the middle if it would run out of the figure."""
    return name if len(name) <= 80 else f"{name[:40]}…{name[-39:]}"


def _write(folder: Path, found: Mapping[str, Prediction], unusable: Mapping[str, str], formats: list[str]) -> None:
    """Write the tables that were asked for: `predictions.csv` and `segments.csv`, `predictions.json`."""
    tracks = predictions_frame(found, unusable)
    if "csv" in formats:
        RunFolder(folder).write_table("predictions.csv", tracks)
        RunFolder(folder).write_table("segments.csv", segments_frame(found))
    if "json" in formats:
        replace_text(folder / "predictions.json", json.dumps(_records(tracks), indent=2, ensure_ascii=False))


def _records(tracks: pd.DataFrame) -> list[dict[str, object]]:
    """Rows as plain values, without what is not known of them."""
    rows = tracks.to_dict("records")
    return [{str(key): value for key, value in row.items() if not pd.isna(value)} for row in rows]
