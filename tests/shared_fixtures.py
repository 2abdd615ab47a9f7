"""What all tests share: a cache folder of their own, and a tiny corpus whose genres anyone can tell apart."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import quick_hydra
import quick_lightning
import torch
from command_line import trained
from made_audio import write_corpus
from made_musicnn import write_wheel
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from platformdirs import user_cache_dir

from musicgenre import GenreDataModule, folder, splits
from musicgenre.augment import SpecAugment
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.features import MFCC
from musicgenre.features.musicnn_weights import WHEEL
from musicgenre.visual import render

USERS_CACHE = Path(os.environ.get("MUSICGENRE_CACHE") or user_cache_dir("musicgenre", appauthor=False))

for quicker in (*quick_hydra.QUICK, *quick_lightning.QUICK):
    quicker(pytest.MonkeyPatch())  # for good: tests are listed by what is composed, too

torch.set_num_threads(1)  # nets this small only lose by a second thread


def pytest_collection_finish() -> None:
    """Leave what is loaded by now out of every later collection of garbage, and let these be few."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder that lasts as long as the session: no test reads or fills the user's own."""
    folder = tmp_path_factory.mktemp("cache")
    write_wheel(folder / "wheels" / WHEEL.file)  # of a tiny network, in place of the published one
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MUSICGENRE_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def corpus_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three genres of eight tracks of 3 s, as wav; to be read only."""
    return write_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory, corpus_root: Path) -> Path:
    """The folder of a run of three epochs that judged the first one best; to be read only."""
    folder = tmp_path_factory.mktemp("runs") / "finished"
    worst_first = ("mode=max", "optimizer.lr=0.005")  # the loss falls, so that the epoch of its maximum is the first
    return trained(
        folder, corpus_root, "trainer.max_epochs=3", *worst_first, "logger=[tensorboard,csv]", "figures=true"
    )


@pytest.fixture
def rough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw figures coarsely and without laying them out, which takes longest."""
    as_written = render._take_literally

    def take_literally(figure: Figure) -> None:
        figure.set_layout_engine("none")
        as_written(figure)

    monkeypatch.setattr(render, "_take_literally", take_literally)
    monkeypatch.setattr(render, "_DPI", 30)


# Where figures are by the way: `finished_run`, tests of figures and those that say so draw them.
UNDRAWN = ("cli", "gan", "matrix", "training")


@pytest.fixture(autouse=True)
def _by_the_way(request: pytest.FixtureRequest) -> None:
    if request.path.parent.name in UNDRAWN and not {"drawn", "rough"} & set(request.fixturenames):
        request.getfixturevalue("blank")


@pytest.fixture
def drawn() -> None:
    """Draw figures as they are."""


@pytest.fixture
def blank(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make figures and do not draw them: for tests of which there are, not of what is on them."""
    monkeypatch.setattr(render, "FigureCanvasAgg", BlankCanvas)


class BlankCanvas(FigureCanvasAgg):
    """A canvas that stays as it is made."""

    def draw(self) -> None:
        """Make the empty pixels, and nothing on them."""
        self.get_renderer()  # type: ignore[no-untyped-call]


@pytest.fixture
def corpus(corpus_root: Path) -> Corpus:
    """The tracks as a corpus."""
    return folder(corpus_root)


@pytest.fixture
def audio(corpus: Corpus) -> GenreDataModule:
    """Data by hand, of these tracks."""
    split = splits.stratified(fractions=(0.5, 0.25, 0.25))
    return GenreDataModule(corpus, MFCC(n_mfcc=5), length=1.0, overlap=0.5, split=split, augment=SpecAugment())
