"""`musicgenre evaluate`: test a trained run again."""

import logging

from omegaconf import DictConfig

from musicgenre.errors import MusicGenreError
from musicgenre.runs.job import Job

log = logging.getLogger(__name__)


def run(cfg: DictConfig, job: Job) -> None:
    """Test a run on its own test set, or on all of the given data."""
    from musicgenre.files import expanded
    from musicgenre.runs.find import run_around
    from musicgenre.runs.folder import RunFolder
    from musicgenre.runs.model_file import model_of
    from musicgenre.runs.other_results import refuse_others

    if cfg.sample_rate is not None and not job.config.get("data"):
        raise MusicGenreError(
            f"sample_rate={cfg.sample_rate} is only for data other than the run's own: name them with data=... "
            "data.root=DIR, or leave sample_rate out."
        )
    refuse_others(RunFolder(job.folder), "evaluate")
    if around := run_around(job.folder):
        log.warning("%s is in the run %s: report and compare leave it out, unless it is named.", job.folder, around)
    model_of(expanded(cfg.run))  # refuses what is no run
    from musicgenre.prediction.deformations import chosen  # these load PyTorch
    from musicgenre.training.evaluate import evaluate
    from musicgenre.training.trainer import TrainerPlan

    deform = chosen(job.config["deform"] or ())
    other = {"data": job.config["data"]} if job.config.get("data") else {}
    if other and cfg.sample_rate is not None:
        other["sample_rate"] = cfg.sample_rate
    evaluate(cfg.run, job, TrainerPlan.of(job.config), other, deform=deform)
