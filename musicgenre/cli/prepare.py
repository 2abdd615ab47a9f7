"""`musicgenre prepare`: compute and keep the features that training will need."""

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Compute the features that a training run with the same `data`, `features` and `segments` will read."""
    from musicgenre.training.build import build_data
    from musicgenre.training.prepare import prepare, with_files

    prepare(with_files(lambda: build_data(job.config)), job.folder)
