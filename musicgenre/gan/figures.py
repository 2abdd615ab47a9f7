"""Figures of a GAN's progress: real beside generated sequences."""

import lightning as L
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import TensorBoardLogger
from matplotlib.figure import Figure
from torch import Tensor

from musicgenre.features import Standardize
from musicgenre.gan.module import ConditionalGAN
from musicgenre.visual.render import CARD, draw
from musicgenre.visual.samples import samples_figure

_ON_A_CARD = 4  # genres


class GanFigures(Callback):
    """Draws a figure in TensorBoard every few epochs: a real and a generated sequence of four genres.

    Args:
        real: One training segment per genre `(K, C, F, T)`, in the order of the labels, not standardised.
        label: Their labels `(K,)`.
        every: Epochs between figures; the last epoch has one too.
        seconds: Length of a sequence in s; None shows frames.
        bins: Meaning of the F axis, see `FrontEnd.bins`.
    """

    def __init__(self, real: Tensor, label: Tensor, *, every: int, seconds: float | None = None, bins: str) -> None:
        super().__init__()
        self.real, self.label, self.every, self.seconds, self.bins = real, label, every, seconds, bins

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Draw a figure if it is due."""
        assert isinstance(pl_module, ConditionalGAN)
        epoch = trainer.current_epoch + 1
        if epoch % self.every and epoch != trainer.max_epochs:
            return
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardLogger):
                real, label = self.real[:_ON_A_CARD], self.label[:_ON_A_CARD]
                figure = sequences_figure(pl_module, real, label, f"epoch {epoch}", self.seconds, self.bins)
                logger.experiment.add_image("figures/sequences", draw(figure, CARD), epoch, dataformats="HWC")


def sequences_figure(
    gan: ConditionalGAN, real: Tensor, label: Tensor, title: str, seconds: float | None, bins: str
) -> Figure:
    """Draw real sequences `(K, C, F, T)`, not standardised, beside generated ones with the same labels `(K,)`."""
    generated = gan.standardize(gan.sample(label).to(gan.device)).cpu().numpy()
    labels = label.cpu().numpy()
    beside = (gan.standardize(real.to(gan.device)).cpu().numpy(), labels)
    standardised = isinstance(gan.standardize, Standardize)
    figure = samples_figure(generated, labels, gan.genres, beside, seconds, bins, standardised=standardised)
    figure.suptitle(title)
    return figure
