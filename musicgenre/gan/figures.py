"""Watching a GAN learn: real beside generated sequences."""

import lightning as L
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import TensorBoardLogger
from matplotlib.figure import Figure
from torch import Tensor

from musicgenre.gan.module import ConditionalGAN
from musicgenre.visual.inputs import inputs_figure
from musicgenre.visual.render import draw


class GanFigures(Callback):
    """Every few epochs, a figure in TensorBoard: a real and a generated sequence of every genre, from fixed noise.

    Args:
        real: One training segment a genre `(K, C, F, T)`, in the order of the labels, not standardised.
        label: Their labels `(K,)`.
        every: Epochs from one figure to the next; the last epoch has one too.
        bins: What the F axis counts, see `inputs_figure`.
    """

    def __init__(self, real: Tensor, label: Tensor, *, every: int, bins: str) -> None:
        super().__init__()
        self.real, self.label, self.every, self.bins = real, label, every, bins

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Draw if it is time."""
        assert isinstance(pl_module, ConditionalGAN)
        epoch = trainer.current_epoch + 1
        if epoch % self.every and epoch != trainer.max_epochs:
            return
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardLogger):
                figure = sequences_figure(pl_module, self.real, self.label, f"epoch {epoch}", self.bins)
                logger.experiment.add_image("figures/sequences", draw(figure), epoch - 1, dataformats="HWC")


def sequences_figure(gan: ConditionalGAN, real: Tensor, label: Tensor, title: str, bins: str) -> Figure:
    """Draw real sequences `(K, C, F, T)`, not standardised, above generated ones with the same labels `(K,)`."""
    generated = gan.standardize(gan.sample(label).to(gan.device))
    names = [gan.genres[i] for i in label.tolist()]
    real = gan.standardize(real.to(gan.device))
    return inputs_figure(real, generated, names, [title] * len(names), bins=bins, rows=("real", "generated"))
