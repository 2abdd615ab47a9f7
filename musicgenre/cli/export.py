"""`musicgenre export`: a trained run as one file for other programs."""

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Write the run's front end and net as ONNX or as PyTorch's exported program."""
    from musicgenre.prediction import export_run

    export_run.run(cfg)
