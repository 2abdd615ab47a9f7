"""`musicgenre compare`: the effect of one setting."""

from pathlib import Path

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Pair the runs of a sweep by seed and write their differences."""
    from musicgenre.runs.compare import compare
    from musicgenre.runs.other_results import begin_files

    with begin_files(job):
        compare(
            Path(str(cfg.runs)),
            str(cfg.by),
            job.folder,
            metrics=job.config["metrics"],
            reference=job.config["reference"],
            confidence=cfg.confidence,
            formats=list(cfg.formats),
        )
