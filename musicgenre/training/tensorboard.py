"""TensorBoard's logger, with curves by metric and the graph; and a training's figures, drawn for its cards."""

import logging
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import torch
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_only
from matplotlib.figure import Figure
from torch import Tensor, nn

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.features import Standardize, bins_of, hertz_of
from musicgenre.modules.checkpoint import first_line
from musicgenre.runs.folder import RunFolder
from musicgenre.training.board_graph import graph_of
from musicgenre.training.metrics_table import MetricsTable
from musicgenre.visual.curves import training_curves
from musicgenre.visual.inputs import inputs_figure
from musicgenre.visual.render import CARD, Pixels, draw

log = logging.getLogger(__name__)

_EXAMPLES, _ON_A_CARD = 5, 2  # inputs drawn before and after augmentation
_SHORT = {"accuracy": "acc", "macro_f1": "f1"}  # axes of the HPARAMS tab have room for some 15 characters


def curve_tag(name: str) -> str:
    """Return a metric's name in TensorBoard, where curves are grouped by metric and not by split.

    TensorBoard sorts by name and opens the first two groups: acc, and best (the tested weights' results). A split
    alone stands for its segments.

    Example:
        >>> [curve_tag(name) for name in ("val/track/accuracy", "train/segment/loss", "val/track/macro_f1")]
        ['acc/val_tracks', 'loss/train', 'f1/val_tracks']
        >>> curve_tag("train/lr"), curve_tag("gan/loss_generator"), curve_tag("lr-Adam")
        ('lr/train', 'gan/loss_generator', 'lr-Adam')
    """
    split, *level = name.split("/")
    if split not in ("train", "val", "test") or not level:  # logged by a callback
        return name
    metric = level.pop()
    return f"{_SHORT.get(metric, metric)}/{split}{'_tracks' if level == ['track'] else ''}"


class TensorBoard(TensorBoardLogger):
    """TensorBoard's event files directly in a folder, without Lightning's `hparams.yaml`.

    The x axis of curves is epochs from 1, not steps, so that runs with different batch sizes compare. Of values logged
    several times in an epoch (at each step, or at validations within it) the last one is shown.

    Args:
        save_dir: The folder.
    """

    def __init__(self, save_dir: str) -> None:
        super().__init__(save_dir, name="", version="", default_hp_metric=False, log_graph=True)
        self._held: dict[str, float] = {}  # values of the epoch, until it ends
        self._pending: dict[str, float] = {}  # logged by a callback, with a step but no epoch
        self._epoch = 0  # of the values logged last, from 0

    def go_on_from(self, epoch: int) -> None:
        """Replace what earlier files hold of an epoch (from 0) and those after it by what follows.

        If there are none, as in a new folder, the curves up to there are drawn again from its table of epochs. Call it
        before any logging.
        """
        self._epoch = epoch - 1
        self._kwargs["purge_step"] = epoch + 1  # TensorBoard counts from 1
        if any(Path(self.log_dir).glob("events.out.tfevents.*")):
            self._log_graph = False  # an earlier file has it
            return
        for number, row in sorted(MetricsTable(self.log_dir).rows.items()):
            if number < epoch:
                self._held, self._epoch = row, number
                self.show_epoch()

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Hold values until their epoch ends; those without an epoch belong to the next one named."""
        values = dict(metrics)
        epoch = values.pop("epoch", None)
        if epoch is None:
            self._pending |= values
            return
        if int(epoch) != self._epoch:
            self.show_epoch()
            self._epoch = int(epoch)
        self._held |= self._pending | values
        self._pending = {}

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Write the held values; those without an epoch only on success: otherwise their epoch is unfinished."""
        if status == "success":
            self._held |= self._pending
        self._pending = {}
        self.show_epoch()
        super().finalize(status)

    def show_epoch(self) -> None:
        """Write the held values when an epoch ends."""
        shown = {curve_tag(name): value for name, value in self._held.items() if "weighted" not in name}
        self._held = {}
        if shown:
            super().log_metrics(shown, self._epoch + 1)

    @rank_zero_only
    def log_graph(self, model: nn.Module, input_array: Tensor | None = None) -> None:
        """Write the graph of the classifier's net, traced with an example input in evaluation mode."""
        net, example = getattr(model, "net", None), getattr(model, "example_input_array", None)
        if not self._log_graph or net is None or example is None:
            return
        if net._compiled_call_impl is not None:  # a compiled net cannot be traced
            return
        try:
            traced = graph_of(net, example.to(next(net.parameters()).device))
            self.experiment._get_file_writer().add_graph(traced)
        except Exception as error:
            log.info("TensorBoard shows no graph of %s: %s", type(net).__name__, first_line(error))

    def save(self) -> None:
        """Flush the buffers."""
        self.experiment.flush()


def training_figures(
    folder: RunFolder, data: GenreDataModule, summary: Mapping[str, float], *, card: bool = False
) -> dict[str, Pixels]:
    """Draw the run's curves, and training inputs of different genres before and after augmentation.

    Args:
        folder: The run folder, with its table of epochs.
        data: The training data.
        summary: Says which epoch was tested, and which was best.
        card: Whether they are for a TensorBoard card: narrow, with fewer inputs.
    """
    figures = {"inputs": _inputs(data, _ON_A_CARD if card else _EXAMPLES)}
    if folder.history_csv.is_file():
        tested, best = _epoch(summary, "tested_epoch"), _epoch(summary, "best_epoch")
        figures["curves"] = training_curves(pd.read_csv(folder.history_csv), tested, best, upright=True)
    return {name: draw(figure, CARD if card else None) for name, figure in figures.items()}


def _epoch(summary: Mapping[str, float], name: str) -> int | None:
    return int(summary[name]) if name in summary else None


def _inputs(data: GenreDataModule, count: int) -> Figure:
    """Draw training inputs of different genres, before and after augmentation, keeping the generator's state."""
    table = data.segments.iloc[data.rows["train"]].groupby("genre", sort=False).head(1).head(count)
    before = data.standardize.cpu()(torch.tensor(data.features[table.index]))
    with torch.random.fork_rng(devices=[]):
        after = data.as_in_training(table.index.to_numpy())
    titles = [Path(track).stem for track in table.track]
    if data.front_end.top_is_high:
        before, after = before.flip(2), after.flip(2)
    return inputs_figure(
        before,
        after,
        list(table.genre),
        titles,
        bins=bins_of(data.front_end, data.corpus.kind),
        seconds=data.segmenter.length if data.corpus.kind == "audio" else None,
        hertz=hertz_of(data.front_end),
        standardised=isinstance(data.standardize, Standardize),
    )
