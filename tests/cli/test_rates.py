"""The learning rate that an experiment gives one optimizer is not passed on to the others in a sweep."""

import pytest
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from musicgenre.cli.configs import conf_dir

OF_TORCH = {"adam": 1e-3, "adamw": 1e-3, "rmsprop": 1e-3, "sgd": 1e-2}  # rates unless one is set


def composed(*overrides: str) -> DictConfig:
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        return compose("train", list(overrides))


def test_each_optimizer_keeps_its_own_default_unless_one_is_set() -> None:
    names = ("adam", "adamw", "rmsprop", "sgd")
    plain = {name: composed(f"optimizer={name}").optimizer.lr for name in names}
    assert plain == {"adam": 1e-3, "adamw": 1e-3, "rmsprop": 1e-3, "sgd": 1e-2}
    of_net1 = {name: composed("experiment=net1_fcnn", f"optimizer={name}").optimizer.lr for name in names}
    assert of_net1 == {"adam": 1e-5, "adamw": 1e-3, "rmsprop": 1e-5, "sgd": 1e-2}
    assert composed("experiment=mfcc_cnn").optimizer.lr == 1e-4
    assert composed("experiment=net1_fcnn", "optimizer=sgd", "optimizer.lr=0.5").optimizer.lr == 0.5


@pytest.mark.parametrize("experiment", sorted(path.stem for path in (conf_dir() / "experiment").glob("*.yaml")))
def test_no_experiment_hands_the_rate_of_its_optimizer_to_another_kind(experiment: str) -> None:
    """RMSprop, which scales steps alike, may share Adam's rate where the source says so; SGD never does.

    What an experiment leaves out is as in those it begins with and in `train`, which are tested too.
    """
    written = yaml.safe_load((conf_dir() / "experiment" / f"{experiment}.yaml").read_text())
    assert "lr" not in (written.get("optimizer") or {})  # an experiment sets rates.NAME instead
    rates = written.get("rates") or {}
    assert "sgd" not in rates
    assert "adamw" not in rates or {"override /optimizer": "adamw"} in written["defaults"]


@pytest.mark.parametrize("name", OF_TORCH)
def test_each_optimizers_rate_is_the_one_of_its_name(name: str) -> None:
    assert yaml.safe_load((conf_dir() / "optimizer" / f"{name}.yaml").read_text())["lr"] == f"${{rates.{name}}}"
