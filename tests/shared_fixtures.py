"""What all tests share: a separate cache folder, and a tiny corpus whose genres are easy to tell apart."""

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
from made_musicnn import publish_tiny, write_wheel
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from platformdirs import user_cache_dir

from musicgenre import GenreDataModule, folder, splits
from musicgenre.augment import SpecAugment
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.features import MFCC
from musicgenre.features.musicnn_weights import WHEEL
from musicgenre.prediction import predict
from musicgenre.runs import compare_tracks, report_build, results
from musicgenre.visual import render, spectra, tabular, waves

USERS_CACHE = Path(os.environ.get("MUSICGENRE_CACHE") or user_cache_dir("musicgenre", appauthor=False))

for quicker in (*quick_hydra.QUICK, *quick_lightning.QUICK):
    quicker(pytest.MonkeyPatch())  # for good: collecting the tests composes configs, too

torch.set_num_threads(1)  # a second thread only slows down nets this small


def pytest_collection_finish() -> None:
    """Exclude what is loaded by now from later garbage collections, and make these rare."""
    gc.freeze()
    gc.set_threshold(400_000, 20, 100)
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder for the session: no test reads or fills the user's."""
    folder = tmp_path_factory.mktemp("cache")
    write_wheel(folder / "wheels" / WHEEL.file)  # a tiny network in place of the published one
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MUSICGENRE_CACHE", str(folder))
        publish_tiny(patch)
        yield folder


@pytest.fixture(scope="session")
def corpus_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three genres of eight 3 s tracks, as wav; read-only."""
    return write_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory, corpus_root: Path) -> Path:
    """The folder of a run of three epochs, the first of which is its best; read-only."""
    folder = tmp_path_factory.mktemp("runs") / "finished"
    worst_first = ("mode=max", "optimizer.lr=0.005")  # the loss falls, so its maximum is in the first epoch
    with pytest.MonkeyPatch.context() as patch:
        leave_layout(patch)
        return trained(
            folder, corpus_root, "trainer.max_epochs=3", *worst_first, "logger=[tensorboard,csv]", "figures=true"
        )


@pytest.fixture
def rough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw figures coarsely and without layout."""
    leave_layout(monkeypatch)
    monkeypatch.setattr(render, "_DPI", 30)


def leave_layout(patch: pytest.MonkeyPatch) -> None:
    """Draw figures without layout, which takes longest."""

    def canvas_of(figure: Figure) -> FigureCanvasAgg:
        figure.set_layout_engine("none")
        return FigureCanvasAgg(figure)

    patch.setattr(render, "FigureCanvasAgg", canvas_of)


# Where figures are incidental; `finished_run`, tests of figures and those that ask for it do draw them.
UNDRAWN = ("cli", "devices", "gan", "matrix", "runs", "training")


@pytest.fixture(autouse=True)
def _by_the_way(request: pytest.FixtureRequest) -> None:
    if request.path.parent.name in UNDRAWN and not {"drawn", "rough", "built"} & set(request.fixturenames):
        request.getfixturevalue("blank")


@pytest.fixture
def drawn() -> None:
    """Draw figures as they are."""


@pytest.fixture
def blank(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make figures without drawing them: for tests of which figures there are, not of what they show."""
    leave_blank(monkeypatch)


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make all of a figure, but do not draw it: for tests of data that are hard to draw."""
    leave_undrawn(monkeypatch)


def leave_blank(patch: pytest.MonkeyPatch) -> None:
    """Leave out what most figures consist of, too, and make these small: each takes 20 ms."""
    leave_undrawn(patch)
    for module in (results, report_build, compare_tracks, predict, spectra, tabular, waves):
        for name in vars(module):
            if name.endswith("_figure"):
                patch.setattr(module, name, lambda *of, **how: Figure(figsize=(1.6, 1.2)))


def leave_undrawn(patch: pytest.MonkeyPatch) -> None:
    """Make the pixels, and draw nothing on them."""
    patch.setattr(render, "FigureCanvasAgg", BlankCanvas)


class BlankCanvas(FigureCanvasAgg):
    """A canvas that stays blank."""

    def draw(self) -> None:
        """Make the pixels, and draw nothing on them."""
        self.get_renderer()  # type: ignore[no-untyped-call]


@pytest.fixture
def corpus(corpus_root: Path) -> Corpus:
    """The tracks as a corpus."""
    return folder(corpus_root)


@pytest.fixture
def audio(corpus: Corpus) -> GenreDataModule:
    """A data module of these tracks."""
    split = splits.stratified(fractions=(0.5, 0.25, 0.25))
    return GenreDataModule(corpus, MFCC(n_mfcc=5), length=1.0, overlap=0.5, split=split, augment=SpecAugment())
