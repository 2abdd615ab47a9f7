"""Natural mistakes in constructors and functions: a sentence names the argument, what was given and what to give."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from made_models import classifier
from torch import nn

import musicgenre
from musicgenre import GenreClassifier, GenreDataModule, MusicGenreError, folder, splits
from musicgenre.augment import Mixup, SpecAugment
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.features import MFCC, MinMax, Picture
from musicgenre.nets import BiLSTM


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"features": MFCC}, r"features is the class MFCC: give an instance of a front end, such as MFCC\("),
        ({"features": "mfcc"}, r"features is 'mfcc': give an instance of a front end"),
        ({"split": "stratified"}, r"split is 'stratified': give a split, such as splits"),
        ({"split": splits.stratified}, r"split is the function stratified: give .* splits\.stratified\(seed=0\)"),
        ({"standardize": True}, r"standardize is True: give 'coefficient', "),
        ({"standardize": "zscore"}, r"standardize is 'zscore': give 'coefficient', 'global', 'element', 'minmax', "),
        ({"on_error": "stop"}, r"on_error is 'stop': give 'skip' or 'raise'"),
        ({"length": None}, r".*\(length=None\) takes whole tracks, .* \(length=30, short='pad'\), or .* \(MelImage\)"),
        ({"window": 2.0}, r"segments\.window is 2\.0: give .* or null \(None\) for whole segments"),
        ({"features": Picture()}, r".* holds audio, but Picture takes pictures: choose .* \(MelImage\) .* \(MFCC\)"),
        ({"augment": SpecAugment}, r"augment is the class SpecAugment: give .* SpecAugment\(\)"),
        ({"augment": "specaugment"}, r"augment is 'specaugment'"),
        ({"batch_size": "8"}, r"batch_size is '8': give a whole number"),
        ({"batch_size": 2.5}, r"batch_size is 2\.5: give a whole number"),
        ({"batch_size": 0}, r"batch_size is 0: a batch holds at least one"),
        ({"length": "3"}, r"length is '3': give seconds"),
        ({"length": float("nan")}, r"length is nan: give seconds"),
        ({"max_segments": 1.5}, r"max_segments is 1\.5: give a whole number"),
        ({"seed": "1"}, r"seed is '1': give a whole number"),
    ],
)
def test_of_the_data(given: dict[str, Any], said: str, corpus_root: Path) -> None:
    with pytest.raises(MusicGenreError, match=f"^{said}"):
        GenreDataModule(folder(corpus_root), **given)


def test_a_path_is_no_corpus(corpus_root: Path) -> None:
    for path in (corpus_root, str(corpus_root)):
        with pytest.raises(MusicGenreError, match=r"^corpus is .*: give a corpus, such as folder\('music'\)"):
            GenreDataModule(path)  # type: ignore[arg-type]  # the mistake


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda it, root: it.to_sklearn(folder(root)), r"data is an object of class Corpus: give a GenreDataModule, "),
        (lambda it, root: it.audit(str(root)), r"corpus is '.*': give a corpus, such as folder\('music'\)"),
        (lambda it, root: it.audit(folder(root), "stratified"), r"split is 'stratified': give a split, such as splits"),
        (lambda it, root: it.synthetic("4"), r"tracks_per_genre is '4': give a whole number, such as 20"),
        (lambda it, root: it.synthetic(4.5), r"tracks_per_genre is 4\.5: give a whole number"),
        (lambda it, root: it.synthetic(4, seconds="3"), r"seconds is '3': give seconds, such as 30"),
        (lambda it, root: it.synthetic(4, corpus_seed=None), r"seed is None: give a whole number"),
        (
            lambda it, root: it.synthetic(4, genres="jazz"),
            r"genres is 'jazz': give a list of names, such as \['jazz'",
        ),
        (lambda it, root: it.folder(root, genres="drone"), r"genres is 'drone': give a list of names"),
        (lambda it, root: it.folder(root, labels=pd.DataFrame()), r"labels is an object of class DataFrame: give the"),
        (lambda it, root: it.folder(root, artists=7), r"artists is 7: give the path of a CSV file, such as 'artists"),
        (lambda it, root: it.gtzan(None), r"root is None: give the path of a folder"),
        (lambda it, root: it.features_table(pd.DataFrame()), r"table is an object of class DataFrame: give the path"),
        (lambda it, root: it.train(["model=cnn"]), r"train\(\) takes each setting as a text of .* given a list: write"),
        (lambda it, root: it.train({"model": "cnn"}), r"train\(\) takes .* given a dict: give the texts that it is"),
        (lambda it, root: it.folder(root, genres=7), r"genres is 7: give a list of names"),
        (lambda it, root: it.gtzan(root, genres="jazz"), r"genres is 'jazz': give a list of names"),
        (lambda it, root: it.mel_images(root, genres="jazz"), r"genres is 'jazz': give a list of names"),
        (lambda it, root: it.features_table(root, genres="jazz"), r"genres is 'jazz': give a list of names"),
    ],
)
def test_of_functions(call: Any, said: str, corpus_root: Path) -> None:
    with pytest.raises(MusicGenreError, match=f"^{said}"):
        call(musicgenre, corpus_root)


@pytest.mark.parametrize(("rate", "said"), [("22050", "'22050'"), (None, "None"), (float("nan"), "nan"), (0, "0")])
def test_of_a_rate(rate: Any, said: str) -> None:
    with pytest.raises(MusicGenreError, match=rf"^A waveform needs its sample rate in Hz \(found {said}\): give"):
        classifier().listen(np.ones(99), rate)


@pytest.mark.parametrize("samples", [1000, 22049, 60000])
def test_of_a_length(samples: int) -> None:
    model, said = classifier(), r" samples, but the model was trained on 22050 \(1 s at 22050 Hz\): cut them, or use"
    with pytest.raises(MusicGenreError, match=f"^Waveforms have {samples}{said} `listen`"):
        model.probabilities(torch.randn(2, samples))
    assert model.probabilities(torch.randn(2, 22050)).shape == (2, 2)
    assert model.features(torch.randn(2, samples)).shape[0] == 2  # which a net need not take


@pytest.mark.parametrize("rate", [None, 22050])
def test_of_several_recordings(rate: int | None) -> None:
    said = r"^One recording can be heard at a time \(found 2 in a list\): give each by itself"
    with pytest.raises(MusicGenreError, match=said):
        classifier().listen(["a.mp3", Path("b.wav")], rate)  # type: ignore[arg-type]
    assert classifier().listen([0.1, -0.1] * 40000, 22050)  # type: ignore[arg-type]  # a waveform


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"net": "bilstm"}, r"net is 'bilstm': give a net, its class such as BiLSTM"),
        ({"net": None}, r"net is None: give a net"),
        ({"optimizer": "adam"}, r"optimizer is 'adam': give what makes an optimizer of"),
        ({"optimizer": torch.optim.Adam(nn.Linear(1, 1).parameters())}, r"optimizer is an object of class Adam: give"),
        ({"scheduler": "cosine"}, r"scheduler is 'cosine': give what makes a scheduler of"),
        ({"lr": -1}, r"lr is -1: give a number of 0 or more"),
        ({"lr": "1e-3"}, r"lr is '1e-3': give a number"),
        ({"lr": float("nan")}, r"lr is nan: give a number"),
        ({"loss": nn.CrossEntropyLoss}, r"loss is the class CrossEntropyLoss: give a loss object"),
        (
            {"loss": nn.CrossEntropyLoss(reduction="none")},
            r"loss is .* class CrossEntropyLoss: give .*reduction is not 'none'",
        ),
        ({"mix": Mixup}, r"mix is the class Mixup: give"),
        ({"genres": "abc"}, r"genres is 'abc': give a list of names"),
    ],
)
def test_of_the_classifier(given: dict[str, Any], said: str) -> None:
    with pytest.raises(MusicGenreError, match=f"^{said}"):
        GenreClassifier(**{"net": BiLSTM, **given})


def test_of_a_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(MusicGenreError, match=r"^net is 'x': give a net"):
        GenreClassifier.load_from_checkpoint(tmp_path / "some.ckpt", net="x")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"strict": False}, r"strict is False: give True or nothing, as a classifier takes all weights"),
        ({"weights_only": False}, r"weights_only is False: give True or nothing, as no code"),
        ({"hparams_file": "h.yaml"}, r"hparams_file is 'h\.yaml': give nothing, as"),
        ({"map_location": {"cuda:0": "cpu"}}, r"map_location is an object of class dict: give the device"),
        ({"map_location": lambda storage, place: storage}, r"map_location is the function <lambda>: give the device"),
    ],
)
def test_what_lightning_offers_beside_is_taken_or_refused(given: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(MusicGenreError, match=f"^{said}"):
        GenreClassifier.load_from_checkpoint(tmp_path / "some.ckpt", **given)
    given = {"strict": True, "weights_only": True, "hparams_file": None, "map_location": torch.device("cpu")}
    with pytest.raises(MusicGenreError, match="There is no checkpoint"):
        GenreClassifier.load_from_checkpoint(tmp_path / "some.ckpt", **given)


def everything(corpus: Corpus, segments: pd.DataFrame) -> splits.Assignment:
    return np.full(len(segments), "train")


def test_what_the_documentation_names_may_be_given(corpus_root: Path) -> None:
    corpus = folder(corpus_root)
    for standardize in ("minmax", None, MinMax, nn.Identity(), partial(MinMax)):
        data = GenreDataModule(corpus, length=1, standardize=standardize, split=everything)
        assert len(data.rows["train"]) == len(data.segments)
    data = GenreDataModule(corpus, augment=lambda x: x, wave_augment=nn.Identity(), max_segments=None, length=2)
    assert data.segments.track.nunique() == len(corpus.tracks)
    scheduler = partial(torch.optim.lr_scheduler.StepLR, step_size=1)
    made = GenreClassifier(lambda shape, n: BiLSTM(shape, n), lr=0, optimizer=torch.optim.SGD, scheduler=scheduler)
    assert made.net is None  # made when training begins
    GenreClassifier(BiLSTM, loss=nn.functional.cross_entropy, genres=("a", "b"))  # type: ignore[arg-type]
