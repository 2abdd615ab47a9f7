"""`musicgenre explore`: a collection in figures."""

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Draw the collection, single tracks and, if a run is named, its net."""
    from musicgenre.explore import collection

    collection.run(cfg)
