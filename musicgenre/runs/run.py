"""Run folders as Python objects: what a notebook or another program reads of a run."""

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pandas as pd
import torch
from omegaconf import DictConfig, OmegaConf

from musicgenre.data.audio.segments import Segmenter
from musicgenre.errors import MusicGenreError
from musicgenre.features import MelImage
from musicgenre.prediction import AudioClassifier
from musicgenre.training.build import build_front_end, takes_pictures
from musicgenre.training.trained import TrainedRun, load_trained

GTZAN_SECONDS = 30.0  # of the tracks that published pictures were made from


@dataclass(frozen=True)
class Run:
    """One run folder; what is asked for is read then, and nothing of the data that it was trained on is needed.

    Attributes:
        folder: The run folder.
    """

    folder: Path

    @cached_property
    def config(self) -> DictConfig:
        """Everything that the run was started with."""
        config = OmegaConf.load(self.folder / ".hydra" / "config.yaml")
        assert isinstance(config, DictConfig)
        return config

    @cached_property
    def metrics(self) -> dict[str, float]:
        """The results by name, such as `metrics["test/track/accuracy"]`."""
        return dict(json.loads(self._finished("metrics.json").read_text()))

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """One row a segment of validation and test: split, track, start (s), genre, label, `p_<genre>`..."""
        return pd.read_csv(self._finished("predictions.csv"))

    @cached_property
    def history(self) -> pd.DataFrame:
        """One row an epoch: the curves."""
        return pd.read_csv(self._finished("metrics.csv"))

    @cached_property
    def trained(self) -> TrainedRun:
        """The trained LightningModule with its config."""
        return load_trained(self.folder)

    @cached_property
    def classifier(self) -> AudioClassifier:
        """The best checkpoint, ready to hear a file or a waveform: `classifier("song.mp3")`."""
        return audio_classifier(self.trained)

    def _finished(self, name: str) -> Path:
        path = self.folder / name
        if not path.is_file():
            raise MusicGenreError(f"{self.folder} has no {name}: the run has not finished, or did not keep it.")
        return path


def load_run(folder: str | Path) -> Run:
    """The run in a folder that `musicgenre train` wrote.

    Raises:
        MusicGenreError: The folder is no run.
    """
    root = Path(folder).expanduser()
    if not (root / ".hydra" / "config.yaml").is_file():
        found = "no .hydra/config.yaml in it" if root.is_dir() else "no such folder"
        raise MusicGenreError(
            f"{root} is not a run folder ({found}): give one that `musicgenre train` wrote, such as outputs/DATE/TIME."
        )
    return Run(root)


def audio_classifier(trained: TrainedRun, device: str | torch.device = "cpu", batch_size: int = 64) -> AudioClassifier:
    """What a trained run says of audio, cut as it was trained.

    A run on pictures hears audio through its config's `features`, in windows as long as GTZAN's tracks.

    Raises:
        MusicGenreError: The run was trained on something that audio cannot be turned into.
    """
    classifier, config = trained.classifier, trained.config
    sample_rate = config.data.get("sample_rate", 22050)
    if trained.kind == "picture":
        front_end = None if takes_pictures(config) else build_front_end(config)
        if not isinstance(front_end, MelImage):
            raise MusicGenreError(f"{trained.folder} was trained on pictures that audio cannot be turned into.")
        classifier.front_end = front_end.eval()
    if classifier.front_end is None:
        raise MusicGenreError(f"{trained.folder} was trained on {trained.kind}s, not on audio: choose another run.")
    whole = trained.kind == "picture" or config.segments.length is None
    segmenter = Segmenter(**config.segments, sample_rate=sample_rate)
    classifier.to(device)
    return AudioClassifier(
        classifier.features,
        classifier,
        classifier.genres,
        replace(segmenter, length=None) if whole else segmenter,
        reference=trained.reference,
        whole_seconds=trained.seconds or GTZAN_SECONDS,
        device=device,
        batch_size=batch_size,
    )
