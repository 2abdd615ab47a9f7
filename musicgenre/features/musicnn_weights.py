"""Musicnn's published weights: read from the cache or a file that the user names, without TensorFlow."""

import hashlib
import zipfile
import zlib
from functools import partial
from pathlib import Path
from typing import Literal, get_args

from musicgenre.errors import MissingFileError, MusicGenreError
from musicgenre.features.bundle import read_bundle
from musicgenre.features.musicnn_encoder import MusicnnEncoder, weight_names
from musicgenre.files import expanded, unreadable_reason
from musicgenre.wheels import Wheel, fetch_wheel

Trained = Literal["MSD_musicnn", "MTT_musicnn"]

WHEEL = Wheel(
    "musicnn==0.1.0",
    "musicnn-0.1.0-py3-none-any.whl",
    29,
    "f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa",
)
_INDEX, _DATA = ".index", ".data-00000-of-00001"
_LARGEST = 1 << 26  # bytes per part: the published ones have 10 MB
_PUBLISHED = {  # SHA-256 of the data, which is known to be intact
    "8579734ee6388f799ed0def4bbd0d1fdcbeaf213ef2a9dc860917bd76a303de6",
    "041f3935e981a65cea739842d30c188d3a7d2adf4410955c8668eb3de4a5acab",
}


def published_encoder(model: str = "MSD_musicnn", weights: str | None = None) -> MusicnnEncoder:
    """Return musicnn's network with its published weights, in evaluation mode.

    Args:
        model: "MSD_musicnn" (trained on the Million Song Dataset) or "MTT_musicnn" (on MagnaTagATune).
        weights: The wheel of the PyPI package musicnn, the package's folder, or a folder that holds a tensor bundle
            itself; None for the wheel in the cache, which `musicgenre prepare features=musicnn` fetches.

    Raises:
        MissingFileError: `weights` is None, and the wheel is not in the cache.
        MusicGenreError: There are no such weights, or they are damaged or another network's.
    """
    if model not in get_args(Trained):
        raise MusicGenreError(f"model is {model!r}: choose one of {', '.join(get_args(Trained))}.")
    if weights is None and not WHEEL.path.is_file():
        raise MissingFileError(
            f"musicnn's weights are missing: fetch them once ({WHEEL.megabytes} MB) with musicgenre prepare "
            f"features=musicnn, or give the wheel from pip download --no-deps {WHEEL.requirement} as "
            "features.weights=FILE (model.weights=FILE with model=musicnn).",
            partial(fetch_wheel, WHEEL),
        )
    path = WHEEL.path if weights is None else expanded(weights)
    if not path.is_dir() and (reason := unreadable_reason(path)):
        raise MusicGenreError(f"The weights {path} cannot be read ({reason}): give musicnn's wheel or its folder.")
    try:
        index, data = _parts(path, model)
        known = hashlib.sha256(data).hexdigest() in _PUBLISHED
        tensors = read_bundle(index, data, weight_names(), check=not known)
        return MusicnnEncoder.of_published(tensors).eval()
    except (OSError, ValueError, NotImplementedError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        mend = f"give {WHEEL.file}" if weights else "remove it, and run musicgenre prepare features=musicnn again"
        raise MusicGenreError(
            f"{path} is damaged, or holds no weights of {model} ({_first(error)}): {mend}."
        ) from error
    except (LookupError, RuntimeError) as error:
        raise MusicGenreError(
            f"{path} holds weights of a network other than {model} ({_first(error)}): give those of "
            f"{WHEEL.requirement}."
        ) from error


def _parts(path: Path, model: str) -> tuple[bytes, bytes]:
    """Return the bundle's index and data."""
    if path.is_dir():
        folder = next(
            (each for each in (path, path / model, path / "musicnn" / model) if (each / _INDEX).is_file()), None
        )
        if folder is None:
            raise ValueError(f"there is no {model}/{_INDEX}")
        if max((folder / name).stat().st_size for name in (_INDEX, _DATA)) > _LARGEST:
            raise ValueError("it is larger than any")
        return (folder / _INDEX).read_bytes(), (folder / _DATA).read_bytes()
    with zipfile.ZipFile(path) as wheel:
        parts = []
        for name in (_INDEX, _DATA):
            inside = f"musicnn/{model}/{name}"
            if inside not in wheel.namelist():
                raise ValueError(f"there is no {inside} in it")
            if wheel.getinfo(inside).file_size > _LARGEST:
                raise ValueError("it is larger than any")
            parts.append(wheel.read(inside))
    return parts[0], parts[1]


def _first(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return lines[-1].rstrip(".")
