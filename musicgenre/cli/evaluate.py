"""`musicgenre evaluate`: a trained run, tested again."""

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Test a run on its own test set, or on all of the data that is named."""
    from musicgenre.prediction.deformations import chosen
    from musicgenre.runs.folder import RunFolder
    from musicgenre.training.evaluate import evaluate
    from musicgenre.training.trainer import TrainerPlan

    deform = chosen(job.config["deform"] or ())
    folder = RunFolder(job.folder)
    folder.refuse_other_results()
    folder.write_config(job)
    other = {"data": job.config["data"]} if job.config.get("data") else {}
    if other and cfg.sample_rate is not None:
        other["sample_rate"] = cfg.sample_rate
    evaluate(cfg.run, folder, TrainerPlan.of(job.config), other, deform=deform, trust=job.trust)
