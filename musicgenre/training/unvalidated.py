"""Training without validation, for a fixed number of epochs, as some documents did."""

import logging

from omegaconf import DictConfig, open_dict

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.errors import MusicGenreError

log = logging.getLogger(__name__)


def trainer_config(cfg: DictConfig, data: GenreDataModule) -> DictConfig:
    """The config that the Trainer is built from: where the split has no validation, one that keeps the last epoch.

    Raises:
        MusicGenreError: There is no validation, and something watches it.
    """
    if len(data.rows["val"]):
        return cfg
    if cfg.callbacks.get("early_stopping") is not None or "Plateau" in str(cfg.scheduler.get("_target_")):
        tracks = data.segments.track.nunique()
        raise MusicGenreError(
            f"The split left no segment for val ({tracks} tracks in {data.corpus.root}), and early stopping or "
            "scheduler=plateau watches it. Change split.*, add tracks, or train a fixed number of epochs: "
            "callbacks.early_stopping=null scheduler=none."
        )
    log.info("No segment for validation: %d epochs, and the last one is tested.", cfg.trainer.max_epochs)
    config = cfg.copy()
    with open_dict(config):
        config.callbacks.best.monitor = None
        config.callbacks.best.mode = "max"  # of nothing, but Lightning tells it from `last` by this
        config.callbacks.best.save_on_train_epoch_end = True
        config.trainer.limit_val_batches = 0
    return config
