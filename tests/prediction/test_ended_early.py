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


def end(error: BaseException | None) -> None:
    """Raise the error; None ends the process as `kill` does."""
    if error is not None:
        raise error
    assert signal.getsignal(signal.SIGTERM) != signal.SIG_DFL  # which would also end the tests
    signal.raise_signal(signal.SIGTERM)


def no_room(path: Path, text: str) -> None:
    """Stand in for a full disk."""
    raise MusicGenreError("no room")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), torch.OutOfMemoryError("CUDA out of memory"), None], ids=repr)
@pytest.mark.parametrize("save", [(), ("json",)])
def test_what_was_heard_before_the_end_is_written(
    tmp_path: Path,
    error: BaseException | None,
    save: tuple[str, ...],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("a", "c", "d"):
        write_track(tmp_path / f"{name}.wav", "hum", 0, seconds=1.0)
    (tmp_path / "b.wav").touch()
    heard: list[int] = []

    def net(features: Tensor) -> Tensor:
        heard.append(len(features))
        if len(heard) == 2:
            end(error)
        return torch.tensor([[1.0, 0.0]])

    listener = AudioClassifier(nn.Unflatten(1, (1, 1, -1)), net, ("hum", "hiss"), Segmenter(RATE, length=1.0))
    with pytest.raises(KeyboardInterrupt if error is None else type(error)):
        predict([listener], tmp_path, out := tmp_path / "out", save=save)
    assert f"Ended after 2 of 4 files: their results are in {out}." in caplog.text
    assert pd.read_csv(out / "tracks.csv").file.tolist() == ["a.wav", "b.wav"]
    read = pd.read_json(out / "predictions.json") if save else pd.read_csv(out / "predictions.csv")
    assert read.genre.fillna("").tolist() == ["hum", ""]
    tables = {"predictions.json"} if save else {"predictions.csv", "segments.csv"}
    assert {path.name for path in out.iterdir()} == {"tracks.csv"} | tables

    heard.clear()
    monkeypatch.setattr("musicgenre.prediction.predict.replace_text", no_room)
    with pytest.raises(KeyboardInterrupt if error is None else type(error)):
        predict([listener], tmp_path, out, save=save)
    assert "Ended after 2 of 4 files, and their results are lost: no room" in caplog.text
