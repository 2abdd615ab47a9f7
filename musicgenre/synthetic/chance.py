"""Seeded random numbers: every draw of the renderer comes from `Generator.random`, whose stream never changes."""

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence
from numpy.typing import NDArray

Choice = TypeVar("Choice")
Range = tuple[float, float]
Wave = NDArray[np.float64]


def generator(seed: int, *key: int) -> Generator:
    """Return a separate generator for each key under a corpus seed."""
    # A spawn key is separate from the entropy: (1, 2) and (1, 2, 0) do not collide as padded entropy would.
    return Generator(PCG64(SeedSequence(entropy=seed, spawn_key=key)))


def uniform(rng: Generator, between: Range) -> float:
    """Draw a number uniformly between two bounds."""
    low, high = between
    return float(low + (high - low) * rng.random())


def factor(rng: Generator, octaves: Range) -> float:
    """Draw a factor uniformly on a logarithmic scale: octaves (-1, 1) give 0.5 to 2."""
    return math.exp2(uniform(rng, octaves))


def pick(rng: Generator, options: Sequence[Choice]) -> Choice:
    """Draw one of the options, all equally likely."""
    return options[int(rng.random() * len(options))]


def favour(rng: Generator, options: Sequence[Choice]) -> Choice:
    """Draw one of the options, the first ones more likely: of four, the first in half of the draws."""
    return options[int(float(rng.random()) ** 2 * len(options))]


def noise(rng: Generator, n: int) -> Wave:
    """Draw white noise in [-1, 1], shape (n,)."""
    return 2.0 * rng.random(n) - 1.0
