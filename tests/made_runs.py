"""Run folders as a command writes them, made without training."""

import io
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from musicgenre.runs.folder import RunFolder
from musicgenre.runs.identity import signature
from musicgenre.runs.job import Job
from musicgenre.runs.results import genre_tables, results

GENRES = ("drone", "hum")


def predictions(right: int = 3, tracks: int = 4, genres: tuple[str, ...] = GENRES) -> pd.DataFrame:
    """Predictions of two segments of every validation and test track; the first `right` tracks are recognised."""
    rows = []
    for split in ("val", "test"):
        for number in range(tracks):
            label = number % len(genres)
            named = label if number < right else (label + 1) % len(genres)
            others = 0.1 / (len(genres) - 1)
            probs = {f"p_{genre}": 0.9 if genre == genres[named] else others for genre in genres}
            track = {"split": split, "track": f"{genres[label]}/{split}{number}.wav"}
            rows += [track | {"start": s, "genre": genres[label], "label": label} | probs for s in (0.0, 3.0)]
    return pd.DataFrame(rows)


def job(folder: Path, command: str = "train", **given: Any) -> Job:
    """The job of a command; takes any of seed, overrides, choices and config."""
    choices: dict[str, Any] = {"data": "folder"}
    config: dict[str, Any] = {"seed": given.get("seed", 1), "data": {"root": "/music/tapes"}}
    if command != "evaluate":  # which has no settings of training
        choices |= {"experiment": None, "model": "cnn", "optimizer": "adam", "split": "stratified"}
        config["optimizer"] = {"lr": 0.01}
    choices |= given.get("choices", {})
    runtime = {"choices": choices, "cwd": str(Path.cwd())}
    hydra = {"hydra": {"runtime": runtime, "job": {"config_name": command}}}
    overrides = given.get("overrides", ())
    return Job(command, folder, config | given.get("config", {}), overrides, choices, yaml.safe_dump(hydra))


def begin_run(folder: Path, **given: Any) -> RunFolder:
    """Write what a run writes before it computes anything; takes what `job` takes, and processes."""
    asked, run = job(folder, **given), RunFolder(folder)
    run.write_config(asked)
    run.write_environment(signature(asked.config, "data"), "cpu", 1, processes=given.get("processes", 1))
    return run


def write_run(folder: Path, table: pd.DataFrame | None = None, leak: str = "", **given: Any) -> Path:
    """Write a finished run; takes what `begin_run` takes."""
    run, table = begin_run(folder, **given), predictions() if table is None else table
    run.write_table("predictions.csv", table)
    genres, metrics = _measured(table.to_csv(index=False))
    run.write_table("genres.csv", genres)
    pd.DataFrame({"epoch": [0, 1], "val/loss": [0.7, 0.6]}).to_csv(run.history_csv, index=False)
    run.write_metrics(metrics | ({"leak": leak} if leak else {}))
    return folder


@cache
def _measured(table: str) -> tuple[pd.DataFrame, dict[str, float | str]]:
    """Figures by genre and metrics of a predictions table, given as CSV; cached, as the same few tables recur."""
    found = pd.read_csv(io.StringIO(table))
    return genre_tables(found), results(found, {"epochs": 2, "parameters": 100, "fit_seconds": 0.5})


def write_sweep(folder: Path, **values: tuple[int, ...]) -> Path:
    """Write runs of several optimizers and seeds; `values` says how many of four tracks each seed's run gets right."""
    number = 0
    for optimizer, right in values.items():
        for seed, count in enumerate(right, start=1):
            asked = ("data=folder", f"optimizer={optimizer}", f"seed={seed}")
            settings: dict[str, Any] = {"choices": {"optimizer": optimizer}, "seed": seed, "overrides": asked}
            write_run(folder / str(number), predictions(count), **settings)
            number += 1
    return folder
