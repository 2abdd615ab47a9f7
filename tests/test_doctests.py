import doctest
import pkgutil
from importlib import import_module

import pytest

import musicgenre

MODULES = sorted(found.name for found in pkgutil.walk_packages(musicgenre.__path__, "musicgenre."))


@pytest.mark.parametrize("name", ["musicgenre", *MODULES])
def test_examples_in_docstrings_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module(name)
    monkeypatch.setattr("linecache.checkcache", lambda filename=None: None)  # which checks every file ever shown
    found = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert found.failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = [len(test.examples) for name in MODULES for test in finder.find(import_module(name))]
    assert sum(examples) > 20
