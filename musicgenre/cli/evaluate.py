"""`musicgenre evaluate`: a trained run, tested again."""

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Test a run's best checkpoint on its own test set, or on all of other data."""
    from musicgenre.training import evaluate

    evaluate.run(cfg)
