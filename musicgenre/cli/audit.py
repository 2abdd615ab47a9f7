"""`musicgenre audit`: find what is wrong with a collection before training on it."""

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Measure every track, look for copies and near-duplicates, and write a table and a figure."""
    from musicgenre.data.audit import audit
    from musicgenre.data.audit.report import write_audit
    from musicgenre.data.describe import announce_ignored
    from musicgenre.runs.other_results import begin_files
    from musicgenre.training.build import build_corpus, downmix_of
    from musicgenre.training.objects import build

    with begin_files(job):
        corpus = build_corpus(job.config)
        announce_ignored(corpus)
        split = build(job.config, "split") if job.config.get("split") else None
        found = audit(corpus, split, near=cfg.near, threshold=cfg.threshold, downmix=downmix_of(job.config))
        write_audit(found, job.folder, corpus.root.name)
