"""Experiments from documents written for Keras have its constants, whichever optimizer is swept."""

from typing import Any

import pytest
import torch
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from musicgenre.cli.configs import conf_dir
from musicgenre.training.build import _optimizer


def experiment(name: str, *overrides: str) -> Any:
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        given = ("++data.root=/music", "++data.table=/music.csv", *overrides)
        return OmegaConf.to_container(compose("train", [f"experiment={name}", *given]), resolve=True)


@pytest.mark.parametrize("name", ["mfcc_cnn", "dilated_cnn", "features_cnn1d", "images_cnn2", "unet_lite"])
@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop", "sgd"])
def test_constants(name: str, optimizer: str) -> None:
    made = _optimizer(experiment(name, f"optimizer={optimizer}"))([torch.nn.Parameter(torch.zeros(1))])
    group = made.param_groups[0]
    assert group.get("eps", 1e-7) == 1e-7
    if optimizer == "rmsprop":
        assert group["alpha"] == (0.9 if name == "unet_lite" else 0.99)


def test_torch_has_its_own_elsewhere() -> None:
    made = _optimizer(experiment("net5_bilstm"))([torch.nn.Parameter(torch.zeros(1))])
    assert made.param_groups[0]["eps"] == 1e-8
