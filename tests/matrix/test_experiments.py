"""Every experiment in `conf/experiment`, from the command line: fitted, interrupted, heard, tested, exported."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import pandas as pd
import pytest
import torch
from command_line import musicgenre
from listed import EXPERIMENTS, RATE, experiment, is_network
from made_audio import make_track
from made_pictures import write_pictures
from made_table import make_table, write_table
from narrow import narrow
from omegaconf import OmegaConf
from torch import nn

from musicgenre import GenreClassifier, MusicGenreError, Run, load_run
from musicgenre.cli import train
from musicgenre.cli.checks import check_settings
from musicgenre.errors import InterruptedRunError
from musicgenre.evaluation.metrics import all_metrics
from musicgenre.features import FrontEnd
from musicgenre.prediction.export import export
from musicgenre.runs.job import Job
from musicgenre.runs.settings import names_together, trained_on
from musicgenre.runs.tested import where_tested
from musicgenre.training.evaluate import evaluate
from musicgenre.training.objects import Config, build, factory_of
from musicgenre.training.trained import load_network
from musicgenre.training.trainer import TrainerPlan

# Overrides that make known experiments cheap; others run as they are, on at most three seconds of a track.
_COARSE = ("features.n_fft=512", "features.hop_length=2048", "segments.length=1")
_FEW_MELS = ("features.n_mels=32", "features.n_fft=1024", "segments.length=1")
_FEW_FRAMES = ("features.n_mels=32", "features.hop_length=8192", "segments.length=1")
_FINE = (
    "features.n_mfcc=8",
    "features.n_mels=32",
    "features.n_fft=1024",
    "features.hop_length=64",
    "segments.length=2",
)
_GAN = ("gan.epochs=1", "gan.judge_epochs=1", "generated_per_genre=2", "gan.generator.hidden=[8]")
_PICTURE = ("features.size=16",)
_PIXELS = ("features.size=[8,12]",)
SMALL = {
    "cnn_features": _FINE,  # enough frames for two long pools
    "dilated_cnn": _FINE,
    "features_mlp": ("model.estimator.hidden_layer_sizes=[20]",),
    "features_xgboost": ("model.estimator.n_estimators=10",),
    "gabor_cnn": (*_COARSE, "features.n_filters=16"),
    "gabor_cnn_learnt": ("model.n_fft=512", "model.hop_length=2048", "model.n_filters=16", "segments.length=1"),
    "images_alexnet": ("features.size=[67,67]",),
    "images_cnn1": _PIXELS,
    "images_cnn2": _PIXELS,
    "images_linear_svc": _PIXELS,
    "images_logistic": _PIXELS,
    "mel_statistics": _PICTURE,
    "mfcc_cnn": _FEW_MELS,
    "musicnn_finetune": ("model.sizes=[4,3,4,16,5]", "segments.length=1", "callbacks.unfreezing.every=1"),
    "net1_fcnn": (*_PICTURE, "model.hidden=[16]"),
    "net2_cnn": (*_PICTURE, "model.hidden=8"),
    "net3_cnn_bn": (*_PICTURE, "model.hidden=8"),
    "net4_cnn_bn_rmsprop": (*_PICTURE, "model.hidden=8"),
    "net5_bilstm": (*_FEW_FRAMES, "model.hidden=8"),
    "net6_bilstm_cgan": (*_FEW_FRAMES, "model.hidden=8", *_GAN),
    "pca_mfcc": (*_FEW_MELS, "model.pca=5"),
    "raw_mfcc": _FEW_MELS,
    "short_chunk_resnet": (*_PICTURE, "model.channels=[4,8]", "segments.window=0.5"),
    "simple_cnn": (*_COARSE, "features.n_mels=16"),
    "unet_lite": (*_COARSE, "features.n_mels=16", "segments.max_segments=1"),
}
FAST = ("trainer=cpu", "logger=csv", "figures=false", "trainer.max_epochs=2", "callbacks.last=null")
_WHY_NOT_EXPORTED = {"table": "features come from HandMade", "picture": "which cannot be computed from audio"}


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory, corpus_root: Path) -> Callable[[str], tuple[str, ...]]:
    """Overrides that name the data an experiment's front end reads."""
    pictures = write_pictures(tmp_path_factory.mktemp("pictures"))
    table = write_table(make_table(tracks_per_genre=8), tmp_path_factory.mktemp("table"))
    sources = {
        "audio": ("data=folder", f"data.root={corpus_root}", "data.genres=null"),
        "picture": ("data=mel_images", f"data.root={pictures}"),
        "table": ("data=features_table", f"data.table={table}"),
    }
    return lambda name: sources[kind_of(name)]


_LARGE = ("images_alexnet", "images_cnn2", "net2_cnn", "net3_cnn_bn", "net4_cnn_bn_rmsprop", "unet_lite")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_builds_as_it_is_whatever_the_split(name: str) -> None:
    config = experiment(name)
    check_settings(OmegaConf.create(dict(config)))
    assert repr(build(config, "split")) == "artist_kfold(folds=5, fold=0, seed=3)"
    if not is_network(config):
        assert len(factory_of(config, "model").steps) >= 1
        return
    in_shape = front_end_of(config).output_shape(round((config["segments"]["length"] or 30.0) * RATE))
    with torch.device("meta" if name in _LARGE else "cpu"):  # shapes without memory: three have 133 million weights
        net = factory_of(config, "model")(in_shape, 10).eval()
        assert net(torch.randn(2, *in_shape)).shape == (2, 10)
    optimizer = factory_of(config, "optimizer")(net.parameters())
    assert optimizer.param_groups[0]["lr"] == config["optimizer"]["lr"]


def front_end_of(config: Config) -> FrontEnd:
    front_end: FrontEnd = factory_of(config, "features")(RATE)
    return front_end


def kind_of(name: str) -> str:
    """The kind of data an experiment is meant for: audio, where a front end also takes pictures."""
    reads = front_end_of(experiment(name)).reads
    return "table" if "table" in reads else reads[0]


@pytest.fixture(scope="module", params=EXPERIMENTS)
def run(
    request: pytest.FixtureRequest, data: Callable[[str], tuple[str, ...]], tmp_path_factory: pytest.TempPathFactory
) -> Run:
    """Two epochs of a network, or a fitted pipeline, from the command line."""
    name, folder = request.param, tmp_path_factory.mktemp(request.param)
    length = experiment(name)["segments"]["length"]
    short = () if length is None else (f"segments.length={min(length, 3.0)}",)
    settings = (*FAST, *data(name), *short, *SMALL.get(name, ()))
    with pytest.MonkeyPatch.context() as patch:
        same_chance_in_an_epoch(patch)
        narrow(patch)
        result = musicgenre("train", f"experiment={name}", *settings, f"hydra.run.dir={folder}")
    assert result.status == 0, result.text
    return load_run(folder)


@pytest.fixture(autouse=True)
def _narrow(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read a run's net as it was trained."""
    if "run" in request.fixturenames:
        narrow(monkeypatch)


def same_chance_in_an_epoch(patch: pytest.MonkeyPatch) -> None:
    """Make an epoch draw the same masks and dropout whether it follows another one or the run resumes with it."""

    def seed(self: GenreClassifier) -> None:
        L.seed_everything(self.current_epoch, verbose=False)

    patch.setattr(GenreClassifier, "on_train_epoch_start", seed)


def experiment_of(run: Run) -> str:
    return str(run.choices["experiment"])


def is_classical(run: Run) -> bool:
    return not is_network(run.config)


def rows_of_test(run: Run) -> pd.DataFrame:
    """The test segments' predictions."""
    return run.predictions[run.predictions.split == "test"].reset_index(drop=True)


def test_a_run_is_whole(run: Run) -> None:
    expected = all_metrics(run.predictions)
    assert {name: run.metrics[name] for name in expected} == pytest.approx(expected, abs=1e-6)
    if is_classical(run):
        assert run.metrics["epochs"] == 0
        assert float(run.metrics["test/track/accuracy"]) > 0.6  # a genre is a pitch, a colour or a mean
        card = run.model.card
        assert card is not None
        described = run.config["embed"] or run.config["model"].get("statistics")  # by other numbers than the features
        assert described or run.metrics["features"] == math.prod(card.in_shape)
    else:
        assert run.metrics["epochs"] == 2
        assert run.metrics["parameters"] == run.model.n_parameters
    assert "leak" not in run.metrics
    split = pd.read_csv(run.folder / "split.csv", keep_default_na=False)
    assert split.groupby("track").split.nunique().max() == 1
    assert 0 < len(rows_of_test(run)) == (split.split == "test").sum()
    assert rows_of_test(run).filter(like="p_").sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-5)


def test_a_run_that_is_broken_off_ends_as_an_unbroken_one(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if is_classical(run):
        pytest.skip("a classical model is fitted at once")
    if (last_such := last_trained_in_the_same_way(experiment_of(run))) != experiment_of(run):
        pytest.skip(f"it is trained as {last_such} is")
    last = experiment(experiment_of(run))["callbacks"]["last"] | {"every_n_epochs": 1}
    config = run.config | {"callbacks": run.config["callbacks"] | {"last": last}}
    job = Job("train", tmp_path, config, run.overrides, run.choices, run.files.hydra_yaml.read_text())
    same_chance_in_an_epoch(monkeypatch)
    with monkeypatch.context() as patch:
        interrupt_in_second_epoch(patch)
        with pytest.raises(InterruptedRunError, match="Interrupted in epoch 2"):
            train.run(OmegaConf.create(config), job)
    assert "epoch 1/2" in capsys.readouterr().err
    train.run(OmegaConf.create(config), job)
    shown = capsys.readouterr().err
    assert "epoch 2/2" in shown and "epoch 1/2" not in shown
    again = load_run(tmp_path)
    assert again.metrics | {"fit_seconds": 0} == run.metrics | {"fit_seconds": 0}
    pd.testing.assert_frame_equal(again.predictions, run.predictions, check_exact=True)
    pd.testing.assert_frame_equal(again.history, run.history, check_exact=True)


def last_trained_in_the_same_way(name: str) -> str:
    """The last network with the same kind of data and the same things that a resumed run has to go on with."""

    def parts(other: str) -> tuple[Any, ...]:
        config = experiment(other)
        targets = [config[group].get("_target_") for group in ("augment", "mix", "optimizer", "scheduler")]
        return kind_of(other), *targets, sorted(config["callbacks"]), bool(config["gan"])

    return next(each for each in EXPERIMENTS[::-1] if is_network(experiment(each)) and parts(each) == parts(name))


def interrupt_in_second_epoch(patch: pytest.MonkeyPatch) -> None:
    step = GenreClassifier.training_step

    def stop(self: GenreClassifier, batch: Any, batch_idx: int) -> torch.Tensor:
        if self.current_epoch == 1:
            raise KeyboardInterrupt
        return step(self, batch, batch_idx)

    patch.setattr(GenreClassifier, "training_step", stop)


def test_a_run_is_tested_again_with_its_own_figures(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicgenre.training.evaluate.result_figures", lambda predictions: {})  # they take longest
    trainer = TrainerPlan({"_target_": "lightning.Trainer", "accelerator": "cpu", "devices": 1}, {}, {})
    again = evaluate(run.folder, Job("evaluate", tmp_path, {}, (), {}, ""), trainer)
    kept = ("test/", "leaks/", "tested_epoch")
    expected = {name: value for name, value in run.metrics.items() if name.startswith(kept)}
    assert (again.pop("evaluated"), again.pop("signature")) == (names_together([run]), run.files.signature())
    assert (again.pop("trained_on"), again.pop("seed")) == (trained_on(run), str(run.seed))
    assert {name: again.pop(name) for name in ("data", "split")} == where_tested([run])
    assert again == pytest.approx(expected, abs=1e-6, nan_ok=True)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "predictions.csv"), rows_of_test(run), atol=1e-6)


def test_a_run_hears_audio_as_it_was_tested(run: Run, corpus_root: Path) -> None:
    kind = kind_of(experiment_of(run))
    if kind == "picture":
        with pytest.raises(MusicGenreError, match="Picture features, which cannot be computed from audio"):
            run.model.listen(make_track("hum", 1), RATE)
        return
    track = rows_of_test(run).track[0] if kind == "audio" else "hum/hum.00000.wav"  # not a row of the table
    heard = run.model.listen(corpus_root / track).segments.filter(like="p_").to_numpy()
    assert heard.sum(1) == pytest.approx(1, abs=1e-5)
    if kind == "audio":
        own = rows_of_test(run)[rows_of_test(run).track == track].filter(like="p_").to_numpy()
        assert len(own)
        np.testing.assert_allclose(heard[: len(own)], own, atol=1e-5)  # max_segments may have kept only the first ones


def first_heard_through_the_same(name: str) -> str:
    """The first network with the same front end and standardisation as an experiment."""

    def parts(other: str) -> tuple[str, Any]:
        return experiment(other)["features"]["_target_"], experiment(other)["standardize"]

    return next(each for each in EXPERIMENTS if is_network(experiment(each)) and parts(each) == parts(name))


@pytest.mark.filterwarnings("ignore:The given buffer is not writable")  # from torch.export.load
def test_a_run_is_exported_or_says_why_not(run: Run, tmp_path: Path) -> None:
    def exported() -> float:
        model = load_network(run.folder)
        assert model.card is not None
        net = nn.Sequential(nn.Flatten(), nn.Linear(math.prod(model.card.in_shape), 3))  # test_nets.py exports the nets
        return export(model.audio_classifier(), model.waveform_to_features(), net, tmp_path / "model.pt2")

    name = experiment_of(run)
    why = "a classical model" if is_classical(run) else _WHY_NOT_EXPORTED.get(kind_of(name))
    if why is None and (first := first_heard_through_the_same(name)) != name:
        pytest.skip(f"front end and standardisation are those of {first}")
    if why is None:
        assert exported() < 1e-4
    else:
        with pytest.raises(MusicGenreError, match=why):
            exported()
