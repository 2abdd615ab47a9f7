"""`musicgenre predict`: the genre of the user's own music."""

import logging

from omegaconf import DictConfig

from musicgenre.runs.job import Job

log = logging.getLogger(__name__)


def run(cfg: DictConfig, job: Job) -> None:
    """Classify a file, or all files of a folder, with one run, several together, or the bundled model."""
    from musicgenre.runs.folder import RunFolder
    from musicgenre.runs.other_results import refuse_others

    folder = RunFolder(job.folder)
    refuse_others(folder, "predict")
    runs = [job.config["run"]] if isinstance(job.config["run"], str) else job.config["run"]
    _log_call(job, runs or [])
    from musicgenre.prediction.head import default_classifier  # these load PyTorch
    from musicgenre.prediction.predict import choose_device, predict
    from musicgenre.training.prepare import with_files
    from musicgenre.training.trained import load_model

    device = choose_device(cfg.device)
    if runs is None:
        listeners = [with_files(lambda: default_classifier(device, cfg.batch_size))]
    else:
        models = [load_model(run, trust=job.trust) for run in runs]
        listeners = [model.audio_classifier(device, cfg.batch_size) for model in models]
        for path, model in zip(runs, models, strict=True):
            if model.card is not None and model.card.kind == "picture":
                log.warning(
                    "%s was trained on picture files. Audio is drawn by %s: if the files were drawn in another way, "
                    "its answers may be wrong, and all of them may be `unlike`.",
                    path,
                    type(model.front_end).__name__,
                )
    predict(
        listeners,
        cfg.audio,
        job.folder,
        top=cfg.top,
        save=job.config["save"],
        figures=cfg.figures,
        before=lambda: folder.write_config(job),  # not earlier: a refused call changes nothing in the folder
    )


def _log_call(job: Job, runs: list[str]) -> None:
    """Write the command, and which model files it uses, to the log file, where those of other days may be."""
    from musicgenre import __version__
    from musicgenre.files import expanded
    from musicgenre.quoting import quoted
    from musicgenre.runs.model_file import model_of
    from musicgenre.runs.own_configs import own_configs
    from musicgenre.runs.sums import sha256_of
    from musicgenre.transcript import to_log_file
    from musicgenre.yaml_text import parse_yaml

    typed = " ".join(["predict", *own_configs(parse_yaml(job.hydra)), *map(quoted, job.overrides)])
    to_log_file(f"musicgenre {__version__}: {typed}")
    for path in (model_of(expanded(run)) for run in runs):
        to_log_file(f"{path}: SHA-256 {sha256_of(path)}")
