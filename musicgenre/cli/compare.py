"""`musicgenre compare`: what one setting changed."""

from pathlib import Path

from omegaconf import DictConfig

from musicgenre.runs.compare import compare
from musicgenre.training.folders import job_of


def run(cfg: DictConfig) -> None:
    """Pair the runs of a sweep by seed and write their differences."""
    compare(
        Path(str(cfg.runs)),
        str(cfg.by),
        job_of(cfg).folder,
        metrics=list(cfg.metrics),
        reference=cfg.reference,
        confidence=cfg.confidence,
    )
