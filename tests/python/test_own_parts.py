"""A checkpoint with a front end, standardisation and loss of one's own is loaded, also where their class has moved."""

import re
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any, Self

import lightning as L
import pytest
import torch
from torch import Tensor, nn

from musicgenre import GenreClassifier, GenreDataModule, MusicGenreError, folder, splits
from musicgenre.features import FrontEnd
from musicgenre.modules.checkpoint import ClassifierRecord
from musicgenre.nets import FCNN
from musicgenre.parts import Remembers


class Levels(FrontEnd):
    """The mean power of each of a few parts of a segment."""

    one_size = True

    def __init__(self, sample_rate: int = 22050, *, n_parts: int = 4) -> None:
        super().__init__(sample_rate)
        self.n_parts = n_parts

    def forward(self, waveform: Tensor) -> Tensor:
        powers = [part.square().mean(-1) for part in waveform.tensor_split(self.n_parts, dim=-1)]
        return torch.stack(powers, 1)[:, None, :, None]

    def output_shape(self, n_samples: int) -> tuple[int, int, int]:
        return 1, self.n_parts, 1


class LogLevels(Levels):
    """Their logarithms: what it takes is inherited."""

    def forward(self, waveform: Tensor) -> Tensor:
        return (super().forward(waveform) + 1e-6).log()


class Shaped(Remembers, nn.Module):
    """A net with a setting that is no plain value."""

    def __init__(self, in_shape: tuple[int, ...], n_classes: int, *, shape: nn.Module | None = None) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), shape or nn.ReLU(), nn.Linear(in_shape[1], n_classes))

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layers(x)
        return logits


class Largest(Remembers, nn.Module):
    """Divides by the largest training value."""

    largest: Tensor

    def __init__(self, in_shape: tuple[int, ...]) -> None:
        super().__init__()
        self.register_buffer("largest", torch.ones(in_shape[0]))

    def fit(self, batches: Iterable[Tensor]) -> Self:
        self.largest.copy_(torch.stack([batch.amax((0, 2, 3)) for batch in batches]).amax(0))
        return self

    def forward(self, features: Tensor) -> Tensor:
        return features / self.largest[:, None, None]


class Scaled(nn.Module):
    """Cross-entropy of logits times a factor that is learnt."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor))
        self.register_buffer("weight", torch.full((3,), factor))

    def forward(self, logits: Tensor, label: Tensor) -> Tensor:
        return nn.functional.cross_entropy(self.factor * logits, label, weight=self.weight)  # type: ignore[arg-type]


def trained(
    path: Path, corpus_root: Path, front_end: FrontEnd | None = None, net: Any = FCNN, **settings: Any
) -> GenreClassifier:
    """A classifier of one epoch, whose checkpoint is written."""
    data = GenreDataModule(
        folder(corpus_root), front_end or Levels(), length=1.0, standardize=settings.pop("standardize", "coefficient"),
        split=splits.stratified(fractions=(0.5, 0.25, 0.25)),
    )  # fmt: skip
    model, off = GenreClassifier(net, **settings), ("enable_progress_bar", "enable_model_summary")
    quiet: Any = dict.fromkeys((*off, "enable_checkpointing", "logger"), False)
    trainer = L.Trainer(max_epochs=1, accelerator="cpu", **quiet)
    trainer.fit(model, data)
    trainer.save_checkpoint(path)
    return model


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.ckpt"


def test_a_front_end_whose_class_has_moved_is_given(
    path: Path, corpus_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Levels, "__module__", "__main__")  # as in a notebook
        model = trained(path, corpus_root, Levels(n_parts=3))
    load, wave = GenreClassifier.load_from_checkpoint, torch.randn(2, 22050)
    with pytest.raises(
        MusicGenreError, match=r"^__main__\.Levels is not one.*trusted=\{'__main__\.Levels'\}.*features="
    ):
        load(path)
    with pytest.raises(MusicGenreError, match=r"trained on Levels\(n_parts=3\), but features is Levels\(\): give one"):
        load(path, features=Levels())
    with pytest.raises(MusicGenreError, match=r"^features is the class Levels: give an instance of a front end"):
        load(path, features=Levels)  # type: ignore[arg-type]  # the mistake
    again = load(path, features=Levels(n_parts=3))
    assert torch.equal(again.probabilities(wave), model.probabilities(wave))
    data = GenreDataModule(folder(corpus_root), Levels(n_parts=3), length=1.0)
    again.prepare(data)  # the same class
    model.prepare(data)  # the class where it is now


def test_a_class_that_is_trusted_by_name_may_be_a_single_one(path: Path, corpus_root: Path) -> None:
    model, wave = trained(path, corpus_root), torch.randn(2, 22050)
    with pytest.raises(MusicGenreError) as error:
        GenreClassifier.load_from_checkpoint(path)
    (name,) = re.findall(r"trusted=\{'([\w.]+)'\}", str(error.value))
    for trusted in (name, {name}):
        again = GenreClassifier.load_from_checkpoint(path, trusted=trusted)
        assert torch.equal(again.probabilities(wave), model.probabilities(wave))


def test_a_front_end_that_inherits_what_it_takes_is_loaded_with_its_settings(path: Path, corpus_root: Path) -> None:
    model, wave = trained(path, corpus_root, LogLevels(n_parts=3)), torch.randn(2, 22050)
    again = GenreClassifier.load_from_checkpoint(path, trusted={f"{__name__}.LogLevels"})
    assert repr(again.front_end) == "LogLevels(n_parts=3)"
    assert torch.equal(again.probabilities(wave), model.probabilities(wave))


def test_a_part_with_a_setting_that_no_checkpoint_can_hold_is_not_built_without_it(
    path: Path, corpus_root: Path
) -> None:
    net = partial(Shaped, shape=nn.Tanh())
    model, wave = trained(path, corpus_root, net=net), torch.randn(2, 22050)
    with pytest.raises(MusicGenreError, match=r"Shaped: shape is a Tanh, which a checkpoint cannot hold: give num"):
        ClassifierRecord.of(model).require_settings()
    with pytest.raises(MusicGenreError, match=r"\.Shaped was made with settings that .* cannot hold: in .* as net=,"):
        GenreClassifier.load_from_checkpoint(path, trusted={f"{__name__}.{name}" for name in ("Levels", "Shaped")})
    again = GenreClassifier.load_from_checkpoint(path, features=Levels(), net=net)
    assert torch.equal(again.probabilities(wave), model.probabilities(wave))


@pytest.mark.parametrize("given", [Largest, Largest((1, 4, 1))])
def test_a_standardisation_is_given_and_keeps_what_was_fitted(given: Any, path: Path, corpus_root: Path) -> None:
    model = trained(path, corpus_root, standardize=Largest)
    with pytest.raises(MusicGenreError, match=r"Largest is not one.*also takes it as standardize="):
        GenreClassifier.load_from_checkpoint(path, features=Levels())
    again = GenreClassifier.load_from_checkpoint(path, features=Levels(), standardize=given)
    assert torch.equal(again.standardize.largest, model.standardize.largest)  # type: ignore[union-attr, arg-type]
    assert again.standardize.largest != 1  # type: ignore[union-attr]
    with pytest.raises(MusicGenreError, match=r"^standardize is 'minmax': give a standardisation, or its class"):
        GenreClassifier.load_from_checkpoint(path, standardize="minmax")  # type: ignore[arg-type]


def test_a_loss_that_is_given_keeps_its_settings_and_takes_what_was_learnt(path: Path, corpus_root: Path) -> None:
    model = trained(path, corpus_root, loss=Scaled(2.0), lr=0.1)
    again = GenreClassifier.load_from_checkpoint(path, features=Levels(), loss=Scaled(1.0))
    assert again.loss.factor == model.loss.factor != 2
    assert torch.equal(again.loss.weight, torch.ones(3))  # type: ignore[arg-type]
    weighted = nn.CrossEntropyLoss(torch.tensor([1.0, 0.0, 3.0]))
    again = GenreClassifier.load_from_checkpoint(path, features=Levels(), loss=weighted)
    assert again.loss.weight.tolist() == [1, 0, 3]  # type: ignore[operator]
