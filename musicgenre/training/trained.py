"""A trained run's model, built again from what it kept alone."""

from pathlib import Path
from typing import cast

from torch import nn

from musicgenre.classical import ClassicalNet, NetFeatures, read_model
from musicgenre.classical.net import GivesFeatures
from musicgenre.data.card import DataCard
from musicgenre.errors import MusicGenreError, UntrustedError
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.parts import make
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.run import Run


def load_model(run: str | Path | Run, *, trusted: frozenset[str] = frozenset()) -> GenreClassifier:
    """Return the model of a run folder with the weights that were tested, or its fitted pipeline, in evaluation mode.

    A classical run's pipeline is read by joblib, which runs whatever code was put into the file: load no run of people
    you do not trust. A network's checkpoint is read as weights and plain values alone.

    Args:
        run: A run, its folder, or a classifier's checkpoint (`.ckpt`), such as one of another epoch.
        trusted: Full names of classes beside musicgenre's own that may be made, such as `{"mine.MyNet"}`.

    Raises:
        MusicGenreError: The folder is no run, or an unfinished one, or names a class that is neither.
    """
    path = run.folder if isinstance(run, Run) else Path(run).expanduser()
    folder = RunFolder(path)
    if folder.model_joblib.is_file():
        return _classical(folder, trusted)
    if not (checkpoint := checkpoint_of(path)).is_file():
        raise MusicGenreError(_why_not_trained(folder))
    try:
        return GenreClassifier.load_from_checkpoint(checkpoint, trusted=trusted)
    except UntrustedError as error:
        raise MusicGenreError(
            f"{error} On the command line, add the --config-dir whose configs name it, or trusted=[NAME]."
        ) from error


def checkpoint_of(path: Path) -> Path:
    """Return the checkpoint that a path stands for: itself, where it is a file, or the one that a run has tested."""
    return path if path.is_file() else RunFolder(path).tested_ckpt


def load_network(run: str | Path, *, trusted: frozenset[str] = frozenset()) -> GenreClassifier:
    """Return the model as `load_model` does, for what takes a net's layers.

    Raises:
        MusicGenreError: The folder is no run, an unfinished one, or that of a classical model.
    """
    model = load_model(run, trusted=trusted)
    if isinstance(model.net, ClassicalNet):  # which may read what a net makes of the features
        raise MusicGenreError(
            f"{run} holds a classical model of scikit-learn, which has no layers to draw or to export: "
            "give the run of a network. `musicgenre evaluate` takes both."
        )
    return model


def _why_not_trained(folder: RunFolder) -> str:
    found = "no such folder" if not folder.path.is_dir() else f"no {folder.tested_ckpt.relative_to(folder.path)} in it"
    if folder.metrics_json.is_file():
        found = "it holds results and no model: those of an ensemble, of a test, or of a version that kept none"
    return (
        f"{folder.path} is not a trained run ({found}): give a folder that `musicgenre train` wrote, "
        "such as outputs/DATE/TIME or multirun/DATE/TIME/N."
    )


def _classical(folder: RunFolder, trusted: frozenset[str]) -> GenreClassifier:
    fitted, record = read_model(folder.model_joblib)
    if missing := {"card", "embed", "config", "front_end"} - set(record):
        raise MusicGenreError(
            f"{folder.model_joblib} was written by an earlier version of musicgenre (it has no {sorted(missing)[0]}): "
            "train again."
        )
    card = DataCard.from_plain(record["card"])
    embed: nn.Module = nn.Identity()
    if record["embed"]:
        inner = load_model(folder.inner, trusted=trusted)
        embed = net_features(inner, folder.inner)
    model = GenreClassifier(ClassicalNet(fitted, len(card.genres), embed), genres=card.genres, config=record["config"])
    model.card, model.standardize = card, nn.Identity()  # the pipeline scales for itself
    model.front_end = make(record["front_end"], trusted)
    return model.eval()


def net_features(model: GenreClassifier, folder: Path) -> NetFeatures:
    """Return what a trained net gives as features, standardised as it was trained.

    Raises:
        MusicGenreError: The net has no features to give.
    """
    if not callable(getattr(type(model.net), "features", None)):
        raise MusicGenreError(
            f"{folder} holds a {type(model.net).__name__}, which gives no features: give a run of "
            "experiment=dilated_cnn."
        )
    return NetFeatures(model.standardize or nn.Identity(), cast(GivesFeatures, model.made_net))
