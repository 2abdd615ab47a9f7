"""musicgenre: music genre classification on GTZAN, from a folder of audio to a tested classifier.

    data = GenreDataModule(gtzan("genres_original"), MFCC(n_mfcc=13), split=splits.stratified(seed=0))
    model = GenreClassifier(BiLSTM, lr=1e-3)
    trainer.fit(model, data)

    run = musicgenre.train("experiment=net5_bilstm", "data=gtzan", "data.root=genres_original")
    musicgenre.read_runs("multirun")

Names are imported on first use: `import musicgenre` alone takes milliseconds.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from musicgenre.errors import MusicGenreError

if TYPE_CHECKING:
    from musicgenre import augment, features, nets, visual
    from musicgenre.cli.api import train
    from musicgenre.data import splits
    from musicgenre.data.arrays import to_sklearn
    from musicgenre.data.audit import audit
    from musicgenre.data.corpus.sources import features_table, folder, gtzan, mel_images, synthetic
    from musicgenre.data.datamodule import GenreDataModule
    from musicgenre.modules.classifier import GenreClassifier
    from musicgenre.runs.find import read_runs
    from musicgenre.runs.run import Run, load_run
    from musicgenre.training.trained import load_model

__version__ = "0.2.0.dev0"

_HOME = {
    "GenreClassifier": "musicgenre.modules.classifier",
    "GenreDataModule": "musicgenre.data.datamodule",
    "Run": "musicgenre.runs.run",
    "audit": "musicgenre.data.audit",
    "features_table": "musicgenre.data.corpus.sources",
    "folder": "musicgenre.data.corpus.sources",
    "gtzan": "musicgenre.data.corpus.sources",
    "load_model": "musicgenre.training.trained",
    "load_run": "musicgenre.runs.run",
    "mel_images": "musicgenre.data.corpus.sources",
    "read_runs": "musicgenre.runs.find",
    "synthetic": "musicgenre.data.corpus.sources",
    "to_sklearn": "musicgenre.data.arrays",
    "train": "musicgenre.cli.api",
}
_MODULES = {
    "augment": "musicgenre.augment",
    "features": "musicgenre.features",
    "nets": "musicgenre.nets",
    "splits": "musicgenre.data.splits",
    "visual": "musicgenre.visual",
}

__all__ = [
    "GenreClassifier",
    "GenreDataModule",
    "MusicGenreError",
    "Run",
    "audit",
    "augment",
    "features",
    "features_table",
    "folder",
    "gtzan",
    "load_model",
    "load_run",
    "mel_images",
    "nets",
    "read_runs",
    "splits",
    "synthetic",
    "to_sklearn",
    "train",
    "visual",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401  # whatever the name stands for
    if name in _MODULES:
        found: Any = import_module(_MODULES[name])
    elif name in _HOME:
        found = getattr(import_module(_HOME[name]), name)
    else:
        raise AttributeError(f"module 'musicgenre' has no attribute {name!r}: it has {', '.join(__all__)}.")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


class _Package(ModuleType):
    """Keeps `musicgenre.synthetic` the function: importing the package of that name would replace it."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
