"""Which files a synthetic corpus has, and which of them exist."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from musicgenre.arguments import GENRES_ARGUMENT, Argument, is_number, is_whole, require_arguments
from musicgenre.errors import MusicGenreError
from musicgenre.suggest import did_you_mean
from musicgenre.synthetic.artists import GENRES
from musicgenre.synthetic.render import artist_of
from musicgenre.words import counted

VERSION = 1  # of the renderer: raise it whenever a sample of any track changes
SAMPLE_RATE = 22050
HEADER_BYTES = 44
_LOOK, _LOOKS = 64, 32  # bytes per position, and positions per file; at most four bytes of sound in a row are zero
STAMP = "synthetic.json"
ARTISTS_TABLE = "artists.csv"

Track = tuple[str, int]  # genre and number
_ARGUMENTS = {
    "tracks_per_genre": Argument(is_whole, "a whole number, such as 20", optional=False),
    "seconds": Argument(is_number, "seconds, such as 30.0", optional=False),
    "seed": Argument(is_whole, "a whole number, such as 0", optional=False),
    **GENRES_ARGUMENT,
}


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

    def tracks(self) -> list[Track]:
        """Return genre and number of every track."""
        return [(genre, index) for genre in self.genres for index in range(self.tracks_per_genre)]

    def stamp(self) -> str:
        """Return the corpus's description in `synthetic.json`, the same whichever of its genres exist."""
        return json.dumps({"renderer": VERSION, **asdict(replace(self, genres=GENRES))}, indent=2) + "\n"

    def artists_table(self) -> str:
        """Return the text of `artists.csv`, for all genres, so that adding genres does not change it."""
        tracks = replace(self, genres=GENRES).tracks()
        return "\n".join(["track,artist", *(f"{track_id(*track)},{artist_of(*track)}" for track in tracks)]) + "\n"


def make_plan(tracks_per_genre: int, seconds: float, seed: int, genres: Sequence[str]) -> Plan:
    """Check the user's settings and return the plan.

    Raises:
        MusicGenreError: A setting is invalid.
    """
    require_arguments(locals(), _ARGUMENTS)
    if unknown := sorted(set(genres) - set(GENRES)):
        hint = "".join(did_you_mean(genre, GENRES) for genre in unknown)
        raise MusicGenreError(f"There is no synthetic genre {', '.join(unknown)}; there are {', '.join(GENRES)}.{hint}")
    if not genres:
        raise MusicGenreError(f"A synthetic corpus needs genres: choose from {', '.join(GENRES)}.")
    if tracks_per_genre < 1 or seconds < 0.1 or seed < 0:
        raise MusicGenreError(
            "A synthetic corpus needs tracks_per_genre >= 1, seconds >= 0.1 and seed >= 0, but they are "
            f"{tracks_per_genre}, {seconds} and {seed}."
        )
    return Plan(tracks_per_genre, float(seconds), seed, tuple(sorted(set(genres))))


def track_id(genre: str, index: int) -> str:
    """Return a track's path below the root, as in GTZAN.

    Example:
        >>> track_id("blues", 3)
        'blues/blues.00003.wav'
    """
    return f"{genre}/{genre}.{index:05d}.wav"


def missing_tracks(root: Path, plan: Plan) -> list[Track]:
    """Return the plan's tracks whose file is missing or incomplete: of another size, or zeroed by a crash."""
    return [track for track in plan.tracks() if not is_rendered(root / track_id(*track), plan)]


def is_rendered(file: Path, plan: Plan) -> bool:
    """Return whether a file has the right size and header, and sound at all positions checked: songs never pause."""
    size = HEADER_BYTES + 2 * plan.n_samples
    try:
        if file.stat().st_size != size:
            return False
        with file.open("rb") as held:
            if not held.read(HEADER_BYTES).startswith(b"RIFF" + (size - 8).to_bytes(4, "little") + b"WAVEfmt "):
                return False
            for place in range(HEADER_BYTES, size - _LOOK, max(_LOOK, size // _LOOKS)):
                held.seek(place)
                if not any(held.read(_LOOK)):
                    return False
            held.seek(max(HEADER_BYTES, size - _LOOK))
            return any(held.read())
    except OSError:
        return False


def texts_stand(root: Path, plan: Plan) -> bool:
    """Return whether the folder has the plan's stamp and table of artists."""
    texts = {STAMP: plan.stamp(), ARTISTS_TABLE: plan.artists_table()}
    return all((root / name).is_file() and (root / name).read_text() == text for name, text in texts.items())


def said_of(root: Path) -> str:
    """Return a sentence that describes a folder by its stamp; empty if it is not a synthetic corpus."""
    try:
        stamp = json.loads((root / STAMP).read_text(encoding="utf-8"))
        tracks = counted(stamp["tracks_per_genre"], "track")
        what = f"{tracks} of {stamp['seconds']:g} s per genre, seed {stamp['seed']}"
        return f"The rendered corpus, not GTZAN, despite its names: {what}."
    except (OSError, ValueError, LookupError, TypeError):
        return ""
