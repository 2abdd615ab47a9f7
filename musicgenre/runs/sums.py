"""Hashes of a run's models, next to metrics.json, in the format of `sha256sum -c SHA256SUMS`.

A bit flipped on a disk would silently change probabilities. The checksums in files that torch writes are compared on
loading; the hash warns of an intact file that is not the run's.
"""

import hashlib
import logging
import re
from pathlib import Path

from musicgenre.files import replace_text

log = logging.getLogger(__name__)

NAME = "SHA256SUMS"
_MODELS = ("*.ckpt", "*.joblib")
_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")
_ABOVE = 3  # folders: a checkpoint lies in checkpoints/, in cnn/checkpoints/ or in gan/checkpoints/


def write_sums(run: Path) -> None:
    """Write the hashes of all models of a run that is about to be complete; nothing if it has none."""
    folders = [run / inner / "checkpoints" for inner in ("", "cnn", "gan")]
    files = sorted(file for folder in folders for kind in _MODELS for file in folder.glob(kind) if file.is_file())
    if files:
        lines = [f"{sha256_of(file)}  {file.relative_to(run).as_posix()}\n" for file in files]
        replace_text(run / NAME, "".join(lines))


def forget_sum(path: Path) -> None:
    """Remove the hash of a file that was removed on request, which `sha256sum -c` would report as missing."""
    for run in path.absolute().parents[:_ABOVE]:
        if (run / NAME).is_file():
            name = path.absolute().relative_to(run).as_posix()
            lines = [f"{sum_}  {file}\n" for file, sum_ in _read(run / NAME).items() if file != name]
            replace_text(run / NAME, "".join(lines))
            return


def check_sum(path: Path) -> None:
    """Warn if a model is not the one that its complete run wrote, judging by the run's hashes.

    A damaged file is refused by its own checksums: a different hash means that it was written again.
    """
    for run in path.absolute().parents[:_ABOVE]:
        if not (run / NAME).is_file() or not (run / "metrics.json").is_file():
            continue
        wanted = _read(run / NAME).get(path.absolute().relative_to(run).as_posix())
        if wanted is not None and wanted != sha256_of(path):
            log.warning(
                "%s is not the file that the run wrote (%s has another hash): the run's results do not apply to it.",
                *(path, NAME),
            )
        return


def was_written(path: Path) -> bool:
    """Return whether a run wrote a model at a path, judging by the run's hashes, whether or not it is still there."""
    runs = path.absolute().parents[:_ABOVE]
    return any(
        path.absolute().relative_to(run).as_posix() in _read(run / NAME) for run in runs if (run / NAME).is_file()
    )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return {match[2]: match[1] for line in lines if (match := _LINE.fullmatch(line))}
