"""What training reveals to a run about its test tracks: as numbers in metrics.json, and in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from musicgenre.words import are

PREFIX = "leaks/"  # begins the names in metrics.json
_WORDS = {"segments": "segments", "artists": "artists", "duplicates": "copies", "fitted_on_all": "fitted on all rows"}


@dataclass(frozen=True)
class Leaks:
    """What split, data and protocol reveal to a model about its test tracks.

    Attributes:
        said: What split and protocol state about themselves, a sentence each without the full stop.
        test_tracks: Number of test tracks.
        segments: How many of them have segments in the training set.
        artists: How many are by an artist of a training track; None if no artist is known.
        artists_unknown: How many are by an unknown artist.
        duplicates: How many are parts or copies of a training track with another name.
        fitted_on_all: Whether scaling or components were fitted on test rows too.
    """

    said: tuple[str, ...] = ()
    test_tracks: int = 0
    segments: int = 0
    artists: int | None = None
    artists_unknown: int = 0
    duplicates: int = 0
    fitted_on_all: bool = False

    @property
    def text(self) -> str:
        """All that leaks, in sentences; empty if nothing does.

        Example:
            >>> Leaks(test_tracks=100, artists=64).text
            '64 of 100 test tracks are by artists of the training set'
        """
        of = f"of {self.test_tracks} test tracks"
        found = list(self.said)
        if self.segments and not self.said:
            found.append(f"{self.segments} {of} {_have(self.segments)} segments in the training set")
        if self.artists:
            found.append(f"{self.artists} {of} {are(self.artists)} by artists of the training set")
        if self.duplicates:
            copies = "a copy of a training track" if self.duplicates == 1 else "copies of training tracks"
            found.append(f"{self.duplicates} {of} {are(self.duplicates)} {copies}")
        return ". ".join(found)

    def metrics(self) -> dict[str, float | str]:
        """Return the entries of metrics.json: `leaks/...`, and `leak` in words if something leaks."""
        numbers: dict[str, float | str] = {
            f"{PREFIX}test_tracks": self.test_tracks,
            f"{PREFIX}segments": self.segments,
            **({} if self.artists is None else {f"{PREFIX}artists": self.artists}),
            f"{PREFIX}artists_unknown": self.artists_unknown,
            f"{PREFIX}duplicates": self.duplicates,
            f"{PREFIX}fitted_on_all": int(self.fitted_on_all),
        }
        return numbers | ({"leak": self.text} if self.text else {})


def leak_words(metrics: Mapping[str, float | str]) -> str:
    """Return in a few words what a run leaks, from its metrics; empty if no leak is known.

    Example:
        >>> leak_words({"leaks/artists": 64, "leaks/segments": 0, "leaks/fitted_on_all": 1, "leak": "..."})
        'artists 64, fitted on all rows'
    """
    found = []
    for name, words in _WORDS.items():
        count = metrics.get(PREFIX + name)
        if isinstance(count, int | float) and count > 0:
            found.append(words if name == "fitted_on_all" else f"{words} {count:.0f}")
    if not found and metrics.get("leak"):
        return "leaks"  # a run of an earlier version, which did not count
    return ", ".join(found)


def joined(leaks: Iterable[Mapping[str, float | str]]) -> dict[str, float | str]:
    """Return what several runs leak together: the worst of each number, and all sentences.

    Args:
        leaks: The runs' metrics.

    Example:
        >>> joined([{"leaks/artists": 3, "leak": "a"}, {"leaks/artists": 5, "leak": "b"}, {"epochs": 2}])
        {'leaks/artists': 5, 'leak': 'a. b'}
    """
    numbers: dict[str, float | str] = {}
    said: dict[str, None] = {}
    for metrics in leaks:
        for name, value in metrics.items():
            if name.startswith(PREFIX) and isinstance(value, int | float):
                before = numbers.get(name, value)
                numbers[name] = max(before, value) if isinstance(before, int | float) and before == before else value
        if metrics.get("leak"):
            said[str(metrics["leak"])] = None
    return numbers | ({"leak": ". ".join(said)} if said else {})


def _have(count: int) -> str:
    return "has" if count == 1 else "have"
