"""Finished runs, read from their folders alone."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from omegaconf import OmegaConf

from musicgenre.errors import MusicGenreError

log = logging.getLogger(__name__)

# Overrides that say where and on what a run was made, or which of several equal runs it is, not what it is.
_ASIDE = ("seed", "data.root", "data.table", "data.artists", "trainer", "trainer.accelerator", "trainer.devices")
_ASIDE_GROUPS = ("hydra.", "logger", "embed.run")


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes:
        folder: Where it lies.
        overrides: What was asked for on the command line, without paths, devices and the seed.
        metrics: Its metrics.json.
    """

    folder: Path
    overrides: tuple[str, ...]
    metrics: dict[str, float | str]

    @property
    def predictions(self) -> pd.DataFrame:
        """Its predictions table."""
        return pd.read_csv(self.folder / "predictions.csv")


def read_runs(root: Path) -> list[Run]:
    """Every finished run at or below a folder, in the order of their paths.

    Unfinished ones, and GANs alone, which classify nothing, are named in the log.

    Raises:
        MusicGenreError: There is none.
    """
    runs = []
    for folder in run_folders(root):
        if not (folder / "metrics.json").is_file():
            log.warning("%s is not finished, and left out.", folder)
        elif not (folder / "predictions.csv").is_file():
            log.warning("%s classifies nothing (a GAN alone), and is left out.", folder)
        else:
            runs.append(_read(folder))
    if not runs:
        raise MusicGenreError(
            f"There is no finished run in {root}: a run folder holds metrics.json and predictions.csv."
        )
    return runs


def run_folders(root: Path) -> list[Path]:
    """The folders of all runs at or below a folder, finished or not, in the order of their paths.

    A run inside another run's folder (the net that a classical model looks through) is a part of that one.

    Raises:
        MusicGenreError: There is no such folder.
    """
    if not root.is_dir():
        raise MusicGenreError(f"There is no folder {root}: give runs=FOLDER, such as runs=multirun.")
    known = {path.parent for name in ("environment.json", "metrics.json") for path in root.rglob(name)}
    return sorted(folder for folder in known if not known & set(folder.parents))


def label_runs(runs: list[Run]) -> list[str]:
    """A name for every run: what was asked for in it and not in all of them; equal runs but for the seed share it.

    Example:
        >>> runs = [Run(Path(), ("experiment=net1", f"optimizer={name}"), {}) for name in ("adam", "sgd")]
        >>> label_runs(runs)
        ['net1 optimizer=adam', 'net1 optimizer=sgd']
    """
    common = set(runs[0].overrides).intersection(*(run.overrides for run in runs))
    labels = []
    for run in runs:
        named = [text for text in run.overrides if text not in common or text.startswith("experiment=")]
        words = [text.removeprefix("experiment=") for text in sorted(named, key=_experiment_last, reverse=True)]
        labels.append(" ".join(words) or "defaults")
    return labels


def _experiment_last(override: str) -> bool:
    return override.startswith("experiment=")


def _read(folder: Path) -> Run:
    try:
        metrics = json.loads((folder / "metrics.json").read_text())
        overrides = OmegaConf.load(folder / ".hydra" / "overrides.yaml")
    except (OSError, ValueError) as error:
        raise MusicGenreError(f"The run in {folder} cannot be read ({error}): mend or remove it.") from error
    kept = [text for text in map(str, overrides) if not _aside(text)]
    return Run(folder, tuple(kept), metrics)


def _aside(override: str) -> bool:
    key = override.lstrip("+~").split("=")[0]
    return key in _ASIDE or key.startswith(_ASIDE_GROUPS)
