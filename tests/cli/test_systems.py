"""Every experiment of S0 to S3, from its name to its run folder, on tiny data."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from command_line import musicgenre
from made_audio import write_corpus
from made_pictures import write_pictures
from omegaconf import OmegaConf

from musicgenre.evaluation.metrics import all_metrics

FAST = ("trainer=cpu", "logger=csv", "figures=false", "trainer.max_epochs=1", "seed=0")


@pytest.fixture(scope="session")
def long_tracks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three genres of ten tracks of 7 s."""
    return write_corpus(tmp_path_factory.mktemp("long"), tracks=10, seconds=7.0)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("pictures"), tracks=10)


def run(folder: Path, *arguments: str) -> dict[str, Any]:
    """Train; check that the metrics are those of the predictions; give them."""
    result = musicgenre("train", *FAST, *arguments, f"hydra.run.dir={folder}")
    assert result.status == 0, result.text
    metrics: dict[str, Any] = json.loads((folder / "metrics.json").read_text())
    expected = all_metrics(pd.read_csv(folder / "predictions.csv"))
    assert {name: metrics[name] for name in expected} == pytest.approx(expected, abs=1e-6)
    assert (folder / "split.csv").is_file() and (folder / ".hydra" / "config.yaml").is_file()
    return metrics


COARSE = ("features.n_fft=512", "features.hop_length=2048")


def test_s3_in_one_command_and_its_report(tmp_path: Path, long_tracks: Path) -> None:
    data = ("data=folder", f"data.root={long_tracks}", *COARSE, "features.n_mels=16", "segments.length=1")
    swept = (
        "-m",
        "experiment=unet_lite,simple_cnn",
        "optimizer=adam,sgd,rmsprop",
        f"hydra.sweep.dir={tmp_path / 'all'}",
    )
    result = musicgenre("train", *FAST, *swept, *data, f"hydra.sweep.dir={tmp_path / 'all'}")
    assert result.status == 0, result.text
    config = OmegaConf.load(tmp_path / "all" / "5" / ".hydra" / "config.yaml")
    assert (config.monitor, config.scheduler.monitor) == ("val/segment/accuracy", "val/segment/loss")
    assert config.callbacks.early_stopping.patience == 15
    result = musicgenre("report", f"runs={tmp_path / 'all'}", f"hydra.run.dir={tmp_path / 'report'}")
    assert result.status == 0, result.text
    names = {f"{net}_optimizer={by}" for net in ("unet_lite", "simple_cnn") for by in ("adam", "sgd", "rmsprop")}
    found = {path.stem for path in (tmp_path / "report" / "figures").iterdir()}
    assert found == {"accuracies"} | {f"confusion_{name}" for name in names}
    reports = (tmp_path / "report" / "classification_reports.txt").read_text()
    assert reports.count("test tracks of 1 runs") == 6
    assert reports.count("macro avg") == 6


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("mfcc_cnn", ()),
        ("gabor_cnn", (*COARSE, "features.n_filters=16")),
        ("gabor_cnn_learnt", ("model.n_fft=512", "model.hop_length=2048", "model.n_filters=16", "segments.length=1")),
    ],
)
def test_networks_on_audio(tmp_path: Path, long_tracks: Path, name: str, settings: tuple[str, ...]) -> None:
    run(tmp_path, f"experiment={name}", "data=folder", f"data.root={long_tracks}", *settings)


def test_mfcc_cnn_reproduces_the_split_over_segments_and_says_that_it_leaks(tmp_path: Path, long_tracks: Path) -> None:
    leaky = ("split=segment_random", "data=folder", f"data.root={long_tracks}")
    metrics = run(tmp_path, "experiment=mfcc_cnn", *leaky)
    split = pd.read_csv(tmp_path / "split.csv", keep_default_na=False)
    assert split.groupby("track").split.nunique().max() > 1
    assert "LEAKS" in metrics["leak"]


def test_pictures_of_differing_size(tmp_path: Path, pictures: Path) -> None:
    metrics = run(tmp_path, "experiment=images_cnn1", f"data.root={pictures}", "optimizer.lr=1e-4")
    assert metrics["parameters"] == 11_518_674 - 7 * 217  # of ten genres, less seven outputs


def test_pictures_in_a_classical_model_at_another_size(tmp_path: Path, pictures: Path) -> None:
    small = ("features.size=[8,12]", "features.mode=L")
    metrics = run(tmp_path, "experiment=images_linear_svc", f"data.root={pictures}", *small)
    assert metrics["features"] == 96
    with_colour = run(
        tmp_path / "colour", "experiment=images_logistic", f"data.root={pictures}", "features.size=[8,12]"
    )
    assert with_colour["features"] == 3 * 96
    assert with_colour["test/track/accuracy"] == 1  # a genre is a colour


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
    metrics = run(tmp_path, *arguments, "trainer.max_epochs=3")
    assert not [name for name in metrics if name.startswith("val/")]
    best = torch.load(tmp_path / "checkpoints" / "best.ckpt", weights_only=True)
    assert best["epoch"] == 2
    result = musicgenre("train", *arguments, "scheduler=plateau", f"hydra.run.dir={tmp_path}/x")
    assert result.status == 1
    assert "no segment for val" in result.text
