"""The states of all random number generators, as plain values and tensors that a checkpoint can hold."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor


@contextmanager
def kept_chance() -> Iterator[None]:
    """Restore all random number generators and torch's determinism settings when the block ends.

    Training seeds the generators and changes the settings, which belong to the whole process.

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
            torch.cuda.manual_seed_all(torch.initial_seed())  # as torch itself would on first use
        torch.set_deterministic_debug_mode(mode)
        torch.backends.cudnn.benchmark = benchmark


def chance_states() -> dict[str, Any]:
    """Return the states of the generators of Python, NumPy and torch, on every device in use.

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
    """Restore the states that `chance_states` returned; those of missing devices are skipped."""
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
