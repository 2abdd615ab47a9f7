"""`musicgenre train`: from a config to a run folder."""

from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from musicgenre.training.build import is_classical
from musicgenre.training.classical import train_classical
from musicgenre.training.network import train_network


def run(cfg: DictConfig) -> float | None:
    """Train a network or fit a classical model, whichever `model` names.

    Returns:
        The monitored value, for sweepers that search.
    """
    folder = Path(HydraConfig.get().runtime.output_dir)
    return train_classical(cfg, folder) if is_classical(cfg) else train_network(cfg, folder)
