"""The files that somebody means by one path."""

from collections import Counter
from pathlib import Path

from musicgenre.data.audio.decode import AUDIO_SUFFIXES
from musicgenre.data.corpus.layout import listed
from musicgenre.errors import MusicGenreError


def find_audio(path: str | Path) -> tuple[list[Path], dict[str, int]]:
    """List the file itself, or every audio file in a folder and the folders below it, sorted.

    Returns:
        The files, and how many others of each suffix were passed over. Hidden ones are not looked at.

    Raises:
        MusicGenreError: There is no such path, or no audio file in the folder.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("b.mp3", "a.wav", "cover.png"):
        ...         Path(folder, name).touch()
        ...     files, others = find_audio(folder)
        >>> [file.name for file in files], others
        (['a.wav', 'b.mp3'], {'.png': 1})
    """
    root = Path(path).expanduser()
    if root.is_file():
        return [root], {}
    if not root.is_dir():
        raise MusicGenreError(f"There is no file or folder {root}: give audio=FILE or audio=FOLDER.")
    inside = sorted(file for file in root.rglob("*") if file.is_file() and not _hidden(file.relative_to(root)))
    audio = [file for file in inside if file.suffix.lower() in AUDIO_SUFFIXES]
    if not audio:
        raise MusicGenreError(
            f"{root} holds no {listed(AUDIO_SUFFIXES, 'or')} file ({len(inside)} others, folders below it included)."
        )
    others = Counter(file.suffix.lower() or "no suffix" for file in inside if file not in set(audio))
    return audio, dict(sorted(others.items()))


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
