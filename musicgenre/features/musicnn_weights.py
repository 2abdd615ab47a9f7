"""Musicnn's published weights: read from the cache or a file that the user names, without TensorFlow."""

import hashlib
import logging
import zipfile
import zlib
from functools import partial
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import torch

from musicgenre.errors import MissingFileError, MusicGenreError
from musicgenre.features.musicnn_encoder import MusicnnEncoder
from musicgenre.files import A_FOLDER, BROKEN_LINK, NO_FILE, expanded, unreadable_reason
from musicgenre.wheels import Wheel, fetch_wheel

log = logging.getLogger(__name__)

Trained = Literal["MSD_musicnn", "MTT_musicnn"]

WHEEL = Wheel(
    "musicnn==0.1.0",
    "musicnn-0.1.0-py3-none-any.whl",
    29,
    "f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa",
)
_DATA = ".data-00000-of-00001"
_LARGEST = 1 << 26  # bytes: the published data have 10 MB
_PUBLISHED = {  # SHA-256 of the data
    "MSD_musicnn": "8579734ee6388f799ed0def4bbd0d1fdcbeaf213ef2a9dc860917bd76a303de6",
    "MTT_musicnn": "041f3935e981a65cea739842d30c188d3a7d2adf4410955c8668eb3de4a5acab",
}


def published_encoder(model: str = "MSD_musicnn", weights: str | None = None) -> MusicnnEncoder:
    """Return musicnn's network with its published weights, in evaluation mode.

    Args:
        model: "MSD_musicnn" (trained on the Million Song Dataset) or "MTT_musicnn" (on MagnaTagATune).
        weights: The wheel of the PyPI package musicnn, the package's folder, or a folder that holds the data itself;
            None for the wheel in the cache, which `musicgenre prepare features=musicnn` fetches and which is read, too,
            if there is no such file any more.

    Raises:
        MissingFileError: They are not there, and neither is the wheel in the cache.
        MusicGenreError: They cannot be read, or are not the published ones.
    """
    if model not in get_args(Trained):
        raise MusicGenreError(f"model is {model!r}: choose one of {', '.join(get_args(Trained))}.")
    path = WHEEL.path if weights is None else expanded(weights)
    if (unreadable_reason(path) or "").startswith((NO_FILE, BROKEN_LINK)):
        if not WHEEL.path.is_file():
            raise MissingFileError(
                f"musicnn's weights are missing (there is no {path}): fetch them once ({WHEEL.megabytes} MB) with "
                f"musicgenre prepare features=musicnn, or give the wheel from pip download --no-deps "
                f"{WHEEL.requirement} as features.weights=FILE (model.weights=FILE with model=musicnn).",
                partial(fetch_wheel, WHEEL),
            )
        log.info("There is no %s: using the weights of musicnn that were fetched.", weights)
        path = WHEEL.path
    if (reason := unreadable_reason(path)) and reason != A_FOLDER:
        raise MusicGenreError(f"The weights {path} cannot be read ({reason}): give musicnn's wheel or its folder.")
    try:
        return _with_weights(MusicnnEncoder(), _data(path, model)).eval()
    except (OSError, ValueError, RuntimeError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        fetched = path == WHEEL.path
        mend = "remove it, and run musicgenre prepare features=musicnn again" if fetched else f"give {WHEEL.file}"
        raise MusicGenreError(
            f"{path} is damaged, or does not hold the published weights of {model} ({str(error).rstrip('.')}): {mend}."
        ) from error


def _data(path: Path, model: str) -> bytes:
    """Return the published data from the package's folder, or the wheel that is a zip file of it."""
    root = path if path.is_dir() else zipfile.Path(path)
    for place in (f"musicnn/{model}", model, ""):
        if (file := root / place / _DATA).is_file():
            with file.open("rb") as opened:
                data = opened.read(_LARGEST)
            if (found := hashlib.sha256(data).hexdigest()) != _PUBLISHED[model]:
                raise ValueError(f"the SHA-256 of its {_DATA} begins with {found[:8]}, not {_PUBLISHED[model][:8]}")
            return data
    raise ValueError(f"there is no musicnn/{model}/{_DATA} in it")


def _with_weights(encoder: MusicnnEncoder, data: bytes) -> MusicnnEncoder:
    """Fill in the weights, in the order of their names; Adam's two numbers are among them, its moments after each."""
    adams = dict.fromkeys(("beta1_power", "beta2_power"), torch.empty(1))
    at = 0
    with torch.no_grad():
        for name, weight in sorted({**encoder.by_published_name(), **adams}.items()):
            values = np.frombuffer(data, "<f4", weight.numel(), at)
            weight.copy_(torch.tensor(values).view(weight.shape))
            at += values.nbytes * (1 if name in adams or "/moving_" in name else 3)
    return encoder
