"""The states of all generators of chance, as plain values and tensors, so that a checkpoint can hold them."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor


@contextmanager
def kept_chance() -> Iterator[None]:
    """Give back, when the block ends, all generators, and torch's switches for the same result each time, as they were.

    A training seeds the ones and sets the others, which are the process's.

    Example:
        >>> with kept_chance():
        ...     _ = torch.manual_seed(0)
        ...     first = torch.rand(3)
        >>> torch.equal(torch.rand(3), first)
        False
    """
    states, benchmark = chance_states(), torch.backends.cudnn.benchmark
    mode = torch.get_deterministic_debug_mode()
    try:
        yield
    finally:
        set_chance(states)
        if "cuda" not in states and torch.cuda.is_available() and torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
            torch.cuda.manual_seed_all(torch.initial_seed())  # as torch would have, when first asked
        torch.set_deterministic_debug_mode(mode)
        torch.backends.cudnn.benchmark = benchmark


def chance_states() -> dict[str, Any]:
    """Return where the generators of Python, NumPy and torch stand, on every device that is in use.

    Example:
        >>> states = chance_states()
        >>> before = torch.rand(3)
        >>> set_chance(states)
        >>> torch.equal(torch.rand(3), before)
        True
    """
    name, keys, *rest = np.random.get_state(legacy=True)
    states = {
        "python": random.getstate(),
        "numpy": (name, torch.from_numpy(np.asarray(keys).astype(np.int64)), *rest),
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_available() and torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        states["cuda"] = torch.cuda.get_rng_state_all()
    if torch.backends.mps.is_available():
        states["mps"] = torch.mps.get_rng_state()
    return states


def set_chance(states: dict[str, Any]) -> None:
    """Put the generators back where `chance_states` found them; those of devices that are not here are left out."""
    version, values, gauss = states["python"]
    random.setstate((version, tuple(values), gauss))
    name, keys, *rest = states["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), *rest))
    torch.set_rng_state(states["torch"])
    cuda: list[Tensor] = states.get("cuda", [])
    if cuda and torch.cuda.is_available() and len(cuda) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(cuda)
    if "mps" in states and torch.backends.mps.is_available():
        torch.mps.set_rng_state(states["mps"])
