"""What exploring shows of nets, on a few tracks and untrained nets."""

import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
import torch
from made_audio import write_corpus, write_track
from made_models import SHAPE, classifier, train_config
from matplotlib.figure import Figure
from torch import nn

from musicgenre.data.corpus.scan import scan
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.store.fingerprint import hash_tracks
from musicgenre.data.windows import Windows
from musicgenre.explore.inputs import inputs_of, subsets_of
from musicgenre.explore.net import net_figures
from musicgenre.features import MinMax, Standardize
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.modules.windowed import windowed, within
from musicgenre.nets import CNN, FCNN
from musicgenre.nets.inspection import last_activation, layer_output


@pytest.fixture
def few(corpus: Corpus) -> Corpus:
    return replace(corpus, tracks=corpus.tracks[:4])


def hears_windows(make: Callable[[tuple[int, ...], int], nn.Module]) -> GenreClassifier:
    model = classifier()
    assert model.card is not None
    model.card = replace(model.card, windows=Windows(0.5))
    model.net = windowed(make(model.card.net_shape, 2), model.card.windows, SHAPE[-1]).eval()
    return model


def explored(model: GenreClassifier, corpus: Corpus) -> dict[str, Figure]:
    return net_figures(model, corpus, "run", {"one": corpus.tracks[0]}, None)


def shown(figure: Figure) -> np.ndarray:
    return np.asarray(figure.axes[0].images[0].get_array())


def test_tracks_have_places_by_more_values_than_a_layers_maps_are_taken_whole(few: Corpus) -> None:
    model = classifier()
    model.net = FCNN(SHAPE, 2, hidden=(5000,)).eval()
    points = explored(model, few)["net/tracks"].axes[0].collections
    assert len(points) == 1 and len(np.asarray(points[0].get_offsets())) == 4


def test_a_net_without_a_fully_connected_layer_has_its_other_figures(
    few: Corpus, caplog: pytest.LogCaptureFixture
) -> None:
    model = classifier()
    model.net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    with caplog.at_level(logging.INFO):
        assert set(explored(model, few)) >= {"net/filters", "one/activations", "one/saliency"}
    assert (
        "has no fully connected layer, and so no embeddings. Draw the tracks by another layer with layer=NAME"
        in caplog.text
    )
    assert "net/tracks" in net_figures(model, few, "run", {}, "2")


def test_filters_of_a_net_that_hears_windows_are_as_long_as_one(few: Corpus) -> None:
    model = hears_windows(partial(FCNN, hidden=(5,)))
    assert shown(explored(model, few)["net/filters"]).shape == (4, 22)


def test_activations_of_a_net_that_hears_windows_are_those_of_the_middle_one(few: Corpus) -> None:
    model = hears_windows(partial(CNN, channels=(1,), pool_after=(1,), hidden=4))
    figure = explored(model, few)["one/activations"]
    assert ", window 2 of 3" in figure.get_suptitle().replace("\n", " ")
    middle = inputs_of(model, few, "run")(few.tracks[0])[1:2, ..., 11:33]  # of the second of three segments
    expected = layer_output(within(model.made_net), last_activation(within(model.made_net)), middle)
    np.testing.assert_allclose(shown(figure), expected[0, 0], rtol=1e-5)


@pytest.mark.parametrize(("scaling", "unit"), [(Standardize, " (standardised)"), (MinMax, ""), (None, "")])
def test_deviations_are_of_what_was_standardised(scaling: type | None, unit: str, few: Corpus) -> None:
    model = classifier(train_config("data=folder", f"data.root={few.root}", "augment=specaugment"))
    if scaling is not Standardize:  # which the model has already
        model.standardize = None if scaling is None else scaling(SHAPE).fit([torch.zeros(1, *SHAPE)])
    figures = explored(model, few)
    labels = [
        figures[f"one/{name}"].axes[place].get_ylabel() for name, place in (("saliency", 2), ("augmentations", -1))
    ]
    assert labels == [f"input{unit}", f"value{unit}"]


class Room(nn.Module):
    """An augmentation of waveforms that reads a file."""

    def __init__(self, rate: int, file: str) -> None:
        super().__init__()
        self.gain = float(Path(file).read_text())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.gain * x


def test_the_file_of_a_runs_own_augmentation_is_found_from_another_folder(
    few: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, run = tmp_path / "there", tmp_path / "run"
    (there / "ir").mkdir(parents=True)
    (there / "ir" / "room.txt").write_text("0.5")
    run.mkdir()
    (run / "environment.json").write_text(json.dumps({"working_folder": str(there)}))
    monkeypatch.chdir(tmp_path)
    room = {"_target_": f"{Room.__module__}.Room", "_partial_": True, "file": "ir/room.txt"}
    config = train_config("data=folder", f"data.root={few.root}") | {"wave_augment": room}
    change = inputs_of(classifier(config), few, run, trust=True).change
    assert change is not None and change(torch.ones(2)).tolist() == [0.5, 0.5]


def test_a_runs_tracks_are_known_by_what_they_hold(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "music", ("drone", "hum"), tracks=2, seconds=0.1)
    shutil.copytree(root / "drone", tmp_path / "other" / "mine")  # the run's music under other names
    write_track(tmp_path / "other" / "hum" / "hum.00000.wav", "whistle", 7, 0.1)  # as if encoded again
    write_track(tmp_path / "other" / "hum" / "night.wav", "whistle", 8, 0.1)
    run = tmp_path / "run"
    (run / ".hydra").mkdir(parents=True)
    (run / ".hydra" / "config.yaml").write_text(f"data: {{root: {root}}}")
    rows = pd.DataFrame(hash_tracks(scan(root)).items(), columns=["track", "content"])
    split = rows.assign(genre=rows.track.str.partition("/")[0], split=["train", "test", "train", "val"])
    split.to_csv(run / "split.csv", index=False)
    other = scan(tmp_path / "other")
    by_content = {"mine/drone.00000.wav": "train", "mine/drone.00001.wav": "test"}
    assert subsets_of(run, other) == by_content | {"hum/hum.00000.wav": "train"}
    assert subsets_of(run, scan(root)) == dict(zip(split.track, split.split, strict=True))
    for path in [*shutil.copytree(root, tmp_path / "coded").rglob("*.wav")]:
        soundfile.write(path.with_suffix(".flac"), *soundfile.read(path))
        path.unlink()
    coded = {name.replace(".wav", ".flac"): each for name, each in zip(split.track, split.split, strict=True)}
    assert subsets_of(run, scan(tmp_path / "coded")) == coded

    split.assign(content="of a row").to_csv(run / "split.csv", index=False)
    (run / ".hydra" / "config.yaml").write_text("data: {table: features.csv}")
    assert len(subsets_of(run, scan(root))) == 4
