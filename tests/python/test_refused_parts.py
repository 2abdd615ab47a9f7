"""Nets, losses, mixes, optimizers and schedules that do not fit are refused in one sentence when first used."""

from functools import partial
from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import ReduceLROnPlateau, StepLR
from torch.utils.data import DataLoader, TensorDataset

from musicgenre import GenreClassifier, MusicGenreError
from musicgenre.modules.schedule import Schedule

GENRES = ("a", "b", "c")


class Net(nn.Module):
    """A net whose sizes are set by its first input, and which returns its logits in some form."""

    def __init__(self, in_shape: tuple[int, ...], n_classes: int, returns: Any = lambda logits: logits) -> None:
        super().__init__()
        self.layers, self.returns = nn.Sequential(nn.Flatten(), nn.LazyLinear(n_classes)), returns

    def forward(self, x: Tensor) -> Any:
        return self.returns(self.layers(x))


def fit(net: Any = Net, path: Path | None = None, **settings: Any) -> GenreClassifier:
    """Train for one step of six items."""
    model = GenreClassifier(net, genres=GENRES, **settings)
    items = DataLoader(TensorDataset(torch.randn(6, 1, 2, 4), torch.arange(6) % 3), batch_size=6)
    off = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
    trainer = L.Trainer(max_epochs=1, accelerator="cpu", num_sanity_val_steps=0, **dict.fromkeys(off, False))  # type: ignore[arg-type]
    trainer.fit(model, items, items)
    if path is not None:
        trainer.save_checkpoint(path)
    return model


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"net": partial(Net, returns=lambda y: (y, y))}, r"The net Net returns a tuple of Tensor: let its forward"),
        ({"net": partial(Net, returns=lambda y: {"logits": y})}, r"The net Net returns a dict of 'logits': let its"),
        ({"net": nn.Conv2d(1, 1, 1)}, r"The loss CrossEntropy does not take logits \(6, 1, 2, 4\) and labels \(6,\)"),
        (
            {"loss": nn.CrossEntropyLoss(torch.ones(2))},
            r"The loss CrossEntropyLoss does not take logits \(6, 3\) and labels \(6,\), the index.*for all 3 classes",
        ),
        ({"loss": nn.BCEWithLogitsLoss()}, r"The loss BCEWithLogitsLoss does not take logits \(6, 3\) and labels \(6,"),
        (
            {"loss": partial(F.cross_entropy, reduction="none")},
            r"The loss cross_entropy returns values of shape \(6,\): let",
        ),
        ({"loss": lambda logits, label: 1.0}, r"The loss <lambda> returns a float: let it return a tensor of one"),
        (
            {"mix": lambda x: x},
            r"The mix <lambda> returns a Tensor: let it return a musicgenre\.augment\.mixup\.Mixed\(",
        ),
        (
            {"lr": 0.1, "optimizer": lambda p: SGD(p)},
            r"The optimizer cannot be made of the parameters and lr=0\.1 \(.*lr.*lr= only if it takes one",
        ),
        ({"optimizer": partial(Adam, weight_decay=-1)}, r"The optimizer cannot be made of the parameters \(Invalid w"),
        ({"optimizer": lambda p: None}, r"What makes the optimizer returns a NoneType: let it return an optimizer"),
        ({"scheduler": StepLR}, r"The scheduler cannot be made of an optimizer alone \(.*'step_size'\): give it its"),
        (
            {"scheduler": lambda optimizer: None},
            r"What makes the scheduler returns a NoneType: let it return",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(given: dict[str, Any], said: str) -> None:
    with pytest.raises(MusicGenreError, match=f"^{said}") as error:
        fit(**given)
    assert "\n" not in str(error.value) and str(error.value).endswith(".")


def test_a_machine_that_is_out_of_memory_is_no_fault_of_the_loss() -> None:
    def full(logits: Tensor, label: Tensor) -> Tensor:
        raise torch.OutOfMemoryError("full")

    with pytest.raises(torch.OutOfMemoryError):
        fit(loss=full)


def test_a_net_whose_sizes_its_first_input_sets_is_trained_and_loaded(tmp_path: Path) -> None:
    assert "0 parameters" in repr(GenreClassifier(Net((1, 2, 4), 3)))  # no error
    model, x = fit(path=tmp_path / "some.ckpt"), torch.randn(2, 1, 2, 4)
    assert model.n_parameters == 8 * 3 + 3
    again = GenreClassifier.load_from_checkpoint(tmp_path / "some.ckpt", net=Net)
    assert torch.equal(again(x), model(x))


def test_a_net_that_a_function_made_for_batches_is_made_by_it_again(tmp_path: Path) -> None:
    def made(shape: tuple[int, ...], n_genres: int) -> nn.Module:
        return Net(shape, n_genres, returns=torch.tanh)

    model, x = fit(made, path=tmp_path / "some.ckpt"), torch.randn(2, 1, 2, 4)
    for net in (made, partial(Net, returns=torch.tanh)):
        assert torch.equal(GenreClassifier.load_from_checkpoint(tmp_path / "some.ckpt", net=net)(x), model(x))


@pytest.mark.parametrize(
    ("mode", "monitor", "better"),
    [
        ("max", "val/segment/loss", "min"),
        ("min", "val/track/accuracy", "max"),
        ("min", "val/track/macro_f1", "max"),
        ("min", "val/segment/loss", ""),
        ("max", "val/track/accuracy", ""),
        ("max", "train/lr", ""),
    ],
)
def test_a_plateau_that_takes_worse_for_better_is_reported(
    mode: Any, monitor: str, better: str, caplog: pytest.LogCaptureFixture
) -> None:
    optimizer, trainer = SGD([nn.Parameter(torch.zeros(1))], lr=0.1), L.Trainer(accelerator="cpu", logger=False)
    Schedule(partial(ReduceLROnPlateau, mode=mode), monitor=monitor).configuration(optimizer, trainer)
    messages = [message for message in caplog.messages if "ReduceLROnPlateau" in message]
    assert bool(messages) == bool(better)
    assert all(f"mode={mode} takes a worse {monitor} for a better one: give mode={better}," in m for m in messages)
