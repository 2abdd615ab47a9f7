"""Read torch's files as weights and plain values only; incomplete ones are refused in one sentence."""

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from musicgenre.errors import MusicGenreError
from musicgenre.files import unreadable_reason
from musicgenre.raised import at_own_line
from musicgenre.runs.sums import check_sum


def read_stored(path: Path) -> dict[str, Any]:
    """Return the content of a torch file, on the CPU; no code in it is run.

    Torch does not verify the checksums in a file, so that a flipped bit would change numbers: they are verified here,
    as is the hash that the run saved.

    Raises:
        MusicGenreError: It cannot be read, is incomplete, or holds more than weights and plain values.
    """
    if reason := unreadable_reason(path):
        raise MusicGenreError(f"{path} is not a whole checkpoint of musicgenre: {reason}.")
    try:
        _check_archive(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises a dozen types, from a short read to a foreign pickle
        raise MusicGenreError(
            f"{path} is not a whole checkpoint of musicgenre: {first_line(error).rstrip('.')}."
        ) from error
    if not isinstance(found, dict):
        raise MusicGenreError(f"{path} is not a whole checkpoint of musicgenre: it holds a {type(found).__name__}.")
    check_sum(path)
    return found


def _check_archive(path: Path) -> None:
    """Verify the checksum of every part of an archive; torch does not compress its parts.

    Raises:
        ValueError: A checksum does not match, a part is compressed, or the parts are longer than the file.
        zipfile.BadZipFile: It is not an archive.
    """
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        if any(part.compress_type != zipfile.ZIP_STORED or part.flag_bits & 1 for part in parts):
            raise ValueError("it is compressed, which a run's checkpoints are not")
        if sum(part.file_size for part in parts) > path.stat().st_size:
            raise ValueError("its parts are longer than the file")
        if (wrong := archive.testzip()) is not None:
            raise ValueError(f"its part {wrong} does not match its checksum")


@contextmanager
def damage_in(path: Path) -> Iterator[None]:
    """Turn any error that a tampered record causes into one sentence.

    Raises:
        MusicGenreError: The one raised inside, or that the file is damaged.
    """
    try:
        yield
    except MusicGenreError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, AssertionError) as error:
        raise _damaged(path, error) from error
    except (RuntimeError, MemoryError, OSError, ImportError) as error:  # torch's own, and RecursionError
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> MusicGenreError:
    reason = f"{type(error).__name__}: {first_line(error)[:200].rstrip('.')}"
    if line := at_own_line(error):
        return MusicGenreError(f"{path} cannot be loaded, as code of your own fails ({reason}{line}).")
    return MusicGenreError(f"{path} is damaged: its record cannot be used ({reason}).")


def first_line(error: Exception) -> str:
    """Shorten an error to its first line; if that is only a heading of torch's, to the next."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    return lines[1] if len(lines) > 1 and lines[0].endswith(":") else lines[0]
