"""Genres given in a table, for any tree of files."""

import logging
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from made_corpus import make_files, make_segments

from musicgenre.data.corpus.artists import read_artists
from musicgenre.data.corpus.sources import folder
from musicgenre.data.corpus.text_table import parse_table
from musicgenre.data.splits import folders, lists
from musicgenre.errors import MusicGenreError


def test_a_table_of_labels_over_any_tree(tmp_path: Path) -> None:
    root = make_files(
        tmp_path / "tree", "a/one.wav", "b/c/two.flac", "b/c/three.mp3", "x/same.wav", "y/same.wav", "spare.wav"
    )
    table = tmp_path / "labels.csv"
    table.write_text(
        "File Name;Genre;Artist;Split\na\\one.wav;ska;Ann;train\ntwo;hum;Bob;test\nb/c/three.mp3;hum;;train\n"
        "x/same.wav;ska;Cid;test\ngone.wav;ska;;\n"
    )
    corpus = folder(root, labels=table)
    assert [(t.id, t.genre, t.artist, t.subset) for t in corpus.tracks] == [
        ("a/one.wav", "ska", "Ann", "train"),
        ("b/c/three.mp3", "hum", None, "train"),
        ("b/c/two.flac", "hum", "Bob", "test"),
        ("x/same.wav", "ska", "Cid", "test"),
    ]
    assert corpus.ignored == (
        ("gone.wav", "in the table of labels, but not found"),
        ("spare.wav", "not in the table of labels"),
        ("y/same.wav", "not in the table of labels"),
    )
    assert folders()(corpus, make_segments(corpus, 1)).tolist() == ["train", "train", "test", "test"]
    for text, message in (
        ("path,mood\na/one.wav,ska\n", "has no column genre: it has path, mood"),
        ("path,genre\nelse/1.wav,ska\n", "names no file in .*: it has else/1.wav where the folder has spare.wav"),
        ("path,genre\na/one.wav,ska\na/one.wav,hum\n", "twice, with different values"),
        ("path,genre,set\na/one.wav,ska,unused\nspare,ska,tset\n", "gives spare the subset 'tset': write train, val"),
        (
            f"path,genre\nspare,ska\n{'ab' * 150},ska\n",
            r"in line 3 the path (ab){30}\.\.\., which .*too long.*: correct it",
        ),
    ):
        table.write_text(text)
        with pytest.raises(MusicGenreError, match=message):
            folder(root, labels=table)


@pytest.mark.parametrize(
    "text",
    [
        "track,filename,genre\n1,a.wav,hum\n2,b.mp3,ska\n",
        "Title;File;Genre;id\nMr. A;x/a.wav;hum;7\nB\u2028side;b.mp3;ska;8\n",
        "sep=|\ngenre|path\nhum|a\nska|x/b\n",
        "path;genre;a, b, c, d and e\na;hum;\nb;ska;1, 2\n",
        "path,genre,\na,hum,\n,,\nb,ska,\n , ,\n",
        "clip_id\tmp3_path\tgenre\n7\tx/a.mp3\thum\n8\tx/b.mp3\tska\n",  # MagnaTagATune's
        "TRACK_ID\tARTIST_ID\tPATH\tTAGS\ntrack_7\t1\tx/a.mp3\thum\ntrack_8\t2\tx/b.mp3\tska\n",  # MTG-Jamendo's
    ],
)
def test_tables_of_labels_as_programs_write_them(tmp_path: Path, text: str) -> None:
    (tmp_path / "labels.csv").write_text(text, encoding="utf-8")
    corpus = folder(make_files(tmp_path / "set", "x/a.wav", "x/b.mp3"), labels=tmp_path / "labels.csv")
    assert [(track.id, track.genre) for track in corpus.tracks] == [("x/a.wav", "hum"), ("x/b.mp3", "ska")]
    assert corpus.ignored == ()


@pytest.mark.parametrize("name", ["m/c.wav", "c.wav", "m/c", "M\\C.WAV"])
def test_a_file_whose_row_has_no_genre_is_left_out_once(tmp_path: Path, name: str) -> None:
    (tmp_path / "labels.csv").write_text(f"path,genre\na.wav,hum\nb.wav,ska\n{name},\n")
    corpus = folder(make_files(tmp_path / "set", "a.wav", "b.wav", "m/c.wav"), labels=tmp_path / "labels.csv")
    assert corpus.ignored == (("m/c.wav", "no genre in the table of labels"),)


@pytest.mark.parametrize("label", ["nan", "NaN", "Unknown", "N/A", "none", "-", "?", "Unbekannt", "Genre inconnu"])
def test_a_label_that_stands_for_no_genre_is_none(tmp_path: Path, label: str) -> None:
    (tmp_path / "labels.csv").write_text(f"path,genre\na.wav,hum\nb.wav,ska\nc.wav,{label}\n", encoding="utf-8")
    files = make_files(tmp_path / "set", "a.wav", "b.wav", "c.wav")
    corpus = folder(files, labels=tmp_path / "labels.csv")
    assert (corpus.genres, corpus.ignored) == (
        ("hum", "ska"),
        (("c.wav", f"no genre in the table of labels ({label})"),),
    )
    named = folder(files, labels=tmp_path / "labels.csv", aliases={label: "noise"})
    assert named.genres == ("hum", "noise", "ska")


def test_a_row_without_a_genre_may_have_any_path(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(f"path,genre\na.wav,hum\nb.wav,ska\n{'x' * 300},\n")
    corpus = folder(make_files(tmp_path / "set", "a.wav", "b.wav"), labels=tmp_path / "labels.csv")
    assert corpus.ignored == (("x" * 300, "no genre in the table of labels"),)


def test_a_line_is_the_files_own(tmp_path: Path) -> None:
    root, table = make_files(tmp_path / "set", "x/01.wav", "y/01.wav", "a.wav"), tmp_path / "labels.csv"
    table.write_text("sep=,\n\npath,genre\na.wav,hum\n,\n\n  \n01.wav,ska\n")
    with pytest.raises(MusicGenreError, match=r"has 01\.wav in line 8, but 2 files"):
        folder(root, labels=table)


def test_a_hidden_folder_that_holds_a_labelled_track_is_not_named(tmp_path: Path) -> None:
    root = make_files(tmp_path / "set", ".Paak/x/01.wav", ".Paak.wav", ".Other/01.wav", "a.wav")
    (tmp_path / "labels.csv").write_text("path,genre\na.wav,hum\n.Paak/x/01.wav,ska\n")
    corpus = folder(root, labels=tmp_path / "labels.csv")
    assert [name for name, _ in corpus.ignored] == [".Other", ".Paak.wav"]


TREE = ("01.mp3", "hardrock/01.mp3", "jazz/A/01.wav", "rock/B/01.wav", "rock/5.wav", "rock/01.mp3")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("pop/10/5.wav", None),
        ("5.wav", "rock/5.wav"),
        ("5", "rock/5.wav"),
        ("music/rock/5.wav", "rock/5.wav"),
        (r"C:\Users\me\music\jazz\A\01.wav", "jazz/A/01.wav"),
        ("A/01.wav", "jazz/A/01.wav"),
        ("ROCK/01", "rock/01.mp3"),
        ("jazz/../rock/./5.wav", "rock/5.wav"),
        ("../set/rock/5.wav", "rock/5.wav"),
        ("{root}/jazz/A/01.wav", "jazz/A/01.wav"),
        ("/elsewhere/B/5.wav", None),
    ],
)
@pytest.mark.parametrize("relative", [True, False])
def test_the_folders_of_a_label_are_those_of_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, found: str | None, relative: bool
) -> None:
    root, table = make_files(tmp_path / "set", *TREE, "spare/sure.wav"), tmp_path / "labels.csv"
    monkeypatch.chdir(tmp_path)
    table.write_text(f"path,genre\nspare/sure.wav,ska\n{name.format(root=root)},hum\n")
    corpus = folder("set" if relative else root, labels=table)
    named = {track.id for track in corpus.tracks if track.genre == "hum"}
    assert named == ({found} if found in TREE else set())
    if not named:
        assert (name, "in the table of labels, but not found") in corpus.ignored
    assert {track for track, reason in corpus.ignored if reason == "not in the table of labels"} == {*TREE} - named


@pytest.mark.parametrize("others", ["", "rock/5,ska\n"])
@pytest.mark.parametrize("name", ["01.wav", "01", "B/../01.wav"])
def test_a_name_of_several_files_is_refused(tmp_path: Path, name: str, others: str) -> None:
    root, table = make_files(tmp_path / "set", "jazz/A/01.wav", "rock/B/01.wav", "rock/5.wav"), tmp_path / "labels.csv"
    table.write_text(f"path,genre\n{others}{name},hum\n")
    said = r"in line \d, but 2 files match it \(jazz/A/01\.wav, rock/B/01\.wav\): write it with its folders"
    with pytest.raises(MusicGenreError, match=f"has {re.escape(name)} {said} and suffix"):
        folder(root, labels=table)
    if others:  # in a genre that is left out, names may be ambiguous
        assert [track.id for track in folder(root, labels=table, genres=["ska"]).tracks] == ["rock/5.wav"]


def test_a_file_that_a_table_writes_twice_is_one_track(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_files(tmp_path / "set", "rock/A/1.wav", "jazz/B/2.wav").with_name("way").symlink_to("set")
    monkeypatch.chdir(tmp_path)
    names = ("rock/A/1.wav", "jazz/../rock/A/1.wav", f"{tmp_path}/set/rock/A/1.wav", f"{tmp_path}/way/rock/A/1.wav")
    Path("labels.csv").write_text("path,genre\njazz/B/2.wav,hum\n" + "".join(f"{name},ska\n" for name in names))
    corpus = folder("set", labels="labels.csv")
    assert [(track.id, track.genre, track.artist) for track in corpus.tracks] == [
        ("jazz/B/2.wav", "hum", None),
        ("rock/A/1.wav", "ska", None),
    ]
    assert corpus.ignored == ()


def test_labelled_files_are_by_whom_the_table_says(tmp_path: Path) -> None:
    make_files(tmp_path, "audio/fma/000/1.mp3", "audio/fma/001/2.mp3")
    table = tmp_path / "labels.csv"
    table.write_text("path,genre,split\n1.mp3,hum,train\n2.mp3,ska,test\n")
    assert [track.artist for track in folder(tmp_path, labels=table).tracks] == [None, None]
    with pytest.raises(MusicGenreError, match=r"fma/000/1\.mp3 is in no genre folder \("):
        folder(tmp_path, labels=table, artists="folders")


@pytest.mark.parametrize("column", ["albumartist", "album_artist", "Album Artist"])
def test_the_artist_of_an_album_is_taken_where_a_track_has_none(tmp_path: Path, column: str) -> None:
    make_files(tmp_path, "1.mp3", "2.mp3", "3.mp3")
    table = tmp_path / "labels.csv"
    table.write_text(f"path,genre,{column},artist\n1.mp3,hum,Ann,Bob\n2.mp3,ska,Ann,\n3.mp3,ska,Various Artists,\n")
    assert [track.artist for track in folder(tmp_path, labels=table).tracks] == ["Bob", "Ann", None]
    table.write_text(f"path,genre,{column}\n1.mp3,hum,Ann\n")
    assert [track.artist for track in folder(tmp_path, labels=table).tracks] == ["Ann"]


def test_a_file_in_another_format_than_in_the_table_is_found_if_it_is_the_only_one(tmp_path: Path) -> None:
    make_files(tmp_path, "x/a.wav", "x/b.wav", "x/c.wav", "x/c.mp3")
    table = tmp_path / "labels.csv"
    table.write_text("path,genre\nx/a.flac,hum\nb.FLAC,ska\nx/c.flac,ska\n")
    corpus = folder(tmp_path, labels=table)
    assert [(track.id, track.genre) for track in corpus.tracks] == [("x/a.wav", "hum"), ("x/b.wav", "ska")]
    assert ("x/c.flac", "in the table of labels, but not found") in corpus.ignored


def test_albums_of_labelled_files_are_no_artists(tmp_path: Path) -> None:
    make_files(tmp_path, "Miles/Blue/01.flac", "Miles/Tutu/01.flac", "ABBA/Arrival/01.flac")
    table = tmp_path / "labels.csv"
    table.write_text("path,genre\nMiles/Blue/01.flac,Jazz\nMiles/Tutu/01.flac,Jazz\nABBA/Arrival/01.flac,Pop\n")
    with pytest.raises(MusicGenreError, match="name the artists in a column artist of the table of labels"):
        folder(tmp_path, labels=table, artists="folders")
    (tmp_path / "jazz").mkdir()
    (tmp_path / "Miles").rename(tmp_path / "jazz" / "Miles")
    make_files(tmp_path, "test/pop/ABBA/Arrival/01.flac")
    table.write_text(
        "path,genre,subset\njazz/Miles/Blue/01.flac,Jazz,train\njazz/Miles/Tutu/01.flac,Jazz,train\n"
        "test/pop/ABBA/Arrival/01.flac,Pop,test\n"
    )
    corpus = folder(tmp_path, labels=table, artists="folders")
    assert [track.artist for track in corpus.tracks] == ["Miles", "Miles", "ABBA"]


def test_an_artist_called_like_a_subset_is_an_artist(tmp_path: Path) -> None:
    ids = ("pop/ABBA/Arrival/1.mp3", "rock/Train/Drops/1.mp3")
    make_files(tmp_path, *ids)
    table = tmp_path / "labels.csv"
    table.write_text("path,genre,split\n" + "".join(f"{id},{id.split('/')[0]},train\n" for id in ids))
    corpus = folder(tmp_path, labels=table, artists="folders")
    assert [track.artist for track in corpus.tracks] == ["ABBA", "Train"]


def test_folders_of_subsets_are_no_artists_whatever_the_table_says(tmp_path: Path) -> None:
    ids = ("pop/train/ABBA/1.mp3", "pop/train/ABBA/2.mp3", "rock/test/Ann/1.mp3", "rock/train/1.mp3", "rock/2.mp3")
    make_files(tmp_path, *ids)
    table = tmp_path / "labels.csv"
    rows = zip(ids, ("train", "val", "test", "val", ""), strict=True)
    table.write_text("path,genre,split\n" + "".join(f"{id},{id.split('/')[0]},{subset}\n" for id, subset in rows))
    for text in (table.read_text(), "".join(f"{line.rpartition(',')[0]}\n" for line in table.read_text().split())):
        table.write_text(text)
        corpus = folder(tmp_path, labels=table, artists="folders")
        assert [track.artist for track in corpus.tracks] == ["ABBA", "ABBA", None, "Ann", None]


FMA = ("000/000002.mp3", "000/000005.mp3", "000/000140.mp3", "155/155000.mp3")


@pytest.mark.parametrize("form", ["{}", "{}.0", "{:06}", "{}.mp3", "{:06}.ogg"])
def test_a_number_means_the_file_of_that_number(tmp_path: Path, form: str) -> None:
    root, table = make_files(tmp_path / "fma_small", *FMA), tmp_path / "labels.csv"
    ids = [form.format(number) for number in (2, 5, 140, 155000)]
    genres, subsets = ("Rock", "Pop", "Rock", "Pop"), ("train", "train", "test", "test")
    table.write_text("track_id,genre_top\n" + "".join(f"{id},{genre}\n" for id, genre in zip(ids, genres, strict=True)))
    corpus = folder(root, labels=table)
    assert [(track.id, track.genre) for track in corpus.tracks] == list(zip(FMA, genres, strict=True))
    assert corpus.ignored == ()
    table.write_text("track_id,split\n" + "".join(f"{id},{subset}\n" for id, subset in zip(ids, subsets, strict=True)))
    assert lists(file=table)(corpus, make_segments(corpus, 1)).tolist() == list(subsets)


def test_a_number_of_several_files_is_refused_and_an_exact_name_goes_before_it(tmp_path: Path) -> None:
    root, table = make_files(tmp_path / "set", "a/02.mp3", "b/002.mp3", "c/3.mp3", "d/03.mp3"), tmp_path / "labels.csv"
    table.write_text("id,genre\n3,hum\n2,ska\n")
    with pytest.raises(MusicGenreError, match=r"has 2 in line 3, but 2 files match it \(a/02\.mp3, b/002\.mp3\)"):
        folder(root, labels=table)
    table.write_text("id,genre\n3,hum\na/2,ska\n")
    assert [track.id for track in folder(root, labels=table).tracks] == ["a/02.mp3", "c/3.mp3"]


def test_a_table_with_several_rows_of_names_is_told_what_to_save(tmp_path: Path) -> None:
    root, table = make_files(tmp_path / "fma_small", *FMA), tmp_path / "tracks.csv"
    for index in ("track_id,,,,\n", ""):
        table.write_text(f",album,album,track,track\n,id,title,genre_top,title\n{index}2,1,x,Rock,y\n")
        with pytest.raises(MusicGenreError, match=r"\(album, track\).* one row of names, such as track_id and genre"):
            folder(root, labels=table)
    table.write_text("path,genre,genre\n2,Rock,Rock\n")
    with pytest.raises(MusicGenreError, match="has the column 'genre' twice: keep one"):
        folder(root, labels=table)


def test_a_table_without_genres_is_not_said_to_name_no_file(tmp_path: Path) -> None:
    root, table = make_files(tmp_path / "set", "a.wav", "b.wav"), tmp_path / "labels.csv"
    table.write_text("path,label\na.wav,\nb.wav,nan\n")
    with pytest.raises(MusicGenreError, match=r"labels\.csv has no genre in any row: fill in its column label"):
        folder(root, labels=table)
    table.write_text("path,label\na.wav,\nz.wav,ska\n")
    with pytest.raises(MusicGenreError, match=r"no file in .* with a genre: it has z\.wav where the folder has a\.wav"):
        folder(root, labels=table)


def test_a_file_that_another_row_gives_a_genre_is_not_left_out(tmp_path: Path) -> None:
    root, table = make_files(tmp_path / "set", "a.wav", "b.wav", "c.wav"), tmp_path / "labels.csv"
    table.write_text("path,genre\na.wav,hum\na.wav,\nb.wav,ska\nc.wav,\nc.wav,\n")
    assert folder(root, labels=table).ignored == (("c.wav", "no genre in the table of labels"),)


def test_lists_of_genres_are_told_and_are_no_spellings(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    labels = ["['Rock', 'Pop']", "Rock;Pop", "Rock, Pop", "['Rock']", "Rock", "-1", "1", "Folk, World, & Country"]
    labels += ["Latin (Salsa, Bachata)", "[Rock] [Pop]", "[]"]
    root = make_files(tmp_path / "set", *(f"{n}.wav" for n in range(len(labels))))
    rows = "".join(f'{n}.wav,"{label}"\n' for n, label in enumerate(labels))
    (tmp_path / "labels.csv").write_text(f"path,genre\n{rows}", encoding="utf-8")
    caplog.set_level(logging.WARNING)
    corpus = folder(root, labels=tmp_path / "labels.csv")
    assert [track.genre for track in corpus.tracks] == [*labels[:3], "Rock", *labels[4:-1]]
    assert corpus.ignored == (("10.wav", "no genre in the table of labels"),)
    assert caplog.messages == [
        f"{root}: 3 tracks have a list of genres, such as Rock, Pop. A track has one genre here, so each list counts "
        "as a genre of its own: write one genre for each track."
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\3\4...", "a spreadsheet or an archive, not text: save it as CSV"),
        (b"\xd0\xcf\x11\xe0...", "a spreadsheet, not text: save it as CSV"),
        (b"\x1f\x8b...", "compressed: unpack it"),
        (b'{"path": {"0": "a.wav"}}', "JSON, not a table: save it as CSV"),
        (b'[\n {\n  "path": "a.wav", "genre": "hum"}]', "JSON, not a table: save it as CSV"),
        (b'{"path": "a.wav", "genre": "hum"}\n' * 2, "JSON, not a table: save it as CSV"),
        (
            b"\n<!doctype HTML>\n<p>404</p>",
            "HTML or XML, such as an error page, not the file itself: download it again",
        ),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n",
            "a Git LFS pointer, not the file itself: run git lfs pull",
        ),
    ],
)
def test_a_table_that_is_no_text_is_told_so(tmp_path: Path, content: bytes, said: str) -> None:
    root, table = make_files(tmp_path / "set", "a.wav"), tmp_path / "labels.xlsx"
    table.write_bytes(content)
    with pytest.raises(MusicGenreError, match=re.escape(f"the table of labels {table} is {said}")):
        folder(root, labels=table)


_ORDER = (7, 2, 12, 3, 10, 4, 8, 13, 5, 11, 6, 9)  # of the numbers on an album


@pytest.mark.parametrize(
    "header", ["track_id,track,title,genre", "id,x,name,genre", "Track ID,name,track,genre", "id,x,title,genre"]
)
def test_a_files_number_is_its_id_and_not_one_on_an_album(tmp_path: Path, header: str) -> None:
    root = make_files(tmp_path / "set", *(f"000/{id:06}.wav" for id in range(2, 14)))
    titles = ["12", *(f"Song {id}" for id in range(3, 14))]  # one is a number, too
    rows = [f"{id},{track},{title},g{id}" for id, track, title in zip(range(2, 14), _ORDER, titles, strict=True)]
    table = tmp_path / "labels.csv"
    table.write_text("\n".join([header, *rows]))
    corpus = folder(root, labels=table)
    assert {track.id: track.genre for track in corpus.tracks} == {f"000/{id:06}.wav": f"g{id}" for id in range(2, 14)}


def test_words_that_are_files_go_before_the_numbers_of_rows(tmp_path: Path) -> None:
    root, table = make_files(tmp_path / "set", "one.wav", "two.wav"), tmp_path / "labels.csv"
    for columns in ("track_id,track,genre", "id,name,genre"):
        table.write_text(f"{columns}\n0,two,hum\n1,one,ska\n")
        assert [track.genre for track in folder(root, labels=table).tracks] == ["ska", "hum"]


@pytest.mark.parametrize("numbers", ["0,1", "TR0X,TR1X"])
def test_a_track_that_is_no_number_goes_before_a_track_id(tmp_path: Path, numbers: str) -> None:
    corpus, table = folder(make_files(tmp_path / "set", "hum/one.wav", "ska/two.wav")), tmp_path / "table.csv"
    first, second = numbers.split(",")
    table.write_text(f"track_id,track,genre,artist,subset\n{first},two,x,Ann,train\n{second},one,y,Bob,test\n")
    assert read_artists(table) == {"two": "Ann", "one": "Bob"}
    assert lists(file=table)(corpus, make_segments(corpus, 1)).tolist() == ["test", "train"]
    assert [track.genre for track in folder(corpus.root, labels=table).tracks] == ["y", "x"]


def test_of_two_columns_of_words_that_of_more_files_is_read(tmp_path: Path) -> None:
    root, table = make_files(tmp_path / "set", "TR0X.wav", "TR1X.wav"), tmp_path / "labels.csv"
    for columns in ("track_id,track,genre", "id,name,genre"):
        table.write_text(f"{columns}\nTR0X,Naima,hum\nTR1X,Misty,ska\n")
        assert [track.genre for track in folder(root, labels=table).tracks] == ["hum", "ska"]


@pytest.mark.parametrize("titles", ["Food,AWOL,Hum", "Intro,Intro,Hum", "2,Food,AWOL"])
def test_titles_are_no_tracks_where_ids_name_them(tmp_path: Path, titles: str) -> None:
    root = make_files(tmp_path / "set", *(f"hum/{id:06}.mp3" for id in (2, 3, 5)))
    table, subsets = tmp_path / "table.csv", ["train", "test", "val"]
    for columns in ("track_id,track", "id,name"):
        rows = zip((2, 3, 5), titles.split(","), ("Ann", "Bob", "Cid"), subsets, strict=True)
        table.write_text("\n".join([f"{columns},artist,subset", *(",".join(map(str, row)) for row in rows)]))
        corpus = folder(root, artists=table)
        assert [track.artist for track in corpus.tracks] == ["Ann", "Bob", "Cid"]
        assert lists(file=table)(corpus, make_segments(corpus, 1)).tolist() == subsets


def test_the_column_genres_goes_before_tags(tmp_path: Path) -> None:
    root, table = make_files(tmp_path / "set", "a.wav", "b.wav"), tmp_path / "labels.csv"
    table.write_text("path,tags,genres\na,loud,hum\nb,loud,ska\n")
    assert folder(root, labels=table).genres == ("hum", "ska")


def test_two_columns_of_numbers_that_may_name_files_are_refused(tmp_path: Path) -> None:
    root, table = make_files(tmp_path / "set", "x/1.wav", "x/2.wav"), tmp_path / "table.csv"
    table.write_text("id,track,genre,artist,split\n1,2,hum,Ann,train\n2,1,ska,Bob,test\n")
    corpus = folder(make_files(tmp_path / "other", "hum/1.wav", "ska/2.wav"))
    for read in (
        lambda: folder(root, labels=table),
        lambda: read_artists(table),
        lambda: lists(file=table)(corpus, make_segments(corpus, 1)),
    ):
        with pytest.raises(
            MusicGenreError, match=r"has numbers in the columns track and id, .*: call the one that does"
        ):
            read()
    table.write_text("id,track,artist\n1,0001,Ann\n2,2.0,Bob\n")
    assert read_artists(table) == {"0001": "Ann", "2.0": "Bob"}
    table.write_text("track_id,track,artist\n1,2,Ann\n2,1,Bob\n")
    assert read_artists(table) == {"1": "Ann", "2": "Bob"}


@pytest.mark.parametrize(
    "rows",
    [
        "subset,split\na,hum,small,training\nb,ska,large,test",  # as FMA's
        "subset,split\na,hum,train,0\nb,ska,test,4",
        "subset,split\na,hum,train,\nb,ska,test,",
        "subset,split\na,hum,test,train\nb,ska,train,test",
        "partition,subset,split\na,hum,train,large,0\nb,ska,test,small,4",
    ],
)
def test_of_columns_of_subsets_that_which_holds_some_is_read(tmp_path: Path, rows: str) -> None:
    root, table = make_files(tmp_path / "set", "a.wav", "b.wav"), tmp_path / "labels.csv"
    table.write_text(f"path,genre,{rows}\n")
    corpus = folder(root, labels=table)
    assert [track.subset for track in corpus.tracks] == ["train", "test"]
    assert lists(file=table)(corpus, make_segments(corpus, 1)).tolist() == ["train", "test"]


@pytest.mark.parametrize("nothing", ["nan", "NaN", "-", "N/A", "none", "unused"])
def test_what_stands_for_no_subset_leaves_a_track_out(tmp_path: Path, nothing: str) -> None:
    root, table = make_files(tmp_path / "set", "a.wav", "b.wav"), tmp_path / "labels.csv"
    table.write_text(f"path,genre,subset\na.wav,hum,train\nb.wav,ska,{nothing}\n")
    corpus = folder(root, labels=table)
    assert [track.subset for track in corpus.tracks] == ["train", None]
    assert lists(file=table)(corpus, make_segments(corpus, 1)).tolist() == ["train", ""]


QUOTED = ("a.wav", "b.wav", "c.wav", "d.wav", '"Weird Al" - Eat It.wav')


def _with_titles(table: Path, separator: str, *titles: str, header: str = "path,genre,title") -> None:
    rows = [",".join(row) for row in zip(QUOTED, ("hum", "hum", "ska", "ska"), titles, strict=False)]
    table.write_text("\n".join([header, *rows]).replace(",", separator) + "\n")


@pytest.mark.parametrize(
    "titles",
    [
        ('"Heroes', "Two", 'Fame 7"', '"Song 4"'),
        ('"Heroes', "Two", "Three", "Four"),
        ('"Weird Al" Yankovic', "Two", "Three", '"Four" (live)'),
    ],
)
def test_a_stray_quote_takes_in_no_rows(tmp_path: Path, titles: tuple[str, ...]) -> None:
    root, table = make_files(tmp_path / "set", *QUOTED[:4]), tmp_path / "labels.csv"
    _with_titles(table, "\t", *titles)
    corpus = folder(root, labels=table)
    assert [track.genre for track in corpus.tracks] == ["hum", "hum", "ska", "ska"]
    _with_titles(table, "\t", *titles, header="track,subset,title")
    table.write_text(table.read_text().replace("hum", "train").replace("ska", "test"))
    assert lists(file=table)(corpus, make_segments(corpus, 1)).tolist() == ["train", "train", "test", "test"]
    _with_titles(table, ",", *titles)
    with pytest.raises(MusicGenreError, match=r'has in line 2 a quote \("\) that (is not|may not be) around a'):
        folder(root, labels=table)


@pytest.mark.parametrize(("name", "quoted"), [("track", "see Bowie\nLow,1977"), ("name", "see\n2nd,rock")])
def test_lines_of_a_cell_of_two_columns_are_no_rows_unless_they_look_so(name: str, quoted: str) -> None:
    assert parse_table(f'{name},notes\nfoo,"{quoted}"\n', "it").to_dict("list") == {name: ["foo"], "notes": [quoted]}


@pytest.mark.parametrize(("one", "two"), [("1", "2"), ("a.mp3", "b.mp3"), ("blues.00000", "blues.00001")])
def test_lines_of_a_cell_that_look_like_rows_are_doubted(one: str, two: str) -> None:
    said = (
        'it has in line 2 a quote (") that may not be around a whole cell, as line 3 would belong to it: put quotes '
        'around that cell and write those inside it twice ("Heroes becomes """Heroes"), or remove the quote, or write '
        "the cell in one line."
    )
    with pytest.raises(MusicGenreError, match=f"^{re.escape(said)}$"):
        parse_table(f'id,genre\n{one},"rock\n{two},pop"\n', "it")


def test_a_stray_quote_takes_in_no_rows_that_lack_their_last_cells() -> None:
    found = parse_table('path\tgenre\ttitle\na.wav\thum\t"Heroes\nb.wav\tska\nc.wav\n', "it")
    assert found.values.tolist() == [["a.wav", "hum", '"Heroes'], ["b.wav", "ska", ""], ["c.wav", "", ""]]


def test_a_file_whose_name_has_quotes_is_found(tmp_path: Path) -> None:
    root, table = make_files(tmp_path / "set", *QUOTED), tmp_path / "labels.tsv"
    table.write_text(f"path\tgenre\n{QUOTED[4]}\thum\nb.wav\tska\n")
    assert [track.id for track in folder(root, labels=table).tracks] == [QUOTED[4], "b.wav"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "lyrics",
    [
        "Oh, la, la\nla, la, la\n\nla\n",
        "la,la,la\nla,la,la",
        "one\ttwo\nthree",
        'He said ""Oh""\nand left',
        "[1, 2,\n 3, 4,\n 5]",
        "la la\n" * 30000,
    ],
)
def test_lines_of_a_quoted_cell_are_no_rows(tmp_path: Path, separator: str, lyrics: str) -> None:
    root, table = make_files(tmp_path / "set", *QUOTED[:3]), tmp_path / "labels.csv"
    rows = ["path|genre|lyrics", f'a.wav|"hum"|"{lyrics}"', 'b.wav|ska|7" Mix', f'"c.wav"|ska|"{lyrics}"']
    table.write_text("\n".join(row.replace("|", separator) for row in rows))
    assert [track.genre for track in folder(root, labels=table).tracks] == ["hum", "ska", "ska"]


@pytest.mark.parametrize("columns", ["start,end", "Start (s),duration", "onset,offset", "start_time,end_time"])
def test_spans_of_files_are_said_not_to_be_read(tmp_path: Path, caplog: pytest.LogCaptureFixture, columns: str) -> None:
    root, table = make_files(tmp_path / "set", "a.wav", "b.wav"), tmp_path / "labels.csv"
    table.write_text(f"path,{columns},genre\na.wav,3,6,hum\na.wav,0:06,9.5,hum\nb.wav,3,6,ska\n")
    assert folder(root, labels=table).genres == ("hum", "ska")
    assert caplog.messages == [
        f"The columns {columns.replace(',', ' and ')} of {table} are not read, and files are heard whole: to use parts "
        "of one, cut it up first."
    ]
    table.write_text(f"path,{columns},genre\na.wav,3,6,hum\na.wav,6,9,ska\nb.wav,3,6,ska\n")
    with pytest.raises(MusicGenreError, match=r"a\.wav twice, .* are not read, so cut its parts into files"):
        folder(root, labels=table)
    table.write_text(f"path,{columns},genre\na.wav,3,6,hum\na.wav,3,6,ska\nb.wav,3,6,ska\n")
    with pytest.raises(MusicGenreError, match=r"a\.wav twice, with different values: keep one row$"):
        folder(root, labels=table)


@pytest.mark.parametrize("columns", ["title,duration", "start,title", "start,end"])
def test_other_columns_are_no_spans(tmp_path: Path, caplog: pytest.LogCaptureFixture, columns: str) -> None:
    root, table = make_files(tmp_path / "set", "a.wav", "b.wav"), tmp_path / "labels.csv"
    table.write_text(f"path,{columns},genre\na.wav,,30,hum\nb.wav,,30,ska\n")
    folder(root, labels=table)
    table.write_text("path,begin,end,genre\na.wav,1970,1980,hum\nb.wav,1990,now,ska\n")
    folder(root, labels=table)
    assert caplog.messages == []


@pytest.mark.parametrize("genre", ["Genres", "genre", "genre_top"])
def test_a_record_label_is_no_genre(tmp_path: Path, caplog: pytest.LogCaptureFixture, genre: str) -> None:
    root, table = make_files(tmp_path / "set", "a.wav", "b.wav"), tmp_path / "labels.csv"
    table.write_text(f"path,Artist,Label,{genre}\na.wav,Ann,EMI,hum\nb.wav,Bob,Sony,ska\n")
    caplog.set_level(logging.INFO)
    assert folder(root, labels=table).genres == ("hum", "ska")
    assert caplog.messages == [f"The genres are those in the column {genre} of {table}, not in Label."]


@pytest.mark.parametrize("header", ["track_id;genre", "track_id;subset", "track_id;artist"])
def test_a_number_that_may_be_a_thousand_times_another_is_refused(tmp_path: Path, header: str) -> None:
    root, table = make_files(tmp_path / "set", "ska/000001.mp3", "hum/001000.mp3"), tmp_path / "table.csv"
    table.write_text(f"{header}\n1.000;test\n")
    read: dict[str, Callable[[], object]] = {
        "genre": lambda: folder(root, labels=table),
        "subset": lambda: lists(file=table)(folder(root), make_segments(folder(root), 1)),
        "artist": lambda: folder(root, artists=table),
    }
    kind = header.partition(";")[2]
    with pytest.raises(MusicGenreError, match=r"has 1\.000, which may be 1 or 1000: write it without the point"):
        read[kind]()
    make_files(root, "ska/1.000.mp3")
    read[kind]()  # a name, and no number


JAMENDO = "TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS"


def test_mtg_jamendos_tags_are_read(tmp_path: Path) -> None:
    paths = ("14/214.low.mp3", "15/215.low.mp3", "16/216.mp3", "16/216.low.mp3", "17/217.mp3", "18/218.mp3")
    root, table = make_files(tmp_path / "set", *paths), tmp_path / "autotagging.tsv"
    tags = ("genre---hum\tinstrument---bass", "genre---ska\tgenre---hum", "genre---ska", "mood/theme---sad\tx---y", "")
    rows = [
        f"track_{n}\tartist_{n}\talbum_{n}\t{n - 200}/{n}.mp3\t124.6\t{those}"
        for n, those in zip(range(214, 219), tags, strict=True)
    ]
    table.write_text("\n".join([JAMENDO, *rows]))
    corpus = folder(root, labels=table)
    assert [(track.id, track.genre, track.artist) for track in corpus.tracks] == [
        ("14/214.low.mp3", "genre---hum", "artist_214"),
        ("15/215.low.mp3", "genre---ska;genre---hum", "artist_215"),
        ("16/216.mp3", "genre---ska", "artist_216"),
    ]
    assert corpus.ignored == (
        ("16/216.low.mp3", "not in the table of labels"),
        ("17/217.mp3", "no genre in the table of labels"),
        ("18/218.mp3", "no genre in the table of labels"),
    )
    table.write_text("path,tags\n14/214.mp3,hum,ska\n")
    with pytest.raises(MusicGenreError, match="has 3 values in line 2, but 2 columns"):
        folder(root, labels=table)


@pytest.mark.parametrize("genres", ["[21, 3]", "21", "['Rock', 'Pop']", "[21]", ""])
def test_genres_that_are_lists_or_numbers_do_not_replace_a_label(tmp_path: Path, genres: str) -> None:
    root = make_files(tmp_path / "tree", "a.wav", "b.wav")
    table = tmp_path / "labels.csv"
    table.write_text(f'path,label,genres\na,ska,"{genres}"\nb,hum,"{genres}"\n')
    assert folder(root, labels=table).genres == ("hum", "ska")
    table.write_text(f'path,genres\na,x\nb,"{genres or "y"}"\n')
    assert len(folder(root, labels=table).genres) == 2
