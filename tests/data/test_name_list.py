"""What a list says about a track, whatever folders its names include."""

from pathlib import Path

import pytest

from musicgenre.data.corpus.name_list import list_key, look_up, names_without_track
from musicgenre.data.corpus.sources import folder
from musicgenre.data.corpus.tracks import Corpus, Track
from musicgenre.errors import MusicGenreError

DISCS = ("jazz/Miles/CD1/00.wav", "jazz/Miles/CD1/01.wav", "jazz/Bill/CD1/01.wav", "rock/Who/CD1/01.wav")
GTZAN = ("blues/blues.00000.wav", "blues/blues.00001.wav", "jazz/jazz.00000.wav")


def make(*ids: str, genres: tuple[str, ...] = ()) -> Corpus:
    tracks = tuple(
        Track(id, genre, Path(id)) for id, genre in zip(ids, genres or [id.split("/")[0] for id in ids], strict=True)
    )
    return Corpus(Path("root"), tuple(sorted({track.genre for track in tracks})), tracks)


def said(corpus: Corpus, **values: str) -> dict[str, str]:
    return look_up(corpus, {list_key(name): value for name, value in values.items()}, "the list")


def test_a_name_means_the_track_in_its_own_folders() -> None:
    values = {"jazz/Miles/CD1/01.mp3": "Miles", r"C:\\music\\rock\\Who\\CD1\\01.flac": "Who"}
    assert said(make(*DISCS), **values) == {DISCS[1]: "Miles", DISCS[3]: "Who"}
    every = {id: id.split("/")[1] for id in DISCS}
    assert said(make(*DISCS), **every) == every
    missing = {"jazz/Miles/CD2/01.wav": "Miles", "rock/Kinks/CD1/01.wav": "Kinks"}
    assert said(make(*DISCS), **missing) == {}
    assert names_without_track(make(*DISCS), [list_key(name) for name in missing]) == [
        "jazz/miles/cd2/01",
        "rock/kinks/cd1/01",
    ]


@pytest.mark.parametrize("name", ["CD1/01.wav", "01.wav", "jazz/01.wav"])
def test_a_name_that_several_tracks_have_is_refused(name: str) -> None:
    with pytest.raises(MusicGenreError, match=r"^\d tracks are called .*01, among them jazz/Miles/CD1/01.wav and "):
        said(make(*DISCS), **{name: "train"})


def test_two_things_of_one_track_are_refused() -> None:
    with pytest.raises(MusicGenreError, match=r"^the list gives blues/blues\.00000\.wav two values, 'test' and"):
        said(make(*GTZAN), **{"genres/blues/blues.00000.au": "train", "blues/blues.00000.wav": "test"})


def test_a_name_with_fewer_folders_that_says_another_thing_is_told(caplog: pytest.LogCaptureFixture) -> None:
    corpus = make("jazz/one.wav", "jazz/two.wav", "rock/one.wav")
    assert said(corpus, **{"jazz/one": "test", "one": "train"}) == {"jazz/one.wav": "test", "rock/one.wav": "train"}
    assert caplog.messages == []
    assert said(corpus, **{"jazz/two.wav": "test", "two.wav": "train"}) == {"jazz/two.wav": "test"}
    assert caplog.messages == [
        "the list gives 'train' for two, but 'test' for jazz/two: jazz/two.wav is taken as 'test'."
    ]


@pytest.mark.parametrize(
    "form", ["{}/{}", "{1}", "/data/genres/{}/{}", "/data/wavs/{1}", "train/{1}", r"..\\Data\\genres_original\\{}\\{}"]
)
@pytest.mark.parametrize("folder", ["", "train/", "blues.00000/"])
def test_gtzans_names_are_found_whatever_folders_stand_before_them(form: str, folder: str) -> None:
    ids = [id.replace("/", f"/{folder}") if "." in folder else folder + id for id in GTZAN]
    corpus = make(*ids, genres=("blues", "blues", "jazz"))
    values = {form.format(*id.split("/")): str(n) for n, id in enumerate(GTZAN)}
    assert said(corpus, **values) == dict(zip(ids, "012", strict=True))


def test_a_title_that_ends_like_a_suffix_is_found_with_and_without_its_own() -> None:
    corpus = make("jazz/Sun.mp3", "jazz/Sun.Ra.mp3")
    assert said(corpus, **{"Sun.mp3": "x", "Sun.Ra.mp3": "y"}) == {"jazz/Sun.mp3": "x", "jazz/Sun.Ra.mp3": "y"}
    assert said(corpus, **{"Sun.mp3": "x"}) == {"jazz/Sun.mp3": "x"}
    assert said(make("jazz/Sun.Ra.mp3"), **{"Sun.Ra": "y"}) == {"jazz/Sun.Ra.mp3": "y"}


def test_a_name_of_another_genre_means_no_track() -> None:
    assert said(make(*GTZAN), **{"jazz/blues.00000.wav": "train"}) == {}
    flat = make("a.wav", "b.wav", genres=("jazz", "rock"))
    assert said(flat, **{"rock/a.wav": "train", "rock/b.wav": "test", "jazz/b.wav": "train"}) == {"b.wav": "test"}


def test_a_genre_that_is_no_folder_tells_tracks_apart() -> None:
    corpus = make("disc1/01.wav", "disc2/01.wav", genres=("jazz", "rock"))
    assert said(corpus, **{"jazz/01.wav": "x", "rock/01.wav": "y"}) == {"disc1/01.wav": "x", "disc2/01.wav": "y"}
    assert said(corpus, **{"jazz/disc1/01.wav": "x"}) == {"disc1/01.wav": "x"}


def test_clips_are_found_by_their_track_and_by_themselves() -> None:
    corpus = make("jazz/a/jazz.00000.0.wav", "jazz/b/jazz.00000.1.wav", "rock/rock.00000.0.wav")
    values = {"jazz.00000.wav": "whole", "jazz.00000.1.wav": "clip"}
    assert said(corpus, **values) == {"jazz/a/jazz.00000.0.wav": "whole", "jazz/b/jazz.00000.1.wav": "clip"}


def test_a_number_means_no_clip_of_that_number(tmp_path: Path) -> None:
    clips = make("jazz/1.0.wav", "jazz/1.1.wav", "jazz/2.wav")
    assert said(clips, **{"1": "train"}) == {}
    assert said(clips, **{"2.0": "test", "1.0": "train"}) == {"jazz/2.wav": "test", "jazz/1.0.wav": "train"}
    for name in ("1.0.wav", "1.1.wav", "2.wav"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "labels.csv").write_text("path,genre\n1,rock\n2.0,pop\n")
    assert [track.id for track in folder(tmp_path, labels=tmp_path / "labels.csv").tracks] == ["2.wav"]
