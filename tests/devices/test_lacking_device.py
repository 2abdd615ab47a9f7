"""Training, GAN, evaluation and prediction on a device that refuses 64-bit floats."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from command_line import musicgenre, trained
from lacking import LackingDevice, put_on
from lightning.pytorch.strategies import Strategy

from musicgenre.data.loader import BatchLoader
from musicgenre.gan.module import ConditionalGAN
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.prediction.classifier import AudioClassifier

STEPS = ("training_step", "validation_step", "test_step", "on_validation_epoch_end", "on_train_epoch_end")
SMALL = ("trainer.max_epochs=1", "segments.max_segments=1", "trainer.gradient_clip_val=1")


def test_the_device_lacks_what_it_should() -> None:
    lacking: tuple[Callable[[], object], ...] = (
        lambda: torch.zeros(2, dtype=torch.float64),
        lambda: torch.linalg.eigh(torch.eye(2)),
    )
    with LackingDevice():
        assert float(torch.ones(3).mean()) == 1
        for call in lacking:
            with pytest.raises(TypeError, match="no such thing"):
                call()


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of the methods that ran on the device."""
    steps = [(GenreClassifier, name) for name in STEPS[:3]]
    device = [(BatchLoader, "_transformed"), (Strategy, "backward"), (Strategy, "optimizer_step")]
    gan = [(ConditionalGAN, name) for name in ("training_step", "on_train_epoch_end", "forward")]
    return put_on(monkeypatch, *steps, *device, *gan, (AudioClassifier, "_forward"))


@pytest.mark.parametrize(
    "more",
    [
        ("wave_augment=waveform",),
        ("features=logmel", "augment=picture", "optimizer=adamw", "standardize=minmax"),
        ("features=mfcc", "gan=improved", "gan.epochs=1", "gan.judge_epochs=0", "generated_per_genre=2",
         "gan.generator.widths=[4,4]", "gan.discriminator.widths=[4,4]", "scheduler=one_cycle"),
    ],
    ids=["waveforms", "pictures", "gan"],
)  # fmt: skip
def test_a_run_trains_and_is_tested_again(
    more: tuple[str, ...], corpus_root: Path, tmp_path: Path, called: set[str]
) -> None:
    run = trained(tmp_path / "run", corpus_root, *SMALL, *more)
    assert {"GenreClassifier.training_step", "GenreClassifier.test_step", "BatchLoader._transformed"} <= called
    assert {"Strategy.backward", "Strategy.optimizer_step"} <= called
    assert ("ConditionalGAN.training_step" in called) == ("gan=improved" in more)
    again = musicgenre("evaluate", f"run={run}", "trainer=cpu", f"hydra.run.dir={tmp_path / 'again'}")
    assert again.status == 0, again.text


def test_a_run_hears_a_file(finished_run: Path, corpus_root: Path, tmp_path: Path, called: set[str]) -> None:
    audio = corpus_root / "hum"
    result = musicgenre("predict", f"run={finished_run}", f"audio={audio}", f"hydra.run.dir={tmp_path}")
    assert result.status == 0, result.text
    assert "AudioClassifier._forward" in called
