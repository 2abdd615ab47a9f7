from pathlib import Path

import pandas as pd

from musicgenre.data.corpus.scan import Corpus, Track


def make_corpus(sizes: dict[str, int], artists: int = 0, suffix: str = ".wav") -> Corpus:
    """Make up so many tracks per genre, dealt in turn to `artists` artists per genre; there are no files."""
    tracks = tuple(
        Track(
            id=f"{genre}/{genre}.{i:05}{suffix}",
            genre=genre,
            path=Path(f"{genre}.{i:05}{suffix}"),
            artist=f"{genre} artist {i % artists}" if artists else None,
        )
        for genre, size in sorted(sizes.items())
        for i in range(size)
    )
    return Corpus(root=Path("root"), genres=tuple(sorted(sizes)), tracks=tracks)


def make_segments(corpus: Corpus, each: int = 3) -> pd.DataFrame:
    rows = [
        {
            "track": t.id,
            "genre": t.genre,
            "label": corpus.genres.index(t.genre),
            "start": 3.0 * i,
            "seconds": 3.0,
        }
        for t in corpus.tracks
        for i in range(each)
    ]
    return pd.DataFrame(rows, columns=["track", "genre", "label", "start", "seconds"])


def make_files(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root
