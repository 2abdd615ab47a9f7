"""A trained run, built again from its checkpoint alone."""

from dataclasses import dataclass
from pathlib import Path

from omegaconf import DictConfig, OmegaConf
from torch import nn

from musicgenre.commands.build import classifier_from
from musicgenre.commands.resume import read_checkpoint
from musicgenre.errors import MusicGenreError
from musicgenre.features import scaler
from musicgenre.features.profile import Reference
from musicgenre.modules.classifier import GenreClassifier


@dataclass(frozen=True)
class TrainedRun:
    """A run folder's best classifier, with the config that it was trained with.

    Attributes:
        folder: The run folder.
        config: What it was trained with.
        classifier: The best weights, the front end and its statistics.
        kind: Whether it was trained on "audio" or on a "picture" of each track.
        seconds: Length of its training segments in s; 0 for pictures.
        reference: What its training segments sound like; None for a run older than this.
    """

    folder: Path
    config: DictConfig
    classifier: GenreClassifier
    kind: str
    seconds: float
    reference: Reference | None


def load_trained(folder: str | Path) -> TrainedRun:
    """Build the classifier of a run folder and load its best weights.

    Raises:
        MusicGenreError: The folder is no run, or an unfinished one.
    """
    root = Path(folder).expanduser()
    best = root / "checkpoints" / "best.ckpt"
    if not best.is_file():
        found = "no such folder" if not root.is_dir() else "no checkpoints/best.ckpt in it"
        if (root / "metrics.json").is_file():
            found = "it holds results and no net: those of a classical model, an ensemble or a test"
        raise MusicGenreError(
            f"{root} is not a trained run ({found}): give a folder that `musicgenre train` wrote, "
            "such as outputs/DATE/TIME or multirun/DATE/TIME/N."
        )
    checkpoint = read_checkpoint(best)
    record = checkpoint["hyper_parameters"]
    config = OmegaConf.create(record["config"])
    standardize = scaler(config.standardize, tuple(record["in_shape"])) if config.standardize else nn.Identity()
    classifier = classifier_from(record, standardize)
    classifier.load_state_dict(checkpoint["state_dict"])
    reference = Reference(**record["reference"]) if "reference" in record else None
    return TrainedRun(root, config, classifier.eval(), record["kind"], record.get("seconds", 0.0), reference)
