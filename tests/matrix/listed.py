"""What `conf/` lists: every net, front end and experiment that is listed there is tested."""

from functools import cache

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

from musicgenre.cli.configs import conf_dir
from musicgenre.training.objects import Config

RATE = 22050  # Hz


def listed(group: str) -> list[str]:
    """Names of a group's options."""
    return sorted(path.stem for path in (conf_dir() / group).glob("*.yaml"))


@cache
def option(group: str, name: str, *overrides: str) -> Config:
    """The config of a single group, with one of its options and overrides such as `model.hidden=8`."""
    shared = ("+seed=0", f"+sample_rate={RATE}")
    return composed(None, *shared, f"+{group}={name}", *overrides)


@cache
def experiment(name: str) -> Config:
    """The config of `musicgenre train experiment=NAME split=artist_kfold`: each has to accept another split."""
    given = ("split=artist_kfold", "seed=3", "++data.root=/music", "++data.table=/music.csv")
    return composed("train", f"experiment={name}", *given)


def composed(command: str | None, *overrides: str) -> Config:
    """A config as plain values."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        values = OmegaConf.to_container(compose(command, list(overrides)), resolve=True)
    assert isinstance(values, dict)
    return {str(key): value for key, value in values.items()}


def is_network(config: Config) -> bool:
    """Whether the config's model is called with a shape, as networks are and classical models are not."""
    return bool(config["model"].get("_partial_"))


NETS = [name for name in listed("model") if is_network(option("model", name))]
CLASSICAL = [name for name in listed("model") if name not in NETS]
EXPERIMENTS = listed("experiment")
