"""`musicgenre export`: a trained run as one file for other programs."""

from omegaconf import DictConfig

from musicgenre.runs.job import Job


def run(cfg: DictConfig, job: Job) -> None:
    """Write the run's front end and net as `model.onnx` or `model.pt2`, and check the file."""
    from musicgenre.prediction.export import export, segment_samples
    from musicgenre.runs.other_results import begin_files
    from musicgenre.training.trained import load_network
    from musicgenre.transcript import console

    path = job.folder / f"model.{cfg.format}"
    with begin_files(job, path.name):
        model = load_network(cfg.run, trust=job.trust)
        listen = model.audio_classifier()
        difference = export(listen, model.waveform_to_features(), model.made_net, path, _origin(cfg.run))
    screen = console()
    screen.print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)", soft_wrap=True, highlight=False, markup=False)
    screen.print(
        f"It takes float32 waveforms (batch, {segment_samples(listen)}) at {listen.segmenter.sample_rate} Hz and gives "
        f"probabilities (batch, {len(listen.genres)}): {', '.join(listen.genres)}. "
        f"They differ from the run's by at most {difference:.1e}.",
        highlight=False,
        markup=False,
    )


def _origin(run: str) -> dict[str, str]:
    """Return what tells the run's model from others: the SHA-256 of its checkpoint, and the run's signature."""
    from musicgenre.files import expanded
    from musicgenre.runs.folder import RunFolder
    from musicgenre.runs.model_file import model_of
    from musicgenre.runs.sums import sha256_of

    found = {"checkpoint": sha256_of(model_of(expanded(run)))}
    signature = RunFolder(expanded(run)).recorded("signature")
    return found if signature is None else {**found, "run": signature}  # a checkpoint alone has none
