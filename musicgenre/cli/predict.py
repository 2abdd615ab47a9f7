"""`musicgenre predict`: the genre of the user's own music."""

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Classify a file, or all files of a folder, with one run, several together, or the bundled model."""
    from musicgenre.prediction.head import default_classifier
    from musicgenre.prediction.predict import choose_device, predict
    from musicgenre.runs.folder import RunFolder
    from musicgenre.runs.other_results import refuse_others
    from musicgenre.training.prepare import with_files
    from musicgenre.training.trained import load_model

    folder = RunFolder(job.folder)
    refuse_others(folder, "predict")
    runs = job.config["run"]
    device = choose_device(cfg.device)
    if runs is None:
        listeners = [with_files(lambda: default_classifier(device, cfg.batch_size))]
    else:
        models = [load_model(run, trust=job.trust) for run in ([runs] if isinstance(runs, str) else runs)]
        listeners = [model.audio_classifier(device, cfg.batch_size) for model in models]
    predict(
        listeners,
        cfg.audio,
        job.folder,
        top=cfg.top,
        save=job.config["save"],
        figures=cfg.figures,
        before=lambda: folder.write_config(job),  # not earlier: a refused call changes nothing in the folder
    )
