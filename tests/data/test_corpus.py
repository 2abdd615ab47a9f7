import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest

from musicgenre.data.corpus.artists import with_artists
from musicgenre.data.corpus.labels import labelled
from musicgenre.data.corpus.scan import Corpus, Kind, Track, scan, track_key
from musicgenre.data.corpus.tracks import require_several_genres
from musicgenre.data.describe import announce_ignored
from musicgenre.errors import MusicGenreError
from musicgenre.prediction.files import find_audio


def _make(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def _reason(root: Path, **settings: Any) -> str:
    with pytest.raises(MusicGenreError) as caught:
        scan(root, **settings)
    return str(caught.value)


def test_tracks_have_id_genre_and_path(tmp_path: Path) -> None:
    _make(tmp_path, "rock/b.wav", "rock/a.au", "blues/blues.00000.WAV")
    corpus = scan(tmp_path)
    assert corpus == Corpus(
        root=tmp_path,
        genres=("blues", "rock"),
        tracks=(
            Track("blues/blues.00000.WAV", "blues", tmp_path / "blues" / "blues.00000.WAV"),
            Track("rock/a.au", "rock", tmp_path / "rock" / "a.au"),
            Track("rock/b.wav", "rock", tmp_path / "rock" / "b.wav"),
        ),
        kind="audio",
        ignored=(),
    )


def test_root_may_be_text(tmp_path: Path) -> None:
    _make(tmp_path, "rock/a.wav", "blues/a.wav")
    assert scan(str(tmp_path)) == scan(tmp_path)


def test_a_corpus_of_ones_own_may_be_of_texts_and_lists(tmp_path: Path) -> None:
    track = Track("a.wav", "rock", str(tmp_path / "a.wav"))  # type: ignore[arg-type]
    own = Corpus(str(tmp_path), ["rock"], [track])  # type: ignore[arg-type]
    assert own == Corpus(tmp_path, ("rock",), (Track("a.wav", "rock", tmp_path / "a.wav"),))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"genre": "folk"}, r"a.wav in music is of genre 'folk', which is not among the genres of the corpus \(rock\)"),
        ({"genre": float("nan")}, r"The genre of the track a.wav \(.*a.wav\) is nan: give a string."),
        ({"id": Path("a.wav")}, r"The id of the track a.wav \(.*a.wav\) is .*Path\('a.wav'\): give a string."),
        ({"id": "b.wav"}, r"music has two tracks with the id 'b.wav': give each its own."),
    ],
)
def test_a_track_of_ones_own_that_no_corpus_can_hold_is_refused(change: dict[str, Any], said: str) -> None:
    tracks = Track("b.wav", "rock", Path("b.wav")), Track("a.wav", "rock", Path("a.wav"))
    with pytest.raises(MusicGenreError, match=said):
        Corpus(Path("music"), ("rock",), (tracks[0], replace(tracks[1], **change)))


def test_order_of_the_file_system_has_no_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _make(tmp_path, *(f"{genre}/{i}.wav" for genre in ("b", "a", "c") for i in (10, 2, 1)), "a/x.txt", "b/x.txt")
    expected, listed = scan(tmp_path), Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda path: iter(sorted(listed(path), reverse=True)))
    assert scan(tmp_path) == expected
    assert [track.id for track in expected.tracks] == sorted(track.id for track in expected.tracks)


def test_hidden_names_are_passed_over(tmp_path: Path) -> None:
    _make(
        tmp_path,
        "rock/a.wav",
        "rock/._a.wav",
        "rock/.DS_Store",
        "blues/a.wav",
        ".cache/a.wav",
        "__MACOSX/rock/._a.wav",
    )
    corpus = scan(tmp_path)
    assert (corpus.genres, len(corpus.tracks), corpus.ignored) == (("blues", "rock"), 2, ())


@pytest.mark.parametrize("name", ["#recycle", "@eaDir", "@Recycle", "#snapshot", "$Recycle.Bin"])
def test_bins_of_systems_are_passed_over(tmp_path: Path, name: str) -> None:
    tracks = ["blues/a.wav", "rock/#1 Hits/b.wav", "rock/a.wav"]
    _make(tmp_path, *tracks, f"{name}/old.wav", f"rock/{name}/old.wav", f"rock/live/{name}/old.wav")
    corpus = scan(tmp_path)
    assert (corpus.genres, [track.id for track in corpus.tracks]) == (("blues", "rock"), tracks)
    assert [file.relative_to(tmp_path).as_posix() for file in find_audio(tmp_path)[0]] == tracks


def test_titles_that_begin_with_dots_are_not_hidden(tmp_path: Path) -> None:
    names = ["metal/...And Justice for All/01 Blackened.mp3", "metal/.5 The Gray Chapter/01 XIX.mp3"]
    names += ["pop/...Baby One More Time.mp3", "rock/.38 Special/Caught Up in You.mp3"]
    _make(tmp_path, *names, "pop/._...Baby One More Time.mp3", "pop/.Trash-1000/a.mp3", "pop/.#b.mp3")
    corpus = scan(tmp_path)
    assert ([track.id for track in corpus.tracks], corpus.ignored) == (names, ())


def test_hidden_names_that_may_be_titles_are_named(tmp_path: Path) -> None:
    titles = [".ska/a.wav", "rock/.Paak/Malibu/01.wav", "rock/.Paak.wav", "rock/live/.Paak.wav"]
    _make(tmp_path, "blues/a.wav", "rock/a.wav", "rock/live/b.wav", *titles)
    _make(tmp_path, "rock/._a.wav", "rock/.AppleDouble/a.wav", "rock/.DS_Store", ".git/a.wav", "rock/.notes/a.txt")
    _make(
        tmp_path,
        *(f"rock/{name}/a.wav" for name in (".recycle", ".stversions", ".stfolder", ".dropbox.cache", ".sync")),
    )
    named = [".ska", "rock/.Paak", "rock/.Paak.wav", "rock/live/.Paak.wav"]
    corpus = scan(tmp_path)
    assert len(corpus.tracks) == 3
    assert corpus.ignored == tuple(
        (name, "hidden, as its name begins with a dot: rename it if it is music") for name in named
    )
    rows = [f"{track.id},{track.genre}" for track in corpus.tracks] + [f"{title},rock" for title in titles[1:3]]
    (tmp_path / "labels.csv").write_text("\n".join(["path,genre", *rows]))
    by_table = labelled(tmp_path, tmp_path / "labels.csv")
    assert len(by_table.tracks) == 5  # which the table names
    assert [name for name, _ in by_table.ignored] == [".ska", "rock/live/.Paak.wav"]


@pytest.mark.parametrize("suffix", ["wave", "mkv", "mov", "avi", "m4v", "dsf"])
def test_what_can_be_heard_is_a_track_in_a_folder_too(tmp_path: Path, suffix: str) -> None:
    _make(tmp_path, f"rock/a.{suffix}", f"blues/a.{suffix.upper()}")
    assert ([track.key for track in scan(tmp_path).tracks], scan(tmp_path).ignored) == (["a", "a"], ())
    assert len(find_audio(tmp_path)[0]) == 2


def test_what_is_no_track_is_named(tmp_path: Path) -> None:
    _make(tmp_path, "rock/a.wav", "rock/b.txt", "rock/live/c.wav", "blues/a.wav", "loose.mp3", "notes.txt")
    corpus = scan(tmp_path)
    assert corpus.ignored == (
        ("loose.mp3", "outside any genre folder"),
        ("rock/b.txt", "not .wav, .au, .flac, .ogg, .mp3 or other audio, by its suffix"),
    )
    assert [track.id for track in corpus.tracks] == ["blues/a.wav", "rock/a.wav", "rock/live/c.wav"]


def test_unreadable_files_are_tracks(tmp_path: Path) -> None:
    _make(tmp_path, "rock/a.wav", "blues/a.wav")
    (tmp_path / "rock" / "b.wav").touch()
    (tmp_path / "rock" / "c.wav").symlink_to(tmp_path / "gone.wav")
    assert [track.id for track in scan(tmp_path).tracks] == [
        "blues/a.wav",
        "rock/a.wav",
        "rock/b.wav",
        "rock/c.wav",
    ]


def test_linked_genre_folder(tmp_path: Path) -> None:
    _make(tmp_path, "root/rock/a.wav", "elsewhere/b.wav")
    (tmp_path / "root" / "blues").symlink_to(tmp_path / "elsewhere")
    assert [track.id for track in scan(tmp_path / "root").tracks] == ["blues/b.wav", "rock/a.wav"]


def test_names_in_unicode_are_the_same_composed_or_not(tmp_path: Path) -> None:
    for form in ("NFC", "NFD"):
        _make(tmp_path / form, f"{normalize(form, 'música')}/{normalize(form, 'canção')}.wav", "rock/日本.wav")
    ids = [[track.id for track in scan(tmp_path / form, genres=["música", "rock"]).tracks] for form in ("NFC", "NFD")]
    assert ids[0] == ids[1] == ["música/canção.wav", "rock/日本.wav"]
    assert all(track.path.exists() for track in scan(tmp_path / "NFD").tracks)


def test_names_that_differ_only_in_unicode_form_are_told(tmp_path: Path) -> None:
    _make(tmp_path, "rock/a.wav", *(normalize(form, "tango/caf\xe9.mp3") for form in ("NFC", "NFD")))
    if len([*(tmp_path / "tango").iterdir()]) < 2:
        pytest.skip("the file system takes the two names for one")
    with pytest.raises(MusicGenreError, match=r"two tracks with the id 'tango/caf\xe9.mp3', as .* only in Unicode"):
        scan(tmp_path)


def test_name_that_is_no_unicode_is_named_in_escapes(tmp_path: Path) -> None:
    _make(tmp_path, "rock/a.wav", "blues/a.wav")
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/rock/caf\xe9.wav")).touch()
    except OSError:
        pytest.skip("the file system refuses such a name")
    assert scan(tmp_path).ignored == (("rock/caf\\udce9.wav", "its name is not valid Unicode: rename it"),)


def test_name_in_another_encoding_than_the_process_has_is_no_fault_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _make(tmp_path, "rock/a.wav", "blues/a.wav")
    monkeypatch.setattr("sys.getfilesystemencoding", lambda: "ascii")  # as with PYTHONUTF8=0 LC_ALL=C
    advice = "not valid ascii, the encoding of file names here: set PYTHONUTF8=1 in the environment"
    assert _reason(Path("bl\udcc3\udcbces")) == f"the folder bl\\udcc3\\udcbces has a name that is {advice}"


def test_pictures(tmp_path: Path) -> None:
    _make(tmp_path, "rock/a.png", "rock/b.JPG", "blues/a.jpeg", "blues/b.wav")
    corpus = scan(tmp_path, kind="picture")
    assert corpus.kind == "picture"
    assert [track.id for track in corpus.tracks] == ["blues/a.jpeg", "rock/a.png", "rock/b.JPG"]
    assert corpus.ignored == (("blues/b.wav", "not .png, .jpg or .jpeg, by its suffix"),)


def test_genres_can_be_chosen(tmp_path: Path) -> None:
    _make(tmp_path, "rock/a.wav", "blues/a.wav", "pop/a.wav", "empty/notes.txt")
    corpus = scan(tmp_path, genres=["rock", "blues", "rock"])
    assert corpus.genres == ("blues", "rock")
    assert {track.genre for track in corpus.tracks} == {"blues", "rock"}


def test_artists_are_noted(tmp_path: Path) -> None:
    _make(tmp_path, "rock/a.wav", "blues/B.wav")
    corpus = with_artists(scan(tmp_path), {"a": "Ann", "b": "Bob"})
    assert [track.artist for track in corpus.tracks] == ["Bob", "Ann"]


def test_missing_root(tmp_path: Path) -> None:
    assert _reason(tmp_path / "a" / "b") == (
        f"there is no folder {tmp_path / 'a' / 'b'} (it exists only up to {tmp_path}): check the path"
    )


def test_a_similar_name_is_offered_for_a_missing_root(tmp_path: Path) -> None:
    (tmp_path / "genres_original").mkdir()
    assert _reason(tmp_path / "genres_orginal").endswith(": check the path. Did you mean genres_original?")


def test_root_is_a_file(tmp_path: Path) -> None:
    _make(tmp_path, "a.wav")
    assert (
        _reason(tmp_path / "a.wav")
        == f"{tmp_path / 'a.wav'} is a file: give the folder that holds one folder per genre"
    )


def test_root_without_anything(tmp_path: Path) -> None:
    assert f"{tmp_path} is empty" in _reason(tmp_path)
    _make(tmp_path, "rock/a.txt", "blues/a.txt")
    without = "has no .wav, .au, .flac, .ogg, .mp3 or other audio file in any of its folders"
    assert f"{tmp_path} {without}" in _reason(tmp_path)


@pytest.fixture
def kaggle(tmp_path: Path) -> Iterator[Path]:
    for genre in ("blues", "jazz"):
        _make(
            tmp_path,
            f"Data/genres_original/{genre}/{genre}.00000.wav",
            f"Data/images_original/{genre}/{genre}00000.png",
        )
    _make(tmp_path, "Data/features_30_sec.csv", "Data/features_3_sec.csv")
    yield tmp_path


@pytest.mark.parametrize(("kind", "folder"), [("audio", "genres_original"), ("picture", "images_original")])
@pytest.mark.parametrize("given", ["Data", "."])
def test_root_too_high(kaggle: Path, kind: Kind, folder: str, given: str) -> None:
    root = kaggle / given
    assert _reason(root, kind=kind) == (
        f"{root} is too high up: give {kaggle / 'Data' / folder}, where the genre folders are"
    )
    assert len(scan(kaggle / "Data" / folder, kind=kind).tracks) == 2


def test_root_too_low(kaggle: Path) -> None:
    parent = kaggle / "Data" / "genres_original"
    reason = _reason(parent / "blues")
    assert f"If blues is a genre, give its parent, {parent}; if it holds several, name them in a table" in reason


def test_pictures_where_audio_was_asked_for(kaggle: Path) -> None:
    reason = _reason(kaggle / "Data" / "images_original")
    assert "holds pictures, but none of the audio files asked for (.wav" in reason


def test_genres_without_tracks_are_all_named(tmp_path: Path) -> None:
    _make(tmp_path, "blues/a.wav", "jazz/a.txt", "pop/a.wav")
    (tmp_path / "rock").mkdir()
    reason = _reason(tmp_path)
    assert "no .wav, .au, .flac, .ogg, .mp3 or other audio file in jazz and rock" in reason
    assert reason.endswith("name the genres to use: 'data.genres=[blues,pop]'")


@pytest.mark.parametrize("file", ["metadata/x.csv", "__pycache__/a.pyc", "docs/deep/a.txt", "covers/front.jpg"])
def test_a_folder_of_other_files_beside_the_genres_is_left_out_and_named(
    tmp_path: Path, file: str, caplog: pytest.LogCaptureFixture
) -> None:
    corpus = scan(_make(tmp_path, "blues/a.wav", "pop/a.wav", file))
    assert (corpus.genres, corpus.ignored) == (("blues", "pop"), ((file.split("/")[0], "a folder without tracks"),))
    announce_ignored(replace(corpus, ignored=(*corpus.ignored, ("pop/b.txt", "not .wav"))))
    assert caplog.messages[0] == "1 file and 1 folder left out:"


@pytest.mark.parametrize("file", ["more/x.zip", "more/0.parquet", "more/.Paak.mp3", "rock/x.part", "more/x.MID", "1/x"])
def test_a_folder_that_may_be_a_genre_is_not_left_out(tmp_path: Path, file: str) -> None:
    _make(tmp_path, "blues/a.wav", "pop/a.wav", file, f"{file.split('/')[0]}/notes.txt")
    reason = _reason(tmp_path, rename=lambda name: name.replace("1", "jazz"))
    assert "name the genres to use: 'data.genres=[blues,pop]'" in reason


@pytest.mark.parametrize("file", ["desktop.ini", "Thumbs.db", ".DS_Store"])
def test_a_folder_with_a_systems_file_alone_is_empty(tmp_path: Path, file: str) -> None:
    _make(tmp_path, "blues/a.wav", "pop/a.wav", f"bachata/{file}")
    assert "other audio file in bachata. Put tracks there" in _reason(tmp_path)


def test_tracks_in_icloud_are_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    away = [f"rock/.{name}.mp3.icloud" for name in ("alpha", "Sync or Swim")]
    _make(tmp_path, "blues/a.wav", "rock/a.wav", *away, "rock/.cover.jpg.icloud")
    reason = "in iCloud and not on this machine: download it"
    assert sorted(scan(tmp_path).ignored) == sorted((name, reason) for name in away)
    (tmp_path / "labels.csv").write_text("path,genre\nblues/a.wav,blues\nrock/a.wav,rock\nrock/alpha.mp3,rock\n")
    assert {(name, reason) for name in away} <= {*labelled(tmp_path, tmp_path / "labels.csv").ignored}
    assert len(find_audio(tmp_path)[0]) == 2
    assert caplog.messages == [f"2 files in {tmp_path / 'rock'} are in iCloud and not on this machine: download them."]
    (tmp_path / "rock" / "a.wav").unlink()
    (tmp_path / "rock" / "cover.jpg").touch()
    said = f"{tmp_path}: 2 tracks of rock are in iCloud and not on this machine, such as rock/.Sync or Swim.mp3.icloud"
    assert _reason(tmp_path) == f"{said}: download them"
    (tmp_path / "blues" / "a.wav").unlink()
    assert _reason(tmp_path).startswith(f"{tmp_path}: 2 tracks of blues and rock are in iCloud")


def test_one_genre_is_listed_and_not_learnt_from(tmp_path: Path) -> None:
    _make(tmp_path, "blues/a.wav", "pop/a.wav")
    corpus = scan(tmp_path, genres=["pop"])
    assert (corpus.genres, [track.id for track in corpus.tracks]) == (("pop",), ["pop/a.wav"])
    with pytest.raises(MusicGenreError, match=r"only one genre \(pop\), so there is nothing to tell apart"):
        require_several_genres(corpus)


def test_missing_genre(tmp_path: Path) -> None:
    _make(tmp_path, "blues/a.wav", "hiphop/a.wav")
    assert _reason(tmp_path, genres=["Hip-Hop", "blues"]) == (
        f"{tmp_path} has no genre Hip-Hop; it has blues and hiphop. Did you mean hiphop?"
    )
    assert _reason(tmp_path, genres=["Hip-Hop", "Blues"]).endswith(" Did you mean hiphop? Did you mean blues?")
    foreign = _reason(tmp_path, genres=["blue", "metal", "rock"])  # such as an experiment's
    assert foreign.endswith(" it has blues and hiphop. data.genres asks for these; data.genres=null (None) takes all.")
    assert _reason(tmp_path, genres=["zydeco"]) == f"{tmp_path} has no genre zydeco; it has blues and hiphop."


def test_one_track_in_two_formats(tmp_path: Path) -> None:
    one = ["blues/blues.00000.au", "blues/blues.00000.wav"]
    corpus = scan(_make(tmp_path, *one, "blues/blues.00001.wav", "pop/a.wav"))
    assert [track.id for track in corpus.tracks if track.recording == "blues/blues.00000"] == one


def test_an_id_of_five_digits_is_no_name_of_gtzan(tmp_path: Path) -> None:
    _make(tmp_path, "jazz/A/audio00001.mp3", "jazz/B/audio00001.mp3", "tango/tango00001.mp3", "tango/x/tango00001.wav")
    corpus = scan(tmp_path)
    assert [track.id for track in corpus.tracks[:2]] == ["jazz/A/audio00001.mp3", "jazz/B/audio00001.mp3"]
    assert corpus.ignored == (("tango/x/tango00001.wav", "the same track as tango/tango00001.mp3"),)


def test_folder_that_may_not_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _make(tmp_path, "blues/a.wav", "pop/a.wav")

    def refuse(path: Path) -> Iterator[Path]:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refuse)  # root, who may run the tests, can list everything
    assert _reason(tmp_path) == f"no permission to list the folder {tmp_path}"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("blues/blues.00000.wav", "blues.00000"),
        ("blues.00000.au", "blues.00000"),
        ("blues.00000", "blues.00000"),
        ("blues00000.png", "blues.00000"),
        (normalize("NFD", "canção.wav"), normalize("NFC", "canção")),
        ("Blues.00000.MP3", "blues.00000"),
        ("rock/St. Anger.flac", "st. anger"),
        ("rock/07 - Track.v2.wav", "07 - track.v2"),
        ("blues.00000.AU.wav", "blues.00000"),
        ("song.webm.mp3", "song"),
        ("song.ra", "song"),
        ("jazz/Sun.Ra.mp3", "sun.ra"),  # a title
        ("Heat.Wave.flac", "heat.wave"),
    ],
)
def test_track_key(name: str, key: str) -> None:
    assert track_key(name) == key
