"""A trained run's model, rebuilt from the run folder."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from torch import nn

from musicgenre.classical import ClassicalNet, NetFeatures, read_model
from musicgenre.classical.net import GivesFeatures
from musicgenre.data.card import DataCard
from musicgenre.errors import MusicGenreError
from musicgenre.files import expanded
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.modules.windowed import windowed, within
from musicgenre.parts import make
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.model_file import checkpoint_of, model_of
from musicgenre.runs.read import read_json
from musicgenre.runs.run import Run
from musicgenre.runs.sums import check_sum
from musicgenre.trust import Trust, as_trust

_WITH_FILES = ("data", "split", "wave_augment", "augment")  # groups; those of features are compared with the model's


def load_model(run: str | Path | Run, *, trust: bool | Trust = False, trusted: Collection[str] = ()) -> GenreClassifier:
    """Return a run's model with the weights that were tested, or its fitted pipeline, in evaluation mode.

    A network's checkpoint is read as weights and plain values only, and a class that it names is used only if it is
    musicgenre's own. A classical run's pipeline is read by joblib, which runs any code in the file: that of a run not
    made here is refused unless it is trusted.

    Args:
        run: A run, its folder, or a classifier's checkpoint (`.ckpt`), such as one of another epoch.
        trust: True uses whatever the folder names and reads its pickled models, and so runs its code: only for runs
            from people you trust.
        trusted: Full names of classes besides musicgenre's own that may be used, such as `{"mine.MyNet"}`.

    Raises:
        MusicGenreError: The folder is not a run, is unfinished, or names a class that is neither ours nor trusted.
    """
    path = run.files.path if isinstance(run, Run) else expanded(run)
    folder, whom = RunFolder(path), as_trust(trust, trusted).with_names(run.trusted if isinstance(run, Run) else ())
    model = model_of(path)
    if model == folder.model_joblib:
        return _classical(folder, whom)
    return GenreClassifier.load_from_checkpoint(model, trust=whom)


def trust_in_record(run: str | Path, trust: bool | Trust) -> Trust:
    """Return the trust for a loaded run's record: everything if it was unpickled, since its code has run already."""
    path = expanded(run)
    pickled = not checkpoint_of(path).is_file() and RunFolder(path).model_joblib.is_file()
    return Trust(everything=True) if pickled else as_trust(trust)


def load_network(run: str | Path, *, trust: bool | Trust = False) -> GenreClassifier:
    """Return the model as `load_model` does, for use of a net's layers.

    Raises:
        MusicGenreError: The folder is not a run, is unfinished, or holds a classical model.
    """
    model = load_model(run, trust=trust)
    if isinstance(within(model.made_net), ClassicalNet):  # which may read a net's embedding
        raise MusicGenreError(
            f"{run} holds a classical model of scikit-learn, which has no layers to draw or to export: "
            "give the run of a network. `musicgenre evaluate` takes both."
        )
    return model


def _classical(folder: RunFolder, trust: Trust) -> GenreClassifier:
    content = folder.model_joblib.read_bytes()
    check_sum(folder.model_joblib)
    fitted, record = read_model(folder.model_joblib, trust=trust, content=content)
    if missing := {"card", "embed", "config", "front_end"} - set(record):
        raise MusicGenreError(
            f"{folder.model_joblib} was written by an earlier version of musicgenre (it has no {sorted(missing)[0]}): "
            "train again."
        )
    card = DataCard.from_plain(record["card"])
    embed: nn.Module = nn.Identity()
    if record["embed"]:
        inner = load_model(folder.inner, trust=trust)
        embed = net_features(inner, folder.inner)
    net = windowed(ClassicalNet(fitted, len(card.genres), embed), card.windows, card.in_shape[-1])
    model = GenreClassifier(net, genres=card.genres, config=record["config"])
    model.card, model.standardize = card, nn.Identity()  # the pipeline does its own scaling
    model.front_end = make(record["front_end"], trust.of("features"))
    return model.eval()


def net_features(model: GenreClassifier, folder: Path) -> NetFeatures:
    """Return a trained net as a feature extractor, with the standardisation of its training.

    Raises:
        MusicGenreError: The net gives no features, or only of windows.
    """
    net = within(model.made_net)
    if not callable(getattr(type(net), "features", None)):
        raise MusicGenreError(
            f"{folder} holds a {type(net).__name__}, which gives no features: give a run of experiment=dilated_cnn."
        )
    if net is not model.net:
        raise MusicGenreError(
            f"The net of {folder} reads segments window by window, and gives no features of whole ones: give a run "
            "with segments.window=null."
        )
    return NetFeatures(model.standardize or nn.Identity(), cast(GivesFeatures, model.made_net))


def folder_of(run: str | Path) -> Path:
    """Return the folder of a run, or of the run that a checkpoint belongs to."""
    path = expanded(run)
    return path.parent.parent if path.is_file() else path


def with_own_paths(config: Mapping[str, Any], run: str | Path) -> dict[str, Any]:
    """Return a run's config with the absolute paths of its data and files in training, whatever the folder is now.

    Args:
        config: The run's config.
        run: The run folder, or a checkpoint of one.
    """
    kept: dict[str, Any] = {}
    with suppress(MusicGenreError):
        kept = read_json(RunFolder(folder_of(run)).environment_json)
    folder, root = Path(str(kept.get("working_folder", ""))), Path(str(kept.get("data_root", "")))
    found = dict(config)
    for group in _WITH_FILES if folder.is_absolute() else ():
        if isinstance(settings := config.get(group), Mapping):
            found[group] = {name: _placed(value, folder) for name, value in settings.items()}
    data = config.get("data")
    if isinstance(data, Mapping) and root.is_absolute() and root.is_dir():
        value = str(data.get("root") or "")
        if value and not expanded(value).is_absolute():
            found["data"] = {**found["data"], "root": str(root)}
    return found


def _placed(value: Any, folder: Path) -> Any:  # noqa: ANN401  # whatever a config holds
    """Return a setting in a folder, if it is the relative path of a file there, or of a folder written with a /."""
    if isinstance(value, Mapping):
        return {name: _placed(each, folder) for name, each in value.items()}
    if isinstance(value, list):
        return [_placed(each, folder) for each in value]
    if not isinstance(value, str) or not value:
        return value
    with suppress(OSError):  # no name of a file
        path, nested = folder / value, "/" in value
        if (path.is_file() or (nested and path.is_dir())) and not expanded(value).is_absolute():
            return str(path)
    return value
