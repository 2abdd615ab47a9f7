"""`musicgenre compare`: what one setting changed, over runs that share their seed and all else."""

import json
import logging
import math
from pathlib import Path
from typing import Any

import pandas as pd
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf
from rich import box
from rich.console import Console
from rich.table import Table

from musicgenre.errors import MusicGenreError
from musicgenre.evaluation.paired import paired_difference
from musicgenre.runs.find import run_folders
from musicgenre.runs.folder import write_table

log = logging.getLogger(__name__)

_ABSENT = object()


def run(cfg: DictConfig) -> None:
    """Pair the runs by seed and write the differences as differences.csv and a table on the screen."""
    runs = read_runs(Path(cfg.runs).expanduser(), cfg.by, list(cfg.metrics))
    reference = _reference(list(dict.fromkeys(runs.value)), cfg.reference, cfg.by)
    table = differences(runs, list(cfg.metrics), reference, cfg.confidence)
    folder = Path(HydraConfig.get().runtime.output_dir)
    write_table(folder, "differences.csv", table)
    console = Console()
    console.print(_shown(table, f"By {cfg.by}: difference to {reference}, paired by seed", cfg))
    console.print(f"Differences: {folder / 'differences.csv'}", soft_wrap=True, highlight=False)


def read_runs(folder: Path, by: str, metrics: list[str]) -> pd.DataFrame:
    """One row a finished run below the folder: `value` of `by`, `seed`, and the metrics.

    Raises:
        MusicGenreError: There are none, or one lacks a metric.
    """
    rows = []
    for path in (each / "metrics.json" for each in run_folders(folder)):
        if not path.is_file():
            log.warning("%s is not finished, and left out.", path.parent)
            continue
        if not (path.parent / ".hydra" / "hydra.yaml").is_file():
            continue
        found: dict[str, Any] = json.loads(path.read_text())
        if missing := [name for name in metrics if name not in found]:
            raise MusicGenreError(f"{path} has no {', '.join(missing)}: choose other metrics=[...].")
        seed, value = _settings(path.parent, by)
        rows.append({"value": value, "seed": seed, **{name: found[name] for name in metrics}})
    if not rows:
        raise MusicGenreError(f"{folder} holds no finished run: give the folder of a sweep, runs=multirun/DATE/TIME.")
    return pd.DataFrame(rows)


def differences(runs: pd.DataFrame, metrics: list[str], reference: str, confidence: float = 0.95) -> pd.DataFrame:
    """Every metric's paired difference of each value to the reference, over the seeds that both have.

    Args:
        runs: Columns `value`, `seed` and the metrics, one row a run.
        metrics: Their names.
        reference: The value that the others are compared with.
        confidence: Of the intervals.

    Returns:
        Columns metric, value, mean (of the value's runs), reference, difference, low, high, p_value, pairs.

    Raises:
        MusicGenreError: There is no such value or no other, or a value has two runs of one seed.
    """
    values = list(dict.fromkeys(runs.value))
    others = [value for value in values if value != reference]
    if reference not in values or not others:
        raise MusicGenreError(f"{reference} cannot be compared: the runs have {', '.join(values)}.")
    if runs.duplicated(["value", "seed"]).any():
        twice = runs[runs.duplicated(["value", "seed"])].iloc[0]
        raise MusicGenreError(f"{twice.value} has several runs of seed {twice.seed}: compare one sweep at a time.")
    rows = []
    for metric in metrics:
        by_seed = runs.pivot(index="seed", columns="value", values=metric)
        for value in others:
            pair = by_seed[[reference, value]].dropna()
            if pair.empty:
                raise MusicGenreError(f"{reference} and {value} have no seed in common.")
            found = paired_difference(pair[reference], pair[value], confidence=confidence)
            rows.append(
                {"metric": metric, "value": value, "mean": pair[value].mean(), "reference": pair[reference].mean()}
                | {"difference": found.mean, "low": found.low, "high": found.high}
                | {"p_value": found.p_value, "pairs": found.pairs}
            )
    return pd.DataFrame(rows)


def _settings(folder: Path, by: str) -> tuple[int, str]:
    """A run's seed, and its value of `by`: the choice in a group of that name, else the config's value."""
    choices = OmegaConf.load(folder / ".hydra" / "hydra.yaml").hydra.runtime.choices
    config = OmegaConf.load(folder / ".hydra" / "config.yaml")
    value = choices[by] if by in choices else OmegaConf.select(config, by, default=_ABSENT)
    if value is _ABSENT:
        raise MusicGenreError(
            f"{folder} has no group and no value {by}: give by= what was swept, a group (optimizer) or a value "
            "(optimizer.lr)."
        )
    return int(config.seed), _name(value)


def _reference(values: list[str], asked: str | None, by: str) -> str:
    """What the others are compared with: what was asked for, or "none", or what was run first."""
    if len(values) < 2:
        raise MusicGenreError(f"All runs have {by}={values[0]}: a comparison needs runs of two or more.")
    reference = asked or ("none" if "none" in values else values[0])
    if reference not in values:
        raise MusicGenreError(f"No run has {by}={reference}: give reference= one of {', '.join(values)}.")
    return reference


def _name(value: object) -> str:
    return "none" if value is None else str(value)


def _shown(table: pd.DataFrame, title: str, cfg: DictConfig) -> Table:
    """The differences, of accuracy and F1 in points (hundredths)."""
    shown = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("metric", str(cfg.by)):
        shown.add_column(heading, no_wrap=True)
    for heading in ("points", f"{cfg.confidence:.0%} interval", "p", "n"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for row in table.to_dict("records"):
        several = row["pairs"] > 1  # a single pair has no interval
        loss = row["metric"].endswith("loss")
        difference, low, high = (
            f"{row[name]:+.3f}" if loss else f"{100 * row[name]:+.1f}" for name in ("difference", "low", "high")
        )
        interval = f"{low} to {high}" if several else ""
        p_value = f"{row['p_value']:.2f}" if several and not math.isnan(row["p_value"]) else ""
        shown.add_row(row["metric"], row["value"], difference, interval, p_value, str(row["pairs"]))
    return shown
