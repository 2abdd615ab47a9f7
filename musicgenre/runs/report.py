"""`musicgenre report`: all runs below a folder, side by side."""

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig
from rich.console import Console

from musicgenre.evaluation.metrics import confusion, genres_of, probabilities_of, track_probabilities
from musicgenre.evaluation.summary import genre_report, summarise
from musicgenre.files import replace_text
from musicgenre.runs.find import Run, label_runs, read_runs
from musicgenre.runs.folder import write_table
from musicgenre.visual.accuracies import accuracies_figure
from musicgenre.visual.confusion import confusion_figure
from musicgenre.visual.render import Pixels, draw, write_png
from musicgenre.visual.tables import report_table


def run(cfg: DictConfig) -> None:
    """Write tables over all runs, one bar chart, and each kind of run's classification report and confusion matrix.

    runs.csv has a row a run; report.csv a row for all runs that differ in nothing but the seed, with mean and
    standard deviation; classification_reports.txt and figures/ pool the test tracks of such runs.
    """
    folder = Path(HydraConfig.get().runtime.output_dir)
    runs = read_runs(Path(str(cfg.runs)).expanduser())
    table = _table(runs)
    summary = summarise(table)
    write_table(folder, "runs.csv", table)
    write_table(folder, "report.csv", summary)
    figures = {"accuracies": draw(accuracies_figure(table, summary))}
    texts = []
    for place, name in enumerate(summary.run):
        tested = _tested([item for item, label in zip(runs, table.run, strict=True) if label == name])
        if len(tested):
            texts.append(f"{name}: test tracks of {summary.runs[place]} runs\n\n{genre_report(tested)}")
            figures[f"confusion_{_file_name(name)}"] = _confusion(tested, name)
    replace_text(folder / "classification_reports.txt", "\n\n".join(texts) + "\n")
    _write_figures(folder, figures)
    console = Console()
    console.print(report_table(summary))
    console.print(f"Report: {folder}", soft_wrap=True, highlight=False)


def _table(runs: list[Run]) -> pd.DataFrame:
    """A row a run: its name, what it leaks, its folder, and its metrics."""
    rows = [
        {"run": label, "leak": item.metrics.get("leak", ""), "folder": str(item.folder)}
        | {name: value for name, value in item.metrics.items() if isinstance(value, int | float)}
        for item, label in zip(runs, label_runs(runs), strict=True)
    ]
    return pd.DataFrame(rows)


def _tested(runs: list[Run]) -> pd.DataFrame:
    """The test tracks of several runs, one below the other."""
    tables = [item.predictions for item in runs]
    return pd.concat([track_probabilities(table[table.split == "test"]) for table in tables])


def _confusion(tested: pd.DataFrame, name: str) -> Pixels:
    genres = genres_of(tested)
    matrix = confusion(probabilities_of(tested), tested.label.to_numpy(), len(genres))
    return draw(confusion_figure(matrix, genres, f"{name}\ntest tracks"))


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.=-]+", "_", name)


def _write_figures(folder: Path, figures: Mapping[str, Pixels]) -> None:
    for name, pixels in figures.items():
        write_png(folder / "figures" / f"{name}.png", pixels)
