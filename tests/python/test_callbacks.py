"""Lightning's callbacks that read a model's parameters, where the net is made only when training begins."""

from typing import Any

import lightning as L
import pytest
import torch
from lightning.pytorch.callbacks import BaseFinetuning, ModelPruning, StochasticWeightAveraging
from torch import nn
from torch.utils.data import DataLoader

from musicgenre import GenreClassifier, GenreDataModule
from musicgenre.modules.steps import NetFirst
from musicgenre.nets import FCNN


def first_layer(model: L.LightningModule) -> nn.Module:
    return next(layer for layer in model.modules() if isinstance(layer, nn.Linear))


class Frozen(BaseFinetuning):
    """Freezes the net's first layer before training."""

    def freeze_before_training(self, pl_module: L.LightningModule) -> None:
        self.freeze(first_layer(pl_module))

    def finetune_function(self, pl_module: L.LightningModule, epoch: int, optimizer: Any) -> None:
        """Thaw nothing."""


def trained(data: Any, callback: L.Callback, **settings: Any) -> GenreClassifier:
    model = GenreClassifier(FCNN, lr=1e-2, **settings)
    quiet: Any = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = L.Trainer(max_epochs=3, accelerator="cpu", enable_model_summary=False, callbacks=[callback], **quiet)
    trainer.fit(model, data)
    return model


@pytest.fixture(params=["data module", "bare"])
def data(request: pytest.FixtureRequest, audio: GenreDataModule) -> Any:
    return audio if request.param == "data module" else DataLoader(audio.train, batch_size=8)


def test_a_stochastic_average_is_of_all_parameters(data: Any) -> None:
    average = StochasticWeightAveraging(swa_lrs=1e-2, swa_epoch_start=1)
    model = trained(data, average, genres=("drone", "hum", "whistle"))
    sizes = [parameter.numel() for parameter in average._average_model.parameters()]  # type: ignore[union-attr]
    assert sizes == [parameter.numel() for parameter in model.parameters()]
    assert sum(sizes) == model.n_parameters > 0


def test_a_net_class_is_pruned(data: Any) -> None:
    model = trained(data, ModelPruning("l1_unstructured", amount=0.5), genres=("drone", "hum", "whistle"))
    values = torch.cat([parameter.flatten() for parameter in model.parameters()])
    assert (values == 0).float().mean() > 0.4  # what is pruned first stays pruned


def test_the_layers_of_a_net_class_are_frozen(data: Any) -> None:
    model = trained(data, Frozen(), genres=("drone", "hum", "whistle"))
    assert not any(parameter.requires_grad for parameter in first_layer(model).parameters())
    assert any(parameter.requires_grad for parameter in model.parameters())


def test_the_net_is_made_in_time_whatever_is_trained_before(audio: GenreDataModule) -> None:
    average = StochasticWeightAveraging(swa_lrs=1e-2, swa_epoch_start=1)
    quiet: Any = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = L.Trainer(max_epochs=2, accelerator="cpu", enable_model_summary=False, callbacks=[average], **quiet)
    for _ in range(2):
        model = GenreClassifier(FCNN, lr=1e-2)
        trainer.validate(model, audio, verbose=False)
        assert [type(callback) for callback in trainer.callbacks].count(NetFirst) == 1  # type: ignore[attr-defined]
