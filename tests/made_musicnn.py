"""A tiny network like musicnn with random weights, written in the format of the published wheel."""

import zipfile
from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from musicgenre.features import musicnn_weights
from musicgenre.features.musicnn_encoder import MusicnnEncoder, Sizes

_ORIGINAL = musicnn_weights._PUBLISHED
Tensors = Mapping[str, NDArray[np.float32]]
TINY = Sizes(timbral=4, temporal=3, middle=4, hidden=16, tags=5)


def random_weights(sizes: Sizes = TINY, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Random weights by their published names, so small that activations keep their scale."""
    rng = np.random.default_rng(seed)
    wide, narrow, middle, pooled = sizes.timbral, sizes.temporal, sizes.middle, sizes.pooled
    convolutions = [
        *((7, bands, 1, wide) for bands in (38, 67)),
        *((frames, 1, 1, narrow) for frames in (128, 64, 32)),
        *((7, n_in, 1, middle) for n_in in (2 * wide + 3 * narrow, middle, middle)),
    ]
    shapes: dict[str, tuple[int, ...]] = {
        f"conv2d_{i}" if i else "conv2d": shape for i, shape in enumerate(convolutions)
    }
    shapes |= {"dense": (pooled, sizes.hidden), "dense_1": (sizes.hidden, sizes.tags)}
    widths = [1, wide, wide, narrow, narrow, narrow, middle, middle, middle, pooled, sizes.hidden]
    found: dict[str, NDArray[np.float64]] = {}
    for name, shape in shapes.items():
        found[f"{name}/kernel"] = rng.normal(size=shape) / np.sqrt(np.prod(shape[:-1]))
        found[f"{name}/bias"] = 0.1 * rng.normal(size=shape[-1])
    for i, width in enumerate(widths):
        name = f"batch_normalization_{i}" if i else "batch_normalization"
        found[f"{name}/gamma"] = rng.uniform(0.5, 1.5, width) * rng.choice([-1, 1], width)
        found[f"{name}/beta"] = rng.normal(size=width)
        found[f"{name}/moving_mean"] = rng.normal(size=width)
        found[f"{name}/moving_variance"] = rng.uniform(0.5, 1.5, width)
    assert {name: value.shape for name, value in found.items()} == {
        name: tuple(weight.shape) for name, weight in MusicnnEncoder(sizes).by_published_name().items()
    }
    return {name: value.astype(np.float32) for name, value in found.items()}


def write_data(tensors: Tensors) -> bytes:
    """Write the weights in the order of their names, among what Adam keeps: two numbers, and two moments of each."""
    numbers = {name: np.full(1, 0.9, np.float32) for name in ("beta1_power", "beta2_power")}
    trained = {name: value for name, value in tensors.items() if "/moving_" not in name}
    moments = {f"{name}/{moment}": -value for name, value in trained.items() for moment in ("Adam", "Adam_1")}
    return b"".join(value.astype("<f4").tobytes() for _, value in sorted({**tensors, **numbers, **moments}.items()))


def write_wheel(
    path: Path, tensors: Tensors | None = None, models: tuple[str, ...] = ("MSD_musicnn", "MTT_musicnn")
) -> Path:
    """Write a wheel with these weights, or those of tiny networks."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as wheel:
        for seed, model in enumerate(models):
            data = write_data(random_weights(seed=seed) if tensors is None else tensors)
            wheel.writestr(f"musicnn/{model}/.data-00000-of-00001", data)
    return path


def publish_tiny(patch: pytest.MonkeyPatch) -> None:
    """Let the tiny networks be the published ones."""
    models = ("MSD_musicnn", "MTT_musicnn")
    known = {model: sha256(write_data(random_weights(seed=seed))).hexdigest() for seed, model in enumerate(models)}
    patch.setattr(musicnn_weights, "_PUBLISHED", known)
    patch.setattr(musicnn_weights, "MusicnnEncoder", partial(MusicnnEncoder, TINY))


def publish_original(patch: pytest.MonkeyPatch) -> None:
    """Let those be the published ones that are."""
    patch.setattr(musicnn_weights, "_PUBLISHED", _ORIGINAL)
    patch.setattr(musicnn_weights, "MusicnnEncoder", MusicnnEncoder)


def tiny_encoder(seed: int = 0) -> MusicnnEncoder:
    """The network that the wheel's weights belong to."""
    encoder, weights = MusicnnEncoder(TINY).eval(), random_weights(seed=seed)
    with torch.no_grad():
        for name, weight in encoder.by_published_name().items():
            weight.copy_(torch.from_numpy(weights[name]))
    return encoder
