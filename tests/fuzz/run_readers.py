"""All that reads a run folder, run to its end: it gives a result, or one sentence."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from run_mutants import Mutant

from musicgenre import read_runs
from musicgenre.errors import MusicGenreError
from musicgenre.gan.build import load_gan
from musicgenre.gan.record import find_gan
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.runs.compare import _read
from musicgenre.runs.convergence import convergence_table, curves_of
from musicgenre.runs.find import survey
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.read import read_split
from musicgenre.runs.report import _genre_report
from musicgenre.runs.rows import check_predictions, rows_of
from musicgenre.runs.run import Run
from musicgenre.training.build import MADE, build_corpus, build_data
from musicgenre.training.evaluate import _protocol_leaks
from musicgenre.training.tested import epoch_of
from musicgenre.training.trained import load_model
from musicgenre.trust import Trust, require_known

NOISE = torch.randn(1, 22050, generator=torch.Generator().manual_seed(0)) * 0.1


def settings(folder: Path) -> object:
    run = Run(folder)
    return run.name, run.data, run.split, run.seed, run.overrides, run.choices, run.value("optimizer.lr"), repr(run)


def figures(folder: Path) -> object:
    run = Run(folder)
    return run.metrics, len(run.history), _genre_report(run.predictions), read_split(run.files.split_csv)


def begun(folder: Path) -> object:
    """Read what a second start looks at."""
    return RunFolder(folder).finished_metrics("none")


def table(folder: Path) -> object:
    return read_runs(folder).frame.to_string(), repr(read_runs(folder))


def compared(folder: Path) -> object:
    return _read(folder, "optimizer", ("test/track/accuracy",))


def reported(folder: Path) -> object:
    found, _ = survey(folder, check_predictions)
    rows = rows_of([run for run, _ in found], [predictions for _, predictions in found])
    return [row.summary() for row in rows], convergence_table(curves_of(rows)[0])


def heard(folder: Path) -> object:
    model = load_model(folder)
    with torch.no_grad():
        probabilities = model.audio_classifier()(NOISE[0].numpy(), 22050).probabilities
    assert math.isclose(probabilities.sum(), 1, abs_tol=1e-4)
    return probabilities.to_dict()


def tested_again(folder: Path) -> object:
    """Do what `evaluate` does before it opens the data."""
    path = folder / "checkpoints" / "best.ckpt"
    model = GenreClassifier.load_from_checkpoint(path)
    require_known(model.config or {}, MADE, str(path), Trust())
    return epoch_of(path), model.config and (_protocol_leaks, build_corpus, build_data)


def drawn(folder: Path) -> object:
    gan = load_gan(find_gan(folder))
    return gan.sample(torch.tensor([0]), 0).sum()


READERS: dict[str, Callable[[Path], Any]] = {
    read.__name__: read for read in (settings, figures, begun, table, compared, reported, heard, tested_again, drawn)
}
OF_MODELS = ("heard", "tested_again", "drawn")
# Damage that a reader must refuse unless its result is unchanged. Other words in a text are still a text.
_OF_FILES = ("cut", "flip", "zero", "other_text", "gone", "folder")
SEEN = {"figures": ("zero", "not_text")} | dict.fromkeys(OF_MODELS, _OF_FILES)


def judge(mutant: Mutant, whole: dict[str, Any]) -> dict[str, str]:
    """Return, by reader, what went wrong with a damaged folder; nothing where it was properly refused or read."""
    found = {}
    readers = OF_MODELS if mutant.name.endswith(".ckpt") else [name for name in READERS if name not in OF_MODELS]
    for name in readers:
        read = READERS[name]
        try:
            got = read(mutant.folder)
        except MusicGenreError as error:
            if not 0 < len(str(error)) < 1500 or "\n" in str(error):
                found[name] = f"says {str(error)[:300]!r}"
        except Exception as error:  # any error is a finding
            found[name] = f"{type(error).__name__}: {error}"
        else:
            if mutant.name.split()[1] in SEEN.get(name, ()) and told(got) != told(whole[name]):
                found[name] = f"others without a word: {told(got)}"
    return found


def told(value: Any) -> str:
    """Return a reader's result as text, with numbers to five digits."""
    if isinstance(value, pd.DataFrame):
        return value.to_csv(float_format="%.5g")
    if isinstance(value, dict):
        return f"{ {key: told(each) for key, each in value.items()} }"
    if isinstance(value, tuple | list):
        return f"{[told(each) for each in value]}"
    return f"{float(value):.5g}" if isinstance(value, float | torch.Tensor) else str(value)
