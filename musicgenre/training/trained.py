"""A trained run, built again from what it kept alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from torch import nn

from musicgenre.classical import ClassicalNet, NetFeatures, read_model
from musicgenre.errors import MusicGenreError
from musicgenre.features import make_scaling
from musicgenre.features.profile import Reference
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.nets import DilatedCNN
from musicgenre.training.build import classifier_around, classifier_from
from musicgenre.training.checkpoints import read_checkpoint

CHECKPOINT = Path("checkpoints") / "best.ckpt"  # of a network
MODEL = Path("checkpoints") / "model.joblib"  # of a classical model
EMBEDDING = "cnn"  # in a classical run's folder, that of the net whose features it reads


@dataclass(frozen=True)
class TrainedRun:
    """A run folder's best classifier, with the config that it was trained with.

    Attributes:
        folder: The run folder.
        config: What it was trained with.
        classifier: The best weights or the fitted pipeline, the front end and its statistics.
        kind: Whether it was trained on "audio", on a "picture" of each track or on a "table" of features.
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
    """Build the classifier of a run folder and load its best weights, or its fitted pipeline.

    A classical run's pipeline is read by joblib, which runs whatever code was put into the file: load no run of people
    you do not trust. A network's checkpoint is read as weights and plain values alone.

    Raises:
        MusicGenreError: The folder is no run, or an unfinished one.
    """
    root = Path(folder).expanduser()
    record, classifier = _classical(root) if (root / MODEL).is_file() else _network(root)
    reference = Reference(**record["reference"]) if "reference" in record else None
    config = OmegaConf.create(record["config"])
    return TrainedRun(root, config, classifier.eval(), record["kind"], record.get("seconds", 0.0), reference)


def load_network(folder: str | Path) -> TrainedRun:
    """As `load_trained`, for what takes a net's layers.

    Raises:
        MusicGenreError: The folder is no run, an unfinished one, or that of a classical model.
    """
    trained = load_trained(folder)
    if isinstance(trained.classifier.net, ClassicalNet):
        raise MusicGenreError(
            f"{trained.folder} holds a classical model of scikit-learn, which has no layers to draw or to export: "
            "give the run of a network. `musicgenre evaluate` takes both."
        )
    return trained


def _network(root: Path) -> tuple[dict[str, Any], GenreClassifier]:
    path = root / CHECKPOINT
    if not path.is_file():
        found = "no such folder" if not root.is_dir() else f"no {CHECKPOINT} in it"
        if (root / "metrics.json").is_file():
            found = "it holds results and no model: those of an ensemble, of a test, or of a version that kept none"
        raise MusicGenreError(
            f"{root} is not a trained run ({found}): give a folder that `musicgenre train` wrote, "
            "such as outputs/DATE/TIME or multirun/DATE/TIME/N."
        )
    checkpoint = read_checkpoint(path)
    record = checkpoint["hyper_parameters"]
    name = record["config"]["standardize"]
    classifier = classifier_from(record, make_scaling(name, tuple(record["in_shape"])) if name else nn.Identity())
    classifier.load_state_dict(checkpoint["state_dict"])
    return record, classifier


def _classical(root: Path) -> tuple[dict[str, Any], GenreClassifier]:
    model, record = read_model(root / MODEL)
    embed: nn.Module = nn.Identity()
    if record["config"]["embed"] is not None:
        _, inner = _network(root / EMBEDDING)
        assert isinstance(inner.net, DilatedCNN)  # no other was taken when the run was made
        embed = NetFeatures(inner.standardize, inner.net)
    net = ClassicalNet(model, len(record["genres"]), embed)
    return record, classifier_around(net, record, nn.Identity())  # the pipeline scales for itself
