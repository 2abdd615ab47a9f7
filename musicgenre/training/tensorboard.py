"""What TensorBoard shows beside the curves: figures, and the HPARAMS tab that compares a sweep's runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import torch
from hydra.core.hydra_config import HydraConfig
from lightning.pytorch.loggers import Logger, TensorBoardLogger
from matplotlib.figure import Figure
from omegaconf import DictConfig, OmegaConf
from torch import nn

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.features import MelImage, bins_of
from musicgenre.runs.identity import override_key, says_where
from musicgenre.training.build import is_classical
from musicgenre.visual.curves import training_curves
from musicgenre.visual.inputs import inputs_figure
from musicgenre.visual.render import Pixels, draw

# TensorBoard sorts by name and opens the first two groups, which shall be train and val: the rest comes after them.
_AT_BEST = "when_best"
_FIGURE = "view_"
_EXAMPLES = 5  # inputs drawn before and after augmentation
_COMPARED = ("track/accuracy", "track/macro_f1", "segment/accuracy", "segment/loss")  # columns of the HPARAMS tab


def training_figures(folder: Path, data: GenreDataModule, front_end: nn.Module | None) -> dict[str, Pixels]:
    """The run's curves, and training inputs of different genres before and after augmentation."""
    figures = {"inputs": _inputs(data, front_end)}
    if (folder / "metrics.csv").is_file():
        figures["curves"] = training_curves(pd.read_csv(folder / "metrics.csv"))
    return {name: draw(figure) for name, figure in figures.items()}


def fill_board(
    loggers: Sequence[Logger],
    figures: Mapping[str, Pixels],
    metrics: Mapping[str, float | str],
    hyperparameters: dict[str, str | float],
) -> None:
    """Add the figures and the run's line in the HPARAMS tab to every TensorBoard logger."""
    names = [f"{split}/{metric}" for split in ("val", "test") for metric in _COMPARED]
    compared = {f"{_AT_BEST}/{name}": metrics[name] for name in names if name in metrics}
    for logger in loggers:
        if isinstance(logger, TensorBoardLogger):
            for name, pixels in figures.items():
                logger.experiment.add_image(_FIGURE + name, pixels, int(metrics["epochs"]), dataformats="HWC")
            logger.log_hyperparams(hyperparameters, compared, step=int(metrics["epochs"]))
            logger.finalize("success")


def hyperparameters(cfg: DictConfig) -> dict[str, str | float]:
    """What the HPARAMS tab lists: what was asked for on the command line, and what every comparison wants to see.

    The tab opens with the first five of them: with all of a config, a sweep's own columns would be out of sight.
    """
    hydra_config = HydraConfig.get()
    choices, asked = hydra_config.runtime.choices, [override_key(text) for text in hydra_config.overrides.task]
    trained = not is_classical(cfg)  # by an optimizer
    always = ("experiment", "model", *(("optimizer",) if trained else ()))
    groups = [name for name in dict.fromkeys((*always, *asked)) if choices.get(name) not in (None, "null")]
    keys = ["seed", *(("optimizer.lr",) if trained else ())]
    keys += [key for key in asked if key not in choices and not says_where(key)]
    values = {key: OmegaConf.select(cfg, key) for key in keys}
    return {group: str(choices[group]) for group in groups} | {
        key: v if isinstance(v, int | float) else str(v) for key, v in values.items()
    }


def _inputs(data: GenreDataModule, front_end: nn.Module | None) -> Figure:
    """Training inputs of different genres, before and after augmentation, drawn without touching the generator."""
    table = data.segments.iloc[data.rows["train"]].groupby("genre", sort=False).head(1).head(_EXAMPLES)
    assert data.standardize is not None  # set up
    before = data.standardize.cpu()(torch.tensor(data.features[table.index]))
    with torch.random.fork_rng(devices=[]):
        after = data.as_in_training(table.index.to_numpy())
    titles = [Path(track).stem for track in table.track]
    if front_end is None or isinstance(front_end, MelImage):  # a picture's first row is its highest frequency
        before, after = before.flip(2), after.flip(2)
    bins = bins_of(front_end, data.corpus.kind)
    return inputs_figure(before, after, list(table.genre), titles, bins=bins)
