"""Read a pretrained model of Hugging Face transformers: from a folder, or downloaded once from huggingface.co."""

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from textwrap import shorten
from typing import Any

import torch

from musicgenre.errors import MusicGenreError
from musicgenre.extras import MissingPackageError

log = logging.getLogger(__name__)


def read_pretrained(model: str) -> tuple[Any, Any, list[str]]:
    """Read a pretrained audio model, without running code that comes with it.

    Args:
        model: A folder that `save_pretrained` wrote, or a name on huggingface.co.

    Returns:
        The feature extractor, the network, and the names of weights that its files lack.

    Raises:
        MusicGenreError: It is missing, or cannot be read.
    """
    if find_spec("transformers") is None:
        raise MissingPackageError("features=huggingface needs the package transformers", "huggingface")
    return _read_folder(Path(model)) if Path(model).is_dir() else _read_or_fetch(model)


def _read_folder(folder: Path) -> tuple[Any, Any, list[str]]:
    if missing := [name for name in ("config.json", "preprocessor_config.json") if not (folder / name).is_file()]:
        raise MusicGenreError(
            f"{folder} has no {' and no '.join(missing)}: give a folder to which save_pretrained wrote both the model "
            "and its feature extractor."
        )
    try:
        return _read(str(folder), local_files_only=True)
    except Exception as error:  # its files may hold anything
        raise _own_code(str(folder), error) or MusicGenreError(
            f"The model in {folder} cannot be read ({in_short(error)}): check that it is an audio encoder that "
            "transformers supports, and that its files are complete."
        ) from error


def _read_or_fetch(name: str) -> tuple[Any, Any, list[str]]:
    """Read a model that was downloaded before; download it if that fails."""
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", name):
        raise MusicGenreError(f"There is no folder {name}, and it is not a valid name on huggingface.co.")
    try:
        return _read(name, local_files_only=True)
    except Exception as error:  # missing or incomplete
        if own := _own_code(name, error):
            raise own from error
    log.info("Fetching %s from huggingface.co, once.", name)
    try:
        return _read(name, local_files_only=False)
    except Exception as error:
        raise _own_code(name, error) or MusicGenreError(
            f"{name} is not a folder here, and could not be fetched from huggingface.co ({in_short(error)}): check "
            "the name and the network, or give a folder written by save_pretrained."
        ) from error


def _own_code(model: str, error: Exception) -> MusicGenreError | None:
    """Return the error for a model that would run its own code; None if that is not the reason."""
    if "trust_remote_code" not in str(error):
        return None
    return MusicGenreError(
        f"{model} brings its own code, which musicgenre does not run: choose a model whose architecture is part of "
        "transformers."
    )


def _read(model: str, local_files_only: bool) -> tuple[Any, Any, list[str]]:
    how: dict[str, Any] = {"local_files_only": local_files_only, "trust_remote_code": False}  # None would prompt
    with _quiet():
        from transformers import AutoFeatureExtractor, AutoModel

        extractor = AutoFeatureExtractor.from_pretrained(model, **how)
        with torch.random.fork_rng(devices=[]):  # missing weights are random
            network, found = AutoModel.from_pretrained(model, **how, output_loading_info=True)
    return extractor, network, sorted(found["missing_keys"])


def in_short(error: Exception) -> str:
    """Return the type of an error and the first words of its message."""
    return shorten(f"{type(error).__name__}: {error}", 160, placeholder=" ...")


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence progress bars and advice of transformers; `load_encoder` reports what matters."""
    from transformers.utils import logging as theirs

    theirs.disable_progress_bar()
    loggers = [logging.getLogger(name) for name in ("transformers", "huggingface_hub")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
