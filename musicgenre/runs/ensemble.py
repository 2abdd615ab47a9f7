"""`musicgenre ensemble`: the mean of several runs' probabilities, as a run of its own."""

import json
from pathlib import Path

import pandas as pd
from omegaconf import DictConfig

from musicgenre.errors import MusicGenreError
from musicgenre.evaluation.ensemble import mean_predictions
from musicgenre.runs.find import read_runs
from musicgenre.runs.folder import new_folder
from musicgenre.runs.results import result_figures, write_results


def run(cfg: DictConfig) -> None:
    """Average the probabilities of the runs' validation and test segments, and write a run folder.

    Raises:
        MusicGenreError: There are fewer than two runs, one is not finished, or they do not go together.
    """
    folder = new_folder(cfg)
    members = _members(cfg.runs)
    if len(set(members)) < 2:
        raise MusicGenreError(f"runs names {len(set(members))} run: an ensemble takes two or more, runs=[A,B].")
    metrics = [_metrics(folder) for folder in members]
    predictions = mean_predictions([pd.read_csv(folder / "predictions.csv") for folder in members])
    leaks = list(dict.fromkeys(str(found["leak"]) for found in metrics if "leak" in found))
    summary = {"members": len(members)}
    write_results(folder, predictions, result_figures(predictions), summary, ". ".join(leaks) or None)


def _members(runs: str | list[str]) -> list[Path]:
    """The run folders that were listed, or all of those in the one folder that was named."""
    if not isinstance(runs, str):
        return [Path(str(name)).expanduser() for name in runs]
    return [found.folder for found in read_runs(Path(runs).expanduser())]


def _metrics(folder: Path) -> dict[str, float | str]:
    path = folder / "metrics.json"
    if not path.is_file():
        found = "no such folder" if not folder.is_dir() else "no metrics.json in it"
        raise MusicGenreError(f"{folder} is no finished run ({found}): give folders that `musicgenre train` wrote.")
    metrics: dict[str, float | str] = json.loads(path.read_text())
    return metrics
