"""Collections as people have them laid out."""

import logging
import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_corpus import make_files, make_segments

from musicgenre.data.corpus import layout
from musicgenre.data.corpus.artists import read_artists
from musicgenre.data.corpus.listing import folders_in
from musicgenre.data.corpus.sources import folder, gtzan, mel_images
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.splits import folders, lists
from musicgenre.data.splits.coverage import genres_without, require_trainable
from musicgenre.errors import MusicGenreError
from musicgenre.synthetic import GENRES


def ids(corpus: Corpus) -> list[str]:
    return [track.id for track in corpus.tracks]


def copy_of_gtzan(root: Path, form: str) -> Path:
    return make_files(root, *(form.format(genre=genre, Genre=genre.capitalize()) for genre in GENRES))


@pytest.mark.parametrize(
    ("form", "below"),
    [
        ("Data/genres_original/{genre}/{genre}.00000.wav", "Data/genres_original"),
        ("genres/{genre}/{genre}.00000.au", "genres"),
        ("gtzan_genre/genres/{genre}/{genre}.00000.wav", "gtzan_genre/genres"),  # mirdata
        ("data/genres/{genre}/{genre}.00000.wav", "data/genres"),  # Hugging Face
        ("5a4b/data/genres/{genre}/{genre}.00000.wav", "5a4b/data/genres"),  # in its cache
        ("{genre}/converted/{genre}.00000.au.wav", "."),
        ("{Genre}/{Genre}.00000.au", "."),
    ],
)
def test_copies_of_gtzan(tmp_path: Path, form: str, below: str, caplog: pytest.LogCaptureFixture) -> None:
    root = copy_of_gtzan(tmp_path, form)
    corpus = gtzan(root / below)
    assert corpus.genres == tuple(sorted(GENRES))
    assert sorted(track.key for track in corpus.tracks) == sorted(f"{genre}.00000" for genre in GENRES)
    assert ("Blues as blues" in caplog.text) == ("Genre" in form)
    if below != ".":
        make_files(root, "README.md", "gtzan_tempo_beat-main/tempo/gtzan_blues_00000.bpm")
        assert folder(root / below).genres == corpus.genres
        for above in (root / part for part in Path(below).parents):
            for source in (gtzan, folder):
                with pytest.raises(MusicGenreError) as caught:
                    source(above)
                assert str(caught.value) == f"{above} is too high up: give {root / below}, where the genre folders are"
        with pytest.raises(MusicGenreError, match="give its parent"):
            gtzan(root / below / "blues")


def test_other_spellings_of_genres_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    make_files(tmp_path, "Hip-Hop/a.wav", "hiphop/b.wav", "R&B/c.wav", "jazz/d.wav")
    corpus = folder(tmp_path)
    assert corpus.genres == ("Hip-Hop", "R&B", "hiphop", "jazz")
    assert "has Hip-Hop and hiphop as 2 genres" in caplog.text
    assert "if they are one, say so with 'data.aliases={Hip-Hop: hiphop}'." in caplog.text
    make_files(tmp_path, "RnB/c.wav")
    folder(tmp_path)
    assert "if they are one, say so with 'data.aliases={RnB: \"R&B\"}'." in caplog.text
    make_files(tmp_path, "r&b/c.wav")
    folder(tmp_path)
    assert "if they are one, rename them, R&B as r&b." in caplog.text
    merged = folder(tmp_path, aliases={"Hip-Hop": "hiphop"}, genres=["hiphop", "jazz"])
    assert [(track.id, track.genre) for track in merged.tracks] == [
        ("Hip-Hop/a.wav", "hiphop"),
        ("hiphop/b.wav", "hiphop"),
        ("jazz/d.wav", "jazz"),
    ]


def test_genres_spelt_with_and_or_accents_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    make_files(
        tmp_path, "Drum & Bass/a.wav", "Drum and Bass/b.wav", "Electro/c.wav", "\xc9lectro/d.wav", "Sandpit/e.wav"
    )
    folder(tmp_path)
    assert [said.partition(" as 2 ")[0].removeprefix(f"{tmp_path} has ") for said in caplog.messages] == [
        "Drum & Bass and Drum and Bass",
        "Electro and \xc9lectro",
    ]


def test_genres_called_as_none_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    make_files(tmp_path, *tree("jazz,rock,Unknown Genre,nan"))
    assert len(folder(tmp_path).genres) == 4
    assert caplog.messages[0].startswith(f"{tmp_path} has genres called Unknown Genre and nan, as its folders are: if")
    caplog.clear()
    folder(tmp_path, genres=["jazz", "rock"])
    folder(tmp_path, genres=["jazz", "rock", "pop"], aliases={"nan": "pop"})
    assert caplog.messages == []


def test_an_alias_of_nothing_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    make_files(tmp_path, "Hip-Hop/a.wav", "jazz/d.wav")
    (tmp_path / "labels.csv").write_text("path,genre\na.wav,Hip-Hop\nd.wav,jazz\n")
    for labels in (None, tmp_path / "labels.csv"):
        caplog.clear()
        assert folder(tmp_path, labels=labels, aliases={"HipHop": "rap", "jazz": "swing"}).genres == (
            "Hip-Hop",
            "swing",
        )
        told = "has nothing called HipHop, which data.aliases renames. Did you mean Hip-Hop?"
        assert caplog.messages == [f"{tmp_path} {told}"]


def test_aliases_go_before_gtzans_own_spellings(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    make_files(copy_of_gtzan(tmp_path, "{Genre}/{Genre}.00000.au"), "Schlager/a.au")
    corpus = gtzan(tmp_path, aliases={"Schlager": "pop"}, genres=["Schlager", "Jazz"])
    assert [(track.id, track.genre) for track in corpus.tracks] == [
        ("Jazz/Jazz.00000.au", "jazz"),
        ("Pop/Pop.00000.au", "pop"),
        ("Schlager/a.au", "pop"),
    ]
    assert "Jazz as jazz" in caplog.text


def test_artists_and_albums(tmp_path: Path) -> None:
    make_files(
        tmp_path, "jazz/Miles/Blue/01.flac", "jazz/Monk/Solo/01.flac", "polka/Ann/One/01.flac", "polka/Ann/Two/01.flac"
    )
    corpus = folder(tmp_path)
    assert [track.artist for track in corpus.tracks] == ["Miles", "Monk", "Ann", "Ann"]
    assert [track.artist for track in folder(tmp_path, artists="none").tracks] == [None] * 4
    make_files(tmp_path / "flat", "jazz/Miles/a.wav", "polka/Ann/b.wav")
    assert [track.artist for track in folder(tmp_path / "flat").tracks] == [None, None]
    assert [track.artist for track in folder(tmp_path / "flat", artists="folders").tracks] == ["Miles", "Ann"]
    with pytest.raises(MusicGenreError, match="has no artist folders"):
        folder(make_files(tmp_path / "none", "jazz/a.wav", "polka/b.wav"), artists="folders")


def test_what_stands_for_nobody_or_for_several_is_no_artist(tmp_path: Path) -> None:
    make_files(tmp_path, "jazz/Unknown Artist/A/1.wav", "jazz/Compilations/B/1.wav", "jazz/Nina/C/1.wav")
    make_files(tmp_path, "pop/Ann/D/1.wav", "pop/Bob/E/1.wav")
    names = [track.artist for track in folder(tmp_path).tracks]
    assert names == [None, "Nina", None, "Ann", "Bob"]
    sampler = make_files(tmp_path / "more", "ska/Various Artists/A/1.wav", "pop/VA/B/1.wav")
    assert [track.artist for track in folder(sampler).tracks] == [None, None]
    rows = zip(
        sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("1.wav")), ("nan", "?", "Eve"), strict=False
    )
    (tmp_path / "labels.csv").write_text("path,genre,artist\n" + "".join(f"{path},ska,{name}\n" for path, name in rows))
    assert [track.artist for track in folder(tmp_path, labels=tmp_path / "labels.csv").tracks] == [None, None, "Eve"]
    (tmp_path / "artists.csv").write_text("track,artist\na,N/A\nb,unknown\nc,Joe  Doe\n")
    assert read_artists(tmp_path / "artists.csv") == {"a": "", "b": "", "c": "Joe Doe"}


def test_folders_of_nobody_count_as_artists_folders(tmp_path: Path) -> None:
    samplers = [f"pop/Compilations/X/{n}.wav" for n in range(6)]
    make_files(
        tmp_path / "set", *samplers, "jazz/Ann/D/1.wav", "jazz/Bob/E/1.wav", "pop/Cid/F/1.wav", "pop/Dee/G/1.wav"
    )
    named = [track.artist for track in folder(tmp_path / "set").tracks if track.artist]
    assert named == ["Ann", "Bob", "Cid", "Dee"]
    make_files(tmp_path / "none", "jazz/Unknown Artist/A/1.wav", "pop/[unknown]/B/1.wav")
    with pytest.raises(
        MusicGenreError, match=r"has no artist folders except Unknown Artist, \[unknown\]: data\.artists="
    ):
        folder(tmp_path / "none", artists="folders")


def test_folders_are_followed_however_deep_and_links_upwards_are_not(tmp_path: Path) -> None:
    deep = "ska/" + "/".join("abcdefghijklmnopqrstuvwxyz")
    make_files(tmp_path, f"{deep}/x.wav", "hum/a/b/c/y.wav", "hum/z.wav")
    (tmp_path / "all").symlink_to(tmp_path)
    for place, target in ((f"{deep}/up", tmp_path / "ska"), ("hum/a/all", tmp_path), ("hum/b", tmp_path / "hum")):
        (tmp_path / place).symlink_to(target)
    assert ids(folder(tmp_path)) == ["hum/a/b/c/y.wav", "hum/z.wav", f"{deep}/x.wav"]
    assert folder(tmp_path).ignored == ()


def test_links_that_lead_round_are_followed_once(tmp_path: Path) -> None:
    make_files(tmp_path, "ska/x.wav", "hum/y.wav", "beside/round/z.wav")
    (tmp_path / "ska" / "more").symlink_to(tmp_path / "beside")
    (tmp_path / "beside" / "round" / "again").symlink_to(tmp_path / "beside" / "round")
    (tmp_path / "beside" / "way").symlink_to(tmp_path / "ska")
    corpus = folder(tmp_path, genres=["ska", "hum"])
    assert ids(corpus) == ["hum/y.wav", "ska/more/round/z.wav", "ska/x.wav"]


def test_a_genre_of_folders_is_too_low(tmp_path: Path) -> None:
    make_files(tmp_path, "jazz/Miles/01.flac", "jazz/Monk/01.flac", "rock/Ann/01.flac")
    with pytest.raises(MusicGenreError, match=f"jazz is too low: .* Give {tmp_path}"):
        folder(tmp_path / "jazz")


NAMED = r"name the genres of this level with data\.genres=\[\.\.\.\]$"


def test_genres_that_are_named_are_those_of_their_level(tmp_path: Path) -> None:
    top = make_files(tmp_path / "a", "Elektronisch/House/a.wav", "Elektronisch/Techno/b.wav", "Schlager/Z/c.wav")
    with pytest.raises(MusicGenreError, match=f"is too high up: give .*Elektronisch, where .*, or {NAMED}"):
        folder(top)
    assert folder(top, genres=["Schlager", "Elektronisch"]).genres == ("Elektronisch", "Schlager")
    metal = make_files(tmp_path / "b", "Metal/Death/a.wav", "Metal/Doom/b.wav", "Jazz/c.wav") / "Metal"
    with pytest.raises(MusicGenreError, match=f"is too low: .* Give {tmp_path / 'b'}, or {NAMED}"):
        folder(metal)
    assert folder(metal, genres=["Death", "Doom"]).genres == ("Death", "Doom")
    with pytest.raises(MusicGenreError, match="is too low"):
        folder(metal, genres=["Jazz"])


def test_what_lies_beside_a_folder_that_is_called_as_no_genre_is_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_files(tmp_path, "music/mine/01.flac", "music/hers/01.flac")
    looked_at = []

    def look(place: Path) -> list[Path]:
        looked_at.append(place)
        return folders_in(place)

    monkeypatch.setattr(layout, "folders_in", look)
    folder(tmp_path / "music")
    assert looked_at and tmp_path not in looked_at


@pytest.mark.parametrize("original", ["jazz.00000.au", "naima.ape"])
def test_a_converted_track_beside_its_original_is_named_and_left_out(tmp_path: Path, original: str) -> None:
    make_files(tmp_path, f"jazz/{original}", f"jazz/converted/{original}.wav", "rock/a.wav")
    corpus = folder(tmp_path)
    assert ids(corpus) == [f"jazz/{original}", "rock/a.wav"]
    assert corpus.ignored == ((f"jazz/converted/{original}.wav", f"the same track as jazz/{original}"),)


@pytest.mark.parametrize(
    ("names", "left_out"),
    [
        (("Miles/01.flac", "Miles/mp3/01.mp3", "Trane/01.flac", "Trane/mp3/01.mp3"), {1, 3}),
        (("01.mp3", "Miles/01.mp3", "Trane/01.mp3"), set()),
        (("01.mp3", "Miles/01.mp3", "Trane/01.mp3", "Miles/02.mp3"), set()),
        (("so what.wav", "Miles/so what.wav", "Miles/blue.wav"), set()),
        (("so what.wav", "blue.wav", "22050/so what.wav", "22050/blue.wav"), {2, 3}),
        (("so what.wav", "mp3/so what.mp3", "ogg/so what.ogg"), {1, 2}),
        (("01.wav", "mp3/01.mp3", "ogg/01.ogg"), {1, 2}),
        (("a.wav", "x/a.mp3", "x/y/a.ogg"), {1, 2}),
        (("jazz.00000.wav", "x/jazz.00000.wav", "x/jazz.00001.wav"), {1}),
    ],
)
def test_only_copies_are_left_out(tmp_path: Path, names: tuple[str, ...], left_out: set[int]) -> None:
    names = tuple(f"jazz/{name}" for name in names)
    corpus = folder(make_files(tmp_path, *names, "rock/x.wav"), artists="none")
    assert {name for name, _ in corpus.ignored} == {names[place] for place in left_out}
    assert set(ids(corpus)) == {*names, "rock/x.wav"} - {names[place] for place in left_out}


@pytest.mark.parametrize("packed", ["data/genres.tar.gz", "gtzan_genre.zip"])
@pytest.mark.parametrize("source", [gtzan, folder])
def test_packed_files_are_to_be_unpacked(tmp_path: Path, packed: str, source: Callable[[Path], Corpus]) -> None:
    with pytest.raises(MusicGenreError, match=rf"packed files \({Path(packed).name}\): unpack them"):
        source(make_files(tmp_path, packed))


@pytest.mark.parametrize("name", ["data/train-00000-of-00001.parquet", "data/data-00000-of-00001.arrow"])
def test_recordings_in_tables_are_to_be_written_to_files(tmp_path: Path, name: str) -> None:
    with pytest.raises(MusicGenreError, match=rf"holds tables \({Path(name).name}\), .*: write these to files"):
        folder(make_files(tmp_path, name))


def test_train_and_test_folders(tmp_path: Path) -> None:
    names = [f"{side}/{genre}/{n}.wav" for side in ("Training", "test") for genre in ("ska", "hum") for n in range(4)]
    corpus = folder(make_files(tmp_path / "set", *names))
    assert corpus.genres == ("hum", "ska")
    segments = make_segments(corpus, 1)
    subsets = dict(zip(segments.track, folders()(corpus, segments), strict=True))
    assert {name.split("/")[0]: str(subset) for name, subset in subsets.items()} == {
        "Training": "train",
        "test": "test",
    }
    with_val = folders(val=0.25)(corpus, segments)
    assert pd.crosstab(segments.genre, with_val).to_dict() == {
        "test": {"hum": 4, "ska": 4},
        "train": {"hum": 3, "ska": 3},
        "val": {"hum": 1, "ska": 1},
    }
    make_files(tmp_path / "set", "val/ska/5.wav")  # one genre has validation tracks of its own
    segments = make_segments(some := folder(tmp_path / "set"), 1)
    found = pd.crosstab(segments.genre, folders(val=0.5)(some, segments))
    assert found.to_dict()["val"] == {"hum": 2, "ska": 1}
    with pytest.raises(MusicGenreError, match=f"too high up: give {tmp_path / 'set'}, where"):
        folder(tmp_path)
    flat = folder(make_files(tmp_path / "flat", "ska/a.wav", "hum/b.wav"))
    with pytest.raises(MusicGenreError, match="has no folders train and test"):
        folders()(flat, make_segments(flat))


def test_train_and_test_folders_in_each_genre_are_subsets(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    names = [f"{genre}/{side}/{n}.wav" for genre in ("ska", "hum") for side in ("Train", "test_set") for n in range(3)]
    names += ["ska/Train/night_part1.wav", "ska/test_set/night_part3.wav"]
    corpus = folder(make_files(tmp_path, *names))
    segments = make_segments(corpus, 1)
    sides = dict(zip(segments.track, folders()(corpus, segments), strict=True))
    assert {(name.split("/")[1], str(side)) for name, side in sides.items()} == {
        ("Train", "train"),
        ("test_set", "test"),
    }
    assert [track.id for track in corpus.tracks if track.recording == "ska/night"] == names[-2:]
    assert caplog.messages == []
    corpus = folder(make_files(tmp_path, "ska/x.wav"))
    assert {track.subset for track in corpus.tracks} == {None}
    assert caplog.messages == [
        f"{tmp_path}: 14 of 15 tracks are in folders called train, test and the like in their genre's: these are taken "
        "as subsets only if every track is in one. Move the others there, or give the split with split=lists "
        "split.file=CSV."
    ]


def test_artists_below_train_and_test_folders_in_each_genre(tmp_path: Path) -> None:
    make_files(tmp_path, *tree("jazz,rock", "train,test", "Ann,Train", "Blue"))
    assert {track.artist for track in folder(tmp_path).tracks} == {"Ann", "Train"}


@pytest.mark.parametrize("third", ["demo/x.wav", "unlabelled/ska/x.wav", "aside/x.wav"])
def test_a_folder_beside_train_and_test_is_no_genre(tmp_path: Path, third: str) -> None:
    names = [f"{side}/{genre}/{n}.wav" for side in ("train", "test") for genre in ("ska", "hum") for n in range(2)]
    beside = third.split("/")[0]
    with pytest.raises(MusicGenreError, match=f"holds {beside} beside test and train, .*: move {beside} elsewhere"):
        folder(make_files(tmp_path, *names, third))


def test_tracks_of_a_subset_without_genres_are_named(tmp_path: Path) -> None:
    names = [f"{side}/{genre}/a.wav" for side in ("train", "val") for genre in ("ska", "hum")]
    corpus = folder(make_files(tmp_path, *names, "test/x.wav", "test/y.txt"))
    assert ids(corpus) == sorted(names)
    assert corpus.ignored == (("test/x.wav", "outside any genre folder"),)


def test_a_stray_folder_beside_genre_folders_a_level_down_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make_files(tmp_path, "music/jazz/a.mp3", "music/rock/b.mp3", "other/c.mp3")
    assert folder(tmp_path).genres == ("music", "other")  # which may be right: a genre with sub-genres, and one without
    (said,) = caplog.messages
    assert said.startswith(f"{tmp_path} may be too high up: ")
    assert said.endswith(f"If the genre folders are in {tmp_path / 'music'}, give that.")
    caplog.clear()
    make_files(tmp_path, "folk/d.mp3")
    assert folder(tmp_path).genres == ("folk", "music", "other")
    assert caplog.messages == []


def test_subsets_without_genres_are_told(tmp_path: Path) -> None:
    make_files(tmp_path, "train/a.mp3", "train/b.mp3", "test/b.mp3")
    said = r"holds audio files directly in test/ and train/, not in genre folders there: .* table, data\.labels=CSV"
    with pytest.raises(MusicGenreError, match=said):
        folder(tmp_path)


def test_genres_called_as_subsets_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert folder(make_files(tmp_path, "train/a.wav", "demo/b.wav", "polka/c.wav")).genres == ("demo", "polka", "train")
    assert f"{tmp_path} has genres called train: " in caplog.text


def tree(*levels: str) -> list[str]:
    """Name the files a.wav and b.wav in every folder of a tree with these names in its levels, such as "jazz,rock"."""
    return ["/".join(names) for names in product(*(level.split(",") for level in levels), ["a.wav", "b.wav"])]


@pytest.mark.parametrize("dances", ["Samba,Waltz", "jazz,rock"])
@pytest.mark.parametrize("names", ["train_set,test_set", "Training Data,val_split,test.set"])
def test_subsets_by_longer_names(tmp_path: Path, names: str, dances: str) -> None:
    corpus = folder(make_files(tmp_path, *tree(names, dances)))
    assert list(corpus.genres) == dances.split(",")
    assert len({track.subset for track in corpus.tracks}) == len(names.split(","))


def test_folders_without_tracks_are_no_second_subset(tmp_path: Path) -> None:
    make_files(tmp_path, *tree("train,test", "jazz,rock"), "train_data/x.csv", "Test Audio/a.txt", "val_files/list.txt")
    assert {track.subset for track in folder(tmp_path).tracks} == {"train", "test"}
    make_files(tmp_path, "train_data/jazz/c.wav")
    with pytest.raises(MusicGenreError, match="has two folders for train, train and train_data"):
        folder(tmp_path)


@pytest.mark.parametrize("dances", ["Samba,Waltz", "jazz,rock"])
@pytest.mark.parametrize(
    "names", ["fold1,fold2", "Test_submission,Train_submission", "disc 1,disc 2", "mp3,wav", "audio_44k,audio_8k"]
)
def test_genres_repeated_in_folders_called_as_none_are_too_low(tmp_path: Path, names: str, dances: str) -> None:
    first, second = names.split(",")
    same = " and ".join(dances.split(","))
    with pytest.raises(MusicGenreError, match=rf"{first} and {second} hold folders of the same names \({same}\)\. If"):
        folder(make_files(tmp_path, *tree(names, dances)))
    assert list(folder(tmp_path, genres=names.split(",")).genres) == names.split(",")


def test_an_incomplete_folder_among_those_of_the_same_names_does_not_hide_them(tmp_path: Path) -> None:
    make_files(tmp_path, *tree("mp3,wav", "Samba,Tango,Waltz"), *tree("flac", "Samba"))
    said = rf"flac, mp3 and wav hold .* \(Samba, Tango and Waltz\)\. If those are the genres, give {tmp_path / 'mp3'},"
    with pytest.raises(MusicGenreError, match=said):
        folder(tmp_path)


@pytest.mark.parametrize("names", ["clean,noisy", "Samba,Waltz", "1970s,1980s"])
def test_folders_of_the_same_names_in_each_genre_are_told(
    tmp_path: Path, names: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert list(folder(make_files(tmp_path, *tree(names, "Ann,Bob"))).genres) == names.split(",")
    assert [said.startswith(f"{tmp_path} may be too high up: ") for said in caplog.messages] == [True]


@pytest.mark.parametrize(
    "below",
    [
        *("CD1,CD2", "Various", "Ann", "train,fit", "1970,1980", "70s,80s", "A,B,#", "1,2", "FLAC,MP3"),
        "Unknown Artist,Various Artists",
    ],
)
def test_folders_called_as_no_genres_in_each_genre_are_as_they_should_be(
    tmp_path: Path, below: str, caplog: pytest.LogCaptureFixture
) -> None:
    make_files(tmp_path, *tree("Samba,Waltz,Tango", below), *tree("Samba", "Bob"), *tree("Waltz", "Cid"))
    assert folder(tmp_path).genres == ("Samba", "Tango", "Waltz")
    assert caplog.messages == []


@pytest.mark.parametrize("genres", ["jazz,pop,rock", "Samba,Tango,Waltz", "1,2,3", "jazz,pop"])
@pytest.mark.parametrize("top", ["augmented", "augmented/pitch"])
def test_a_folder_of_copies_beside_the_genres_is_none(tmp_path: Path, genres: str, top: str) -> None:
    make_files(tmp_path, *tree(genres), *tree(top, genres))
    with pytest.raises(MusicGenreError, match=rf"augmented holds folders called as .* move it elsewhere, or {NAMED}"):
        folder(tmp_path)
    assert list(folder(tmp_path, genres=genres.split(",")).genres) == genres.split(",")


def test_a_folder_of_copies_of_two_thirds_of_the_genres_is_none(tmp_path: Path) -> None:
    make_files(tmp_path, *tree("blues,jazz,rock"), *tree("augmented", "blues,rock"))
    with pytest.raises(MusicGenreError, match=r"augmented holds .* \(blues and rock\), and is no genre"):
        folder(tmp_path)


def test_links_upwards_are_no_copies(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    make_files(tmp_path, *tree("ballad,samba,waltz"))
    (tmp_path / "ballad" / "all").symlink_to("..")
    assert folder(tmp_path).genres == ("ballad", "samba", "waltz")
    assert caplog.messages == []


def test_numbers_in_numbers_are_no_copies(tmp_path: Path) -> None:
    assert len(folder(make_files(tmp_path, *tree("1,2,3,4", "1,2,3,4"))).tracks) == 32


def test_a_few_subgenres_beside_genres_of_their_names_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make_files(tmp_path, *tree("deep,lounge,minimal"), *tree("club", "deep,minimal"))
    assert folder(tmp_path).genres == ("club", "deep", "lounge", "minimal")
    assert caplog.messages[0].startswith(f"{tmp_path / 'club'} holds folders called as those beside it (deep and")


def test_a_genre_with_folders_called_as_its_neighbours_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make_files(tmp_path, *tree("house,jazz,techno"), *tree("electronic", "house,techno"), *tree("jazz", "house"))
    assert folder(tmp_path).genres == ("electronic", "house", "jazz", "techno")
    (said,) = caplog.messages
    assert said.startswith(f"{tmp_path / 'electronic'} holds folders called as those beside it (house and techno), but")


@pytest.mark.parametrize(
    "names", ["1970,1980", "70s,80's", "A,B", "A-M,N-Z,0-9", "FLAC,MP3,OGG", "CD1,CD2", "44.1kHz,48kHz", "fit,train"]
)
def test_years_letters_and_formats_are_no_artists(tmp_path: Path, names: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    make_files(tmp_path, *tree("jazz,rock", names, "Blue"))
    assert {track.artist for track in folder(tmp_path).tracks} == {None}
    assert "have no artists' names and are not taken as artists" in caplog.text
    taken = {track.artist for track in folder(tmp_path, artists="folders").tracks}
    assert taken == set(names.split(","))


@pytest.mark.parametrize(
    ("below", "why"),
    [
        (("techno,house,Hard Rock,Zouk", "Ann,Bob", "One"), "(Hard Rock, Zouk, house and 1 more) have the names of"),
        (("Kind of Blue,1970 - Live", "CD1,Disc 2 - Live"), "(1970 - Live, Kind of Blue) hold discs as albums do and"),
    ],
)
def test_subgenres_and_albums_of_discs_are_no_artists(
    tmp_path: Path, below: tuple[str, ...], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    corpus = folder(make_files(tmp_path, *tree("jazz,rock", *below)))
    assert {track.artist for track in corpus.tracks} == {None}
    assert [f"the folders below the genre folders {why}" in said for said in caplog.messages] == [True]


def test_artists_among_a_few_subgenres_and_albums_of_discs_are_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    make_files(tmp_path, *tree("jazz,rock", "Ann,Bob,Cid,punk", "One,Disco 2000"), *tree("rock", "Hits", "CD1"))
    assert {track.artist for track in folder(tmp_path).tracks} == {"Ann", "Bob", "Cid", "punk", "Hits"}
    assert "(Ann, Bob, Cid and 2 more) are taken as artists" in caplog.text


def test_artists_called_as_years_and_letters_are_artists_among_others(tmp_path: Path) -> None:
    names = "311,A,Abba,Train,U2,LP,The 1975,R.E.M.,Ann"
    make_files(tmp_path, *tree("jazz,rock", names, "Blue"))
    assert {track.artist for track in folder(tmp_path).tracks} == set(names.split(","))


NAMES = ["blues.00000", "blues.00000.wav", "blues/blues.00000.au", "genres/blues/blues.00000.wav", "Blues.00000.MP3"]
NAMES += ["blues00000.png", r"genres\blues\blues.00000.wav", "./blues/blues.00000.wav"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_published_list_finds_gtzans_tracks(tmp_path: Path, name: str, separator: str) -> None:
    corpus = folder(make_files(tmp_path / "set", "blues/blues.00000.au", "blues/blues.00001.au", "rock/rock.00000.au"))
    table = tmp_path / "list.csv"
    rows = [
        ("Track ", " Subset"),
        (name, "Training"),
        (name.replace("00000", "00001"), "test"),
        ("rock.00000", "valid"),
    ]
    table.write_text("\n".join(separator.join(row) for row in rows))
    assert lists(file=table)(corpus, make_segments(corpus, 1)).tolist() == ["train", "test", "val"]


def test_what_a_list_leaves_open_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    corpus = folder(make_files(tmp_path / "set", "hum/a.wav", "hum/b.wav", "ska/c.wav", "ska/d.wav"))
    table = tmp_path / "list.csv"

    def split(text: str) -> list[str]:
        table.write_text(text)
        return [str(subset) for subset in lists(file=table)(corpus, make_segments(corpus, 1))]

    assert split("file,split\na,train\nb,\nc.wav,test\ngone,test\n") == ["train", "", "test", ""]
    assert "1 track not on" in caplog.text
    assert "1 of 4 tracks on" in caplog.text
    for text, message in (
        ("track,subset\na,train\na.wav,test\n", "gives a.wav two subsets, 'train' and 'test'"),
        ("track,subset\na,learning\n", "the subset 'learning': write train, val, test or nothing"),
        ("track,subset\nx,train\n", "names none of the 4 tracks in .*: it has x where the corpus has a"),
        ("track,genre\na,hum\n", "needs the columns track and subset; it has track, genre"),
    ):
        with pytest.raises(MusicGenreError, match=message):
            split(text)
    table.write_text("track,subset\na,train\nb,test\n")
    first = lists(file=table).content
    table.write_text("track,subset\na,test\nb,train\n")
    assert lists(file=table).content != first  # so other lines make it another run


def test_pictures_in_folders_below_and_parts_of_them(tmp_path: Path) -> None:
    corpus = mel_images(make_files(tmp_path, "hum/cut/hum00000_0.png", "hum/cut/hum00000_1.png", "ska/a.png"))
    assert [track.recording for track in corpus.tracks] == ["hum/hum.00000", "hum/hum.00000", "ska/a.png"]


def test_genres_without_tracks_are_named(caplog: pytest.LogCaptureFixture) -> None:
    segments = pd.DataFrame({"genre": ["hum", "hum", "ska", "ska"]})
    test_gap = np.array(["train", "test", "train", "val"])
    assert genres_without(segments, test_gap) == {"test": ["ska"], "val": ["hum"]}
    with caplog.at_level(logging.WARNING):
        require_trainable(segments, test_gap, "split x")
    assert "split x leaves no track of ska in test" in caplog.text
    with pytest.raises(MusicGenreError, match=r"split x leaves no track of ska to train on"):
        require_trainable(segments, np.array(["train", "test", "test", "val"]), "split x")


@pytest.mark.parametrize(("source", "suffix"), [(folder, ".wav"), (mel_images, ".png")])
def test_results_beside_the_genres_are_no_genre(
    tmp_path: Path, source: Callable[..., Corpus], suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_files(tmp_path, f"jazz/a{suffix}", f"rock/a{suffix}")
    monkeypatch.setenv("MUSICGENRE_CACHE", str(root / "cache"))
    make_files(
        root,
        "outputs/2026-01-31/12-00-00/musicgenre.log",
        f"outputs/2026-01-31/12-00-00/figures/curves{suffix}",
        "multirun/2026-01-31/12-00-00/multirun.yaml",
        f"multirun/2026-01-31/12-00-00/seed=0/samples/a{suffix}",
        "mine/.running",
        f"mine/figures/a{suffix}",
        "looked/2026-01-31/12-00-00-explore/.lock",
        f"looked/2026-01-31/12-00-00-explore/genres{suffix}",
        "cache/features/features.bin",
        "jazz/musicgenre.log",  # left by a `predict` started there
        "lost+found/x",
        "rock/run/.lock",
        f"rock/run/samples/a{suffix}",
    )
    corpus = source(root)
    assert ids(corpus) == [f"jazz/a{suffix}", f"rock/a{suffix}"]
    make_files(root, f"jazz/album/b{suffix}", "jazz/album/.lock")  # beside tracks, it does not make them results
    assert ids(source(root)) == [f"jazz/a{suffix}", f"jazz/album/b{suffix}", f"rock/a{suffix}"]
    named = [name for name, reason in corpus.ignored if reason == "a folder of results"]
    assert named == ["cache", "looked", "mine", "multirun", "outputs", "rock/run"]
    assert [name for name, _ in corpus.ignored if name not in named] == ["jazz/musicgenre.log"]
    shutil.rmtree(root / "outputs" / "2026-01-31" / "12-00-00")  # as when runs were removed
    assert source(root).genres == ("jazz", "rock")
    (root / "pop").mkdir()
    with pytest.raises(MusicGenreError, match=r"file in pop\. Put tracks there"):
        source(root)


def test_results_among_tracks_are_named(tmp_path: Path) -> None:
    runs = ["outputs/2026-01-31/12-00-00", "multirun/2026-01-31/12-00-00"]
    marks = [f"{runs[0]}/.lock", f"{runs[0]}/samples/a.wav", f"{runs[1]}/multirun.yaml", f"{runs[1]}/seed=0/.lock"]
    tracks = ["jazz/a.wav", "jazz/miles/b.wav", "rock/a.wav"]
    root = make_files(tmp_path / "plain", *tracks, *(f"jazz/miles/{mark}" for mark in marks))
    named = [(f"jazz/miles/{run}", "a folder of results") for run in reversed(runs)]
    assert (ids(folder(root)), list(folder(root).ignored)) == (tracks, named)
    (tmp_path / "labels.csv").write_text("path,genre\n" + "".join(f"{name},{name[:4]}\n" for name in tracks))
    table = folder(root, labels=tmp_path / "labels.csv")
    assert (ids(table), list(table.ignored)) == (tracks, named)
    halves = [f"{half}/{name}" for half in ("test", "train") for name in tracks]
    root = make_files(tmp_path / "halves", *halves, *(f"train/{mark}" for mark in marks))
    assert ids(folder(root)) == halves
    assert folder(root).ignored == tuple((f"train/{top}", "a folder of results") for top in ("multirun", "outputs"))


def test_one_more_file_among_copies_makes_no_tracks_of_them(tmp_path: Path) -> None:
    songs = [f"jazz/song {name}.wav" for name in "abcde"]
    copies = [song.replace("jazz/", "jazz/normalised/") for song in songs]
    root = make_files(tmp_path, *songs, *copies, "jazz/normalised/left alone.wav", "rock/a.wav")
    corpus = folder(root)
    assert ids(corpus) == sorted([*songs, "jazz/normalised/left alone.wav", "rock/a.wav"])
    assert len(corpus.ignored) == 5


def test_artist_folders_of_a_part_of_the_tracks_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    nested = [f"Rock/Ann/Blue/{n}.wav" for n in "ab"]
    make_files(tmp_path, *nested, "Jazz/c.wav", "Jazz/d.wav")
    assert {track.artist for track in folder(tmp_path).tracks} == {None}
    assert caplog.messages == [
        f"{tmp_path}: the folders below the genre folders look like artists for 2 of 4 tracks: data.artists=folders "
        "takes them."
    ]
    caplog.clear()
    assert [track.artist for track in folder(tmp_path, artists="folders").tracks] == [None, None, "Ann", "Ann"]
    assert caplog.messages == ["2 of 4 tracks have no known artist: Jazz/c.wav, Jazz/d.wav"]


def test_folders_called_by_numbers_are_no_genre_folders(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = make_files(tmp_path / "fma_small", *(f"{n:03}/{n:03}002.mp3" for n in range(12)))
    make_files(tmp_path / "fma_metadata", "tracks.csv")
    with pytest.raises(MusicGenreError, match=r"are numbers \(000, 001 and 002\)\. Name the genres in a table"):
        folder(tmp_path)
    assert len(folder(root).genres) == 12
    assert caplog.messages == [
        f"{root}: numbers (000, 001, 002 and 9 more) are taken as the genres, as its folders are called so. If they "
        "are none, name the genres in a table, data.labels=CSV, with the columns path (or track_id) and genre."
    ]
    caplog.clear()
    folder(make_files(tmp_path / "decades", "1970/a.wav", "1980/b.wav"))
    assert caplog.messages == []


def test_a_packed_collection_is_to_be_unpacked(tmp_path: Path) -> None:
    (tmp_path / "music.zip").touch()
    with pytest.raises(MusicGenreError, match=r"music\.zip is a file: unpack it, and give the folder that holds one"):
        folder(tmp_path / "music.zip")
