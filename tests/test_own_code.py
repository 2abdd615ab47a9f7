"""Features of a front end whose code was edited are computed again."""

import pickle
import random
import re
import sys
import tempfile
from functools import partial
from importlib import import_module, invalidate_caches, reload
from os import environ
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
import torchaudio
from sklearn.pipeline import Pipeline
from torch import Tensor, nn

from musicgenre import own_code as own_code_module
from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.data.store.cached import CachedExtractor
from musicgenre.data.store.extract import AudioExtractor
from musicgenre.data.store.fingerprint import hash_module
from musicgenre.features import LogMel
from musicgenre.features.front_end import FrontEnd
from musicgenre.own_code import code_behind, own_code
from musicgenre.parts import describe, warn_if_edited

FRONT_END = '''
"""Levels."""

import logging
from functools import cache, cached_property, partial, wraps
from types import SimpleNamespace

import pandas as pd
import torch
import torchaudio

import own_helper
import own_helper.inner
from own_helper import Base, scaled

FACTOR = 2.0
WINDOWS = {torch.hann_window, torch.hamming_window}
TABLE = {"a": torch.ones(3)}
SPECTRUM = torchaudio.transforms.Spectrogram(power=2.0)
ROWS = slice(0, 20)
BOX = SimpleNamespace(high=30)
SERIES = pd.Series([40.0])
log = logging.getLogger("own")
shifted = partial(scaled, offset=1.0)


def tripled(function):
    @wraps(function)
    def thrice(*arguments):
        return function(*arguments) * 33

    return thrice


@cache
def window(length):
    return torch.hann_window(length + 77)


def doubled(function):
    def twice(self, waveform, floor=0.001):
        return function(self, waveform, floor) * 2

    return twice


def unused(waveform):
    return 11


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

    @tripled
    def odd(self, x):
        from own_helper import late

        return late(x) + own_helper.inner.deep(x) + window(4) + len(WINDOWS)

    @classmethod
    def small(cls):
        return cls(55)
'''
INNER = """
def deep(x):
    return x * 88
"""
LATER = """
def much(x):
    return x + 99
"""
HELPER = """
from torch import nn

from musicgenre.features import LogMel
from musicgenre.features.front_end import FrontEnd


def level(waveform):
    return waveform.abs().mean()


def scaled(waveform, factor, offset=0.0):
    return waveform * factor + offset


BANDS = [20]
BANDS.append(40)


def late(waveform, act=nn.ReLU):
    from . import later

    return later.much(waveform) - 66 + len(BANDS)


class Base(FrontEnd):
    ceiling = 10.0
"""


def described(front_end: str, helper: str = HELPER, inner: str = INNER, later: str = LATER) -> list[str]:
    """The code behind a class in a module that imports others."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        for name, source in {
            "own_front_end": front_end,
            "own_helper/__init__": helper,
            "own_helper/inner": inner,
            "own_helper/later": later,
        }.items():
            path = Path(folder, f"{name}.py")
            path.parent.mkdir(exist_ok=True)
            path.write_text(source)
        invalidate_caches()
        try:
            return own_code(import_module("own_front_end").Level)
        finally:
            for name in ("own_front_end", "own_helper", "own_helper.inner", "own_helper.later"):
                sys.modules.pop(name, None)


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
        pytest.param("* 33", "* 34", id="decorator with wraps"),
        pytest.param("length + 77", "length + 78", id="cached function"),
        pytest.param("cls(55)", "cls(56)", id="class method"),
        pytest.param("- 66", "- 67", id="import inside a method"),
        pytest.param("x * 88", "x * 89", id="module within a module"),
        pytest.param("hamming_window}", "kaiser_window}", id="set of functions"),
        pytest.param("act=nn.ReLU", "act=nn.GELU", id="class of a library as a default"),
        pytest.param("class Base(FrontEnd)", "class Base(LogMel)", id="base of a library"),
        pytest.param("x + 99", "x + 98", id="module of the same package imported inside a function"),
        pytest.param("BANDS.append(40)", "BANDS.append(41)", id="list that is added to"),
    ],
)
def test_an_edit_of_what_a_front_end_computes_changes_its_code(old: str, new: str) -> None:
    sources = FRONT_END, HELPER, INNER, LATER
    assert sum(old in source for source in sources) == 1
    assert described(*(source.replace(old, new) for source in sources)) != described(*sources)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("# in any unit", "# in decibels\n        # and more", id="comment"),
        pytest.param("The level", "The level of a waveform", id="docstring"),
        pytest.param("return 11", "return 12", id="what is not called"),
    ],
)
def test_an_edit_of_anything_else_does_not(old: str, new: str) -> None:
    sources = FRONT_END, HELPER, INNER, LATER
    assert sum(old in source for source in sources) == 1
    assert described(*(source.replace(old, new) for source in sources)) == described(*sources)


def test_an_extractor_in_another_process_has_the_settings_of_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    extractor = CachedExtractor(AudioExtractor(LogMel(22050), Segmenter(22050, length=1.0), 22050))
    sent, settings = pickle.dumps(extractor), extractor.settings
    monkeypatch.setattr(AudioExtractor, "settings", "of a process that sees other code")
    assert pickle.loads(sent).settings == settings


MEMO: dict[int, int] = {}
REGISTRY: dict[str, type] = {}


class Remembering:
    """A class that counts its calls, fills a dictionary and is registered in one that its code reads."""

    calls = 0

    def forward(self, x: int) -> int:
        Remembering.calls += 1
        if x not in MEMO:
            MEMO[x] = build("remembering").forward(x - 1) if x else len(str((__file__, environ)))
        return MEMO[x]


def build(name: str) -> Any:
    made: list[Any] = []
    made.append(REGISTRY[name]())
    return made[0]


REGISTRY["remembering"] = Remembering


def test_what_a_run_changes_by_itself_is_no_edit(monkeypatch: pytest.MonkeyPatch) -> None:
    before = own_code(Remembering)
    assert len(before) == len(set(before)) > 4
    Remembering().forward(3)
    pickle.loads(pickle.dumps(Remembering()))  # notes __slotnames__ in the class
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert own_code(Remembering) == before


def test_code_is_described_as_it_was_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_edited.py").write_text("def level(x):\n    return x + 1\n")
    invalidate_caches()
    module = import_module("own_edited")
    before = own_code(module.level)
    (tmp_path / "own_edited.py").write_text("def level(x):\n    return x + 22\n")  # while the program runs
    assert own_code(module.level) == before
    assert own_code(reload(module).level) == ["def level(x):\n    return x + 22"]
    del sys.modules["own_edited"]


def test_what_a_config_names_may_be_made_by_a_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    made = "def make(year):\n\n    def split(corpus):\n        return year\n    return split"
    (tmp_path / "own_made.py").write_text(f"{made}\nby_year = make(2000)\n")
    assert code_behind("own_made", "by_year") == ["by_year = make(2000)", made]


def test_star_imports_long_sums_and_mere_use_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def described(rate: int, factor: int, use: str) -> list[str]:
        (tmp_path / "own_consts.py").write_text(f"RATE = {rate}\n")
        long = " + ".join(["x"] * 900)
        text = f"from own_consts import *\nprint(RATE)\ndef long(x):\n    return {factor} + {long}\n"
        text += f"class Level:\n    def forward(self, x):\n        return long(x) * RATE\n{use}\n"
        (tmp_path / "own_user.py").write_text(text)
        for name in ("own_user", "own_consts"):
            sys.modules.pop(name, None)
        invalidate_caches()
        return own_code(import_module("own_user").Level)

    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = described(1, 1, "")
    assert described(2, 1, "") != before
    assert described(1, 2, "") != before
    assert described(1, 1, "print(Level)") == before
    assert described(1, 1, "setattr(Level, 'rate', 3)") != before
    for name in ("own_user", "own_consts"):
        del sys.modules[name]


class Scaled(FrontEnd):
    """A front end whose code reads values that its source does not tell."""

    def forward(self, waveform: Tensor) -> Tensor:
        return waveform[:, None, None, :400] * VALUES["factor"]

    def output_shape(self, n_samples: int) -> tuple[int, int, int]:
        return 1, 1, 400


VALUES = dict.fromkeys(["factor"], 2.0)


def test_values_that_the_source_does_not_tell_change_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = hash_module(Scaled(22050))
    assert hash_module(Scaled(22050)) == before
    monkeypatch.setitem(VALUES, "factor", 3.0)  # as by a loop in a cell, or a file that was read
    assert hash_module(Scaled(22050)) != before
    monkeypatch.setitem(VALUES, "factor", 2.0)
    monkeypatch.setattr(Scaled, "forward", lambda self, waveform: waveform[:, None, None, 1:401] * 2.0)  # %autoreload
    assert hash_module(Scaled(22050)) != before


class Dithered(Scaled):
    """A front end that draws at random."""

    def forward(self, waveform: Tensor) -> Tensor:
        return super().forward(waveform + torch.randn(1) + float(np.random.rand()) + random.random())


def test_making_a_key_leaves_all_generators_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    seeded: list[int] = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", seeded.append)
    states = torch.get_rng_state(), pickle.dumps(np.random.get_state()), random.getstate()
    assert hash_module(Dithered(22050)) == hash_module(Dithered(22050))
    assert torch.equal(torch.get_rng_state(), states[0])
    assert pickle.dumps(np.random.get_state()) == states[1]
    assert random.getstate() == states[2]
    assert not seeded


def test_an_object_of_a_class_that_was_redefined_has_a_key_of_its_own() -> None:
    first = Scaled(22050)
    again = type("Scaled", (Scaled,), {"forward": lambda self, waveform: waveform[:, None, None, :400] * 5})
    again.__qualname__, again.__module__ = Scaled.__qualname__, Scaled.__module__
    assert hash_module(again(22050)) != hash_module(first)


class Notebook:
    """A stand-in for `__main__` of a notebook, whose cells define a class."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.module: Any = ModuleType("__main__")
        vars(self.module).update(In=[], get_ipython=lambda: self)
        monkeypatch.setitem(sys.modules, "__main__", self.module)

    def transform_cell(self, cell: str) -> str:
        return re.sub(r"^%.*", "pass", cell, flags=re.MULTILINE)

    def run(self, *cells: str) -> list[str]:
        """Run cells, and describe the class Level."""
        for cell in cells:
            self.module.In.append(cell)
            exec(self.transform_cell(cell), vars(self.module))
        return own_code(self.module.Level)


def test_cells_of_a_notebook_are_the_code_of_its_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    level = "class Level:\n    def forward(self, x):\n        return scaled(x) * SETTINGS['factor']"
    scaled = "%matplotlib inline\ndef scaled(x):\n    y = x + 1\n    return y"
    notebook = Notebook(monkeypatch)
    first = notebook.run("SETTINGS = {'factor': 2}", scaled, level)
    assert notebook.run("y = 3", "print(Level().forward(y))", scaled, level) == first  # run again, and used
    second = notebook.run("SETTINGS['factor'] = 3")
    third = notebook.run(scaled.replace("x + 1", "x + 2"))
    fourth = notebook.run(level.replace("scaled(x)", "scaled(x + 1)"))
    assert len({str(each) for each in (first, second, third, fourth)}) == 4
    assert notebook.run("SETTINGS['factor'] = 2") != fourth
    assert notebook.run("SETTINGS = {'factor': 2}", scaled, level) == first
    assert notebook.run("import math", "math.floor(y)", "SETTINGS = {'factor': 2}", scaled, level) == first


def test_what_a_name_was_before_counts_if_it_is_made_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    level = "class Level:\n\n    def forward(self, x):\n        return x * FACTOR"
    notebook = Notebook(monkeypatch)
    assert notebook.run("FACTOR = 2", "FACTOR = FACTOR * 3", level) == [level, "FACTOR = 2", "FACTOR = FACTOR * 3"]
    assert "FACTOR = 5" in notebook.run("FACTOR = 5", "FACTOR = FACTOR * 3")
    assert set(notebook.run("FACTOR = 7")) == {level, "FACTOR = 7"}


def test_a_cell_under_a_magic_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    level = "class Level:\n\n    def forward(self, x):\n        return x * FACTOR"
    notebook = Notebook(monkeypatch)
    timed = "get_ipython().run_cell_magic('time', '', 'FACTOR = 4')"  # as IPython transforms "%%time"
    notebook.module.In.append(timed)
    assert "FACTOR = 4" in notebook.run(level)


def test_an_edited_class_is_told_when_it_is_given(caplog: pytest.LogCaptureFixture) -> None:
    described = describe(Scaled)
    warn_if_edited(described, Scaled)
    warn_if_edited(described, LogMel)
    assert not caplog.text
    for given in (Scaled, partial(Scaled, 22050), Scaled(22050)):
        caplog.clear()
        warn_if_edited(described | {"code": described["code"][:-1] + "?"}, given)
        assert caplog.text.count("has been edited since this model was saved") == 1


def test_code_that_refers_to_itself_is_described() -> None:
    source = (
        "class Level:\n    def forward(self):\n        return Level, again()\ndef again():\n    return again(), Level\n"
    )
    assert [line.split("(")[0].split(":")[0] for line in described(source, "")] == ["class Level", "def again"]


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
