"""GANs on the command line: trained with a classifier or alone, reused, refused where they do not fit."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
import torch
from command_line import TINY, fails, musicgenre, train, trained
from PIL import Image
from shared_fixtures import leave_blank

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.loader import BatchLoader
from musicgenre.data.samples import Samples
from musicgenre.data.store.fingerprint import hash_file
from musicgenre.errors import MusicGenreError
from musicgenre.features import MFCC
from musicgenre.gan import training
from musicgenre.gan.build import load_gan
from musicgenre.gan.generate import _figure
from musicgenre.gan.module import ConditionalGAN
from musicgenre.runs.besides import what_else

GAN = (
    "gan=improved",
    "features=mfcc",
    "gan.epochs=2",
    "gan.judge_epochs=1",
    "gan.generator.widths=[8,8]",
    "gan.discriminator.widths=[8,8]",
    "generated_per_genre=5",
)
UNJUDGED = (*GAN, "gan.judge_epochs=0")


@pytest.fixture(scope="module")
def net6(tmp_path_factory: pytest.TempPathFactory, corpus_root: Path) -> Path:
    """A classifier trained with a GAN's samples; read-only."""
    with pytest.MonkeyPatch.context() as patch:
        leave_blank(patch)
        return trained(tmp_path_factory.mktemp("net6"), corpus_root, *GAN, "logger=[tensorboard,csv]", "figures=true")


def width_of(picture: Path) -> int:
    with Image.open(picture) as image:
        return image.width


def metrics_of(folder: Path) -> dict[str, float]:
    found: dict[str, float] = json.loads((folder / "metrics.json").read_text())
    return found


def test_one_command_trains_a_gan_and_a_classifier_with_its_samples(net6: Path) -> None:
    split, metrics = pd.read_csv(net6 / "split.csv"), metrics_of(net6)
    assert metrics["train/real_segments"] == (split.split == "train").sum()
    assert metrics["train/generated_segments"] == 15
    with np.load(net6 / "gan" / "samples.npz") as samples:
        assert samples["features"].shape == (15, 1, 13, 44)
        assert samples["labels"].tolist() == [0] * 5 + [1] * 5 + [2] * 5
        assert samples["genres"].tolist() == ["drone", "hum", "whistle"]
    assert (net6 / "gan" / "checkpoints" / "gan.ckpt").is_file()
    assert list((net6 / "gan").glob("events.out.*"))
    curves = pd.read_csv(net6 / "gan" / "metrics.csv")
    assert len(curves) == 2
    assert "gan/accuracy_real" in curves
    losses = [f"{side} loss {curves[f'gan/loss_{side}'].iloc[-1]:.3f}" for side in ("discriminator", "generator")]
    assert f"epoch 2/2  {'  '.join(losses)}\n" in (net6 / "musicgenre.log").read_text()
    for name in ("frechet_train/hum", "frechet_val/mean", "frechet_real/mean", "diversity/mean", "near_copies/share"):
        assert np.isfinite(metrics[f"gan/{name}"])
    assert 0 <= metrics["gan/generated_only/test_accuracy"] <= 1


def test_validation_and_test_hold_exactly_their_real_segments(net6: Path) -> None:
    split, predictions = (pd.read_csv(net6 / f"{name}.csv") for name in ("split", "predictions"))
    for name in ("val", "test"):
        rows = predictions[predictions.split == name]
        expected = split[split.split == name]
        assert list(zip(rows.track, rows.start, strict=True)) == list(zip(expected.track, expected.start, strict=True))


def test_the_gan_sees_training_tracks_only(
    net6: Path, corpus_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[GenreDataModule, BatchLoader]] = []
    real_loader = training.gan_loader

    def spy(data: GenreDataModule, *arguments: Any) -> BatchLoader:
        seen.append((data, real_loader(data, *arguments)))
        return seen[-1][1]

    monkeypatch.setattr(training, "gan_loader", spy)
    trained(tmp_path, corpus_root, *UNJUDGED, "gan.epochs=1", "trainer.max_epochs=1")
    (data, loader) = seen[0]
    assert np.array_equal(loader.features.numpy(), data.features[data.assignment == "train"])
    record = torch.load(net6 / "gan" / "checkpoints" / "gan.ckpt", weights_only=True)["musicgenre_gan"]
    split = pd.read_csv(net6 / "split.csv")
    tracks = split.track[split.split == "train"].unique()
    assert record["tracks"] == sorted(hash_file(corpus_root / track) for track in tracks)


def test_a_gan_takes_all_its_epochs_whatever_the_classifier_is_given(corpus_root: Path, tmp_path: Path) -> None:
    limits = ("+trainer.max_steps=4", "+trainer.accumulate_grad_batches=2", "+trainer.min_epochs=1")
    trained(tmp_path, corpus_root, *UNJUDGED, *limits, "gan.epochs=3", "batch_size=8", "logger=csv")
    assert pd.read_csv(tmp_path / "gan" / "metrics.csv").epoch.tolist() == [0, 1, 2]
    assert len(pd.read_csv(tmp_path / "metrics.csv")) == 1  # of the classifier, which takes four steps


def test_limits_are_counted_over_generated_segments_too(net6: Path, corpus_root: Path, tmp_path: Path) -> None:
    n = (pd.read_csv(net6 / "split.csv").split == "train").sum() + 15
    too_many = ("batch_size=1", f"+trainer.val_check_interval={n + 1}")
    fails(train(tmp_path, corpus_root, *GAN, *too_many), f"an epoch has {n} batches of training: give at most {n}")


def test_what_suits_the_classifier_alone_does_not_stop_the_gan(corpus_root: Path, tmp_path: Path) -> None:
    stopping = "{_target_: lightning.pytorch.callbacks.EarlyStopping, monitor: val/segment/loss}"
    its_own = (
        "+trainer.val_check_interval=3", "trainer.limit_train_batches=0.3", f"+trainer.callbacks=[{stopping}]",
        "trainer.precision=64-true",
    )  # fmt: skip
    trained(tmp_path, corpus_root, *UNJUDGED, *its_own, "batch_size=2", "logger=csv")
    assert pd.read_csv(tmp_path / "gan" / "metrics.csv").epoch.tolist() == [0, 1]
    assert load_gan(tmp_path / "gan" / "checkpoints" / "gan.ckpt").sample(torch.tensor([0])).dtype == torch.float32


def test_without_samples_the_classifier_starts_from_the_same_weights(corpus_root: Path, tmp_path: Path) -> None:
    still = ("optimizer.lr=0.0", "trainer.max_epochs=1", "model.batch_norm=false", "features=mfcc")
    states = []
    for name, more in (("with", (*UNJUDGED, "gan.epochs=1")), ("without", ())):
        run = trained(tmp_path / name, corpus_root, *more, *still)
        states.append(torch.load(run / "checkpoints" / "best.ckpt", weights_only=True)["state_dict"])
    for name, value in states[0].items():
        if isinstance(value, torch.Tensor):
            assert torch.equal(value, states[1][name]), name


def test_a_finished_run_is_not_repeated_and_its_gan_serves_again(net6: Path, corpus_root: Path, tmp_path: Path) -> None:
    run = shutil.copytree(net6, tmp_path / "run")
    (run / "metrics.json").unlink()
    shutil.rmtree(run / "checkpoints")  # as if interrupted after the GAN
    before = (run / "gan" / "checkpoints" / "gan.ckpt").stat().st_mtime_ns
    result = train(run, corpus_root, *GAN, "logger=[tensorboard,csv]", "figures=true")
    assert result.status == 0, result.text
    assert (run / "gan" / "checkpoints" / "gan.ckpt").stat().st_mtime_ns == before
    other = trained(tmp_path / "other", corpus_root, "features=mfcc", f"gan_run={net6}", "generated_per_genre=5")
    assert metrics_of(other)["train/generated_segments"] == 15
    assert (other / "gan" / "checkpoints" / "gan.ckpt").is_file()
    ours, its = (np.load(folder / "gan" / "samples.npz")["features"] for folder in (other, net6))
    assert np.array_equal(ours, its)


def test_a_gan_that_was_broken_off_goes_on(corpus_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    epochs: list[int] = []
    end_of_epoch = ConditionalGAN.on_train_epoch_end

    def stop_in_the_second(gan: ConditionalGAN) -> None:
        epochs.append(gan.current_epoch)
        if len(epochs) == 2:
            raise MusicGenreError("power cut")
        end_of_epoch(gan)

    monkeypatch.setattr(ConditionalGAN, "on_train_epoch_end", stop_in_the_second)
    fails(train(tmp_path, corpus_root, *UNJUDGED), "power cut")
    fails(train(tmp_path / "other", corpus_root, "features=mfcc", f"gan_run={tmp_path}"), "unfinished (1 of 2 epochs)")
    trained(tmp_path, corpus_root, *UNJUDGED)
    assert epochs == [0, 1, 1]
    assert pd.read_csv(tmp_path / "gan" / "metrics.csv").epoch.tolist() == [0, 1]


def test_other_classifiers_take_samples_too_and_debugging_goes_through(corpus_root: Path, tmp_path: Path) -> None:
    run = trained(tmp_path, corpus_root, *UNJUDGED, "features=logmel", "features.n_mels=16")
    assert metrics_of(run)["train/generated_segments"] == 15
    result = train(tmp_path / "fdr", corpus_root, *GAN, "debug=fdr")
    assert result.status == 0, result.text
    fails(musicgenre("gan", "gan=none", f"hydra.run.dir={tmp_path / 'none'}"), "choose gan=s4 or gan=improved")


@pytest.mark.parametrize("asked", [GAN, ("gan_run=0",)])
def test_waveforms_to_augment_are_refused_before_a_gan_is_trained(
    corpus_root: Path, tmp_path: Path, asked: tuple[str, ...]
) -> None:
    fails(train(tmp_path, corpus_root, *asked, "wave_augment=waveform"), "choose wave_augment=none with gan")
    assert not (tmp_path / "gan").exists()


@pytest.mark.parametrize(
    ("override", "fragments"),
    [
        ("data.genres=[drone,hum]", ("makes drone, hum, whistle", "genres are drone, hum")),
        ("features.n_mels=20", ("other features", "n_mels is 16 there, 20 here")),
        ("segments.length=0.5", ("other features", "(1, 13, 44)", "(1, 13, 22)")),
        ("seed=4", ("has seen", "same split and seed")),
    ],
)
def test_a_gan_that_does_not_fit_is_refused(
    net6: Path, corpus_root: Path, tmp_path: Path, override: str, fragments: tuple[str, ...]
) -> None:
    fails(train(tmp_path, corpus_root, "features=mfcc", f"gan_run={net6}", override), *fragments)


def test_what_is_no_gan_or_unfinished_or_diverged_is_refused(
    net6: Path, finished_run: Path, corpus_root: Path, tmp_path: Path
) -> None:
    checkpoint = torch.load(net6 / "gan" / "checkpoints" / "gan.ckpt", weights_only=True)
    nan = {name: value * float("nan") for name, value in checkpoint["state_dict"].items() if name.endswith("weight")}
    broken = {
        "unfinished": (checkpoint | {"epoch": 0}, "unfinished (1 of 2 epochs)"),
        "diverged": (checkpoint | {"state_dict": checkpoint["state_dict"] | nan}, "has diverged"),
    }
    for name, (content, fragment) in broken.items():
        path = tmp_path / name / "checkpoints" / "gan.ckpt"
        path.parent.mkdir(parents=True)
        torch.save(content, path)
        fails(train(tmp_path / f"run_{name}", corpus_root, "features=mfcc", f"gan_run={path.parents[1]}"), fragment)
        fails(musicgenre("generate", f"run={path.parents[1]}", f"hydra.run.dir={tmp_path / 'out'}"), fragment)
    fails(musicgenre("generate", f"run={finished_run}", f"hydra.run.dir={tmp_path / 'out'}"), "holds no GAN")
    fails(train(tmp_path / "of_a_sweep", corpus_root, "features=mfcc", "gan_run=7"), "7 holds no GAN")


def test_a_gan_that_diverges_stops_the_run_with_one_message(corpus_root: Path, tmp_path: Path) -> None:
    result = train(tmp_path, corpus_root, *GAN, "gan.generator_lr=1e38")
    fails(result, "The GAN diverged in epoch", "gan.generator_lr")
    assert not (tmp_path / "metrics.json").exists()


@pytest.mark.usefixtures("rough")
def test_a_gan_of_features_as_they_are_and_a_judge_that_is_no_network(corpus_root: Path, tmp_path: Path) -> None:
    small = [text for text in GAN if text != "gan=improved" and "judge" not in text]
    given = (
        *small,
        "data=folder",
        f"data.root={corpus_root}",
        "segments.length=1",
        "segments.overlap=0",
        "trainer=cpu",
    )
    run = tmp_path / "as_they_are"
    result = musicgenre("gan", *given, "standardize=null", "gan.judge_epochs=0", f"hydra.run.dir={run}")
    assert result.status == 0, result.text
    assert torch.isfinite(load_gan(run / "checkpoints" / "gan.ckpt").sample(torch.tensor([0, 1]), 0)).all()
    refused = ("gan", *given, "model=logistic", f"hydra.run.dir={tmp_path / 'judged'}")
    fails(musicgenre(*refused), "choose a network, such as model=bilstm, or gan.judge_epochs=0")
    assert not (tmp_path / "judged" / "checkpoints").exists()


def test_a_gan_alone_is_trained_judged_and_made_audible(corpus_root: Path, tmp_path: Path) -> None:
    small = [text for text in GAN if text != "gan=improved"]
    run = tmp_path / "gan"
    result = musicgenre(
        "gan", *small, "data=folder", f"data.root={corpus_root}", "segments.length=1", "segments.overlap=0", "seed=3",
        "features.n_fft=1024", "features.n_mels=16", "model.hidden=4", "trainer=cpu", f"hydra.run.dir={run}",
    )  # fmt: skip
    assert result.status == 0, result.text
    assert np.isfinite(metrics_of(run)["gan/frechet_val/mean"])
    with np.load(run / "real.npz") as kept:
        assert kept["labels"].tolist() == [0, 0, 1, 1, 2, 2] and kept["features"].shape == (6, 1, 13, 44)
    for seed in (1, 1, 2):
        out = tmp_path / f"seed{seed}"
        if seed == 2:
            (run / "real.npz").unlink()  # as in runs from before there were any
        result = musicgenre("generate", f"run={run}", "genres=[hum]", "count=2", f"seed={seed}", f"hydra.run.dir={out}")
        assert result.status == 0, result.text
        assert "approximate" in result.out
        assert ("kept no real sequences" in result.text) == (seed == 2)
    waveform, rate = soundfile.read(tmp_path / "seed1" / "audio" / "hum_0.wav")
    assert rate == 22050
    assert len(waveform) == 43 * 512
    assert 0 < np.abs(waveform).max() <= 1
    one, two = (np.load(tmp_path / f"seed{seed}" / "samples.npz")["features"] for seed in (1, 2))
    assert one.shape == two.shape == (2, 1, 13, 44)
    assert not np.array_equal(one, two)
    with_real, alone = (width_of(tmp_path / f"seed{seed}" / "figures" / "samples.png") for seed in (1, 2))
    assert with_real > alone  # two real sequences beside two generated ones
    assert list((tmp_path / "seed1").glob("events.out.*"))
    assert not what_else(tmp_path / "seed1", [])
    (tmp_path / "seed1" / "audio" / "take_1.wav").touch()
    again = musicgenre("generate", f"run={run}", "count=1", "audio=0", f"hydra.run.dir={tmp_path / 'seed1'}")
    assert again.status == 0 and "approximate" not in again.out
    assert [path.name for path in (tmp_path / "seed1" / "audio").iterdir()] == ["take_1.wav"]  # hum_0.wav is gone
    fails(musicgenre("generate", f"run={run}", "genres=[polka]", f"hydra.run.dir={out}"), "does not know polka")
    (tmp_path / "mine" / "audio").mkdir(parents=True)
    (tmp_path / "mine" / "audio" / "take_1.wav").touch()
    asked = ("generate", f"run={run}", "genres=[polka]", f"hydra.run.dir={tmp_path / 'mine'}")
    fails(musicgenre(*asked), "holds audio/take_1.wav, which musicgenre generate did not write")
    assert not (tmp_path / "mine" / ".hydra").exists()
    (tmp_path / "mine" / "audio" / "take_1.wav").rename(tmp_path / "mine" / "events.out.tfevents.1")
    fails(musicgenre(*asked), "does not know polka")  # events of other programs are in nobody's way
    fails(musicgenre("generate", f"run={run}", f"hydra.run.dir={run}"), "would be overwritten: choose another")
    run6 = trained(tmp_path / "net6", corpus_root, "features=mfcc", f"gan_run={run}", "generated_per_genre=1")
    assert metrics_of(run6)["train/generated_segments"] == 3


def test_a_gan_alone_without_figures_and_one_that_is_only_tried(corpus_root: Path, net6: Path, tmp_path: Path) -> None:
    small = (
        *GAN[1:], "gan.judge_epochs=0", "gan.epochs=1", "data=folder", f"data.root={corpus_root}", "segments.length=1",
        "trainer.accelerator=cpu", "logger=tensorboard", "+trainer.enable_progress_bar=false",
    )  # fmt: skip
    bare = musicgenre("gan", *small, "figures=false", f"hydra.run.dir={tmp_path / 'bare'}")
    assert bare.status == 0, bare.text
    assert not (tmp_path / "bare" / "figures").exists()
    in_events = [
        any(b"figures/sequences" in path.read_bytes() for path in folder.glob("events.out.*"))
        for folder in (net6 / "gan", tmp_path / "bare")
    ]
    assert in_events == [True, False]
    tried = musicgenre(
        "gan", *small, "debug=fdr", "trainer=ddp", "trainer.devices=1", f"hydra.run.dir={tmp_path / 'fdr'}"
    )
    assert tried.status == 0, tried.text
    assert "fast_dev_run: one batch of everything ran through" in tried.text
    assert list((tmp_path / "fdr").iterdir()) == []


def test_what_is_switched_off_or_comes_with_an_experiment_is_passed_over(corpus_root: Path, tmp_path: Path) -> None:
    path = tmp_path / "own" / "experiment" / "mine.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("# @package _global_\ntrainer:\n  gradient_clip_val: 1.0\n  max_epochs: 3\n")
    off = ("callbacks.progress=null", "~callbacks.early_stopping", "compile=False", "milestones=[ ]")
    small = (*GAN[1:6], "gan.judge_epochs=0", "gan.epochs=1", "data=folder", f"data.root={corpus_root}", "trainer=cpu")
    own = ("--config-dir", str(path.parents[1]), "experiment=mine", "segments.length=1", "figures=false", "logger=csv")
    result = musicgenre("gan", *own, *small, *off, f"hydra.run.dir={tmp_path / 'run'}")
    assert result.status == 0, result.text
    assert "epoch 1/1" not in result.text


def test_a_judge_without_its_published_weights_is_said_before_a_gan_is_trained(
    corpus_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path / "cache"))  # which holds no musicnn wheel
    asked = ("gan", "experiment=musicnn_finetune", *GAN[2:], "segments.length=1", "trainer=cpu", "data=folder")
    result = musicgenre(*asked, f"data.root={corpus_root}", f"hydra.run.dir={tmp_path / 'run'}")
    fails(result, "musicnn's weights are missing")
    assert "Training a GAN" not in result.text
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_a_leaking_gan_says_so_and_serves_no_honest_run(corpus_root: Path, tmp_path: Path) -> None:
    small = [text for text in GAN if text != "gan=improved"]
    run = tmp_path / "gan"
    settings = ("protocol=as_published", "model.hidden=4", "gan.judge_epochs=0", "segments.overlap=0")
    tiny = [text for text in TINY if not text.startswith(("model.", "optimizer.", "trainer.max_epochs"))]
    result = musicgenre(
        "gan", *tiny, *small, *settings, "data=folder", f"data.root={corpus_root}", f"hydra.run.dir={run}",
        "trainer=auto",
    )  # fmt: skip
    assert result.status == 0, result.text
    assert "LEAK: protocol=as_published" in result.text
    assert "protocol=as_published" in json.loads((run / "metrics.json").read_text())["leak"]
    device = json.loads((run / "environment.json").read_text())["device"]
    assert device.split(":")[0] in ("cpu", "cuda", "mps")  # the device used, not the accelerator asked for
    use = ("features=mfcc", f"gan_run={run}", "generated_per_genre=1")
    fails(train(tmp_path / "honest", corpus_root, *use), "was trained with a leak (protocol=as_published")
    leaking = train(tmp_path / "published", corpus_root, *use, "protocol=as_published")
    assert leaking.status == 0, leaking.text


def test_a_classifiers_epochs_are_refused_for_a_gan_alone(tmp_path: Path) -> None:
    for typed in ("trainer.max_epochs=2", "++trainer.max_epochs=2"):
        result = musicgenre("gan", typed, f"hydra.run.dir={tmp_path}")
        fails(result, "a GAN's epochs are gan.epochs, such as gan.epochs=100")
    for typed in ("debug=overfit", "debug=profile"):
        fails(musicgenre("gan", typed, f"hydra.run.dir={tmp_path}"), f"{typed} is for classifiers", "debug=fdr")


@pytest.mark.parametrize(
    "setting",
    [
        "trainer.gradient_clip_val=0.5",
        "+trainer.overfit_batches=2",
        "+trainer.accumulate_grad_batches=2",
        "trainer.precision=64-true",
        "trainer.limit_val_batches=2",
        "+trainer.num_sanity_val_steps=2",
        "callbacks.early_stopping.patience=3",
        "+callbacks.mine={_target_: lightning.pytorch.callbacks.Timer}",
        "optimizer=sgd",
        "ckpt_path=last.ckpt",
    ],
)
def test_what_a_gan_alone_would_not_heed_is_refused(setting: str, corpus_root: Path, tmp_path: Path) -> None:
    key = setting.lstrip("+").partition("=")[0]
    result = musicgenre("gan", setting, "data=folder", f"data.root={corpus_root}", f"hydra.run.dir={tmp_path}")
    fails(result, f"{key} is ", "leave it out")


@pytest.mark.parametrize(
    ("front_end", "label", "end"), [(MFCC(n_mfcc=13), "time (s)", 44 * 512 / 22050), (None, "frame", 44)]
)
def test_sequences_are_drawn_over_seconds_where_the_front_end_tells(
    net6: Path, front_end: MFCC | None, label: str, end: float
) -> None:
    gan, samples = load_gan(net6 / "gan" / "checkpoints" / "gan.ckpt"), Samples.load(net6 / "gan" / "samples.npz")
    axes = _figure(gan, samples, net6 / "nothing.npz", front_end).axes
    assert axes[0].images[0].get_extent()[1] == pytest.approx(end)
    assert label in {each.get_xlabel() for each in axes}
