import hashlib
import shutil
from pathlib import Path

import pandas as pd
import pytest
from command_line import musicgenre
from made_audio import write_corpus
from made_musicnn import write_wheel

from musicgenre.features import LogMel
from musicgenre.features.musicnn_weights import WHEEL
from musicgenre.wheels import Wheel


def test_prepare_computes_what_training_reads(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "music", ("drone", "hum"), tracks=5, seconds=1.0)
    data = (
        "data=folder",
        f"data.root={root}",
        "segments.length=0.25",
        "features.n_mels=20",
        f"hydra.run.dir={tmp_path}/run",
    )
    first = musicgenre("prepare", *data)
    assert first.status == 0, first.text
    assert "10 tracks of 2 genres, 40 segments of 1 x 20 x 11" in first.out
    assert "computed in" in first.out
    assert "found in the cache" in musicgenre("prepare", *data).out
    result = musicgenre("train", *data, "trainer=cpu", "model=fcnn", "debug=fdr")
    assert result.status == 0, result.text
    assert "Computing features" not in result.text


def test_the_table_is_computed_from_audio_and_written(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "audio", genres=("hum", "whistle"), tracks=2, seconds=1.0)
    whole = ("features=table", "segments.length=null", "data=folder", f"data.root={root}")
    result = musicgenre("prepare", *whole, f"hydra.run.dir={tmp_path}/run")
    assert result.status == 0, result.text
    path = tmp_path / "run" / "features.csv"
    assert str(path) in result.text.replace("\n", "")
    table = pd.read_csv(path)
    assert table.filename.tolist() == ["hum.00000.wav", "hum.00001.wav", "whistle.00000.wav", "whistle.00001.wav"]
    assert table.label.tolist() == ["hum"] * 2 + ["whistle"] * 2
    assert table.length.tolist() == [22050] * 4
    means = table.groupby("label").spectral_centroid_mean.mean()
    assert means["hum"] < means["whistle"]


def test_another_slow_front_end_has_no_such_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_corpus(tmp_path / "audio", genres=("hum", "whistle"), tracks=2, seconds=1.0)
    monkeypatch.setattr(LogMel, "slow", True)
    data = ("features.n_mels=20", "segments.length=0.5", "data=folder", f"data.root={root}")
    result = musicgenre("prepare", *data, f"hydra.run.dir={tmp_path}/run")
    assert result.status == 0, result.text
    assert "8 segments of 1 x 20 x 22" in result.out
    assert not (tmp_path / "run" / "features.csv").exists()


@pytest.fixture
def fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record what is downloaded: a tiny network in place of the published one, which is not cached."""
    wheel = write_wheel(tmp_path / "tiny.whl")
    fetched: list[str] = []

    def download(wanted: Wheel, folder: str) -> str:
        fetched.append(wanted.requirement)
        shutil.copy(wheel, Path(folder, wanted.file))
        return ""

    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("musicgenre.wheels._download", download)
    ours = WHEEL._replace(sha256=hashlib.sha256(wheel.read_bytes()).hexdigest())
    monkeypatch.setattr("musicgenre.features.musicnn_weights.WHEEL", ours)
    return fetched


def test_weights_that_a_net_starts_from_are_fetched(tmp_path: Path, fetched: list[str]) -> None:
    root = write_corpus(tmp_path / "music", ("drone", "hum"), tracks=3, seconds=1.0)
    net = ("experiment=musicnn_finetune", "model.sizes=[4,3,4,16,5]", "segments.length=1")
    for _ in range(2):
        result = musicgenre("prepare", *net, "data=folder", f"data.root={root}", f"hydra.run.dir={tmp_path}/prepared")
        assert result.status == 0, result.text
    assert fetched == ["musicnn==0.1.0"]


def test_published_weights_are_fetched_once(tmp_path: Path, fetched: list[str]) -> None:
    root = write_corpus(tmp_path / "music", ("drone", "hum"), tracks=3, seconds=1.0)
    command = ("features=musicnn", "segments.length=1", "data=folder", f"data.root={root}")
    refused = musicgenre("train", *command, "model=logistic", f"hydra.run.dir={tmp_path}/run")
    assert refused.status == 1
    assert "fetch them once (29 MB) with musicgenre prepare features=musicnn" in refused.text.replace("\n", " ")
    for _ in range(2):
        result = musicgenre("prepare", *command, f"hydra.run.dir={tmp_path}/prepared")
        assert result.status == 0, result.text
    assert "6 tracks of 2 genres, 6 segments of 1 x 74 x 1" in result.out
    assert fetched == ["musicnn==0.1.0"]
