"""A tiny network like musicnn with random weights, written in the format of the published wheel."""

import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musicgenre.features.bundle import masked_crc32c
from musicgenre.features.musicnn_encoder import MusicnnEncoder, Sizes, weight_names

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
    assert set(found) == set(weight_names())
    return {name: value.astype(np.float32) for name, value in found.items()}


def write_bundle(tensors: Tensors) -> tuple[bytes, bytes]:
    """Write a tensor bundle, index and data; the keys of a block share prefixes."""
    data, items = b"", [(b"", _number(1, 1))]
    for name, value in sorted(tensors.items()):
        content = value.astype("<f4").tobytes()
        shape = b"".join(_message(2, _number(1, size)) for size in value.shape)
        checksum = bytes([6 << 3 | 5]) + struct.pack("<I", masked_crc32c(content))
        place = (_number(4, len(data)) if data else b"") + _number(5, len(content))
        items.append((name.encode(), _number(1, 1) + _message(2, shape) + place + checksum))
        data += content
    half = len(items) // 2
    index, blocks = b"", []
    for block in (items[:half], items[half:]):
        blocks.append((block[-1][0] + b"~", _varint(len(index)) + _varint(len(_block(block)))))
        index += _sealed(_block(block))
    places = []
    for block in ([], blocks):
        places.append(_varint(len(index)) + _varint(len(_block(block))))
        index += _sealed(_block(block))
    return index + b"".join(places).ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57), data


def write_wheel(
    path: Path, tensors: Tensors | None = None, models: tuple[str, ...] = ("MSD_musicnn", "MTT_musicnn")
) -> Path:
    """Write a wheel with these weights, or those of tiny networks."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as wheel:
        for seed, model in enumerate(models):
            index, data = write_bundle(random_weights(seed=seed) if tensors is None else tensors)
            wheel.writestr(f"musicnn/{model}/.index", index)
            wheel.writestr(f"musicnn/{model}/.data-00000-of-00001", data)
    return path


def tiny_encoder(seed: int = 0) -> MusicnnEncoder:
    """The network that the wheel's weights belong to."""
    return MusicnnEncoder.of_published(random_weights(seed=seed)).eval()


def _block(items: list[tuple[bytes, bytes]]) -> bytes:
    content, before = b"", b""
    for key, value in items:
        shared = next(
            (i for i, (a, b) in enumerate(zip(key, before, strict=False)) if a != b), min(len(key), len(before))
        )
        content += _varint(shared) + _varint(len(key) - shared) + _varint(len(value)) + key[shared:] + value
        before = key
    return content + struct.pack("<II", 0, 1)  # one restart, at 0


def _sealed(block: bytes) -> bytes:
    return block + b"\0" + struct.pack("<I", masked_crc32c(block + b"\0"))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _message(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    parts = []
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])
