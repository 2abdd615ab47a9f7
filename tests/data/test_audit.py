import errno
import io
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
import soxr
from made_music import RATE, make_tune
from made_table import make_table, write_table
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console

from musicgenre.data.audit import Audit, audit
from musicgenre.data.audit.fingerprints import find_matches, fingerprint
from musicgenre.data.audit.gtzan import GENRES, REPLICAS, compare_with_gtzan, is_gtzan
from musicgenre.data.audit.known import known_pairs, remember_pairs
from musicgenre.data.audit.measures import _kept
from musicgenre.data.audit.report import _by_genre, summary
from musicgenre.data.corpus.sources import features_table, folder, mel_images, synthetic
from musicgenre.data.splits import folders, lists
from musicgenre.data.store.fingerprint import hash_file
from musicgenre.errors import MusicGenreError

Wave = NDArray[np.float32]


def mp3(wave: Wave) -> Wave:
    file = io.BytesIO()
    sf.write(file, wave, RATE, format="MP3")
    file.seek(0)
    decoded: Wave = sf.read(file, dtype="float32")[0]
    return decoded


def resampled(wave: Wave, rate: float) -> Wave:
    return np.asarray(soxr.resample(wave, RATE, rate), dtype=np.float32)


CHANGED: dict[str, Callable[[int], Wave]] = {
    "level": lambda number: np.float32(0.05) * make_tune(number),
    "offset": lambda number: make_tune(number)[round(2.37 * RATE) :],
    "excerpt": lambda number: make_tune(number)[round(1.1 * RATE) : round(6.3 * RATE)],
    "resampled": lambda number: np.asarray(soxr.resample(resampled(make_tune(number), 8000), 8000, RATE), np.float32),
    "mp3": lambda number: mp3(make_tune(number)),
    "a semitone up": lambda number: make_tune(number, semitones=1),
    "a semitone down": lambda number: make_tune(number, semitones=-1),
    "a faster tape": lambda number: resampled(make_tune(number), RATE / 2 ** (1 / 12)),
    "a slower tape": lambda number: resampled(make_tune(number), RATE * 2 ** (1 / 12)),
    "a film on television": lambda number: resampled(make_tune(number), RATE * 24 / 25),
    "a tape 2 % slower": lambda number: resampled(make_tune(number), RATE / 0.98),
}
HIGHER = {"a semitone up": 1, "a faster tape": 1, "a film on television": 2 / 3}
LOWER = {"a semitone down": 1, "a slower tape": 1, "a tape 2 % slower": 1 / 3}


@cache
def originals() -> list[Wave]:
    return [fingerprint(make_tune(number)) for number in range(6)]


@pytest.mark.parametrize("change", CHANGED)
def test_a_changed_copy_is_found_and_nothing_else(change: str) -> None:
    matches = find_matches([*originals(), fingerprint(CHANGED[change](2))])
    assert [(match.first, match.second) for match in matches] == [(2, 6)]
    assert matches[0].score > 0.5
    assert matches[0].semitones == HIGHER.get(change, 0) - LOWER.get(change, 0)


def test_an_excerpt_is_found_in_the_second_half_minute() -> None:
    long = np.concatenate([make_tune(number, 12.0) for number in range(5)])
    [match] = find_matches([fingerprint(long), fingerprint(make_tune(3, 12.0)), fingerprint(make_tune(9, 12.0))])
    assert (match.first, match.second) == (0, 1)
    assert 11 < match.seconds < 13


def test_silence_and_a_few_samples_have_fingerprints() -> None:
    prints = [fingerprint(np.zeros(n, np.float32)) for n in (1, 100, RATE)] * 2
    assert all(np.isfinite(found).all() for found in prints)
    assert find_matches(prints) == []
    assert find_matches([]) == []


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "music"
    for genre, first in (("hum", 0), ("ska", 100)):
        (root / genre).mkdir(parents=True)
        for number in range(5):
            sf.write(root / genre / f"{chr(97 + number)}.wav", make_tune(first + number), RATE, subtype="PCM_16")
    return root


def test_every_problem_is_named(root: Path) -> None:
    tune = make_tune(50)
    sf.write(root / "hum" / "clipped.wav", np.clip(8 * tune, -1, 1), RATE, subtype="PCM_16")
    sf.write(root / "hum" / "loud.wav", np.float32(32768) * make_tune(55), RATE, subtype="FLOAT")
    sf.write(root / "hum" / "silent.wav", np.concatenate([make_tune(51)[:RATE], np.zeros(7 * RATE)]), RATE)
    sf.write(root / "hum" / "short.wav", make_tune(52)[: 2 * RATE], RATE)
    sf.write(root / "ska" / "odd.wav", make_tune(53, 9.0), RATE)
    sf.write(root / "ska" / "long.wav", make_tune(54, 81.0), RATE)
    (root / "ska" / "broken.wav").write_bytes(b"RIFFnothing")
    for number in range(10):
        sf.write(root / "ska" / f"z{number}z.wav", make_tune(60 + number), RATE)
    found = audit(folder(root))
    problems = {str(row.track): str(row.problem) for row in found.tracks.itertuples() if row.problem}
    assert set(problems) == {
        "hum/clipped.wav",
        "hum/loud.wav",
        "hum/silent.wav",
        "hum/short.wav",
        "ska/odd.wav",
        "ska/long.wav",
        "ska/broken.wav",
    }
    assert problems["hum/clipped.wav"].startswith("clipped (")
    assert problems["hum/loud.wav"].startswith("its samples reach 13107.2, where full scale is 1: ")
    assert problems["hum/silent.wav"] == "silent for 87% of its length"
    assert problems["hum/short.wav"] == "short: 2.00 s, where the median is 8.00 s"
    assert problems["ska/odd.wav"] == "odd length: 9.00 s, where most have about 8.00 s"
    assert problems["ska/long.wav"] == "long: 81.00 s, where the median is 8.00 s"
    assert problems["ska/broken.wav"].startswith("unreadable: ")
    assert found.tracks.seconds.isna().sum() == 1


def test_copies_and_pairs_that_a_split_divides(root: Path, tmp_path: Path) -> None:
    (root / "ska" / "again.wav").write_bytes((root / "hum" / "a.wav").read_bytes())
    sf.write(root / "hum" / "quiet.flac", 0.1 * make_tune(101)[RATE:], RATE)
    table = tmp_path / "split.csv"
    table.write_text("track,subset\nhum/quiet,test\nska/b,train\nhum/a,train\nska/again,train\n")
    found = audit(folder(root), lists(file=table))
    rows = [(row.first, row.second, row.kind, row.splits) for row in found.pairs.itertuples()]
    assert rows == [("hum/a.wav", "ska/again.wav", "exact", ""), ("hum/quiet.flac", "ska/b.wav", "near", "test|train")]
    tracks = found.tracks.set_index("track")
    assert tracks.same_as["ska/again.wav"] == "hum/a.wav (1.00)"
    assert tracks.recording["ska/again.wav"] == tracks.recording["hum/a.wav"]
    assert str(tracks.sounds_like["ska/b.wav"]).startswith("hum/quiet.flac (0.9")
    assert "1 pair of tracks that sound alike, 1 of them on two sides of the split:" in summary(found)
    assert "1 pair of tracks that sound alike:" in summary(audit(folder(root)))
    again = audit(folder(root), lists(file=table))  # from the cache
    pd.testing.assert_frame_equal(again.pairs, found.pairs, rtol=0.01)
    pd.testing.assert_frame_equal(again.tracks.drop(columns="sounds_like"), found.tracks.drop(columns="sounds_like"))


def test_tracks_too_short_to_be_compared_are_counted(tmp_path: Path) -> None:
    for genre, first in (("hum", 0), ("ska", 10)):
        (tmp_path / genre).mkdir()
        for number, seconds in enumerate((3.0, 3.9, 4.0)):
            tune = make_tune(first + number, seconds)
            sf.write(tmp_path / genre / f"a{number}a.wav", tune, RATE)
            sf.write(tmp_path / genre / f"w{number}w.flac", 0.7 * tune, RATE)
    found = audit(folder(tmp_path))
    said = summary(found)
    assert {(row.first, row.second) for row in found.pairs.itertuples()} == {
        ("hum/a2a.wav", "hum/w2w.flac"),
        ("ska/a2a.wav", "ska/w2w.flac"),
    }
    assert "8 tracks are shorter than 4 s, too short to be compared." in said
    assert not [line for line in summary(audit(folder(tmp_path), near=False)) if "too short" in line]


def test_failed_downloads_are_no_copies(root: Path) -> None:
    for name in ("hum/f.wav", "ska/f.wav", "ska/g.wav"):
        (root / name).touch()
    found = audit(folder(root), near=False)
    assert found.tracks.recording.is_unique
    assert (len(found.pairs), int((found.tracks.problem != "").sum())) == (0, 3)


def test_pictures_that_cannot_be_read_are_named_and_no_copies(tmp_path: Path) -> None:
    for genre in ("blues", "rock"):
        (tmp_path / genre).mkdir()
        Image.new("L", (4, 4), len(genre)).save(tmp_path / genre / f"{genre}00000.png")
        (tmp_path / genre / f"{genre}00001.png").touch()
        (tmp_path / genre / f"{genre}00002.png").write_text("<html>404: not found</html>")
    found = audit(mel_images(tmp_path))
    problems = [str(problem) for problem in found.tracks.problem]
    assert problems[:2] == ["", "unreadable: empty file (0 bytes)"]
    assert problems[2].startswith("unreadable: not readable as a picture")
    assert problems[3:] == problems[:3]
    assert found.tracks.recording.is_unique
    assert len(found.pairs) == 0


def test_pairs_are_remembered_and_forgotten_by_content() -> None:
    remember_pairs(["h1", "h2", "h3"], [("h2", "h1", 0.8)])
    assert known_pairs({"x": "h1", "y": "h2", "z": "h9"}) == [("x", "y", 0.8)]
    assert known_pairs({"x": "h1"}) == []
    remember_pairs(["h1", "h2"], [])
    assert known_pairs({"x": "h1", "y": "h2"}) == []


def test_pictures_and_tables_are_looked_over_for_copies(tmp_path: Path) -> None:
    for genre, colours in (("blues", (10, 20, 30)), ("rock", (40, 50, 10))):
        (tmp_path / genre).mkdir()
        for number, colour in enumerate(colours):
            Image.new("L", (4, 4), colour).save(tmp_path / genre / f"{genre}0000{number}.png")
    found = audit(mel_images(tmp_path))
    assert list(found.pairs["first"]) == ["blues/blues00000.png"]
    table = make_table()
    table.iloc[5, 1:-1] = table.iloc[4, 1:-1]
    found = audit(features_table(write_table(table, tmp_path)))
    assert list(zip(found.pairs["first"], found.pairs["second"], strict=True)) == [
        ("jazz/jazz.00000.wav", "jazz/jazz.00001.wav")
    ]
    assert summary(found)[0].startswith("1 copy of a file")  # and not that no track is unreadable


def test_a_whole_copy_of_gtzan_is_compared_with_what_is_known() -> None:
    names = [f"{genre}/{genre}.{n:05}.wav" for genre in GENRES for n in range(100)]
    tracks = pd.DataFrame({"track": names, "genre": [n.split("/")[0] for n in names], "seconds": 30.01, "rate": 22050})
    tracks.loc[tracks.track == "jazz/jazz.00054.wav", "seconds"] = np.nan
    assert compare_with_gtzan(tracks) == [
        "GTZAN: 1000 of its 1000 tracks found.",
        "jazz.00054 cannot be read: it is corrupt in Kaggle's package.",
        "Has 50 of the 50 repetitions that Sturm lists, such as disco.00050 = disco.00051 = disco.00070: "
        "split=filtered leaves them out.",
        "reggae.00086 is noise after its first 5 s.",
    ]
    altered = tracks.iloc[1:].copy()
    altered.loc[5, "genre"], altered.loc[5, "seconds"], altered.loc[5, "rate"] = "rock", 12.0, 44100
    notes = compare_with_gtzan(altered)
    assert notes[0] == "GTZAN: 999 of its 1000 tracks found, 1 missing: blues.00000."
    assert notes[1:4] == [
        "1 track is under a genre that the file name contradicts: blues.00005.",
        "1 track is outside GTZAN's range of lengths (29.93 to 30.65 s): blues.00005.",
        "1 track is not at GTZAN's 22050 Hz: blues.00005.",
    ]
    some = compare_with_gtzan(altered[altered.genre.isin(["blues", "hiphop"])], ["blues", "hiphop"])
    assert some[0] == "GTZAN: 198 of its 200 tracks of blues and hiphop found, 2 missing: blues.00000, blues.00005."
    [repeated] = compare_with_gtzan(tracks[tracks.track.str.contains(r"hiphop\.000(?:39|45)")])[1:]
    assert repeated.startswith("Has 1 of the 50 repetitions that Sturm lists, such as hiphop.00039 = hiphop.00045:")


def test_the_published_lists_hold_no_two_of_a_repetition() -> None:
    from torchaudio.datasets.gtzan import filtered_test, filtered_train, filtered_valid

    kept = {*filtered_train, *filtered_valid, *filtered_test}
    assert sum(map(len, REPLICAS)) - len(REPLICAS) == 50
    assert [group for group in REPLICAS if len(kept & set(group)) > 1] == []


def test_an_impossible_threshold_or_split_is_said(root: Path) -> None:
    with pytest.raises(MusicGenreError, match="threshold is 0"):
        audit(folder(root), threshold=0)
    with pytest.raises(MusicGenreError, match=r"threshold is '0\.4'"):
        audit(folder(root), threshold="0.4")  # type: ignore[arg-type]
    from musicgenre.data.splits import artist_kfold

    found = audit(folder(root), artist_kfold(), near=False)
    assert re.match(r"The split cannot be made: no track in .* has a known artist", found.notes[0])


def test_artists_on_both_sides_of_a_split_are_counted(root: Path) -> None:
    corpus = folder(root)
    one = replace(corpus, tracks=tuple(replace(track, artist="B. B. King") for track in corpus.tracks))
    split = lambda corpus, rows: np.array(["test", "test", *["train"] * (len(rows) - 2)])  # noqa: E731
    assert "Split: 2 of 2 test tracks are by artists of the training set." in summary(audit(one, split, near=False))
    own = replace(corpus, tracks=tuple(replace(track, artist=track.id) for track in corpus.tracks))
    assert not [line for line in summary(audit(own, split, near=False)) if line.startswith("Split:")]


def test_genres_that_a_split_leaves_nothing_to_train_on_are_named(root: Path) -> None:
    corpus = folder(root)
    split = lambda corpus, rows: np.where(rows.genre == corpus.genres[0], "test", "train")  # noqa: E731
    found = audit(corpus, split, near=False)
    assert f"Split: no track of {corpus.genres[0]} is left to train on, which training refuses." in summary(found)
    assert set(found.tracks.split) == {"train", "test"}


def test_parts_on_two_sides_of_a_split_are_counted(tmp_path: Path) -> None:
    for number, name in enumerate(("train/jazz/Gig Part 1", "test/jazz/Gig Part 2", "train/ska/a", "test/ska/b")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        sf.write(tmp_path / f"{name}.wav", make_tune(number, 1.0), RATE)
    found = audit(folder(tmp_path), folders(), near=False)
    assert "Split: parts or copies of 1 recording are on two sides." in summary(found)


def test_what_was_not_looked_for_is_not_counted(root: Path) -> None:
    found = audit(folder(root), near=False)
    assert "Tracks that sound alike were not looked for." in summary(found)
    assert not [line for line in summary(found) if "pair" in line]
    console = Console(width=100, file=io.StringIO(), record=True)
    console.print(_by_genre(found))
    assert console.export_text().count(" -") == len(set(found.tracks.genre))


def test_genres_stay_whole_at_80_columns() -> None:
    rows = [(genre, 29.93 + part) for genre in ("classical", "Electronic") for part in (0, 0.72) for _ in range(500)]
    tracks = pd.DataFrame(rows, columns=["genre", "seconds"]).assign(problem="", same_as="", sounds_like="")
    tracks["recording"] = tracks.index
    console = Console(width=80, file=io.StringIO(), record=True)
    console.print(_by_genre(Audit(tracks, pd.DataFrame())))
    shown = [line.split() for line in console.export_text().splitlines()]
    for genre in ("classical", "Electronic"):
        assert [genre, "1000", "1000", "504.8", "29.93", "to", "30.65", "0", "0", "0"] in shown


@pytest.mark.parametrize("damage", [lambda data: data[:100], lambda data: b"", lambda data: data[:80] + data[120:]])
def test_a_damaged_memory_of_a_track_is_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path / "cache"))
    song = tmp_path / "song.wav"
    sf.write(song, np.random.default_rng(0).uniform(-0.5, 0.5, 5 * 22050), 22050)
    first, _ = _kept(song, hash_file(song))
    (kept,) = (tmp_path / "cache" / "audit").iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(damage(whole))
    assert _kept(song, hash_file(song))[0] == first
    assert kept.read_bytes() == whole


def test_measures_are_kept_only_under_the_hash_of_what_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path / "cache"))
    sf.write(tmp_path / "song.wav", make_tune(0), RATE)
    before = hash_file(tmp_path / "song.wav")
    sf.write(tmp_path / "song.wav", make_tune(1), RATE)
    with pytest.raises(MusicGenreError, match=r"song\.wav was changed while the tracks were read"):
        _kept(tmp_path / "song.wav", before)
    assert not [*(tmp_path / "cache").rglob("*.npz")]


def test_an_audit_hears_what_training_hears(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 5 * 22050)
    for name, channels in (("both", (noise, noise)), ("right", (0 * noise, noise))):
        (tmp_path / "music" / "rock").mkdir(parents=True, exist_ok=True)
        sf.write(tmp_path / "music" / "rock" / f"{name}.wav", np.stack(channels, 1), 22050)
    corpus = folder(str(tmp_path / "music"))
    problems = {
        mix: dict(audit(corpus, downmix=mix).tracks[["track", "problem"]].to_numpy()) for mix in ("mean", "left")
    }
    assert problems["mean"] == {"rock/both.wav": "", "rock/right.wav": ""}
    assert problems["left"]["rock/both.wav"] == ""
    assert "silent in the channel that data.downmix=left selects" in problems["left"]["rock/right.wav"]


def test_a_cache_that_cannot_be_written_to_stops_no_audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path / "cache"))
    sf.write(tmp_path / "song.wav", np.random.default_rng(0).uniform(-0.5, 0.5, 5 * 22050), 22050)

    def read_only(self: Path, target: Path) -> Path:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "replace", read_only)
    assert _kept(tmp_path / "song.wav", hash_file(tmp_path / "song.wav"))[0].seconds == 5
    remember_pairs(["h1", "h2"], [("h2", "h1", 0.8)])
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("width", [80, 140])
def test_a_long_genre_gives_way_to_the_figures(width: int) -> None:
    long = "music of the far north, recorded by strangers, on tape"
    rows = {"genre": [long, "b"], "seconds": [30.0, 30.0], "recording": ["x", "y"]}
    table = pd.DataFrame(rows | {key: ["", "a"] for key in ("problem", "same_as", "sounds_like")})
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(_by_genre(Audit(table, pd.DataFrame())))
    lines = [line for line in console.export_text().splitlines() if "30.00 to 30.00" in line]
    assert len(lines) == 2  # one per genre
    assert all(len(line) <= width for line in lines)
    assert (long in lines[1]) == (width == 140)
    assert ("..." in lines[1]) == (width == 80)


def test_the_rendered_corpus_is_no_broken_gtzan() -> None:
    rendered = synthetic(tracks_per_genre=1, seconds=0.5, genres=["blues", "rock"])
    said = ["The rendered corpus, not GTZAN, despite its names: 1 track of 0.5 s per genre, seed 0."]
    assert audit(rendered, near=False).notes == said
    (rendered.root / "synthetic.json").write_text("[]")
    assert audit(rendered, near=False).notes == []


def test_tracks_called_as_gtzans_are_gtzans_if_they_have_its_lengths_or_are_many() -> None:
    names = [f"{genre}/{genre}_{n:05}.wav" for genre in ("jazz", "pop", "rock") for n in range(50)]
    table = pd.DataFrame({"track": names, "seconds": 3.0})
    assert [is_gtzan(some, ["jazz", "pop", "rock"]) for some in (table, table[1:])] == [True, False]
    assert is_gtzan(table[:20].assign(seconds=30.0))
    assert is_gtzan(table[:20].assign(seconds=np.nan))
