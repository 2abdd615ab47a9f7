"""`musicgenre predict`: the genre of the user's own music."""

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Predict a file, or every file of a folder."""
    from musicgenre.prediction import predict

    predict.run(cfg)
