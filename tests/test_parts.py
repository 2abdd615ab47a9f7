"""Parts remember what they were made with, and only known ones are rebuilt."""

import copy
import inspect
import pickle
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf
from torch import nn

from musicgenre import features, nets, parts
from musicgenre.data.store.fingerprint import hash_module
from musicgenre.errors import MusicGenreError
from musicgenre.features import MFCC, FrontEnd, HandMade, LogMel, MinMax, Standardize
from musicgenre.nets import CNN, BiLSTM
from musicgenre.parts import Remembers, describe, make

SHAPES: dict[str, tuple[int, ...]] = {
    "AlexNet": (3, 70, 100),
    "DilatedCNN": (1, 20, 1290),
    "GaborCNN": (1, 1, 8000),
    "MFCCCNN": (1, 16, 130),
    "MusicnnNet": (1, 96, 188),
}


class Wide(BiLSTM):
    """A net that a user derived."""

    def __init__(self, in_shape: tuple[int, ...], n_classes: int, *, factor: int = 2) -> None:
        super().__init__(in_shape, n_classes, hidden=8 * factor)


class Doubled(BiLSTM):
    """A net that takes what the one that it is derived from takes."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 2 * super().forward(x)


class PassedOn(BiLSTM):
    """A net whose signature does not name what it passes on."""

    def __init__(self, *args: Any, factor: int = 2, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.factor = factor


def test_arguments_are_known_by_name_without_those_left_out() -> None:
    assert BiLSTM((1, 13, 130), 10).made_with == {"in_shape": [1, 13, 130], "n_classes": 10}
    assert MFCC(16000, n_mfcc=20).made_with == {"sample_rate": 16000, "n_mfcc": 20}
    assert HandMade().made_with == {}
    assert CNN(in_shape=(1, 16, 16), n_classes=2, channels=(4, 4), pool_after=[1]).made_with == {
        "in_shape": [1, 16, 16],
        "n_classes": 2,
        "channels": [4, 4],
        "pool_after": [1],
    }


def test_what_is_returned_is_a_copy() -> None:
    net = CNN((1, 16, 16), 2, channels=[4, 4], pool_after=[1])
    described = describe(net)
    described["settings"]["channels"].append(99)
    described["settings"]["n_classes"] = 3
    assert describe(net)["settings"] == net.made_with
    assert net.made_with["channels"] == [4, 4]
    settings: dict[str, Any] = {"in_shape": [1, 16, 16], "n_classes": 2, "channels": [4, 4], "pool_after": [1]}
    again = make({"name": "musicgenre.nets.CNN", "settings": settings})
    settings["channels"].append(99)
    assert again.made_with["channels"] == [4, 4]


def test_a_part_says_its_settings_and_parameters_in_a_line() -> None:
    assert repr(MFCC(n_mfcc=5)) == "MFCC(n_mfcc=5)"
    net = BiLSTM((1, 13, 130), 10, hidden=16)
    count = sum(parameter.numel() for parameter in net.parameters())
    assert repr(net) == f"BiLSTM(in_shape=[1, 13, 130], n_classes=10, hidden=16) of {count:,} parameters"


def test_lists_of_a_config_are_plain_lists() -> None:
    channels = OmegaConf.create([4, 4])
    assert type(CNN((1, 16, 16), 2, channels=channels, pool_after=(1,)).made_with["channels"]) is list


def test_a_subclass_remembers_its_own_arguments() -> None:
    assert Wide((1, 2, 3), 4, factor=1).made_with == {"in_shape": [1, 2, 3], "n_classes": 4, "factor": 1}
    passed_on = PassedOn(in_shape=(1, 2, 3), n_classes=4, hidden=2)
    assert passed_on.made_with == {"in_shape": [1, 2, 3], "n_classes": 4, "hidden": 2}
    again = make(describe(passed_on), trusted={f"{__name__}.PassedOn"})
    assert (type(again), again.factor, again.classifier.in_features) == (PassedOn, 2, 4)
    again = make(describe(PassedOn((1, 2, 3), 4, factor=3)), trusted={f"{__name__}.PassedOn"})
    assert (again.factor, again.classifier.out_features) == (3, 4)


def test_a_subclass_without_arguments_of_its_own_remembers_those_that_it_inherits() -> None:
    class Quieter(LogMel):
        """A front end that a user derived."""

    class Ranged(MinMax):
        """A scaling that a user derived."""

    assert Quieter(16000, mel_scale="htk").made_with == {"sample_rate": 16000, "mel_scale": "htk"}
    assert Ranged((1, 2, 3)).made_with == {"in_shape": [1, 2, 3]}
    net = Doubled((1, 4, 6), 3, hidden=2)
    assert net.made_with == {"in_shape": [1, 4, 6], "n_classes": 3, "hidden": 2}
    again = make(describe(net), trusted={f"{__name__}.Doubled"})
    assert (again.classifier.in_features, again.classifier.out_features) == (4, 3)
    assert inspect.signature(Quieter) == inspect.signature(LogMel)
    assert list(inspect.signature(net).parameters) != list(inspect.signature(Doubled).parameters)  # that of a call


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda part: pickle.loads(pickle.dumps(part))])
@pytest.mark.parametrize("part", [Wide((1, 2, 3), 4, factor=1), MFCC(16000, n_mfcc=20), MinMax((1, 2, 3))])
def test_a_copy_remembers_as_well(part: Remembers, copied: Any) -> None:
    twin = copied(part)
    assert type(twin) is type(part)
    assert twin.made_with == part.made_with
    assert twin.made_with is not part.made_with


def test_wrong_arguments_are_refused_in_pythons_words() -> None:
    wrong: Any = {"hiden": 3}
    with pytest.raises(TypeError, match=r"BiLSTM.__init__\(\) got an unexpected keyword argument 'hiden'"):
        BiLSTM((1, 2, 3), 4, **wrong)


def test_what_a_part_was_made_with_is_no_state() -> None:
    assert hash_module(LogMel()) == hash_module(LogMel(22050, n_fft=2048))
    assert "made_with" not in BiLSTM((1, 2, 3), 4).state_dict()


@pytest.mark.parametrize("name", nets.__all__)
def test_every_net_is_made_again(name: str) -> None:
    settings = {"sample_rate": 8000, "n_fft": 512, "n_filters": 32} if name == "GaborCNN" else {}
    with torch.device("cpu" if name == "GaborCNN" else "meta"):
        net = getattr(nets, name)(SHAPES.get(name, (1, 64, 64)), 3, **settings)
        described = describe(net)
        again = make(described)
    assert described["name"] == f"musicgenre.nets.{name}"
    assert type(again) is type(net)
    assert {key: value.shape for key, value in again.state_dict().items()} == {
        key: value.shape for key, value in net.state_dict().items()
    }


@pytest.mark.parametrize("name", [name for name in features.__all__ if isinstance(getattr(features, name), type)])
def test_every_front_end_and_scaling_is_named_by_its_public_name(name: str) -> None:
    assert describe(getattr(features, name)) == {"name": f"musicgenre.features.{name}", "settings": {}}


def test_a_scaling_is_made_again_and_takes_its_state() -> None:
    fitted = Standardize("coefficient", (1, 2, 3)).fit([torch.randn(5, 1, 2, 3)])
    again = make(describe(fitted))
    again.load_state_dict(fitted.state_dict())
    x = torch.randn(2, 1, 2, 3)
    assert torch.equal(again(x), fitted(x))


def test_a_class_and_a_partial_of_one_are_described() -> None:
    assert describe(BiLSTM) == {"name": "musicgenre.nets.BiLSTM", "settings": {}}
    half = describe(partial(partial(BiLSTM, (1, 2, 3)), hidden=4))
    assert half == {"name": "musicgenre.nets.BiLSTM", "settings": {"in_shape": [1, 2, 3], "hidden": 4}}
    net = make(half, n_classes=5, hidden=6)
    assert (net.classifier.in_features, net.classifier.out_features) == (12, 5)


@pytest.mark.parametrize("part", [nn.Linear(2, 2), lambda shape, n: nn.Identity(), partial(max, 3)])
def test_what_does_not_remember_is_refused(part: object) -> None:
    with pytest.raises(MusicGenreError, match="does not remember its settings"):
        describe(part)


def test_a_setting_that_no_checkpoint_can_keep_is_named() -> None:
    tensor: Any = torch.ones(())
    with pytest.raises(MusicGenreError, match="BiLSTM: hidden is a Tensor, which a checkpoint cannot hold"):
        describe(partial(BiLSTM, hidden=tensor))


@pytest.mark.parametrize(
    "name",
    [
        "musicgenre.features.make_scaling",  # not a class
        "musicgenre.nets.bilstm.BiLSTM",  # not the public name
        "musicgenre.nets.Remembers",
        "musicgenre.nets",
        "builtins.eval",
        "BiLSTM",
        "",
    ],
)
def test_only_public_classes_are_made(name: str) -> None:
    with pytest.raises(MusicGenreError, match=f"^{name} is not one of musicgenre's"):
        make({"name": name, "settings": {}})


def test_nothing_is_imported_for_a_name_that_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "students.py").write_text("class Net:\n    def __init__(self, width):\n        self.width = width\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    part = {"name": "students.Net", "settings": {"width": 3}}
    with pytest.raises(MusicGenreError, match=r"^students\.Net is not one"):
        make(part, trusted={"students.Other"})
    assert "students" not in sys.modules
    assert make(part, trusted={"students.Net"}).width == 3
    with pytest.raises(MusicGenreError, match=r"students\.Other cannot be imported"):
        make({"name": "students.Other", "settings": {}}, trusted={"students.Other"})


def test_settings_that_a_class_refuses_are_told_with_its_name() -> None:
    with pytest.raises(MusicGenreError, match=r"musicgenre\.features\.MFCC refuses its settings: .*'n_mfc'"):
        make({"name": "musicgenre.features.MFCC", "settings": {"n_mfc": 3}})
    with pytest.raises(MusicGenreError, match=r"musicgenre\.features\.FrontEnd refuses its settings: .*abstract"):
        make({"name": "musicgenre.features.FrontEnd", "settings": {}})


def test_a_front_end_of_ones_own_remembers() -> None:
    class Power(FrontEnd):
        def __init__(self, sample_rate: int = 22050, *, floor: float = 0.0) -> None:
            super().__init__(sample_rate)
            self.floor = floor

        def forward(self, waveform: torch.Tensor) -> torch.Tensor:
            return waveform.square().mean(-1)[:, None, None, None] + self.floor

        def output_shape(self, n_samples: int) -> tuple[int, int, int]:
            return 1, 1, 1

    assert Power(floor=0.5).made_with == {"floor": 0.5}


def test_numpys_numbers_and_arrays_are_remembered_as_plain_values() -> None:
    given: dict[str, Any] = {"channels": np.array([4, 8]), "hidden": np.int64(16)}
    settings = describe(partial(CNN, **given))["settings"]
    assert settings == {"channels": [4, 8], "hidden": 16}
    assert {type(value) for value in (*settings["channels"], settings["hidden"])} == {int}


def test_a_class_edited_since_it_was_saved_is_named(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    saved = describe(partial(Wide, in_shape=(1, 4, 16), n_classes=2))
    trusted = {saved["name"]}
    make(saved, trusted)
    make({name: saved[name] for name in ("name", "settings")}, trusted)
    make({**saved, "code": "2.7 0a1b"}, trusted)  # bytecode of another Python says nothing
    assert not caplog.records
    monkeypatch.setattr(parts, "own_code", lambda kind: ["edited"])
    make(saved, trusted)
    assert "Wide has been edited since this model was saved" in caplog.text


def test_musicgenres_own_classes_are_described_without_their_code() -> None:
    assert describe(MFCC(16000)) == {"name": "musicgenre.features.MFCC", "settings": {"sample_rate": 16000}}
