import logging
from itertools import permutations
from pathlib import Path

import pandas as pd
import pytest

from musicgenre.data.corpus.artists import read_artists, with_artists
from musicgenre.data.corpus.scan import Corpus, Track
from musicgenre.errors import MusicGenreError
from musicgenre.words import same_artists

INDEX = """## Somebody, 2012
## ## ## ##
##
blues.00000.wav ::: John Lee Hooker ::: One Bourbon, One Scotch And One Beer
blues.00082.wav ::: Buckwheat  Zydeco :::
country.00002.wav :::  :::
pop.00000.wav ::: Earth, Wind & Fire ::: September
"""


def _corpus(*ids: str) -> Corpus:
    tracks = tuple(Track(id=name, genre=name.partition("/")[0], path=Path(name)) for name in sorted(ids))
    return Corpus(root=Path("root"), genres=tuple(sorted({track.genre for track in tracks})), tracks=tracks)


def _reason(path: Path) -> str:
    with pytest.raises(MusicGenreError) as caught:
        read_artists(path)
    return str(caught.value)


def test_index(tmp_path: Path) -> None:
    (tmp_path / "index.txt").write_text(INDEX)
    assert read_artists(tmp_path / "index.txt") == {
        "blues.00000": "John Lee Hooker",
        "blues.00082": "Buckwheat Zydeco",
        "country.00002": "",
        "pop.00000": "Earth, Wind & Fire",
    }


@pytest.mark.parametrize(
    "text",
    [
        "track\tartist_group\nblues.00000.wav\t0\nBlues.00001.wav\t17\n",
        "track,artist\nblues.00000.wav,0\nblues.00001.wav,17\n",
        "\ufefftrack;title;artist\r\nblues/blues.00000.wav;x;0\r\nblues00001.png;y; 17 \r\n",
        'artist,track\n"0",blues.00000\n17,blues.00001\n,blues.00002\n',
        "track,artist,title\nblues.00000,0,Live ::: One\nblues.00001,17,Live ::: Two\nblues.00002,,Three\n",
        "sep=;\r\ntrack;title, in full, as sung;artist\r\nblues.00000;x;0\r\nblues.00001;y, z;17\r\n",
        "track;a, b, c, d and e;artist\nblues.00000;x;0\nblues.00001;y\u2028z\x85;17\n",
        "track\ttitle\tfilename\tartist\r1\tNo. 1\tblues.00000.wav\t0\r2\tSo\x0cWhat\tblues.00001.wav\t17\r",
    ],
)
def test_table(tmp_path: Path, text: str) -> None:
    (tmp_path / "artists").write_text(text, encoding="utf-8", newline="")
    artists = read_artists(tmp_path / "artists")
    assert {key.rpartition("/")[2]: artist for key, artist in artists.items() if artist} == {
        "blues.00000": "0",
        "blues.00001": "17",
    }


def test_unsuitable_files(tmp_path: Path) -> None:
    path = tmp_path / "artists.csv"
    assert _reason(path) == f"the list of artists {path}: no such file"
    path.touch()
    assert _reason(path) == f"the list of artists {path}: empty file (0 bytes)"
    for text in ("\n", "blues.00000 - John Lee Hooker\nblues.00001 - Crosby, Stills\n"):
        path.write_text(text)
        assert "is not a list of artists: a table needs the columns track and artist" in _reason(path)
    path.write_text("filename,label\nblues.00000.wav,blues\n")
    assert "this one begins with 'filename,label'" in _reason(path)
    path.write_text("track,artist\nblues.00000.wav,\n")
    assert _reason(path) == f"{path} names no artist"
    path.write_bytes("track,artist\na.wav,Beyoncé\n".encode("latin-1"))
    assert _reason(path) == f"the list of artists {path} is not UTF-8 text: save it as UTF-8"
    path.write_text("track,artist\na.wav,Ann\na.au,Bob\n")
    assert "gives a.au two artists, 'Ann' and 'Bob'" in _reason(path)


def test_rows_too_short_or_too_long_are_no_harm_where_nothing_is_lost(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("track,artist\na.wav,Ann\nb.wav\n\nc.wav,Cid,, \n")
    assert read_artists(tmp_path / "a.csv") == {"a": "Ann", "b": "", "c": "Cid"}


@pytest.mark.parametrize(
    "text",
    [
        "track,title,artist\na.wav,Help!,The Beatles\nb.wav,Hello, Goodbye,The Beatles\n",
        "track,artist\na.wav,The Beatles\nb.wav,Earth, Wind & Fire\n",
        "track,artist,title\na.wav,The Beatles,Help!\nb.wav,Earth, Wind & Fire,September\n",
        "artist,track\nThe Beatles,a.wav\nEarth, Wind & Fire,b.wav\n",
        "track,artist\na.wav,The Beatles\nb.wav,The Beatles,more\n",
    ],
)
def test_a_comma_without_quotes_shifts_no_artist(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    n_columns = text.partition("\n")[0].count(",") + 1
    assert _reason(tmp_path / "a.csv") == (
        f"the list of artists {tmp_path / 'a.csv'} has {n_columns + 1} values in line 3, but {n_columns} columns: "
        "correct it."
    )


def test_two_spellings_of_one_artist_are_no_two_artists_of_a_track(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text('track,artist\na,Ann\na.wav,ANN feat. Bob\nb,The Band\nB.wav,"Band, The"\n')
    assert read_artists(table) == {"a": "Ann", "b": "The Band"}
    table.write_text("track,artist\na,Ann\na.wav,Anna\n")
    assert _reason(table) == f"{table} gives a.wav two artists, 'Ann' and 'Anna': keep one"


def test_tracks_without_artist_are_counted_and_named(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        corpus = with_artists(_corpus("blues/a.wav", "pop/b.wav", "pop/c.wav"), {"a": "Ann"})
    assert [track.artist for track in corpus.tracks] == ["Ann", None, None]
    assert caplog.messages == ["2 of 3 tracks have no known artist: pop/b.wav, pop/c.wav"]


@pytest.mark.parametrize("nobody", ["unknown", "", "V.A.", "V/A", "[unknown]", "Unknown_Artist", "???", "N.A.", "-"])
def test_a_row_of_nobody_gives_its_track_to_no_other_one(tmp_path: Path, nobody: str) -> None:
    (tmp_path / "a.csv").write_text(
        f"track,artist\na/one.mp3,{nobody}\nb/one.mp3,Ann\ntwo.mp3,!!!\nthree.mp3,{nobody}\n"
    )
    corpus = _corpus("jazz/a/one.mp3", "jazz/two.mp3", "rock/three.mp3", "jazz/three.mp3")
    artists = read_artists(tmp_path / "a.csv")
    assert artists["a/one"] == ""
    known = {track.id: track.artist for track in with_artists(corpus, artists).tracks if track.artist}
    assert known == {"jazz/two.mp3": "!!!"}
    given = with_artists(corpus, {"two": "!!!", "a/one": nobody})
    assert {track.artist for track in given.tracks} == {None, "!!!"}


def test_complete_list_warns_of_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with_artists(_corpus("blues/a.wav", "pop/b.wav"), {"a": "Ann", "b": "Bob", "z": "Zoe"})
    assert caplog.messages == []


def test_list_for_another_corpus() -> None:
    with pytest.raises(MusicGenreError, match=r"names none of the 1 tracks in root: it has z where the corpus has a"):
        with_artists(_corpus("blues/a.wav"), {"z": "Zoe"})
    with pytest.raises(MusicGenreError, match=r"names none of the 1 tracks in root: it has z where the corpus has a"):
        with_artists(_corpus("blues/a.wav"), {"a": "unknown", "z": "Zoe"})


def test_no_value_is_nobody() -> None:
    given = dict(pd.Series({"a": "Ann", "b": None, "c": float("nan")}, dtype=object))
    corpus = with_artists(_corpus("blues/a.wav", "pop/b.wav", "pop/c.wav"), given)
    assert [track.artist for track in corpus.tracks] == ["Ann", None, None]


def test_one_name_in_two_genres(tmp_path: Path) -> None:
    corpus = _corpus("blues/1.wav", "pop/1.wav")
    with pytest.raises(
        MusicGenreError,
        match=r"2 tracks are called 1, among them blues/1\.wav and pop/1\.wav",
    ):
        with_artists(corpus, {"1": "Ann"})
    (tmp_path / "a.csv").write_text("track,artist\nblues/1.wav,Ann\nPop/1.wav,Bob\n")
    assert [track.artist for track in with_artists(corpus, read_artists(tmp_path / "a.csv")).tracks] == [
        "Ann",
        "Bob",
    ]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Rage Against The Machine", "rage against the machine", True),
        ("Earth, Wind & Fire", "Earth Wind and Fire", True),
        ("A Tribe Called Quest", "Tribe", False),
        ("!!!", "???", False),
        ("1", "11", False),
        ("Björk", "Bjork", True),
        ("Beyonc\u00e9", "Beyonce\u0301", True),
        ("Beyoncé", "Beyond", False),
        ("Anna feat. Ben", "Anna", True),
        ("ANNA ft. Carl & Dan", "anna FEAT Eve", True),
        ("Anna featuring Ben", "Anna", True),
        ("Lea (feat. Kim)", "Lea", True),
        ("Lea [ft.Kim] & the Sea", "Lea and the Sea", True),
        ("Little Feat", "Little Feat featuring Kim", True),
        ("Little Feat", "Little", False),
        ("Little Feat & Friends", "Little", False),
        ("Anna & Ben", "Anna", False),
        ("Anna with Ben", "Anna", False),
        ("Featherweight", "Feat", False),
        ("Feat. X", "Feat. Y", False),
        ("!!! feat. Ben", "!!!", True),
        ("The Beatles", "Beatles, The", True),
        ("The Beatles", "the_beatles", True),
        ("The Beatles", "Beatles", True),
        ("The The", "The", True),
        ("Theo", "O", False),
        ("Coltrane, John", "John Coltrane", True),
        ("Coltrane, John", "John_Coltrane feat. Ben", True),
        ("Coltrane, John", "John, Coltrane", False),
        ("Coltrane John", "John Coltrane", False),
        ("Falla, Manuel de", "de Falla, Manuel", True),
        ("R.E.M.", "REM", True),
        ("AC/DC", "AC_DC", True),
        ("Destiny's Child", "Destinys Child", True),
        ("Blink 182", "blink-182", True),
        ("राम", "रम", False),
        ("สิน", "สน", False),
        ("สุน", "สน", False),
        ("แม่", "แม", False),
        ("शक्ति", "शकति", False),
        ("ガガ", "カカ", False),
        ("ガガ", "ｶﾞｶﾞ", True),
        ("Spin\u0308al Tap", "Spinal Tap", True),
        ("I \u2665\ufe0f Rain", "I \u2665 Rain", True),
        ("1.0", "10", False),
        ("artist_1_2", "artist_12", False),
    ],
)
def test_spellings_of_one_artist(one: str, other: str, same: bool) -> None:
    found = same_artists([one, other])
    assert (found[one] == found[other]) is same


@pytest.mark.parametrize(
    "spelt",
    [
        ["Beethoven, Ludwig van", "Ludwig van Beethoven", "van Beethoven, Ludwig"],
        ["Coltrane, John", "John Coltrane", "John, Coltrane", "Coltrane John"],
    ],
)
def test_all_orders_of_an_artists_names_are_one(spelt: list[str]) -> None:
    assert {len({*same_artists(names).values()}) for names in permutations(spelt)} == {1}
