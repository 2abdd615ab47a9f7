"""What is known about a recording: what it is, how long it is, and how much of it was heard."""

from dataclasses import asdict, dataclass
from typing import Any

from musicgenre.errors import MusicGenreError


@dataclass(frozen=True)
class Facts:
    """What a file is, and how much of it was heard.

    Attributes:
        format: Container and coding, such as "WAV PCM_16" or "MP3".
        rate: Sample rate in Hz, of the first part if several are joined.
        channels: Number of channels, of the first part.
        seconds: Length of the file's content, s.
        heard: Length of what was decoded, s.
        note: Remark on it, in words; empty if there is none.
        silent: Number of segments with features in which nothing is louder than -70 dB.
    """

    format: str = ""
    rate: int | None = None
    channels: int | None = None
    seconds: float | None = None
    heard: float = 0.0
    note: str = ""
    silent: int = 0

    def plain(self) -> dict[str, Any]:
        """Return the facts as strings and numbers."""
        return asdict(self)


class AudioError(MusicGenreError):
    """A recording that cannot be read; the message is a short reason, fit for a list of files.

    Attributes:
        facts: What is known about the recording nevertheless.
        passing: Whether the cause is the machine (no ffmpeg, permission or memory), so that it may not recur.
    """

    def __init__(self, reason: str, facts: Facts | None = None, passing: bool = False) -> None:
        super().__init__(reason)
        self.facts, self.passing = facts or Facts(), passing

    def __reduce__(self) -> tuple[type["AudioError"], tuple[str, Facts, bool]]:
        """Keep the facts when pickled."""
        return type(self), (str(self), self.facts, self.passing)
