"""A prediction of many files that ends before the last one."""

import signal
from pathlib import Path

import pandas as pd
import pytest
import torch
from made_audio import RATE, write_track
from torch import Tensor, nn

from musicgenre.data.audio.segments import Segmenter
from musicgenre.errors import MusicGenreError
from musicgenre.prediction import AudioClassifier
from musicgenre.prediction.predict import predict

pytestmark = pytest.mark.usefixtures("rough")


def end(error: BaseException | None) -> None:
    """Raise the error; None ends the process as `kill` does."""
    if error is not None:
        raise error
    assert signal.getsignal(signal.SIGTERM) != signal.SIG_DFL  # which would also end the tests
    signal.raise_signal(signal.SIGTERM)


def no_room(path: Path, content: object) -> None:
    """Stand in for a full disk."""
    raise MusicGenreError("no room")


class Ear:
    """Hears every segment as a hum, and ends as `error` says when it hears the segment with number `last`, from 1."""

    def __init__(self, error: BaseException | None = None, last: int = 2) -> None:
        self.error, self.left = error, last

    def __call__(self, features: Tensor) -> Tensor:
        self.left -= 1
        if self.left == 0:
            end(self.error)
        return torch.tensor([[1.0, 0.0]]).expand(len(features), 2)


def listener(ear: Ear) -> AudioClassifier:
    return AudioClassifier(nn.Unflatten(1, (1, 1, -1)), ear, ("hum", "hiss"), Segmenter(RATE, length=1.0))


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Three tracks, and an empty file between the first two."""
    for name in ("a", "c", "d"):
        write_track(tmp_path / "music" / f"{name}.wav", "hum", 0, seconds=1.0)
    (tmp_path / "music" / "b.wav").touch()
    return tmp_path / "music"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), torch.OutOfMemoryError("CUDA out of memory"), None], ids=repr)
@pytest.mark.parametrize("save", [(), ("json",)])
def test_what_was_heard_before_the_end_is_written(
    tmp_path: Path,
    music: Path,
    error: BaseException | None,
    save: tuple[str, ...],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(KeyboardInterrupt if error is None else type(error)):
        predict([listener(Ear(error))], music, out := tmp_path / "out", save=save)
    tables = ["predictions.partial.json"] if save else ["predictions.partial.csv", "segments.partial.csv"]
    written = f"{', '.join(tables)} and tracks.partial.csv"
    assert f"Ended after 2 of 4 files: their results are in {written} in {out}." in caplog.text
    assert pd.read_csv(out / "tracks.partial.csv").file.tolist() == ["a.wav", "b.wav"]
    read = pd.read_json(out / tables[0]) if save else pd.read_csv(out / tables[0])
    assert read.genre.fillna("").tolist() == ["hum", ""]
    assert {path.name for path in out.iterdir()} == {"tracks.partial.csv", *tables}

    monkeypatch.setattr("musicgenre.prediction.output.replace_text", no_room)
    with pytest.raises(KeyboardInterrupt if error is None else type(error)):
        predict([listener(Ear(error))], music, out, save=save)
    assert "Ended after 2 of 4 files, and their results are lost: no room" in caplog.text


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_call_that_ends_early_keeps_the_tables_of_an_earlier_one(
    tmp_path: Path, music: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    begun: list[str] = []
    predict([listener(Ear(None, 9))], music, out := tmp_path / "out", save=("csv", "json"))
    whole = contents(out)
    with pytest.raises(KeyboardInterrupt):
        predict([listener(Ear(KeyboardInterrupt()))], music, out, save=("csv",), before=lambda: begun.append("now"))
    assert whole.items() <= contents(out).items()
    assert pd.read_csv(out / "predictions.partial.csv").file.tolist() == ["a.wav", "b.wav"]
    assert "Ended after 2 of 4 files" in caplog.text and ", and the tables of an earlier call are kept." in caplog.text
    assert not begun  # nor is the config replaced
    with pytest.raises(KeyboardInterrupt):
        predict([listener(Ear(KeyboardInterrupt()))], music, out, save=("json",))
    partial = {"predictions.partial.json", "tracks.partial.csv"}
    assert {path.name for path in out.glob("*.partial.*")} == partial  # of one call
    with pytest.raises(KeyboardInterrupt):
        predict([listener(Ear(KeyboardInterrupt()))], music, out, save=("csv",))

    predict([listener(Ear(None, 9))], music, out, save=("csv",))
    assert contents(out).keys() == whole.keys() - {"predictions.json"}
    removed = "predictions.partial.csv, segments.partial.csv, predictions.json and tracks.partial.csv"
    assert f"Removed what an earlier call wrote in {out}: {removed}." in caplog.messages


def test_a_call_that_can_use_no_file_keeps_the_tables_of_an_earlier_one(
    tmp_path: Path, music: Path, caplog: pytest.LogCaptureFixture
) -> None:
    predict([listener(Ear(None, 9))], music, out := tmp_path / "out", save=("csv",))
    whole = contents(out)
    for name in "acd":
        (music / f"{name}.wav").write_bytes(b"no sound here" * 100)
    for audio, message in ((music, "None of the 4 files"), (music / "a.wav", "a.wav cannot be used: ")):
        caplog.clear()
        with pytest.raises(MusicGenreError, match=message):
            predict([listener(Ear())], audio, out, save=("csv",))
        assert contents(out) == whole
        assert caplog.messages == [f"The tables of an earlier call in {out} are kept."]


def test_a_call_without_tables_keeps_those_of_an_earlier_one(
    tmp_path: Path, music: Path, caplog: pytest.LogCaptureFixture
) -> None:
    predict([listener(Ear(None, 9))], music, out := tmp_path / "out", save=("csv",))
    tables = {name: content for name, content in contents(out).items() if name.startswith(("pred", "seg"))}
    predict([listener(Ear(None, 9))], music / "c.wav", out)
    assert tables.items() <= contents(out).items()
    kept = f"predictions.csv and segments.csv in {out}: of an earlier call, and kept; save=csv replaces them."
    assert caplog.messages == [kept]
    assert [path.name for path in (out / "figures").iterdir()] == ["c.wav.png"]


def test_a_call_without_figures_keeps_those_of_the_same_recordings(
    tmp_path: Path, music: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    predict([listener(Ear(None, 9))], music, out := tmp_path / "out")
    drawn = {name: content for name, content in contents(out).items() if name.startswith("figures/")}
    assert len(drawn) == 3
    (music / "d.wav").unlink()
    caplog.clear()
    predict([listener(Ear(None, 9))], music, out, save=("csv",), figures=False)
    del drawn["figures/d.wav.png"]
    assert {name: content for name, content in contents(out).items() if name.startswith("figures/")} == drawn
    assert caplog.messages[-2:] == [
        f"2 figures in {out}: of an earlier call, and kept; figures=true replaces them.",
        f"Removed what an earlier call wrote in {out}: 1 figure.",
    ]


def test_a_full_disk_hides_nothing_that_was_heard(
    tmp_path: Path, music: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for place in ("output.replace_text", "predict.write_png"):
        with monkeypatch.context() as patch:
            patch.setattr(f"musicgenre.prediction.{place}", no_room)
            with pytest.raises(MusicGenreError, match="no room"):
                predict([listener(Ear(None, 9))], music, tmp_path / place, save=("csv",))
        assert "hum\u00a073%" in (shown := capsys.readouterr().out) and "Left out: 1" in shown
