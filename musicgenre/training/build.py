"""From a config to the plain objects of the layers below."""

import warnings
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from torch import nn

from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.store.cached import CachedExtractor
from musicgenre.data.store.extract import AudioExtractor, Extractor, PictureExtractor
from musicgenre.data.store.feature_table import TableReader
from musicgenre.data.waves import AugmentedWaves
from musicgenre.errors import MusicGenreError
from musicgenre.features import FrontEnd, HandMade, MelImage, Picture
from musicgenre.features.profile import Reference
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.training.leaks import fit_on_all


def factory_of(cfg: DictConfig, group: str) -> Callable[..., Any]:
    """What a group's config makes when it is called; settings it refuses are named with their group.

    Raises:
        MusicGenreError: On the call, where the group's settings do not fit.
    """
    partial = instantiate(cfg[group])

    def make(*args: Any) -> Any:  # noqa: ANN401  # whatever the config names
        try:
            return partial(*args)
        except (TypeError, ValueError) as error:
            raise MusicGenreError(f"{group} ({cfg[group]._target_}) refuses its settings: {error}") from error

    return make


_SOURCE_SETTINGS = ("sample_rate", "on_error")  # of the data group, but not of the function that lists the tracks


def is_classical(cfg: DictConfig) -> bool:
    """Whether `model` names a scikit-learn pipeline in place of a net."""
    return str(cfg.model.get("_target_")).startswith("musicgenre.classical.")


def build_corpus(cfg: DictConfig) -> Corpus:
    """List the tracks that `data` names."""
    settings = {str(key): cfg.data[key] for key in cfg.data if key not in _SOURCE_SETTINGS}
    corpus: Corpus = instantiate(settings)
    return corpus


def build_front_end(cfg: DictConfig) -> FrontEnd:
    """The front end that `features` names, at the sample rate of `data`."""
    front_end: FrontEnd = factory_of(cfg, "features")(cfg.data.get("sample_rate", 22050))
    return front_end


def build_extractor(cfg: DictConfig, corpus: Corpus) -> Extractor | TableReader:
    """What turns the corpus' files into features.

    Raises:
        MusicGenreError: `features` does not fit the kind of files.
    """
    if corpus.kind == "table":
        return _table_reader(cfg, corpus)
    if corpus.kind == "picture":
        return _picture_extractor(cfg, corpus)
    if takes_pictures(cfg):
        raise MusicGenreError(
            f"{corpus.root} holds audio, and features=picture takes pictures: choose data=mel_images data.root=DIR, or "
            "features=mel_image to make pictures of audio."
        )
    front_end = build_front_end(cfg)
    segmenter = Segmenter(**cfg.segments, sample_rate=cfg.data.sample_rate)
    if segmenter.length is None and not isinstance(front_end, MelImage | HandMade):
        raise MusicGenreError(
            "segments.length=null takes whole tracks, which differ in length, and only features=mel_image and "
            "features=table give them one size: set segments.length (in s), such as segments.length=30 "
            "segments.short=pad."
        )
    extractor = AudioExtractor(front_end.eval(), segmenter, cfg.data.sample_rate)
    return CachedExtractor(extractor) if isinstance(front_end, HandMade) else extractor


def takes_pictures(cfg: DictConfig) -> bool:
    """Whether `features` reads picture files as they are, which no audio can be turned into."""
    return "audio" not in build_front_end(cfg).reads


def _table_reader(cfg: DictConfig, corpus: Corpus) -> TableReader:
    if takes_pictures(cfg) or not isinstance(build_front_end(cfg), HandMade):
        raise MusicGenreError(f"{corpus.root} is a table of hand-made features: choose features=table with it.")
    return TableReader(corpus.root)


def _picture_extractor(cfg: DictConfig, corpus: Corpus) -> PictureExtractor:
    front_end = build_front_end(cfg)
    if not isinstance(front_end, MelImage | Picture):
        raise MusicGenreError(
            f"{corpus.root} holds pictures, and {type(front_end).__name__} is computed from audio: "
            "choose features=picture or features=mel_image with pictures."
        )
    return PictureExtractor(front_end.picture_size, front_end.picture_mode)


def _waves(cfg: DictConfig, extractor: Extractor | TableReader) -> AugmentedWaves | None:
    """The augmentation of waveforms that `wave_augment` names.

    Raises:
        MusicGenreError: There are no waveforms of one length, or their front end does not run on the device.
    """
    augment = build_wave_augment(cfg)
    if augment is None:
        return None
    if not isinstance(extractor, AudioExtractor) or extractor.segmenter.length is None:
        raise MusicGenreError(
            "wave_augment changes waveforms of one length, before a front end that runs on the device: use it with "
            "audio, features other than table, and segments.length in s; or choose wave_augment=none."
        )
    return AugmentedWaves(extractor, build_front_end(cfg), augment)


def build_wave_augment(cfg: DictConfig) -> nn.Module | None:
    """What `wave_augment` names, at the sample rate of `data`; None for nothing."""
    if not OmegaConf.select(cfg, "wave_augment._target_"):
        return None
    augment: nn.Module = factory_of(cfg, "wave_augment")(cfg.data.sample_rate)
    return augment


def build_data(cfg: DictConfig, corpus: Corpus, standardize: nn.Module | None = None) -> GenreDataModule:
    """The DataModule over the corpus, as `split`, `features`, `segments`, `wave_augment` and `augment` say."""
    extractor = build_extractor(cfg, corpus)
    return GenreDataModule(
        corpus,
        extractor,
        instantiate(cfg.split),
        batch_size=cfg.batch_size,
        pool=cfg.standardize,
        fit_on_all=fit_on_all(cfg),
        augment=instantiate(cfg.augment),
        seed=cfg.seed,
        on_error=cfg.data.on_error,
        standardize=standardize,
        waves=_waves(cfg, extractor),
    )


def build_classifier(cfg: DictConfig, data: GenreDataModule) -> GenreClassifier:
    """The classifier for a DataModule that is set up, with a record from which it can be built again."""
    assert data.standardize is not None  # set up
    return classifier_from(record_of(cfg, data), data.standardize)


def record_of(cfg: DictConfig, data: GenreDataModule) -> dict[str, Any]:
    """What a trained model is kept with, as plain values, for a DataModule that is set up."""
    return {
        "config": plain(cfg),
        "genres": list(data.corpus.genres),
        "in_shape": list(data.in_shape),
        "kind": data.corpus.kind,
        "seconds": float(data.segments.seconds.median()),
        "reference": asdict(Reference.fit(data.standardised("train"))),
    }


def classifier_from(record: dict[str, Any], standardize: nn.Module) -> GenreClassifier:
    """The classifier that a record describes: `config`, `genres`, `in_shape` and `kind` of the corpus.

    Raises:
        MusicGenreError: The net has a layer of no width: torch makes it, and it learns nothing.
    """
    make = factory_of(OmegaConf.create(record["config"]), "model")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Initializing zero-element tensors")  # what follows says it better
        net = make(tuple(record["in_shape"]), len(record["genres"]))
    if empty := [name for name, parameter in net.named_parameters() if not parameter.numel()]:
        raise MusicGenreError(f"The net's {empty[0]} is empty: a width among model.* is 0, and 1 is the least.")
    return classifier_around(net, record, standardize)


def classifier_around(net: nn.Module, record: dict[str, Any], standardize: nn.Module) -> GenreClassifier:
    """The classifier that a record describes, around a net that is there already."""
    cfg = OmegaConf.create(record["config"])
    return GenreClassifier(
        net,
        genres=record["genres"],
        front_end=build_front_end(cfg) if record["kind"] == "audio" else None,
        standardize=standardize,
        optimizer=factory_of(cfg, "optimizer"),
        scheduler=factory_of(cfg, "scheduler") if cfg.scheduler.get("_target_") else None,
        monitor=cfg.plateau.monitor,
        record=record,
    )


def plain(cfg: DictConfig) -> dict[str, Any]:
    """The resolved config as plain dicts, lists, strings and numbers."""
    values = OmegaConf.to_container(cfg, resolve=True)
    assert isinstance(values, dict)
    return {str(key): value for key, value in values.items()}
