"""`musicgenre report`: all runs below a folder, side by side."""

from pathlib import Path

from omegaconf import DictConfig, ListConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Write tables and figures about all runs below a folder."""
    from musicgenre.runs.other_results import begin_files
    from musicgenre.runs.report import report

    audio, keep = (None if value is None else Path(str(value)) for value in (cfg.audio, cfg.keep))
    over = [str(key) for key in cfg.over] if isinstance(cfg.over, ListConfig) else str(cfg.over)
    with begin_files(job):
        report(Path(str(cfg.runs)), job.folder, over=over, audio=audio, keep=keep, formats=list(cfg.formats))
