"""Check the Trainer's limits against the data, before anything is trained."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, Context, Decimal
from typing import Any

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.loader import share_of
from musicgenre.errors import MusicGenreError
from musicgenre.words import counted

_LIMITS = {"train": "limit_train_batches", "val": "limit_val_batches", "test": "limit_test_batches"}
_UP = Context(prec=2, rounding=ROUND_CEILING)  # 0.34 of 3 batches is one, 0.33 is none


def _in_words(n: int) -> str:
    return f"{n} batch" if n == 1 else f"{n} batches"


def batches_of(data: GenreDataModule, processes: int = 1, *, added: int = 0) -> dict[str, int]:
    """Return how many batches each split's loader yields in a pass, in the first of a run's processes.

    Args:
        data: The data, already split, with or without what is added to its training segments.
        processes: Number of the run's processes.
        added: Training segments that are still to be added.
    """
    return {split: -(-n // data.batch_size) for split, n in inputs_of(data, processes, added=added).items()}


def inputs_of(data: GenreDataModule, processes: int = 1, *, added: int = 0) -> dict[str, int]:
    """Return how many segments (in training, windows of them) each split's loader yields; see `batches_of`."""
    rows = {split: len(found) for split, found in data.rows.items()}
    rows["train"] = (rows["train"] + added) * (1 if data.windows is None else data.windows.drawn)
    return {split: share_of(n, data.batch_size, split == "train", ranks=processes) for split, n in rows.items()}


def check_limits(settings: Mapping[str, Any], batches: Mapping[str, int], *, validates: bool = True) -> None:
    """Check that the Trainer's limits leave at least one batch, and that training reaches a validation.

    Args:
        settings: Settings of the Trainer.
        batches: Number of batches of each split, without limits; splits of unknown size are left out.
        validates: Whether anything depends on validation: the best epoch, early stopping, a schedule.

    Raises:
        MusicGenreError: They do not; the message names the setting, its value and the possible ones.

    Example:
        >>> check_limits({"overfit_batches": 0.5}, {"train": 8, "val": 1})
        Traceback (most recent call last):
        musicgenre.errors.MusicGenreError: trainer.overfit_batches is 0.5, which leaves no batch of val (1 in all): \
give a whole number of batches, or a share of at least 1.0.
    """
    if settings.get("fast_dev_run"):
        return
    left = {}
    for split, there in batches.items():
        overfit = split != "test" and settings.get("overfit_batches")
        key = "overfit_batches" if overfit else _LIMITS[split]
        left[split] = _limited(f"trainer.{key}", settings.get(key), split, there)
    if left.get("train") and left.get("val") and validates:
        _check_validated(settings, left["train"])


def check_shared(settings: Mapping[str, Any], segments: Mapping[str, int], processes: int) -> None:
    """Check that each process of a run has a segment of every subset: one without any would fail.

    At the end the segments themselves go through the net, the training segments too, without any added ones.

    Args:
        settings: Settings of the Trainer.
        segments: Number of segments of each split.
        processes: Number of the run's processes.

    Raises:
        MusicGenreError: There are fewer segments than processes.

    Example:
        >>> check_shared({}, {"train": 8, "val": 1, "test": 0}, processes=2)
        Traceback (most recent call last):
        musicgenre.errors.MusicGenreError: The split left 1 segment for val, and each of the run's 2 processes needs \
one: take more tracks, or fewer processes (trainer.devices=1).
    """
    for split, there in segments.items():
        if 0 < there < processes and settings.get(_LIMITS[split]) != 0:
            raise MusicGenreError(
                f"The split left {counted(there, 'segment')} for {split}, and each of the run's {processes} processes "
                "needs one: take more tracks, or fewer processes (trainer.devices=1)."
            )


def _limited(key: str, limit: Any, split: str, there: int) -> int:  # noqa: ANN401  # as typed
    """Return the number of batches under a limit: an int is a number of batches, a float a fraction of them."""
    if limit == 0 and split == "train":
        raise MusicGenreError(f"{key} is 0, which leaves nothing to train on: give 1 or more.")
    if not there or limit is None or isinstance(limit, bool) or not isinstance(limit, int | float):
        return there
    if isinstance(limit, int) or limit > 1:
        return min(there, int(limit))
    found = int(there * limit)
    if not found and limit > 0:
        least = _UP.divide(Decimal(1), Decimal(there)) if there > 1 else "1.0"
        raise MusicGenreError(
            f"{key} is {limit}, which leaves no batch of {split} ({there} in all): give a whole number of batches, or "
            f"a share of at least {least}."
        )
    return found


def _check_validated(settings: Mapping[str, Any], n: int) -> None:
    """Raise an error if training would end before the first validation.

    Args:
        settings: Settings of the Trainer.
        n: Training batches of an epoch.
    """
    every, interval = settings.get("check_val_every_n_epoch", 1), settings.get("val_check_interval") or 1.0
    if not isinstance(interval, int | float):  # a time
        return
    if isinstance(interval, int) and every is not None and interval > n:
        raise MusicGenreError(
            f"trainer.val_check_interval is {interval}, but an epoch has {_in_words(n)} of training: give at most {n}, "
            "or count over epochs with +trainer.check_val_every_n_epoch=null."
        )
    epochs, steps = settings.get("max_epochs"), settings.get("max_steps", -1)
    if every is None and epochs is not None and 0 < epochs * n < interval:
        raise MusicGenreError(
            f"trainer.val_check_interval is {interval}, but training has {_in_words(epochs * n)} "
            f"(trainer.max_epochs is {epochs}), so that nothing would be validated or tested: give at most "
            f"{epochs * n}, or more epochs."
        )
    if every is not None and epochs is not None and 0 <= epochs < every:
        raise MusicGenreError(
            f"trainer.check_val_every_n_epoch is {every} and trainer.max_epochs {epochs}, so that no epoch would be "
            f"validated or tested: give at most {epochs}, or more epochs."
        )
    needed = ((every or 1) - 1) * n + (interval if isinstance(interval, int) else max(1, int(n * interval)))
    together = settings.get("accumulate_grad_batches") or 1
    needed = needed // n * -(-n // together) + -(
        -(needed % n) // together
    )  # Lightning also steps at the end of an epoch
    if 0 <= steps < needed:
        raise MusicGenreError(
            f"trainer.max_steps is {steps}, and the first validation comes after {needed} steps, so that nothing would "
            f"be tested: give at least {needed}, or validate sooner with +trainer.val_check_interval."
        )
