"""What the systems S0 to S4 have besides their settings; tests/matrix trains each of them."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from command_line import musicgenre
from made_pictures import write_pictures

from musicgenre.evaluation.metrics import all_metrics

FAST = ("trainer=cpu", "logger=csv", "figures=false", "trainer.max_epochs=1", "seed=0")


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("pictures"), tracks=5)


def run(folder: Path, *arguments: str) -> dict[str, Any]:
    """Train, check that the metrics are those of the predictions, and return them."""
    result = musicgenre("train", *FAST, *arguments, f"hydra.run.dir={folder}")
    assert result.status == 0, result.text
    metrics: dict[str, Any] = json.loads((folder / "metrics.json").read_text())
    expected = all_metrics(pd.read_csv(folder / "predictions.csv"))
    assert {name: metrics[name] for name in expected} == pytest.approx(expected, abs=1e-6)
    assert (folder / "split.csv").is_file() and (folder / ".hydra" / "config.yaml").is_file()
    return metrics


def test_mfcc_cnn_reproduces_the_split_over_segments_and_says_that_it_leaks(tmp_path: Path, corpus_root: Path) -> None:
    leaky = ("split=segment_random", "data=folder", f"data.root={corpus_root}", "segments.length=0.5")
    metrics = run(tmp_path, "experiment=mfcc_cnn", *leaky)
    split = pd.read_csv(tmp_path / "split.csv", keep_default_na=False)
    assert split.groupby("track").split.nunique().max() > 1
    assert "LEAKS" in metrics["leak"]


def test_pictures_train_as_the_audio_they_were_made_from(tmp_path: Path, pictures: Path, corpus_root: Path) -> None:
    small = (f"data.root={pictures}", "features.size=16", "model.hidden=[16]")
    run(tmp_path / "run", "experiment=net1_fcnn", "data=mel_images", *small)
    predictions = pd.read_csv(tmp_path / "run" / "predictions.csv")
    assert (predictions.start == 0).all()
    assert predictions.track.str.endswith(".png").all()
    again = musicgenre("evaluate", f"run={tmp_path / 'run'}", f"hydra.run.dir={tmp_path / 'again'}", "trainer=cpu")
    assert again.status == 0, again.text
    song = next(corpus_root.rglob("*.wav"))
    heard = musicgenre("predict", f"run={tmp_path / 'run'}", f"audio={song}", f"hydra.run.dir={tmp_path / 'heard'}")
    assert heard.status == 0, heard.text
    said = f"{tmp_path / 'run'} was trained on picture files. Audio is drawn by MelImage: if the files were drawn in"
    assert said in " ".join(heard.text.split())


def test_broken_pictures_are_skipped_and_named(tmp_path: Path) -> None:
    root = write_pictures(tmp_path / "pictures")
    (root / "jazz" / "jazz.00003.png").write_bytes(b"no picture")
    run(tmp_path / "run", "experiment=images_logistic", f"data.root={root}", "features.size=[8,12]")
    skipped = pd.read_csv(tmp_path / "run" / "skipped.csv")
    assert skipped.track.tolist() == ["jazz/jazz.00003.png"]


@pytest.mark.parametrize(("size", "message"), [("[0,10]", "size is [0, 10]"), ("[10]", "size is [10]")])
def test_impossible_sizes_of_pictures_are_refused(tmp_path: Path, pictures: Path, size: str, message: str) -> None:
    arguments = ("experiment=images_logistic", f"data.root={pictures}", f"features.size={size}")
    result = musicgenre("train", *arguments, f"hydra.run.dir={tmp_path}")
    assert result.status == 1
    assert message in result.text
    assert "Traceback" not in result.text


def test_without_validation_the_last_epoch_is_tested(tmp_path: Path, pictures: Path) -> None:
    arguments = ("experiment=images_cnn1", f"data.root={pictures}", "features.size=[8,12]", "optimizer.lr=1e-3")
    result = musicgenre("train", *FAST, *arguments, "trainer.max_epochs=2", f"hydra.run.dir={tmp_path}")
    assert result.status == 0, result.text
    epochs = [line.split("  ") for line in result.err.splitlines() if line.startswith("epoch")]
    assert [words[0] for words in epochs] == ["epoch 1/2", "epoch 2/2"]
    assert all(len(words) == 2 and words[1].startswith("train loss ") for words in epochs)  # and no validation loss
    assert not [name for name in json.loads((tmp_path / "metrics.json").read_text()) if name.startswith("val/")]
    best = torch.load(tmp_path / "checkpoints" / "tested.ckpt", weights_only=True)
    assert best["epoch"] == 1
    result = musicgenre("train", *arguments, "scheduler=plateau", f"hydra.run.dir={tmp_path}/x")
    assert result.status == 1
    assert "no segment for val" in result.text
