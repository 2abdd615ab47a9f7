"""Nets and standardisations of one's own, by classes, partials and functions, get on loading what they got before."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any, Self

import lightning as L
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from musicgenre import GenreClassifier, GenreDataModule, MusicGenreError, folder, splits
from musicgenre.features import MFCC, Standardize
from musicgenre.modules.checkpoint import ClassifierRecord

SHAPE, load = (1, 4, 1), GenreClassifier.load_from_checkpoint


class Net(nn.Module):
    """A net that adds its shape to a tuple; the range is not among its weights."""

    def __init__(
        self,
        in_shape: tuple[int, ...],
        n_classes: int,
        reach: float = 1.0,
        blocks: tuple[tuple[int, ...], ...] = ((1, 2), (3, 4)),
        widths: dict[Any, int] | None = None,
    ) -> None:
        super().__init__()
        self.of, self.reach, self.widths = (None, *in_shape), reach, widths
        self.layer = nn.Linear(in_shape[1], n_classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.reach * torch.tanh(self.layer(x.mean(-1).flatten(1)))


def make_net(shape: tuple[int, ...], n_genres: int, strength: float = 1.0) -> nn.Module:
    assert isinstance(shape, tuple)
    return Net(shape, n_genres, 5 * strength)


class Robust(nn.Module):
    """A standardisation whose first setting is its own."""

    middle: Tensor

    def __init__(self, q: float, in_shape: tuple[int, ...]) -> None:
        super().__init__()
        self.q = q
        self.register_buffer("middle", torch.zeros(in_shape[:2] + (1,)))  # noqa: RUF005  # fails for a list

    def fit(self, batches: Iterable[Tensor]) -> Self:
        return self

    def forward(self, features: Tensor) -> Tensor:
        return self.q * (features - self.middle)


def make_scaling(of: tuple[int, ...], share: float = 0.25) -> nn.Module:
    return Robust(2 * share, of)


def trained(path: Path, net: Any, data: Any = None) -> GenreClassifier:
    """A classifier of one step, whose checkpoint is written; on bare batches if there is no data."""
    bare = DataLoader(TensorDataset(torch.randn(4, *SHAPE), torch.tensor([0, 1, 0, 1])), batch_size=4)
    model, off = GenreClassifier(net, genres=None if data else ["a", "b"]), ("progress_bar", "model_summary")
    quiet: Any = {f"enable_{name}": False for name in (*off, "checkpointing")}
    trainer = L.Trainer(max_steps=1, accelerator="cpu", logger=False, limit_val_batches=0, **quiet)
    trainer.fit(model, data or bare)
    trainer.save_checkpoint(path)
    return model.eval()


def same(one: GenreClassifier, other: GenreClassifier, shape: tuple[int, ...] = SHAPE) -> bool:
    return torch.equal(one(x := torch.randn(2, *shape)), other(x))


@pytest.mark.parametrize("factory", [make_net, partial(make_net, strength=0.5)])
def test_a_function_and_its_settings_are_kept_by_its_name(factory: Any, tmp_path: Path) -> None:
    model = trained(path := tmp_path / "some.ckpt", factory)
    record = ClassifierRecord.of(model)
    record.require_settings()
    assert record.net["name"] == f"{__name__}.make_net"
    for given in ({"net": make_net}, {"net": factory}, {"trusted": {f"{__name__}.make_net"}}):
        again = load(path, **given)
        assert same(again, model)
        assert ClassifierRecord.of(again) == record
    with pytest.raises(MusicGenreError, match=r"what .*\.make_net makes: give that function in place of Net, or an"):
        load(path, net=Net)
    with pytest.raises(MusicGenreError, match=r"make_net\(.*, but net is make_net\(.*strength=7\.0\): give"):
        load(path, net=partial(make_net, strength=7.0))


def test_a_function_that_has_no_name_makes_the_net_again_and_again(tmp_path: Path) -> None:
    def made(shape: tuple[int, ...], n_genres: int) -> nn.Module:
        return make_net(shape, n_genres)

    model = trained(path := tmp_path / "some.ckpt", made)
    ClassifierRecord.of(model).require_settings()
    again = load(path, net=made)
    trainer = L.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False)
    trainer.strategy.connect(again)
    trainer.save_checkpoint(path)
    assert same(load(path, net=made), model)


@pytest.mark.parametrize("given", [{"net": Net}, {"net": partial(Net)}, {"trusted": {f"{__name__}.Net"}}])
def test_a_class_gets_the_shape_as_a_tuple(given: dict[str, Any], tmp_path: Path) -> None:
    model = trained(path := tmp_path / "some.ckpt", Net)
    again: Any = load(path, **given)
    assert same(again, model)
    assert again.net.of == (None, *SHAPE)
    assert type(again.net.of[1:]) is tuple
    assert load(path, net=partial(Net, blocks=((1, 2), (3, 4)))).net is not None  # the default
    with pytest.raises(MusicGenreError, match=r"blocks=\[\[1, 2\]\]\): give"):
        load(path, net=partial(Net, blocks=((1, 2),)))


def test_keys_that_are_no_strings_are_not_taken_for_strings(tmp_path: Path) -> None:
    net = partial(Net, widths={1: 16})
    model = trained(path := tmp_path / "some.ckpt", net)
    with pytest.raises(MusicGenreError, match=r"Net: widths has the key 1, which a checkpoint cannot hold: give str"):
        ClassifierRecord.of(model).require_settings()
    with pytest.raises(MusicGenreError, match=r"Net was made with settings that the checkpoint does not hold"):
        load(path, trusted={f"{__name__}.Net"})
    again: Any = load(path, net=net)
    assert again.net.widths == {1: 16}


@pytest.mark.parametrize(
    ("made_by", "name"),
    [
        (partial(Robust, 0.5), "Robust"),
        (partial(Standardize, "coefficient"), ""),
        (make_scaling, "make_scaling"),
        (partial(make_scaling, share=0.1), "make_scaling"),
    ],
)
def test_a_standardisation_is_made_again(made_by: Any, name: str, corpus_root: Path, tmp_path: Path) -> None:
    split = splits.stratified(fractions=(0.5, 0.25, 0.25))
    data = GenreDataModule(folder(corpus_root), MFCC(n_mfcc=4), length=1.0, standardize=made_by, split=split)
    model = trained(path := tmp_path / "some.ckpt", Net, data)
    shape = data.in_shape
    for given in ({"standardize": made_by}, {}):
        again = load(path, trusted={f"{__name__}.{each}" for each in ("Net", name)}, **given)
        x = torch.randn(2, *shape)
        assert again.standardize is not None and model.standardize is not None
        assert torch.equal(again.standardize(x), model.standardize(x))
        assert same(again, model, shape)
