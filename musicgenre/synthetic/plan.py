"""Which files a synthetic corpus has, and whether a folder is one, whole."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from musicgenre.errors import MusicGenreError
from musicgenre.synthetic.artists import GENRES
from musicgenre.synthetic.render import artist_of

VERSION = 1  # of the renderer: to be raised whenever a sample of any track changes
SAMPLE_RATE = 22050
HEADER_BYTES = 44
STAMP = "synthetic.json"
ARTISTS_TABLE = "artists.csv"


@dataclass(frozen=True)
class Plan:
    """The settings of a corpus.

    Attributes:
        tracks_per_genre: Tracks of each genre.
        seconds: Length of each.
        seed: Seed of them all.
        genres: Which genres.
    """

    tracks_per_genre: int = 20
    seconds: float = 30.0
    seed: int = 0
    genres: tuple[str, ...] = GENRES

    @property
    def n_samples(self) -> int:
        """Samples in each track."""
        return round(self.seconds * SAMPLE_RATE)

    def tracks(self) -> list[tuple[str, int]]:
        """Genre and number of every track."""
        return [(genre, index) for genre in self.genres for index in range(self.tracks_per_genre)]

    def stamp(self) -> str:
        """What the corpus says of itself in `synthetic.json`."""
        return json.dumps({"renderer": VERSION, **asdict(self)}, indent=2) + "\n"

    def artists_table(self) -> str:
        """The text of `artists.csv`."""
        rows = [f"{track_id(*track)},{artist_of(*track)}" for track in self.tracks()]
        return "\n".join(["track,artist", *rows]) + "\n"


def make_plan(tracks_per_genre: int, seconds: float, seed: int, genres: Sequence[str]) -> Plan:
    """Settings a user chose, checked.

    Raises:
        MusicGenreError: A setting that no corpus can have.
    """
    unknown = sorted(set(genres) - set(GENRES))
    if unknown or not genres:
        raise MusicGenreError(f"No synthetic genres {unknown}; choose one or more from {', '.join(GENRES)}.")
    if tracks_per_genre < 1 or seconds < 0.1 or seed < 0:
        raise MusicGenreError(
            f"A synthetic corpus needs tracks_per_genre >= 1, seconds >= 0.1 and seed >= 0; "
            f"found {tracks_per_genre}, {seconds} and {seed}."
        )
    return Plan(tracks_per_genre, float(seconds), seed, tuple(sorted(set(genres))))


def track_id(genre: str, index: int) -> str:
    """A track's path below the root, as in GTZAN.

    Example:
        >>> track_id("blues", 3)
        'blues/blues.00003.wav'
    """
    return f"{genre}/{genre}.{index:05d}.wav"


def is_whole(root: Path, plan: Plan) -> bool:
    """Whether the folder holds this very corpus, every file at its full size."""
    size = HEADER_BYTES + 2 * plan.n_samples
    texts = {STAMP: plan.stamp(), ARTISTS_TABLE: plan.artists_table()}
    try:
        return all((root / name).read_text() == text for name, text in texts.items()) and all(
            (root / track_id(*track)).stat().st_size == size for track in plan.tracks()
        )
    except OSError:
        return False
