"""What is known of a recording: what it is, how long it is, and how much of it was heard."""

from dataclasses import asdict, dataclass
from typing import Any

from musicgenre.errors import MusicGenreError


@dataclass(frozen=True)
class Facts:
    """What a file is, and how much of it was heard.

    Attributes:
        format: Container and coding, such as "WAV PCM_16" or "MP3".
        rate: Sample rate in Hz, of the first part where several are joined.
        channels: Of the first part.
        seconds: Length of what is in the file, s.
        heard: Length of what was decoded, s.
        note: What is worth knowing of it, in words; empty if nothing.
    """

    format: str = ""
    rate: int | None = None
    channels: int | None = None
    seconds: float | None = None
    heard: float = 0.0
    note: str = ""

    def plain(self) -> dict[str, Any]:
        """Return the facts as strings and numbers."""
        return asdict(self)


class AudioError(MusicGenreError):
    """A recording that gives no waveform; the message is a short reason that reads well in a list of files.

    Attributes:
        facts: What is known of the recording all the same.
        passing: Whether it lies with the machine (no ffmpeg, permission or memory), and may be otherwise the next time.
    """

    def __init__(self, reason: str, facts: Facts | None = None, passing: bool = False) -> None:
        super().__init__(reason)
        self.facts, self.passing = facts or Facts(), passing

    def __reduce__(self) -> tuple[type["AudioError"], tuple[str, Facts, bool]]:
        """Travel between processes with the facts."""
        return type(self), (str(self), self.facts, self.passing)
