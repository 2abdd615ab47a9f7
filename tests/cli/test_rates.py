"""The learning rate that an experiment gives one optimizer is not handed to the others in a sweep."""

from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from musicgenre.cli.configs import conf_dir


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
    assert composed("experiment=net1_fcnn", "scheduler=one_cycle").scheduler.max_lr == 1e-5
