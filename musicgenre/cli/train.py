"""`musicgenre train`: from a config to a run folder."""

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> float | None:
    """Train a network or fit a classical model, whichever `model` names.

    Returns:
        The monitored value, for sweepers that search.
    """
    from musicgenre.training.build import is_classical
    from musicgenre.training.classical import train_classical
    from musicgenre.training.network import train_network

    return train_classical(cfg, job.folder) if is_classical(cfg) else train_network(cfg, job.folder)
