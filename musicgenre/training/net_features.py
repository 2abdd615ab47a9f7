"""A trained net's embedding of the features, as the input of a classical model."""

from dataclasses import replace

from musicgenre.classical import NetFeatures
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.store.fingerprint import hash_file
from musicgenre.errors import MusicGenreError
from musicgenre.files import copy_whole, expanded
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.job import Job
from musicgenre.runs.model_file import model_of
from musicgenre.training.build import Plan, unpack
from musicgenre.training.network import train_network
from musicgenre.training.trained import load_model, net_features
from musicgenre.training.unseen import contents_in, refuse_seen


def embedding_key(run: str | None) -> str:
    """Return the hash of the model that `embed.run` names, which affects a run's result; empty if it names none.

    Raises:
        MusicGenreError: It is not a trained run.
    """
    return "" if run is None else hash_file(model_of(expanded(run)))


def embedding(plan: Plan, job: Job) -> NetFeatures:
    """Return the features of the net of the run `embed.run`, or of a net trained now.

    A net trained now uses the run's own data and split, and has its own run folder, `cnn/` inside this one; another
    run's checkpoint is copied to the same place, so that this run does not depend on that one.

    Raises:
        MusicGenreError: The run does not fit the data, gives no features, or was trained on what is tested here.
    """
    own = RunFolder(RunFolder(job.folder).inner)
    asked = plan.config["embed"]["run"]
    if asked is None:
        config = {**job.config, "model": plan.config["embed"]["model"], "embed": None}
        train_network(unpack(config), replace(job, folder=own.path, config=config))
    source = RunFolder(own.path if asked is None else expanded(asked))
    model = load_model(source.path, trust=asked is None or job.trust)
    features = net_features(model, source.path)
    assert model.card is not None  # a run has one
    if tuple(model.card.in_shape) != plan.data.in_shape:
        raise MusicGenreError(
            f"The net of {source.path} takes features of shape {tuple(model.card.in_shape)}, but this run's are "
            f"{plan.data.in_shape} (channels, bins, frames): use the same features and segments, or embed.run=null to "
            "train a net now."
        )
    _require_unseen(source, plan.data)
    if source.path.resolve() != own.path.resolve():
        copy_whole(source.tested_ckpt, own.best_ckpt)
    return features


def _require_unseen(source: RunFolder, data: GenreDataModule) -> None:
    """Raise an error if the net was trained on this run's validation or test tracks, or selected on its test tracks."""
    if not source.split_csv.is_file():
        raise MusicGenreError(
            f"There is no {source.split_csv}, so it is unknown which tracks the net has seen: give a whole run folder, "
            "or embed.run=null to train a net now."
        )
    refuse_seen(
        data,
        f"The net of {source.path}",
        "use its data, split and seed, or embed.run=null to train a net now",
        source,
        learnt=contents_in(source, "train"),
        chosen_by=contents_in(source, "val"),
    )
