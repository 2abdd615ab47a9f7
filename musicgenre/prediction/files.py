"""Find the audio files at a path."""

import logging
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from musicgenre.data.audio.decode import AUDIO_SUFFIXES
from musicgenre.data.corpus.layout import listed
from musicgenre.data.corpus.listing import hides_tracks, is_in_icloud, is_passed_over
from musicgenre.errors import MusicGenreError
from musicgenre.files import expanded
from musicgenre.words import are, counted

log = logging.getLogger(__name__)


def find_audio(path: str | Path) -> tuple[list[Path], dict[str, int]]:
    """List the file itself, or every audio file in a folder and the folders below it, sorted.

    Links are followed, each folder once. A file with an audio file's name that cannot be opened, such as a broken link,
    is listed too: reading it says why.

    Returns:
        The files, and the number of skipped other files by suffix. Hidden files are ignored; those that may be titles
        (`.Paak.mp3`) are logged.

    Raises:
        MusicGenreError: There is no such path, or no audio file in the folder.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("...b.mp3", "a.wav", ".c.wav", "cover.png"):
        ...         Path(folder, name).touch()
        ...     files, others = find_audio(folder)
        >>> [file.name for file in files], others
        (['...b.mp3', 'a.wav'], {'.png': 1})
    """
    root = expanded(path)
    if not root.is_dir():
        if os.path.lexists(root):
            return [root], {}
        raise MusicGenreError(f"There is no file or folder {root}: give audio=FILE or audio=FOLDER.")
    inside = sorted(_files_below(root))
    audio = [file for file in inside if file.suffix.lower() in AUDIO_SUFFIXES]
    if not audio:
        raise MusicGenreError(
            f"{root} holds no {listed(AUDIO_SUFFIXES, 'or')} file (other files, also in subfolders: {len(inside)})."
        )
    others = Counter(
        file.suffix.lower() or "suffixless" for file in inside if file.suffix.lower() not in AUDIO_SUFFIXES
    )
    return audio, dict(sorted(others.items()))


def _files_below(root: Path) -> Iterator[Path]:
    """Yield all files in a folder and below it, except hidden ones."""
    seen = set[str]()
    for folder, inner, names in os.walk(root, onerror=_tell, followlinks=True):
        if (real := os.path.realpath(folder)) in seen:  # a link to a folder already visited
            inner.clear()
            continue
        seen.add(real)
        for path in (Path(folder, name) for name in sorted([*inner, *names])):
            if hides_tracks(path, "audio") and not is_in_icloud(path.name, "audio"):
                log.warning("%s is passed over as hidden (its name begins with a dot): rename it if it is music.", path)
        if away := sum(is_in_icloud(name, "audio") for name in names):
            log.warning(
                "%s in %s %s in iCloud and not on this machine: download them.",
                *(counted(away, "file"), folder, are(away)),
            )
        inner[:] = sorted(name for name in inner if not is_passed_over(name))
        yield from (Path(folder, name) for name in names if not is_passed_over(name))


def _tell(error: OSError) -> None:
    log.warning("The folder %s is passed over: it cannot be opened (%s).", error.filename, error.strerror)
