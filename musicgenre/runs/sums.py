"""The hashes of what a run is read from: beside metrics.json, as `sha256sum -c SHA256SUMS` checks them.

A bit that flips on a disk gives other probabilities without a word; a file with another hash is refused by name.
"""

import hashlib
import re
from pathlib import Path

from musicgenre.files import replace_text
from musicgenre.runs.read import damaged

NAME = "SHA256SUMS"
_MODELS = ("*.ckpt", "*.joblib")
_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")
_ABOVE = 3  # folders: a checkpoint lies in checkpoints/, in cnn/checkpoints/ or in gan/checkpoints/


def write_sums(run: Path) -> None:
    """Write the hashes of all models of a run that is about to be complete; nothing where it has none."""
    folders = [run / inner / "checkpoints" for inner in ("", "cnn", "gan")]
    files = sorted(file for folder in folders for kind in _MODELS for file in folder.glob(kind) if file.is_file())
    if files:
        lines = [f"{sha256_of(file)}  {file.relative_to(run).as_posix()}\n" for file in files]
        replace_text(run / NAME, "".join(lines))


def check_sum(path: Path, content: bytes | None = None) -> None:
    """Make sure that a model is the one that its run wrote, where the run is complete and says so.

    Args:
        path: The file.
        content: What was read of it already.

    Raises:
        MusicGenreError: It is not.
    """
    for run in path.absolute().parents[:_ABOVE]:
        if not (run / NAME).is_file() or not (run / "metrics.json").is_file():
            continue
        known = _read(run / NAME)
        wanted = known.get(path.absolute().relative_to(run).as_posix())
        found = sha256_of(path) if content is None else hashlib.sha256(content).hexdigest()
        if wanted is not None and wanted != found:
            raise damaged(path, f"it is not the file that the run wrote: {run / NAME} has another hash of it")
        return


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return {match[2]: match[1] for line in lines if (match := _LINE.fullmatch(line))}
