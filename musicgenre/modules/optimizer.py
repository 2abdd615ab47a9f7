"""The learning rate of an optimizer that is made later."""

from collections.abc import Callable

from torch.optim import Optimizer

from musicgenre.errors import MusicGenreError

_ADAM = 1e-3  # torch's own default


def learning_rate(optimizer: Callable[..., Optimizer] | None, lr: float | None) -> float | None:
    """Return the rate that was given, the optimizer's own, or Adam's.

    Args:
        optimizer: What makes it, such as a `functools.partial`; None for Adam.
        lr: The rate; None for the optimizer's own, which is None where only the optimizer knows it.

    Raises:
        MusicGenreError: The optimizer's is no number.
    """
    if lr is not None:
        return lr
    if optimizer is None:
        return _ADAM
    own = getattr(optimizer, "keywords", {}).get("lr")
    if own is not None and (isinstance(own, bool) or not isinstance(own, int | float)):
        raise MusicGenreError(f"optimizer.lr is {own!r}: give a number, such as 1e-3.")
    return None if own is None else float(own)
