"""Guess what was meant by an unknown name: a key in another place, or another program's name."""

from collections.abc import Sequence

_MOST = 3  # most keys named at a time


# Names in other programs, and the keys here.
_CALLED = {
    "learning_rate": "optimizer.lr",
    "rate": "optimizer.lr",
    "epoch": "trainer.max_epochs",
    "epochs": "trainer.max_epochs",
    "n_epochs": "trainer.max_epochs",
    "num_epochs": "trainer.max_epochs",
    "batch": "batch_size",
    "bs": "batch_size",
    "wd": "optimizer.weight_decay",
    "gpu": "trainer",
    "gpus": "trainer",
    "device": "trainer.accelerator",
    "dataset": "data",
    "net": "model",
    "network": "model",
    "lr_scheduler": "scheduler",
    "augmentation": "augment",
    "fold": "split.fold",
    "folds": "split.folds",
    "sr": "sample_rate",
    "name": "run.tags",
    "tag": "run.tags",
    "note": "run.notes",
}


def same_in_another_place(key: str, keys: Sequence[str], groups: Sequence[str] = ()) -> list[str]:
    """Return the keys and groups that may be meant by a name without its parent key, or by another program's name.

    Example:
        >>> keys = ["optimizer.lr", "trainer.max_epochs", "batch_size", "seed"]
        >>> [same_in_another_place(key, keys) for key in ("lr", "epochs", "batch", "model.lr", "sed")]
        [['optimizer.lr'], ['trainer.max_epochs'], ['batch_size'], ['optimizer.lr'], []]
    """
    last = key.rpartition(".")[2]
    if key in _CALLED and (_CALLED[key] in keys or _CALLED[key] in groups):
        return [_CALLED[key]]
    return [name for name in keys if name.rpartition(".")[2] == last and name != key][:_MOST]
