"""Features of a front end whose code was edited are computed again."""

import re
import sys
from types import ModuleType

import pytest
import torch
import torchaudio
from sklearn.pipeline import Pipeline
from torch import Tensor, nn

from musicgenre import own_code as own_code_module
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.store.fingerprint import hash_module
from musicgenre.features.front_end import FrontEnd
from musicgenre.own_code import own_code

FRONT_END = '''
"""Levels."""

import logging
from functools import cached_property, partial
from types import SimpleNamespace

import pandas as pd
import torch
import torchaudio

import own_helper
from own_helper import Base, scaled

FACTOR = 2.0
TABLE = {"a": torch.ones(3)}
SPECTRUM = torchaudio.transforms.Spectrogram(power=2.0)
ROWS = slice(0, 20)
BOX = SimpleNamespace(high=30)
SERIES = pd.Series([40.0])
log = logging.getLogger("own")
shifted = partial(scaled, offset=1.0)


def doubled(function):
    def twice(self, waveform, floor=0.001):
        return function(self, waveform, floor) * 2

    return twice


class Level(Base):
    """The level."""

    kinds = {"loud", "quiet", "silent"}

    @doubled
    def forward(self, waveform, floor=0.01):
        # in any unit
        log.info("a level of %s", (SPECTRUM, ROWS, BOX, SERIES))
        if self.kind in {"loud", "quiet"}:
            return own_helper.level(scaled(waveform, 1.0)) * FACTOR + floor
        return shifted(waveform, 2.0) + TABLE["a"][0] + self.more + self.most

    @property
    def more(self):
        return sum((lambda each: each + 5)(each) for each in range(3))

    @cached_property
    def most(self):
        return self.exact(8)

    @staticmethod
    def exact(x):
        return x - 7
'''
HELPER = """
from musicgenre.features.front_end import FrontEnd


def level(waveform):
    return waveform.abs().mean()


def scaled(waveform, factor, offset=0.0):
    return waveform * factor + offset


def unused(waveform):
    return 11


class Base(FrontEnd):
    ceiling = 10.0
"""


def described(front_end: str, helper: str) -> list[str]:
    """The code behind a class in a module that imports another, as Python sees them once both are loaded."""
    modules = {"own_helper": helper, "own_front_end": front_end}
    with pytest.MonkeyPatch.context() as patch:
        for name, source in modules.items():
            module = ModuleType(name)
            patch.setitem(sys.modules, name, module)
            exec(compile(source, f"{name}.py", "exec"), vars(module))
        return own_code(sys.modules["own_front_end"].Level)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("* FACTOR + floor", "* FACTOR - floor", id="method"),
        pytest.param("floor=0.01", "floor=0.02", id="default"),
        pytest.param("* 2\n", "* 3\n", id="decorator"),
        pytest.param("each + 5", "each + 6", id="lambda"),
        pytest.param("self.exact(8)", "self.exact(9)", id="cached property"),
        pytest.param("x - 7", "x - 8", id="static method"),
        pytest.param("FACTOR = 2.0", "FACTOR = 2.5", id="constant"),
        pytest.param("torch.ones(3)", "torch.zeros(3)", id="tensor"),
        pytest.param("power=2.0", "power=1.0", id="module"),
        pytest.param("slice(0, 20)", "slice(1, 20)", id="slice"),
        pytest.param("high=30", "high=31", id="namespace"),
        pytest.param("[40.0]", "[41.0]", id="series"),
        pytest.param("offset=1.0", "offset=1.5", id="partial"),
        pytest.param('"quiet", "silent"', '"quiet"', id="class attribute"),
        pytest.param("waveform.abs()", "waveform.square()", id="function of another module"),
        pytest.param("* factor + offset", "* factor - offset", id="imported function"),
        pytest.param("offset=0.0", "offset=0.5", id="its default"),
        pytest.param("ceiling = 10.0", "ceiling = 20.0", id="base class"),
    ],
)
def test_an_edit_of_what_a_front_end_computes_changes_its_code(old: str, new: str) -> None:
    assert (old in FRONT_END) != (old in HELPER)
    assert described(FRONT_END.replace(old, new), HELPER.replace(old, new)) != described(FRONT_END, HELPER)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("# in any unit", "# in decibels\n        # and more", id="comment"),
        pytest.param("The level", "The level of a waveform", id="docstring"),
        pytest.param("return 11", "return 12", id="what is not called"),
    ],
)
def test_an_edit_of_anything_else_does_not(old: str, new: str) -> None:
    assert (old in FRONT_END) != (old in HELPER)
    assert described(FRONT_END.replace(old, new), HELPER.replace(old, new)) == described(FRONT_END, HELPER)


def test_the_code_is_the_same_in_every_process() -> None:
    lines = described(FRONT_END, HELPER)
    assert not re.search(r"0x[0-9a-f]{6}", " ".join(lines))  # the address of an object
    assert str(["'loud'", "'quiet'"]) in lines  # sets have another order in each


def test_code_that_refers_to_itself_is_described() -> None:
    source = (
        "class Level:\n    def forward(self):\n        return Level, again()\ndef again():\n    return again(), Level\n"
    )
    described(source, "")


@pytest.mark.parametrize("kind", [nn.Linear, dict, GenreDataModule, Pipeline])
def test_code_of_libraries_is_not_followed(kind: type) -> None:
    assert own_code(kind) == []


def test_a_part_from_an_installed_package_counts_by_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    part = torchaudio.transforms.Fade()
    found = hash_module(part)
    monkeypatch.setattr(own_code_module, "version", lambda package: f"{package} 99")
    assert hash_module(part) != found


def test_a_class_defined_again_in_a_notebook_gives_its_own_features(corpus: Corpus) -> None:
    def level(corpus: Corpus) -> Tensor:
        data = GenreDataModule(corpus, Level(22050), length=1.0, standardize=None)
        return data.train[0].features

    class Level(FrontEnd):
        def forward(self, waveform: Tensor) -> Tensor:
            return waveform[:, None, None, :4] * 0 + 1

        def output_shape(self, n_samples: int) -> tuple[int, int, int]:
            return 1, 1, 4

    first, key = level(corpus), hash_module(Level(22050))

    class Level(FrontEnd):  # type: ignore[no-redef]
        def forward(self, waveform: Tensor) -> Tensor:
            return waveform[:, None, None, :4] * 0 + 2

        def output_shape(self, n_samples: int) -> tuple[int, int, int]:
            return 1, 1, 4

    assert hash_module(Level(22050)) != key
    assert torch.equal(level(corpus), first + 1)
