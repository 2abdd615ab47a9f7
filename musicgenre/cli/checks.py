"""What can be seen to be wrong in a config before anything is read or computed."""

import logging

from omegaconf import DictConfig, OmegaConf

from musicgenre.errors import MusicGenreError

log = logging.getLogger(__name__)

_NUMBERS = ("seed", "batch_size", "segments.length", "segments.overlap", "trainer.max_epochs")
_MONITORED = tuple(
    f"val/{level}/{name}" for level in ("track", "segment") for name in ("accuracy", "loss", "micro_f1", "macro_f1")
)


def check_settings(cfg: DictConfig) -> None:
    """Make sure that the settings which no library checks in time make sense; a command may lack some of them.

    Raises:
        MusicGenreError: One does not.
    """
    for key in _NUMBERS:
        value = OmegaConf.select(cfg, key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise MusicGenreError(f"{key} is {value!r}: give a number.")
    seed, epochs = OmegaConf.select(cfg, "seed"), OmegaConf.select(cfg, "trainer.max_epochs")
    if seed is not None and not (seed == int(seed) and 0 <= seed < 2**32):
        raise MusicGenreError(f"seed is {seed}: give a whole number from 0 to {2**32 - 1}.")
    if epochs is not None and not (epochs == int(epochs) and (epochs >= 1 or epochs == -1)):
        raise MusicGenreError(f"trainer.max_epochs is {epochs}: give a whole number from 1, or -1 for no limit.")
    mixed = "mixed" in str(OmegaConf.select(cfg, "trainer.precision"))
    if mixed and OmegaConf.select(cfg, "trainer.gradient_clip_val") and OmegaConf.select(cfg, "optimizer.fused"):
        raise MusicGenreError(
            "Under mixed precision Lightning clips no gradients of a fused optimizer: add optimizer.fused=false to "
            "trainer.gradient_clip_val."
        )
    if "monitor" in cfg:
        _check_monitor(cfg.monitor, cfg.mode)


def _check_monitor(monitor: str, mode: str) -> None:
    if monitor not in _MONITORED:
        raise MusicGenreError(f"monitor is {monitor!r}: choose one of {', '.join(_MONITORED)}.")
    if mode not in ("min", "max"):
        raise MusicGenreError(f"mode is {mode!r}: choose min (for a loss) or max (for accuracy and F1).")
    if mode != (wanted := "min" if monitor.endswith("/loss") else "max"):
        log.warning("monitor=%s with mode=%s keeps the worst epoch; mode=%s the best.", monitor, mode, wanted)
