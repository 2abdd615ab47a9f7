from pathlib import Path

import numpy as np
import pytest
from made_audio import write_corpus
from PIL import Image

from musicgenre.data.corpus import sources
from musicgenre.errors import MusicGenreError
from musicgenre.synthetic import GENRES


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("music"), ("drone", "hum", "hiss"), tracks=2, seconds=0.1)


def gtzan_root(folder: Path, *genres: str) -> Path:
    """Make folders of GTZAN's genres with one file each, which nothing opens."""
    for genre in genres:
        (folder / genre).mkdir(parents=True)
        (folder / genre / f"{genre}.00000.wav").write_bytes(b"")
    return folder


def test_folder_lists_genres_and_tracks(root: Path) -> None:
    corpus = sources.folder(str(root))
    assert corpus.genres == ("drone", "hiss", "hum")
    assert len(corpus.tracks) == 6
    assert corpus.kind == "audio"


def test_folder_takes_only_the_genres_asked_for(root: Path) -> None:
    corpus = sources.folder(root, genres=["hum", "drone"])
    assert corpus.genres == ("drone", "hum")
    assert {track.genre for track in corpus.tracks} == {"drone", "hum"}


def test_folder_understands_the_home_folder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(root.parent))
    assert sources.folder(f"~/{root.name}").genres == ("drone", "hiss", "hum")


@pytest.mark.parametrize("which", ["root", "labels", "artists", "table"])
def test_the_home_folder_of_nobody_is_told(root: Path, which: str) -> None:
    with pytest.raises(MusicGenreError, match="is ~nobody-here/x, but there is no such user here: give the whole path"):
        if which == "table":
            sources.features_table("~nobody-here/x")
        else:
            sources.folder(**{"root": root, which: "~nobody-here/x"})  # type: ignore[arg-type]


def test_a_path_too_long_for_any_system_is_told() -> None:
    with pytest.raises(MusicGenreError, match=r"^x{60}\.\.\. is not a valid path here \(.*too long\)$"):
        sources.folder("x" * 300)


def test_table_of_artists_is_read(root: Path, tmp_path: Path) -> None:
    table = tmp_path / "artists.csv"
    rows = [f"{track.id},artist of {track.genre}" for track in sources.folder(root).tracks]
    table.write_text("\n".join(["track,artist", *rows]))
    corpus = sources.folder(root, artists=str(table))
    assert {track.artist for track in corpus.tracks if track.genre == "hum"} == {"artist of hum"}


def test_gtzan_is_its_ten_genres(tmp_path: Path) -> None:
    assert sources.gtzan(gtzan_root(tmp_path, *GENRES)).genres == tuple(sorted(GENRES))
    assert len(GENRES) == 10


def test_gtzan_says_which_genres_are_missing(tmp_path: Path) -> None:
    with pytest.raises(MusicGenreError, match=r"lacks GTZAN's .*rock.*data=folder"):
        sources.gtzan(gtzan_root(tmp_path, "blues", "jazz"))


def test_gtzan_says_which_genre_is_none_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(MusicGenreError, match="holds techno, not among GTZAN's genres"):
        sources.gtzan(gtzan_root(tmp_path, *GENRES, "techno"))


def test_gtzan_can_be_restricted(tmp_path: Path) -> None:
    corpus = sources.gtzan(gtzan_root(tmp_path, *GENRES), genres=["metal", "blues"])
    assert corpus.genres == ("blues", "metal")
    with pytest.raises(MusicGenreError, match="no genre techno"):
        sources.gtzan(tmp_path, genres=["metal", "techno"])


def test_mel_images_lists_pictures(tmp_path: Path) -> None:
    for genre in ("blues", "rock"):
        (tmp_path / genre).mkdir()
        Image.new("L", (4, 4)).save(tmp_path / genre / f"{genre}00000.png")
    corpus = sources.mel_images(tmp_path)
    assert corpus.kind == "picture"
    assert [track.key for track in corpus.tracks] == ["blues.00000", "rock.00000"]


def test_synthetic_corpus_is_rendered_with_artists_as_far_as_it_is_asked_for() -> None:
    corpus = sources.synthetic(tracks_per_genre=1, seconds=0.5, corpus_seed=3, genres=np.array(["blues", "metal"]))  # type: ignore[arg-type]
    assert corpus.genres == ("blues", "metal")
    assert len(corpus.tracks) == 2
    assert all(track.artist for track in corpus.tracks)
    assert all(track.path.is_file() for track in corpus.tracks)
    assert sorted(path.name for path in corpus.root.iterdir() if path.is_dir()) == ["blues", "metal"]
    more = sources.synthetic(tracks_per_genre=1, seconds=0.5, corpus_seed=3, genres=["blues", "jazz"])
    assert more.root == corpus.root
    assert more.genres == ("blues", "jazz")
    with pytest.raises(MusicGenreError, match="techno"):
        sources.synthetic(tracks_per_genre=1, seconds=0.5, genres=["techno", "jazz"])


def test_whatever_can_be_read_is_listed(tmp_path: Path) -> None:
    names = [f"a{place}{suffix}" for place, suffix in enumerate((".aiff", ".caf", ".opus", ".w64", ".MP2", ".m4a"))]
    for name in (*names, "cover.jpg"):
        for genre in ("hum", "ska"):
            (tmp_path / genre).mkdir(exist_ok=True)
            (tmp_path / genre / name).touch()
    found = sources.folder(tmp_path)
    assert sorted(track.id for track in found.tracks) == sorted(f"{g}/{n}" for g in ("hum", "ska") for n in names)
