"""`musicgenre prepare`: compute and keep the features that training will need."""

from contextlib import nullcontext

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Compute the features that a training run with the same settings will read, and fetch its published weights."""
    from musicgenre.runs.other_results import begin_files
    from musicgenre.training.build import build_data
    from musicgenre.training.objects import factory_of
    from musicgenre.training.prepare import has_table, prepare, prepare_net, with_files

    data = with_files(lambda: build_data(job.config))
    with begin_files(job) if has_table(data) else nullcontext():
        prepare(data, job.folder)
    prepare_net(factory_of(job.config, "model"), data)
