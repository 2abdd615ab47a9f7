"""From Hydra's config to the run folder, for the recipes that are still given a config."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from hydra.core.hydra_config import HydraConfig
from numpy.typing import NDArray
from omegaconf import DictConfig, OmegaConf

from musicgenre.evaluation.metrics import PREFIX
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.job import Job
from musicgenre.training.build import plain


def job_of(config: DictConfig) -> Job:
    """What the command at work was asked for."""
    hydra_config = HydraConfig.get()
    return Job(
        command=str(hydra_config.job.config_name),
        folder=Path(hydra_config.runtime.output_dir),
        config=plain(config),
        overrides=tuple(hydra_config.overrides.task),
        choices={str(group): option for group, option in hydra_config.runtime.choices.items()},
        hydra=OmegaConf.to_yaml({"hydra": hydra_config}),
    )


def write_config(folder: Path, config: DictConfig) -> None:
    """Write `.hydra/`, where Hydra itself would write it before anyone could see that the folder is another run's."""
    RunFolder(folder).write_config(job_of(config))


def write_environment(folder: Path, run_signature: str, device: str) -> None:
    """Write `environment.json`: what the run was made with."""
    RunFolder(folder).write_environment(run_signature, device, torch.get_num_threads())


def new_folder(config: DictConfig) -> Path:
    """The folder that Hydra gives the command, with `.hydra/` in it, for other results than a training run's.

    Raises:
        MusicGenreError: It holds a training run, whose results would be overwritten.
    """
    job = job_of(config)
    RunFolder(job.folder).refuse_other_results()
    RunFolder(job.folder).write_config(job)
    return job.folder


def predictions_table(
    segments: pd.DataFrame,
    genres: tuple[str, ...],
    outputs: Mapping[str, tuple[NDArray[np.float32], NDArray[np.int64]]],
) -> pd.DataFrame:
    """Every segment's probabilities with its split, track, start (s) and label.

    Args:
        segments: The segments table.
        genres: Names of the classes, in the order of their labels.
        outputs: By split, probabilities `(N, K)` and rows of the segments table `(N,)`.
    """
    tables = []
    for split, (probs, rows) in outputs.items():
        table = segments.iloc[rows][["track", "start", "genre", "label"]].reset_index(drop=True)
        table.insert(0, "split", split)
        tables.append(pd.concat([table, pd.DataFrame(probs, columns=[PREFIX + g for g in genres])], axis=1))
    return pd.concat(tables, ignore_index=True)


def monitored(metrics: Mapping[str, float | str], config: DictConfig) -> float | None:
    """The monitored value among a run's results; None where the split has no validation."""
    found = metrics.get(config.monitor)
    return float(found) if isinstance(found, int | float) else None
