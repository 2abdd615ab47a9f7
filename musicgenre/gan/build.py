"""A GAN from a config or from a run's checkpoint alone, and whether it may serve given data."""

import copy
import shutil
from pathlib import Path
from typing import Any

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from torch import nn

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.store.fingerprint import hash_file, hash_tracks
from musicgenre.errors import MusicGenreError
from musicgenre.features import make_scaling
from musicgenre.gan.module import ConditionalGAN
from musicgenre.training.build import plain
from musicgenre.training.checkpoints import read_checkpoint
from musicgenre.training.leaks import fit_on_all

CHECKPOINT = Path("checkpoints") / "gan.ckpt"  # in the folder of a GAN run, or in the folder gan/ of a classifier's
_SETTINGS = ("generator_lr", "discriminator_lr", "betas", "ema")


def build_gan(cfg: DictConfig, data: GenreDataModule) -> ConditionalGAN:
    """The untrained GAN of `gan` for data that is set up, with a record from which it can be built again."""
    assert data.standardize is not None  # set up
    hashes = hash_tracks(data.corpus)
    tracks = data.segments.track.iloc[data.rows["train"]].unique()
    record = {
        "config": plain(cfg),
        "genres": list(data.corpus.genres),
        "in_shape": list(data.in_shape),
        "tracks": sorted(hashes[track] for track in tracks),  # content hashes of what it was trained on
    }
    return gan_from(record, copy.deepcopy(data.standardize))  # a GAN in eval() or on a device leaves the data's be


def gan_from(record: dict[str, Any], standardize: nn.Module) -> ConditionalGAN:
    """The GAN that a record describes: `config`, `genres`, `in_shape`, and `tracks` it was trained on."""
    cfg, genres, in_shape = OmegaConf.create(record["config"]).gan, record["genres"], tuple(record["in_shape"])
    return ConditionalGAN(
        instantiate(cfg.generator)(in_shape, len(genres)),
        instantiate(cfg.discriminator)(in_shape, len(genres)),
        genres=genres,
        standardize=standardize,
        loss=instantiate(cfg.loss),
        augment=instantiate(cfg.augment),
        record=record,
        **{name: cfg[name] for name in _SETTINGS},
    )


def find_gan(run: str | Path) -> Path:
    """The GAN's checkpoint in a run folder.

    Raises:
        MusicGenreError: There is none.
    """
    root = Path(run).expanduser()
    for path in (root / CHECKPOINT, root / "gan" / CHECKPOINT):
        if path.is_file():
            return path
    found = "no such folder" if not root.is_dir() else f"no {CHECKPOINT} in it, nor in its folder gan"
    raise MusicGenreError(
        f"{root} holds no GAN ({found}): give the folder of a run of `musicgenre gan`, "
        "or of `musicgenre train` with gan=s4 or gan=improved."
    )


def gan_key(cfg: DictConfig) -> str:
    """Hash of the checkpoint that `gan_run` names, empty if it names none: it decides a run's result."""
    return "" if cfg.gan_run is None else hash_file(find_gan(cfg.gan_run))


def load_gan(path: Path) -> ConditionalGAN:
    """Build the GAN of a checkpoint and load its weights.

    Raises:
        MusicGenreError: Its training was broken off, or it has diverged.
    """
    checkpoint = read_checkpoint(path)
    record = checkpoint["hyper_parameters"]
    if "gan" not in record["config"]:
        raise MusicGenreError(f"{path} is a checkpoint, but of no GAN.")
    if not is_finished(checkpoint):
        raise MusicGenreError(
            f"The GAN in {path} is unfinished ({checkpoint['epoch'] + 1} of {record['config']['gan']['epochs']} "
            "epochs): run its command again with the same hydra.run.dir, which goes on from there."
        )
    name = record["config"]["standardize"]
    gan = gan_from(record, make_scaling(name, tuple(record["in_shape"])) if name else nn.Identity())
    gan.load_state_dict(checkpoint["state_dict"])
    if not all(parameter.isfinite().all() for parameter in gan.parameters()):
        raise MusicGenreError(f"The GAN in {path} has diverged: some of its weights are NaN. Train it again.")
    return gan.eval()


def is_finished(checkpoint: dict[str, Any]) -> bool:
    """Whether a GAN's checkpoint was written at the end of its last epoch."""
    epochs: int = checkpoint["hyper_parameters"]["config"]["gan"]["epochs"]
    return bool(checkpoint["epoch"] + 1 >= epochs)


def reuse_gan(run: str, cfg: DictConfig, data: GenreDataModule, folder: Path) -> ConditionalGAN:
    """The GAN of another run, if it may add to this data's training segments; its checkpoint is copied to `folder`.

    Raises:
        MusicGenreError: It makes other genres or other features, or was trained on what this data tests with.
    """
    path = find_gan(run)
    gan = load_gan(path)
    record: dict[str, Any] = dict(gan.hparams)
    _require_same_genres(path, gan.genres, data.corpus.genres)
    _require_same_features(path, record, cfg, data)
    _require_same_protocol(path, record, cfg)
    _require_unseen(path, set(record["tracks"]), data)
    own = folder / CHECKPOINT
    own.parent.mkdir(parents=True, exist_ok=True)
    if own.resolve() != path.resolve():
        shutil.copy2(path, own)
    return gan


def _require_same_genres(path: Path, known: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    if known != wanted:
        raise MusicGenreError(
            f"The GAN in {path} makes {', '.join(known)}, and the data's genres are {', '.join(wanted)}: "
            "train a GAN on this data (gan=improved and no gan_run)."
        )


def _require_same_features(path: Path, record: dict[str, Any], cfg: DictConfig, data: GenreDataModule) -> None:
    def described(config: Any) -> dict[str, Any]:  # noqa: ANN401  # a plain dict or a DictConfig
        return {**config["features"], "sample_rate": config["data"].get("sample_rate")}

    ours, its = described(plain(cfg)), described(record["config"])
    found = [
        f"{k} is {its.get(k)} there, {ours.get(k)} here" for k in sorted({*ours, *its}) if ours.get(k) != its.get(k)
    ]
    if tuple(record["in_shape"]) != data.in_shape:
        found.append(f"its sequences are {tuple(record['in_shape'])}, the data's segments {data.in_shape}")
    if found:
        raise MusicGenreError(
            f"The GAN in {path} makes other features than the classifier reads: {'; '.join(found)}. "
            "Choose the same features and segments.length, or train a GAN on these (gan=improved and no gan_run)."
        )


def _require_same_protocol(path: Path, record: dict[str, Any], cfg: DictConfig) -> None:
    if fit_on_all(OmegaConf.create(record["config"])) and not fit_on_all(cfg):
        raise MusicGenreError(
            f"The GAN in {path} was trained with protocol=as_published: its scaling was fitted on test rows too, which "
            "its samples would carry into training. Train a GAN with protocol=honest, or this run as published too."
        )


def _require_unseen(path: Path, seen: set[str], data: GenreDataModule) -> None:
    hashes = hash_tracks(data.corpus)
    for subset in ("val", "test"):
        tracks = data.segments.track.iloc[data.rows[subset]].unique()
        if leaked := [track for track in tracks if hashes[track] in seen]:
            raise MusicGenreError(
                f"The GAN in {path} was trained on {len(leaked)} of the {len(tracks)} {subset} tracks "
                f"({leaked[0]}, ...): its samples would carry them into training. Use a GAN trained with the same "
                "split and seed, or train one here (gan=improved and no gan_run)."
            )
