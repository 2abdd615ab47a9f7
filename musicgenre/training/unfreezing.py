"""Gradual unfreezing: a pretrained net's head learns first, and deeper layers join epoch by epoch."""

import lightning as L
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.strategies import DDPStrategy

from musicgenre.arguments import is_whole
from musicgenre.errors import MusicGenreError


class GradualUnfreezing(Callback):
    """Unfreezes one more stage of a net that has `open` every few epochs, starting with its head.

    Which stages are open depends on the epoch alone, so that a resumed run continues as before.

    Args:
        every: Epochs between two stages.
        most: Stages that learn in the end; None for all.

    Raises:
        MusicGenreError: A setting is invalid, or (in training) the net has no stages.
    """

    def __init__(self, every: int = 2, most: int | None = None) -> None:
        if not all(is_whole(count) and count > 0 for count in (every, 1 if most is None else most)):
            raise MusicGenreError(f"unfreezing every={every}, most={most}: give whole numbers from 1.")
        self.every, self.most = every, most

    def setup(self, trainer: L.Trainer, pl_module: L.LightningModule, stage: str) -> None:
        """Set `find_unused_parameters` for DDP, unless it is set: some parameters have no gradient."""
        if isinstance(trainer.strategy, DDPStrategy):
            trainer.strategy._ddp_kwargs.setdefault("find_unused_parameters", True)

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Open this epoch's stages: when it resumes within an epoch, Lightning skips the epoch's start."""
        self.on_train_epoch_start(trainer, pl_module)

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Open this epoch's stages."""
        net = getattr(pl_module, "net", None)
        if not callable(getattr(net, "open", None)):
            raise MusicGenreError(
                f"callbacks.unfreezing unfreezes the stages of a pretrained net, but {type(net).__name__} has none: "
                "choose model=musicnn, or add callbacks.unfreezing=null."
            )
        count = 1 + trainer.current_epoch // self.every
        net.open(count if self.most is None else min(count, self.most))  # type: ignore[union-attr]
