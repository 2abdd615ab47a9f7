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


class Squashed(nn.Module):
    """A net that remembers nothing, and names what it gets first in its own way; the range is not among its weights."""

    def __init__(self, shape: tuple[int, ...], n_out: int, *, reach: float = 1.0) -> None:
        super().__init__()
        self.layer, self.reach = nn.Linear(shape[1], n_out), reach

    def forward(self, x: Tensor) -> Tensor:
        return self.reach * torch.tanh(self.layer(x.flatten(1)))


class Divided(nn.Module):
    """A standardisation that remembers nothing."""

    def __init__(self, shape: tuple[int, ...], by: float = 1.0) -> None:
        super().__init__()
        self.by = by

    def fit(self, batches: Iterable[Tensor]) -> Self:
        return self

    def forward(self, features: Tensor) -> Tensor:
        return features / self.by


class Remembered(Remembers, Divided):
    """One that remembers."""


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
    with pytest.raises(MusicGenreError, match=r"\.Shaped was made with settings that .* not hold: in .* as net=,"):
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


@pytest.mark.parametrize(
    ("made_by", "kind"),
    [
        (partial(Remembered, by=0.01), Remembered),
        (lambda shape: Remembered(shape, 0.01), Remembered),
        (Remembered((1, 4, 1), 0.01), Remembered),
        (partial(Divided, by=0.01), Divided),
    ],
)
def test_a_standardisation_that_is_given_has_the_settings_of_the_training(
    made_by: Any, kind: type[Divided], path: Path, corpus_root: Path
) -> None:
    model, wave = trained(path, corpus_root, standardize=made_by), torch.randn(2, 22050)
    load: Any = partial(GenreClassifier.load_from_checkpoint, path, features=Levels())
    for given in ({"standardize": each} for each in (kind, made_by, partial(kind, by=0.01), lambda s: kind(s, 0.01))):
        assert torch.equal(load(**given).probabilities(wave), model.probabilities(wave))
    again = load(trusted={f"{__name__}.{kind.__name__}"})
    assert torch.equal(again.probabilities(wave), model.probabilities(wave))
    others = (partial(kind, by=2.0), *((Remembered((1, 4, 1), 2.0),) if kind is Remembered else ()))
    for other in others:
        with pytest.raises(MusicGenreError, match=r"trained on .*by=0\.01\), but standardize is .*by=2\.0\): give one"):
            load(standardize=other)
    trained(path, corpus_root, standardize=None)
    with pytest.raises(MusicGenreError, match=r"^The model was trained without a standardisation: leave out standardi"):
        load(standardize=kind)


@pytest.mark.parametrize("made_by", [lambda shape: Divided(shape, 0.01), Divided((1, 4, 1), 0.01)])
def test_a_standardisation_whose_settings_are_not_known_is_not_made_without_them(
    made_by: Any, path: Path, corpus_root: Path
) -> None:
    model, wave = trained(path, corpus_root, standardize=made_by), torch.randn(2, 22050)
    load: Any = partial(GenreClassifier.load_from_checkpoint, path, features=Levels())
    for given in ({"standardize": Divided}, {"trusted": {f"{__name__}.Divided"}}):
        with pytest.raises(MusicGenreError, match=r"\.Divided was made with settings that the checkpoint does not"):
            load(**given)
    for same in (made_by, partial(Divided, by=0.01)):
        assert torch.equal(load(standardize=same).probabilities(wave), model.probabilities(wave))


@pytest.mark.parametrize("made_by", [Squashed, partial(Squashed, reach=5.0)])
def test_a_net_that_remembers_nothing_is_loaded_with_its_settings(made_by: Any, path: Path, corpus_root: Path) -> None:
    model, wave = trained(path, corpus_root, net=made_by), torch.randn(2, 22050)
    load: Any = partial(GenreClassifier.load_from_checkpoint, path, features=Levels())
    for given in ({"net": Squashed}, {"net": made_by}, {"trusted": {f"{__name__}.Squashed"}}):
        again = load(**given)
        assert torch.equal(again.probabilities(wave), model.probabilities(wave))
    assert ClassifierRecord.of(again) == ClassifierRecord.of(model)
    with pytest.raises(MusicGenreError, match=r"trained on Squashed\(.*, but net is Squashed\(.*reach=7\.0\): give"):
        load(net=partial(Squashed, reach=7.0))


def test_a_net_whose_settings_are_not_known_is_not_made_without_them(path: Path, corpus_root: Path) -> None:
    def made(shape: tuple[int, ...], n_genres: int) -> nn.Module:
        return Squashed(shape, n_genres, reach=5.0)

    load: Any = partial(GenreClassifier.load_from_checkpoint, path, features=Levels())
    wave, nets = torch.randn(2, 22050), (made, Squashed((1, 4, 1), 3, reach=5.0))
    for net in nets:
        model = trained(path, corpus_root, net=net)
        for given in ({"net": Squashed}, {"trusted": {f"{__name__}.Squashed"}}):
            with pytest.raises(MusicGenreError, match=r"Squashed was made with settings that .* a function that makes"):
                load(**given)
        for same in (net, made, partial(Squashed, reach=5.0)):
            assert torch.equal(load(net=same).probabilities(wave), model.probabilities(wave))
    model = trained(path, corpus_root, net=lambda shape, n_genres: FCNN(shape, n_genres, hidden=(4,)))
    for again in (FCNN, lambda shape, n_genres: FCNN(shape, n_genres, hidden=(4,))):
        assert torch.equal(load(net=again).probabilities(wave), model.probabilities(wave))


def test_a_net_that_was_changed_after_it_was_made_is_given_as_it_is(path: Path, corpus_root: Path) -> None:
    net = FCNN((1, 4, 1), 10)
    (name, head) = [(name, layer) for name, layer in net.named_modules() if isinstance(layer, nn.Linear)][-1]
    setattr(net.get_submodule(name.rpartition(".")[0]), name.rpartition(".")[2], nn.Linear(head.in_features, 3))
    model, wave = trained(path, corpus_root, net=net), torch.randn(2, 22050)
    load: Any = partial(GenreClassifier.load_from_checkpoint, path, features=Levels())
    with pytest.raises(MusicGenreError, match=r"does not fit the net: size .*\. If the net was changed .*=OBJECT\.$"):
        load()
    assert torch.equal(load(net=net).probabilities(wave), model.probabilities(wave))


def test_a_loss_that_is_given_keeps_its_settings_and_takes_what_was_learnt(path: Path, corpus_root: Path) -> None:
    model = trained(path, corpus_root, loss=Scaled(2.0), lr=0.1)
    again = GenreClassifier.load_from_checkpoint(path, features=Levels(), loss=Scaled(1.0))
    assert again.loss.factor == model.loss.factor != 2
    assert torch.equal(again.loss.weight, torch.ones(3))  # type: ignore[arg-type]
    weighted = nn.CrossEntropyLoss(torch.tensor([1.0, 0.0, 3.0]))
    again = GenreClassifier.load_from_checkpoint(path, features=Levels(), loss=weighted)
    assert again.loss.weight.tolist() == [1, 0, 3]  # type: ignore[operator]
