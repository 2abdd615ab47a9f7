from pathlib import Path

import numpy as np
from PIL import Image

GENRES = ("blues", "jazz", "rock")


def write_pictures(root: Path, tracks: int = 8) -> Path:
    """Write colour pictures of different sizes, each genre's colour in noise; return the root."""
    generator = np.random.default_rng(0)
    for place, genre in enumerate(GENRES):
        (root / genre).mkdir(parents=True)
        for i in range(tracks):
            pixels = generator.integers(0, 100, (80 + i, 110 - i, 3))
            pixels[..., place] += 120
            Image.fromarray(pixels.astype(np.uint8)).save(root / genre / f"{genre}.{i:05}.png")
    return root
