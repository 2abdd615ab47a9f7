"""`musicgenre export`: a trained run as one file for other programs."""

from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig
from rich.console import Console
from torch import nn

from musicgenre.errors import MusicGenreError
from musicgenre.features import HandMade
from musicgenre.prediction.export import FORMATS, export, segment_samples
from musicgenre.prediction.trained import audio_classifier
from musicgenre.training.trained import load_network


def run(cfg: DictConfig) -> None:
    """Write the run's front end and net as `model.onnx` or `model.pt2`, and check the file.

    Raises:
        MusicGenreError: The run or the format is not there, the run has no net or hand-made features, or the file
            gives other probabilities than the run.
    """
    if cfg.format not in FORMATS:
        raise MusicGenreError(f"format is {cfg.format!r}: choose format=onnx or format=pt2.")
    path = Path(HydraConfig.get().runtime.output_dir) / f"model.{cfg.format}"
    trained = load_network(cfg.run)
    listen = audio_classifier(trained)
    front_end, module = trained.classifier.front_end, trained.classifier
    assert front_end is not None  # audio_classifier has seen to it
    if isinstance(front_end, HandMade):
        raise MusicGenreError(
            f"{trained.folder} reads hand-made features, which librosa computes and no exported file can: export a run "
            "on another front end."
        )
    difference = export(listen, nn.Sequential(front_end, module.standardize), module.net, path)
    console = Console()
    console.print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)", soft_wrap=True, highlight=False)
    console.print(
        f"It takes float32 waveforms (batch, {segment_samples(listen)}) at {listen.segmenter.sample_rate} Hz and gives "
        f"probabilities (batch, {len(listen.genres)}): {', '.join(listen.genres)}. "
        f"They differ from the run's by at most {difference:.1e}.",
        highlight=False,
    )
