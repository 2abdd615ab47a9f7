from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_table import make_table, write_table

from musicgenre.data.corpus.recordings import with_recordings
from musicgenre.data.corpus.sources import features_table
from musicgenre.data.corpus.tracks import Corpus, Track
from musicgenre.data.store.feature_store import FeatureStore
from musicgenre.data.store.feature_table import kaggle_table, read_feature_table, scan_table, table_store
from musicgenre.errors import MusicGenreError
from musicgenre.features.hand_made import COLUMNS


def test_rows_become_tracks_with_the_columns_values(tmp_path: Path) -> None:
    table = make_table()
    path = write_table(table, tmp_path)
    corpus = scan_table(path)
    store = table_store(corpus)
    assert corpus.genres == ("blues", "jazz", "rock")
    assert [track.id for track in corpus.tracks[:2]] == ["blues/blues.00000.wav", "blues/blues.00001.wav"]
    assert store.features.shape == (12, 1, 58, 1)
    np.testing.assert_array_equal(store.features[:, 0, :, 0], table[list(COLUMNS)].to_numpy(np.float32))
    assert list(store.segments.columns) == ["track", "genre", "label", "start", "seconds"]
    assert store.segments.seconds.unique().tolist() == [30.0]
    assert store.segments.label.tolist() == [0] * 4 + [1] * 4 + [2] * 4


def test_order_of_columns_and_rows_does_not_matter(tmp_path: Path) -> None:
    path = write_table(make_table(), tmp_path)
    expected = read_feature_table(path)
    shuffled = make_table().sample(frac=1, random_state=0).sample(frac=1, axis=1, random_state=0)
    pd.testing.assert_frame_equal(read_feature_table(write_table(shuffled, tmp_path)), expected)


def test_parts_of_three_seconds_are_grouped_by_track(tmp_path: Path) -> None:
    whole = make_table(tracks_per_genre=2)
    parts = [whole.assign(filename=[name.replace(".wav", f".{i}.wav") for name in whole.filename]) for i in (10, 2, 0)]
    table = pd.concat(parts).assign(length=66150)
    path = write_table(table, tmp_path)
    corpus = scan_table(path)
    store = table_store(corpus)
    assert [track.id for track in corpus.tracks] == [f"{name.split('.')[0]}/{name}" for name in whole.filename]
    first = store.segments[store.segments.track == "blues/blues.00000.wav"]
    assert first.start.tolist() == [0.0, 6.0, 30.0]
    assert first.seconds.tolist() == [3.0] * 3
    assert set(kaggle_table(store).filename[:3]) == {f"blues.00000.{i}.wav" for i in range(3)}


def test_a_store_is_written_as_the_table_it_came_from(tmp_path: Path) -> None:
    table = make_table()
    path = write_table(table, tmp_path)
    written = kaggle_table(table_store(scan_table(path)))
    assert list(written.columns) == list(table.columns)
    pd.testing.assert_frame_equal(written, table, check_dtype=False, rtol=1e-6)


def test_two_genres_may_name_a_file_alike(tmp_path: Path) -> None:
    named = make_table().assign(filename=[f"{number:02}.wav" for number in range(4)] * 3)
    path = write_table(named, tmp_path)
    corpus = scan_table(path)
    assert [track.id for track in corpus.tracks[::4]] == ["blues/00.wav", "jazz/00.wav", "rock/00.wav"]
    again = write_table(kaggle_table(table_store(corpus)), tmp_path)
    assert scan_table(again).tracks == corpus.tracks


def grouped(store: FeatureStore, tracks: Sequence[Track]) -> list[set[frozenset[int]]]:
    """Return the segments of each track and of each recording, identified by a number in their features."""
    segments = store.segments.assign(segment=store.features[:, 0, 0, 0].astype(int))
    recording = {track.id: track.recording for track in tracks}
    groupings = (segments.track, segments.track.map(recording))
    return [{frozenset(rows) for _, rows in segments.groupby(by).segment} for by in groupings]


@pytest.mark.parametrize("several", [1, 3])
@pytest.mark.parametrize(
    "ids",
    [
        ["jazz/jazz.00000.wav", "jazz/converted/jazz.00001.au", "jazz/jazz.00002.7.wav"],
        ["jazz/Ann/01.mp3", "jazz/Bob/01.MP3", "jazz/Bob/02.mp3", "jazz/Jazz/01.mp3", "jazz/01.mp3", "jazz/1.au"],
        ["jazz/x/night_1.wav", "jazz/y/night_2.wav", "jazz/z/night_3.wav", "jazz/z/night_4.wav", "jazz/dawn_1.wav"],
        ["jazz/Ann/x.00001.flac", "jazz/Bob/x.00001.flac", "jazz/Bob/x.flac", "jazz/Bob/y part 2.flac"],
        ["train/jazz/01.mp3", "test/jazz/01.mp3", "train/jazz/a_part1.mp3", "test/jazz/a_part2.mp3"],
        ["train/jazz/s_part1.mp3", "train/jazz/s_part2.mp3", "test/jazz/s_part1.mp3"],
        ["train/jazz/Train/1.mp3", "test/jazz/Train/1.mp3", "train/jazz/jazz/1.mp3", "test/jazz/jazz/1.mp3"],
        ["fma/000/000002.mp3", "fma/001/000002.mp3", "fma/000.mp3"],
    ],
)
def test_a_table_that_was_written_gives_the_same_tracks_and_recordings(
    tmp_path: Path, ids: list[str], several: int
) -> None:
    subsets = [id.partition("/")[0] if id.startswith("t") else None for id in ids]
    tracks = [Track(id, "jazz", Path(), subset=subset) for id, subset in zip(ids, subsets, strict=True)]
    corpus = with_recordings(Corpus(Path(), ("jazz", "rock"), (*tracks, Track("rock/01.mp3", "rock", Path()))))
    known = corpus.tracks
    segments = pd.DataFrame({"track": [track.id for track in known], "genre": [track.genre for track in known]})
    segments = segments.loc[segments.index.repeat(several)].reset_index(drop=True)
    features = np.full((len(segments), 1, len(COLUMNS), 1), 66150, np.float32)  # length in samples, among others
    features[:, 0, 0, 0] += np.arange(len(segments))
    store = FeatureStore("", features, segments, segments.head(0), False)
    written = scan_table(write_table(kaggle_table(store), tmp_path))
    again = table_store(written)
    assert grouped(again, written.tracks) == grouped(store, known)
    assert again.segments.groupby("track").start.nunique().tolist() == [several] * len(known)


@pytest.mark.parametrize(
    "ids",
    [
        ("jazz/audio/01.mp3", "jazz/audio/02.mp3", "rock/audio/01.mp3"),
        ("jazz/Train/A/1.mp3", "jazz/Train/A/2.mp3", "rock/dev/B/1.mp3"),
        ("jazz/Ann/01.mp3", "jazz/Ann/Jazz/01.mp3", "rock/Ann/02.mp3"),
        ("jazz/converted/jazz.00001.au", "jazz/jazz.00000.wav", "rock/Ann/rock.00000.wav"),
    ],
)
def test_a_table_that_was_written_gives_the_ids_of_the_audio(tmp_path: Path, ids: tuple[str, ...]) -> None:
    segments = pd.DataFrame({"track": ids, "genre": [track.partition("/")[0] for track in ids]})
    features = np.full((len(ids), 1, len(COLUMNS), 1), 66150, np.float32)
    store = FeatureStore("", features, segments, segments.head(0), False)
    corpus = features_table(write_table(kaggle_table(store), tmp_path))
    assert tuple((track.id, track.subset) for track in corpus.tracks) == tuple((track, None) for track in ids)


def test_an_id_of_five_digits_denies_no_genre(tmp_path: Path) -> None:
    names = [*(f"audio_{number:05}.wav" for number in range(8)), *(f"Rock_{number:05}.wav" for number in range(4))]
    assert len(scan_table(write_table(make_table().assign(filename=names), tmp_path)).tracks) == 12
    named = make_table(genres=("jazz", "tango")).assign(label="jazz")
    assert len(scan_table(write_table(named, tmp_path)).tracks) == 8  # the table has no genre tango
    with pytest.raises(MusicGenreError, match=r"labels tango\.00000\.wav 'jazz', which its name contradicts"):
        scan_table(write_table(named.assign(label=[*named.label[:-1], "tango"]), tmp_path))


def test_genres_can_be_chosen(tmp_path: Path) -> None:
    path = write_table(make_table(), tmp_path)
    corpus = features_table(path, genres=["rock", "jazz"])
    assert corpus.genres == ("jazz", "rock")
    assert len(table_store(corpus).segments) == len(corpus.tracks) == 8
    with pytest.raises(MusicGenreError, match="has no genre polka; it has blues, jazz, rock"):
        features_table(path, genres=["jazz", "polka"])
    assert features_table(path, genres=["jazz"]).genres == ("jazz",)  # enough to test on


def test_tracks_that_were_taken_from_the_corpus_are_gone(tmp_path: Path) -> None:
    corpus = features_table(write_table(make_table(), tmp_path))
    few = replace(corpus, tracks=corpus.tracks[::2])
    store = table_store(few)
    assert store.segments.track.tolist() == store.files.file.tolist() == [track.id for track in few.tracks]
    np.testing.assert_array_equal(store.features, table_store(corpus).features[::2])
    assert store.key != table_store(corpus).key == table_store(replace(corpus, tracks=corpus.tracks[::-1])).key


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda t: t.drop(columns="label"), "lacks the column label"),
        (lambda t: t.drop(columns=["tempo", "rms_var"]), "lacks the columns rms_var, tempo"),
        (
            lambda t: t.assign(tempo=[np.nan, *t.tempo[1:]]),
            r"1 value other than .* tempo of blues.00000.wav \(nothing\)",
        ),
        (lambda t: t.assign(tempo=["fast", *t.tempo[1:]]), r"tempo of blues.00000.wav \(fast\)"),
        (lambda t: t.assign(rms_var=np.inf), r"12 values .* rms_var of blues.00000.wav \(inf\)"),
        (lambda t: t.assign(tempo=[1e39, *t.tempo[1:]]), r"tempo of blues.00000.wav \(1e\+39\)"),
        (lambda t: t.assign(length=30.0), "gives blues.00000.wav a length of 30: lengths are in samples at 22050 Hz"),
        (lambda t: t.assign(length="661.500", tempo="0,35"), "a length of 661.5: .* such as 661500 for 30 s"),
        (lambda t: t.assign(length=[*t.length[1:], 0]), "gives rock.00003.wav a length of 0: "),
        (lambda t: pd.concat([t, t.head(1)]), "has blues/blues.00000.wav more than once"),
        (lambda t: t.assign(label=["jazz", *t.label[1:]]), "labels blues.00000.wav 'jazz', which its name contradicts"),
        (lambda t: t.assign(label=[None, *t.label[1:]]), "has no label in line 2"),
        (lambda t: t.assign(label=["Unknown", *t.label[1:]]), "has Unknown as the label in line 2"),
        (lambda t: t.assign(filename=[*t.filename[1:], "C:\\"]), "has C:/ as the filename in line 13: fill it in"),
        (lambda t: t.assign(filename=["/", *t.filename[1:]]), "has / as the filename in line 2: fill it in"),
        (lambda t: t.head(0), "has no rows"),
    ],
)
def test_a_broken_table_is_refused_in_one_sentence(
    tmp_path: Path, spoil: Callable[[pd.DataFrame], pd.DataFrame], message: str
) -> None:
    path = write_table(spoil(make_table()), tmp_path)
    with pytest.raises(MusicGenreError, match=message):
        scan_table(path)


def test_a_line_is_the_files_own(tmp_path: Path) -> None:
    path = write_table(make_table().assign(label=lambda table: [*table.label[:-1], ""]), tmp_path)
    text = path.read_text()
    path.write_text(text.replace("\n", "\n,,\n\n", 2))
    with pytest.raises(MusicGenreError, match="has no label in line 17: "):
        scan_table(path)
    path.write_text(text.replace("blues.00003.wav", '"blues\n00003.wav"'))
    with pytest.raises(MusicGenreError, match="has no label in line 14: "):
        scan_table(path)


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MusicGenreError, match=r"cannot be read \(no such file\)"):
        scan_table(tmp_path / "none.csv")
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b'a,b\n"1\n')
    with pytest.raises(MusicGenreError, match=r"has in line 2 a quote \(\"\) that is not around"):
        scan_table(broken)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_dialects_of_tables_are_read_alike(tmp_path: Path, separator: str) -> None:
    plain = make_table()
    path = tmp_path / "other.csv"
    other = plain.rename(columns=lambda name: f" {name.upper()} ")
    other[" TEMPO "] = [f"[{tempo}]" for tempo in plain.tempo]  # as printed from librosa's arrays
    other[" FILENAME "] = "C:\\music\\" + plain.label + "\\" + plain.filename
    other.to_csv(path, sep=separator, index=False)
    expected, found = read_feature_table(write_table(plain, tmp_path)), read_feature_table(path)
    pd.testing.assert_frame_equal(found[list(COLUMNS)], expected[list(COLUMNS)])
    assert found.genre.tolist() == expected.genre.tolist()


@pytest.mark.parametrize("top", ["C:\\wavs\\", "/home/ann/wavs/"])
@pytest.mark.parametrize(("below", "artists"), [("", {None}), ("{label}/Bob/a/", {"Bob"})])
def test_the_folders_above_all_tracks_are_no_artists(tmp_path: Path, top: str, below: str, artists: set[str]) -> None:
    table = make_table()
    table["filename"] = [top + below.format(label=label) + f"{place} x.wav" for place, label in enumerate(table.label)]
    assert {track.artist for track in features_table(write_table(table, tmp_path)).tracks} == artists


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        (("Ann/jazz", "Bob/jazz", "Ann/rock"), ("jazz/Ann", "jazz/Bob", "rock/Ann")),
        (("train/jazz", "test/jazz", "train/rock"), ("train/jazz", "test/jazz", "train/rock")),
        (("Data/train/jazz/Ann", "Data/test/jazz/Ann"), ("train/jazz/Ann", "test/jazz/Ann")),
        (("C:\\m\\Ann\\jazz", "C:\\m\\Bob\\jazz"), ("jazz/Ann", "jazz/Bob")),
        (("C:/a/jazz", "D:/b/jazz"), ("jazz/a", "jazz/b")),
        (("genres/jazz/Ann/x", "./genres/jazz/Bob/y", "genres/rock/Cid"), ("jazz/Ann/x", "jazz/Bob/y", "rock/Cid")),
        (("/m/jazz/Ann/x", "/m/jazz/Ann/y"), ("jazz/Ann/x", "jazz/Ann/y")),
        (("train/jazz/Ann/x", "train/jazz/Ann/y"), ("train/jazz/Ann/x", "train/jazz/Ann/y")),
        (("audio", "audio/x"), ("jazz/audio", "jazz/audio/x")),
        (("jazz/Train/A", "rock/Dev"), ("jazz/Train/A", "rock/Dev")),
        (("/m/JAZZ/Train/A", "/m/Jazz.../B"), ("jazz/Train/A", "jazz/B")),
        (("Ann/jazz", "Ann"), ("jazz/Ann/jazz", "jazz/Ann")),
    ],
)
def test_folders_tell_tracks_apart_and_only_what_all_share_is_dropped(
    tmp_path: Path, folders: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    labels = ["rock" if "rock" in folder else "jazz" for folder in folders]
    table = make_table().head(len(folders)).assign(filename=[f"{folder}/01.wav" for folder in folders], label=labels)
    tracks = scan_table(write_table(table, tmp_path)).tracks
    assert {track.id for track in tracks} == {f"{folder}/01.wav" for folder in expected}
    assert {track.subset for track in tracks} - {None} == {folder.split("/")[0] for folder in expected} - {
        "jazz",
        "rock",
    }


def test_rows_whose_names_become_one_are_refused(tmp_path: Path) -> None:
    table = make_table().head(2).assign(filename=["C:/jazz/01.wav", "D:/jazz/01.wav"], label="jazz")
    with pytest.raises(
        MusicGenreError, match=r"has jazz/01\.wav more than once, as C:/jazz/01\.wav, D:/jazz/01\.wav\."
    ):
        scan_table(write_table(table, tmp_path))


def test_other_columns_are_named_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    scan_table(write_table(make_table().assign(mood=1), tmp_path))
    assert "mood" in caplog.text


def test_spellings_of_one_genre_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    table = make_table()
    path = write_table(table.assign(label=["Blues", *table.label[1:]]), tmp_path)
    assert features_table(path).genres == ("Blues", "blues", "jazz", "rock")
    assert (
        f"{path} has Blues and blues as 2 genres: if they are one, write blues in place of Blues in the table."
        in caplog.text
    )
    caplog.clear()
    assert features_table(path, genres=["blues", "jazz"]).genres == ("blues", "jazz")
    assert not caplog.text
