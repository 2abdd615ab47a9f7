"""What exploring refuses and what it skips with a message, called without the command line."""

from pathlib import Path

import pandas as pd
import pytest
from made_audio import write_corpus, write_track
from made_pictures import write_pictures

from musicgenre.data.corpus.scan import scan
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.errors import MusicGenreError
from musicgenre.explore.collection import _one_a_genre, explore, find_track, table_figures
from musicgenre.explore.net import net_figures
from musicgenre.explore.track_tables import hand_made_table, track_table
from musicgenre.training.trained import load_network

pytestmark = pytest.mark.usefixtures("blank")


@pytest.fixture
def two_readable(tmp_path: Path) -> Corpus:
    """Four tracks: two readable ones with the same file name, one too short for a segment, one without audio."""
    root = tmp_path / "corpus"
    write_track(root / "drone" / "one.wav", "drone", 0)
    write_track(root / "hum" / "one.wav", "hum", 0)
    write_track(root / "hum" / "blink.wav", "hum", 1, seconds=0.01)
    (root / "drone" / "text.wav").write_text("nothing")
    return scan(root)


@pytest.fixture
def unreadable(tmp_path: Path) -> Corpus:
    root = write_corpus(tmp_path / "corpus", ("drone", "hum"), tracks=1, seconds=0.1)
    for path in root.glob("*/*.wav"):
        path.write_text("nothing")
    return scan(root)


def test_a_table_does_not_go_with_pictures(tmp_path: Path) -> None:
    pictures = scan(write_pictures(tmp_path / "pictures", tracks=1), kind="picture")
    with pytest.raises(MusicGenreError, match=r"table=features needs audio, but .* is a folder of pictures"):
        explore(pictures, tmp_path / "out", table="features")
    with pytest.raises(MusicGenreError, match=r"stability=true needs audio, but .* is a folder of pictures"):
        explore(pictures, tmp_path / "out", stability=True)
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_no_table_is_refused(corpus_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicgenre.explore.collection.compile_librosa", None)  # which takes a second
    (tmp_path / "table.csv").write_bytes(b"\xff\xfe\x00\x81\x9d")
    with pytest.raises(MusicGenreError, match=r"the table .*table\.csv is not UTF-8 text"):
        explore(scan(corpus_root), tmp_path / "out", table=str(tmp_path / "table.csv"))


def test_a_name_of_two_tracks_is_refused_with_both(two_readable: Corpus) -> None:
    with pytest.raises(MusicGenreError, match=r"has 2 tracks named 'one'.*drone/one\.wav, hum/one\.wav"):
        find_track(two_readable, "one")
    assert find_track(two_readable, "hum/one.wav").genre == "hum"


def test_a_corpus_without_a_readable_track_is_refused(unreadable: Corpus, tmp_path: Path) -> None:
    with pytest.raises(MusicGenreError, match=r"No track in .* could be read \(2 tried\)"):
        explore(unreadable, tmp_path / "out")
    with pytest.raises(MusicGenreError, match=r"No track in .* could be read \(2 tried\)"):
        track_table(unreadable, 22050)


def test_hand_made_features_name_what_they_leave_out(two_readable: Corpus, caplog: pytest.LogCaptureFixture) -> None:
    assert hand_made_table(two_readable, 22050).label.tolist() == ["drone", "hum"]
    assert "drone/text.wav: not readable as audio" in caplog.text
    assert "hum/blink.wav: too short: 0.01 s" in caplog.text


def test_rows_that_do_not_differ_are_not_drawn(caplog: pytest.LogCaptureFixture) -> None:
    assert table_figures(pd.DataFrame({"label": ["jazz", "rock"] * 3, "a": 1.0, "b": 2.0}), "mine.csv") == {}
    assert "mine.csv: not drawn, since all of its rows are equal." in caplog.text


def test_a_track_too_short_to_look_at_is_passed_over(two_readable: Corpus, caplog: pytest.LogCaptureFixture) -> None:
    examples, left = _one_a_genre(two_readable, 22050, "mean")
    assert [track.id for track in examples] == ["drone/one.wav", "hum/one.wav"]
    assert {track.id for track in left.tracks} == {"drone/one.wav", "hum/one.wav", "drone/text.wav"}
    assert "hum/blink.wav: too short: 0.01 s" in caplog.text
    with pytest.raises(MusicGenreError, match=r"hum/blink\.wav: too short: 0\.01 s"):
        explore(two_readable, Path("out"), tracks=["blink"])


def test_every_figure_is_of_the_tracks_that_can_be_used(
    two_readable: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    drawn: list[list[str]] = []
    monkeypatch.setattr("musicgenre.explore.collection.compile_librosa", lambda **_: None)
    monkeypatch.setattr("musicgenre.visual.tabular.classes_figure", lambda genres, _: drawn.append(genres))
    for name in ("_of_genres", "_of_tracks", "table_figures"):
        monkeypatch.setattr(f"musicgenre.explore.collection.{name}", lambda *_: {})
    monkeypatch.setattr("musicgenre.explore.collection._write", lambda *_: None)
    explore(two_readable, tmp_path / "out")
    assert drawn == [["drone", "hum"]]
    assert [caplog.text.count(name) for name in ("drone/text.wav", "hum/blink.wav")] == [1, 1]  # not again in the table


def test_too_few_tracks_for_components_are_counted(
    two_readable: Corpus, finished_run: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = load_network(finished_run)
    with pytest.raises(MusicGenreError, match=r"2 tracks of .* could be used, but three components need four"):
        net_figures(model, two_readable, finished_run, {}, None)
    assert "drone/text.wav" in caplog.text
    assert "hum/blink.wav" in caplog.text


def test_a_track_that_is_too_short_is_named(corpus_root: Path, finished_run: Path, tmp_path: Path) -> None:
    write_track(tmp_path / "short" / "hum" / "blink.wav", "hum", 1, seconds=0.01)
    write_track(tmp_path / "short" / "drone" / "one.wav", "drone", 1)
    blink = find_track(scan(tmp_path / "short"), "blink")
    with pytest.raises(MusicGenreError, match=r"hum/blink\.wav"):
        net_figures(load_network(finished_run), scan(corpus_root), finished_run, {"blink": blink}, None)
