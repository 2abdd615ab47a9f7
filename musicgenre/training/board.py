"""What TensorBoard shows of a run besides its curves: figures, text, audio, and its row in the HPARAMS tab."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from lightning.pytorch.loggers import Logger, TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_only
from torch.utils.tensorboard.summary import hparams

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.runs.identity import of_networks, of_searches, override_key, says_where
from musicgenre.runs.job import Job
from musicgenre.runs.results import result_figures
from musicgenre.training.board_audio import sounds_of
from musicgenre.training.board_text import board_texts
from musicgenre.training.spared import spared
from musicgenre.visual.render import CARD, Pixels

Hyperparameters = dict[str, str | float]

# HPARAMS shows the first five metrics by name at first: three accuracy curves, then these.
_COMPARED = {
    "best/test_acc": "test/track/accuracy",
    "best/val_acc": "val/track/accuracy",
    "best/val_loss": "val/segment/loss",
}
_GROUPS = ("experiment", "model", "features")  # shown for every run, so that all share these columns
_OF_TRAINING = ("augment", "loss", "optimizer", "scheduler")
_SWITCHES = ("compile", "channels_last", "on_error", "protocol")  # not hyperparameters


@dataclass(frozen=True)
class Shown:
    """What TensorBoard shows of a run besides curves and metrics.

    Attributes:
        job: The request and the run folder.
        data: The run's data.
        predictions: Every segment's probabilities.
        layers: See `musicgenre.nets.inspection.layer_table`; None for a model without layers.
    """

    job: Job
    data: GenreDataModule
    predictions: pd.DataFrame
    layers: pd.DataFrame | None = None


def has_board(loggers: Sequence[Logger]) -> bool:
    """Return whether any of the loggers writes to TensorBoard."""
    return any(isinstance(logger, TensorBoardLogger) for logger in loggers)


@rank_zero_only
def open_board(loggers: Sequence[Logger], settings: Hyperparameters) -> None:
    """Add a run to the HPARAMS tab when it starts.

    If no run declares its columns, TensorBoard joins all runs under a folder and shows what differs between them
    first: so none does.
    """
    for logger in loggers:
        if isinstance(logger, TensorBoardLogger):
            _, start, _ = hparams(settings, {})
            logger.experiment._get_file_writer().add_summary(start)


@rank_zero_only
@spared("What the loggers show of the results")
def fill_board(
    loggers: Sequence[Logger],
    figures: Mapping[str, Pixels],
    metrics: Mapping[str, float | str],
    settings: Hyperparameters,
    shown: Shown,
) -> None:
    """Add a run's figures, text, audio and results to every TensorBoard logger; settings and results to others.

    Args:
        loggers: The run's loggers.
        figures: Figures by name, drawn for a card; those of the results are added.
        metrics: The content of `metrics.json`.
        settings: See `hyperparameters`.
        shown: What the result figures, text and audio are made from.
    """
    if has_board(loggers):
        drawn = bool(shown.job.config["figures"])
        sounds = sounds_of(shown.data, shown.predictions) if drawn else []
        texts = board_texts(shown.job, shown.data, metrics, shown.layers, sounds)
        cards = {**figures, **(result_figures(shown.predictions, CARD) if drawn else {})}
    for logger in loggers:
        if isinstance(logger, TensorBoardLogger):
            # After the last epoch: what a killed run wrote here is purged on resuming, and the epochs stay.
            board, step = logger.experiment, int(metrics["epochs"]) + 1
            for name, pixels in cards.items():
                board.add_image(f"figures/{name}", pixels, step, dataformats="HWC")
            for name, text in texts.items():
                board.add_text(f"run/{name}", text, step)
            for sound in sounds:
                board.add_audio(f"audio/{sound.name}", sound.waveform[None], step, sound.sample_rate)
            for tag, name in _COMPARED.items():
                if isinstance(metrics.get(name), int | float):
                    board.add_scalar(tag, metrics[name], step)
            _, _, end = hparams({}, {})
            board._get_file_writer().add_summary(end)
        else:
            logger.log_hyperparams(settings)
            logger.log_metrics({name: float(value) for name, value in metrics.items() if name.startswith("test/")})
        logger.finalize("success")


def hyperparameters(job: Job, *, trained: bool) -> Hyperparameters:
    """Return what the HPARAMS tab shows: keys that all runs have, and those overridden on the command line.

    Args:
        job: The request.
        trained: Whether an optimizer trained the model, or the net whose features it reads.
    """
    typed = map(override_key, job.overrides)
    asked = [key for key in typed if trained or not (of_networks(key) or of_searches(key))]
    groups = [*_GROUPS, *(_OF_TRAINING if trained else ()), *(key for key in asked if key in job.choices)]
    found: Hyperparameters = {name: str(job.choices.get(name) or "none") for name in groups if not says_where(name)}
    keys = ["seed", *(("optimizer.lr", "batch_size") if trained else ())]
    keys += [key for key in asked if key not in job.choices and not says_where(key) and key not in _SWITCHES]
    values = {key: job.value(key) for key in keys}
    return found | {key: v if isinstance(v, int | float) else str(v) for key, v in values.items()}
