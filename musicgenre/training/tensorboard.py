"""What TensorBoard shows beside the curves: figures, and the HPARAMS tab that compares a sweep's runs."""

import logging
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import torch
from lightning.pytorch.loggers import Logger, TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_only
from matplotlib.figure import Figure
from torch import Tensor, nn

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.features import bins_of
from musicgenre.modules.checkpoint import first_line
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.identity import override_key, says_where
from musicgenre.runs.job import Job
from musicgenre.visual.curves import training_curves
from musicgenre.visual.inputs import inputs_figure
from musicgenre.visual.render import Pixels, draw

log = logging.getLogger(__name__)

# TensorBoard sorts by name and opens the first two groups, which shall be train and val: the rest comes after them.
_AT_BEST = "when_best"
_FIGURE = "view_"
_EXAMPLES = 5  # inputs drawn before and after augmentation
_COMPARED = ("track/accuracy", "track/macro_f1", "segment/accuracy", "segment/loss")  # columns of the HPARAMS tab


class TensorBoard(TensorBoardLogger):
    """TensorBoard's event files in a folder itself, without the `hparams.yaml` that Lightning lays beside them.

    Args:
        save_dir: The folder.
    """

    def __init__(self, save_dir: str) -> None:
        super().__init__(save_dir, name="", version="", default_hp_metric=False, log_graph=True)

    def go_on_from(self, epoch: int) -> None:
        """Let what follows take the place of what earlier files have of an epoch (from 0) and those after it.

        To be called before anything is logged.
        """
        self._kwargs["purge_step"] = epoch
        self._log_graph = False  # an earlier file has it

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Count epochs where they are known, not steps: curves of runs with other batch sizes lie side by side."""
        values = dict(metrics)
        epoch = values.pop("epoch", None)
        super().log_metrics(values, step if epoch is None else int(epoch))

    @rank_zero_only
    def log_graph(self, model: nn.Module, input_array: Tensor | None = None) -> None:
        """Draw the classifier's net, as its first input passes through it in evaluation mode."""
        net, example = getattr(model, "net", None), getattr(model, "example_input_array", None)
        if not self._log_graph or net is None or example is None:
            return
        if net._compiled_call_impl is not None:  # what is compiled cannot be traced
            return
        modes = [(layer, layer.training) for layer in net.modules()]
        net.eval()  # no chance is drawn, and no running statistics move
        try:
            with torch.no_grad(), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of the tracer's
                self.experiment.add_graph(net, example.to(next(net.parameters()).device))
        except (RuntimeError, torch.jit.TracingCheckError) as error:
            log.info("TensorBoard shows no graph of %s: %s", type(net).__name__, first_line(error))
        finally:
            for layer, mode in modes:
                layer.training = mode

    def save(self) -> None:
        """Write out what is buffered."""
        self.experiment.flush()


def training_figures(folder: RunFolder, data: GenreDataModule, summary: Mapping[str, float]) -> dict[str, Pixels]:
    """Draw the run's curves, and training inputs of different genres before and after augmentation.

    Args:
        folder: The run folder, with its table of epochs.
        data: What was trained on.
        summary: What says which epoch was tested, and which was best.
    """
    figures = {"inputs": _inputs(data)}
    if folder.history_csv.is_file():
        figures["curves"] = training_curves(
            pd.read_csv(folder.history_csv), _epoch(summary, "tested_epoch"), _epoch(summary, "best_epoch")
        )
    return {name: draw(figure) for name, figure in figures.items()}


def _epoch(summary: Mapping[str, float], name: str) -> int | None:
    return int(summary[name]) if name in summary else None


def fill_board(
    loggers: Sequence[Logger],
    figures: Mapping[str, Pixels],
    metrics: Mapping[str, float | str],
    hyperparameters: dict[str, str | float],
) -> None:
    """Add figures and the run's line in the HPARAMS tab to every TensorBoard logger; settings and results to others."""
    names = [f"{split}/{metric}" for split in ("val", "test") for metric in _COMPARED]
    compared = {f"{_AT_BEST}/{name}": metrics[name] for name in names if name in metrics}
    for logger in loggers:
        if isinstance(logger, TensorBoardLogger):
            for name, pixels in figures.items():
                logger.experiment.add_image(_FIGURE + name, pixels, int(metrics["epochs"]), dataformats="HWC")
            logger.log_hyperparams(hyperparameters, compared, step=int(metrics["epochs"]))
        else:
            logger.log_hyperparams(hyperparameters)
            logger.log_metrics({name: float(value) for name, value in metrics.items() if name.startswith("test/")})
        logger.finalize("success")


def hyperparameters(job: Job, *, trained: bool) -> dict[str, str | float]:
    """List what the HPARAMS tab shows: what was asked for on the command line, and what every comparison wants to see.

    The tab opens with the first five of them: with all of a config, a sweep's own columns would be out of sight.

    Args:
        job: What was asked for.
        trained: Whether an optimizer trained the model.
    """
    asked = [override_key(text) for text in job.overrides]
    always = ("experiment", "model", *(("optimizer",) if trained else ()))
    groups = [name for name in dict.fromkeys((*always, *asked)) if job.choices.get(name) not in (None, "null")]
    keys = ["seed", *(("optimizer.lr",) if trained else ())]
    keys += [key for key in asked if key not in job.choices and not says_where(key)]
    values = {key: job.value(key) for key in keys}
    return {group: str(job.choices[group]) for group in groups} | {
        key: v if isinstance(v, int | float) else str(v) for key, v in values.items()
    }


def _inputs(data: GenreDataModule) -> Figure:
    """Draw training inputs of different genres, before and after augmentation, without touching the generator."""
    table = data.segments.iloc[data.rows["train"]].groupby("genre", sort=False).head(1).head(_EXAMPLES)
    before = data.standardize.cpu()(torch.tensor(data.features[table.index]))
    with torch.random.fork_rng(devices=[]):
        after = data.as_in_training(table.index.to_numpy())
    titles = [Path(track).stem for track in table.track]
    if data.front_end.top_is_high:
        before, after = before.flip(2), after.flip(2)
    return inputs_figure(before, after, list(table.genre), titles, bins=bins_of(data.front_end, data.corpus.kind))
