"""Many runs at once: found below a folder, named, and laid out as a table."""

import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from functools import cached_property
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, overload

from musicgenre.errors import MusicGenreError
from musicgenre.files import expanded
from musicgenre.runs.read import path_of
from musicgenre.runs.run import Run
from musicgenre.runs.settings import names_of, settings_of

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

Found = TypeVar("Found")

_RESULTS = "metrics.json"
_MARKS = {"environment.json", _RESULTS}  # a folder with one of these is a run folder
_BESIDE = {".hydra", "predictions.csv"}  # with one of which results are a run's: a project may have a metrics.json
_MILESTONE = re.compile(r"epoch_\d+")  # a folder inside a run folder that is a run too
_ACCURACIES = ("val/track/accuracy", "test/track/accuracy")
_SHOWN = ("run", "data", "split", "seed", *_ACCURACIES, "epochs", "parameters", "fit_seconds")
_LINES = 10  # most lines of a table of runs as text


def find_runs(root: Path) -> list[Path]:
    """Return the folders of all runs at or below a folder, finished or not, in path order.

    A run inside another run's folder (the net whose features a classical model reads, a GAN) is part of that run; its
    milestones `epoch_N` are separate runs.

    Args:
        root: The folder.

    Raises:
        MusicGenreError: There is no such folder.
    """
    return marked_folders(root, _MARKS, _MILESTONE)


def is_milestone(folder: Path) -> bool:
    """Return whether a run folder is a milestone inside the folder of the run that trained on."""
    return bool(_MILESTONE.fullmatch(folder.name)) and _is_run(folder.parent)


def run_around(folder: Path) -> Path | None:
    """Return the run folder that a folder is in, where `find_runs` does not look for other runs; None if in none.

    A folder with neither environment.json nor `.hydra` is none: a project may have a metrics.json of its own.
    """
    ours = (".hydra", "environment.json")
    above = (each for each in folder.absolute().parents if any((each / name).exists() for name in ours))
    return next(filter(_is_run, above), None)


def _is_run(folder: Path) -> bool:
    return _is_marked({name for name in (*_MARKS, *_BESIDE) if (folder / name).exists()}, _MARKS)


def _is_marked(names: Set[str], marks: Set[str]) -> bool:
    """Return whether a folder with these files and folders is a run folder."""
    found = marks & names
    return bool(found - {_RESULTS}) or bool(found and _BESIDE & names)


def newest_run(root: Path) -> Path | None:
    """Return the trained run below a folder of runs that was finished last, for a message; None if there is none."""
    found = find_runs(root) if root.is_dir() and not _is_run(root) else []  # a run's milestones do not stand for it
    trained = [path for path in found if (path / "checkpoints").is_dir()]
    return max(trained, key=lambda path: path.stat().st_mtime, default=None)


def marked_folders(
    root: Path, marks: Set[str], inside: re.Pattern[str] | None = None, *, links: bool = True
) -> list[Path]:
    """Return the folders at or below a folder that hold one of some files, in path order.

    Results alone, which another program may have written, are none of them: see `_BESIDE`. Hidden folders, whose names
    begin with a dot, are skipped. A folder that is reached twice, by a link, is returned once.

    Args:
        root: The folder.
        marks: File names.
        inside: Pattern for names of folders to look into within a folder that was found; None for none.
        links: Whether to follow links.

    Raises:
        MusicGenreError: There is no such folder.
    """
    if not root.is_dir():
        raise MusicGenreError(f"There is no folder {root}: name one that holds runs, such as multirun.")
    found, seen = [], set[str]()
    for folder, below, files in os.walk(root, followlinks=links):
        if (real := os.path.realpath(folder)) in seen:  # a link to a parent folder, or to a run below the same folder
            below.clear()
            continue
        seen.add(real)
        is_run = _is_marked({*files, *_BESIDE.intersection(below)}, marks)
        below[:] = [name for name in sorted(below) if not name.startswith(".")]  # .venv, .git: thousands of folders
        below.sort(key=lambda name: os.path.islink(os.path.join(folder, name)))  # noqa: PTH114, PTH118
        if is_run:
            found.append(Path(folder))
            below[:] = [name for name in below if inside is not None and inside.fullmatch(name)]
    return sorted(found, key=_by_numbers)


def read_runs(root: str | Path) -> "Runs":
    """Return every finished run at or below a folder, in path order.

    Unfinished runs, runs of a GAN alone, which classify nothing, and damaged ones are left out and named in the log.

    Args:
        root: A folder, such as that of a sweep, "multirun/DATE/TIME".

    Raises:
        MusicGenreError: There are none, or only damaged ones.

    Example:
        >>> read_runs("multirun/2026-01-31/12-00-00")["test/track/accuracy"].mean()  # doctest: +SKIP
        0.8
    """
    found, _ = survey(path_of(root, "root"), lambda _: None)
    return Runs(run for run, _ in found)


def survey(root: Path, read: Callable[[Run], Found]) -> tuple[list[tuple[Run, Found]], dict[Path, str]]:
    """Return the complete runs at or below a folder, with what `read` returns for each, and why others are left out.

    Args:
        root: The folder.
        read: Reads something from a run, or raises MusicGenreError.

    Returns:
        The runs in path order; and a reason by folder for those that are not finished, classify nothing or are
        damaged, which are also named in the log.

    Raises:
        MusicGenreError: No run is left.
    """
    found, left_out = [], {}
    for run in map(Run, find_runs(expanded(root))):
        try:
            if reason := _left_out(run):
                left_out[run.folder] = reason
                log.warning("%s is left out: %s.", run.folder, reason)
                continue
            _described(run)
            found.append((run, read(run)))
        except MusicGenreError as error:
            left_out[run.folder] = str(error)
            log.warning("%s is left out: %s", run.folder, error)
    if not found:
        reasons = [f"{folder}: {reason.removesuffix('.')}" for folder, reason in left_out.items()]
        said = f" ({reasons[0]}{f', and {len(reasons) - 1} more' if len(reasons) > 1 else ''})" if reasons else ""
        raise MusicGenreError(
            f"There is no finished run in {root}{said}: a run folder holds metrics.json and predictions.csv."
        )
    return found, left_out


def readable(runs: Iterable[Run], read: Callable[[Run], Found]) -> list[tuple[Run, Found]]:
    """Return the runs that `read` can read, with what it returns for each; the others are named in the log.

    Args:
        runs: One run or more.
        read: Reads something from a run, or raises MusicGenreError.

    Raises:
        MusicGenreError: The first error of `read`, if no run is left.
    """
    found, errors = [], dict[Path, MusicGenreError]()
    for run in runs:
        try:
            found.append((run, read(run)))
        except MusicGenreError as error:
            errors[run.folder] = error
    if errors and not found:
        raise next(iter(errors.values()))
    for folder, why in errors.items():
        log.warning("%s is left out: %s", folder, why)
    return found


class Runs(Sequence[Run]):
    """Finished runs: `runs[0]` is a run, `runs.frame` the table of all, `runs["test/track/loss"]` one of its columns.

    Args:
        runs: The runs.
    """

    def __init__(self, runs: Iterable[Run]) -> None:
        self._runs = tuple(runs)

    @cached_property
    def labels(self) -> list[str]:
        """A name for every run, as in a report: the settings typed for it that differ, or else all that were typed.

        Runs that differ only in data, split or seed share a name.
        """
        settings = settings_of(self._runs)
        names = names_of(self._runs, settings)
        return [names[each] for each in settings]

    @cached_property
    def frame(self) -> "pd.DataFrame":
        """One row per run: run (its name), data, split, seed, leak (or empty), folder, tags, notes, every metric."""
        import pandas as pd

        rows = [
            {"run": label, "data": run.data, "split": run.split, "seed": run.seed}
            | {"leak": run.metrics.get("leak", ""), "folder": str(run.folder)}
            | {"tags": ", ".join(run.tags), "notes": run.notes}
            | {name: value for name, value in run.metrics.items() if isinstance(value, int | float)}
            for run, label in zip(self._runs, self.labels, strict=True)
        ]
        columns = None if rows else ["run", "data", "split", "seed", "leak", "folder", "tags", "notes"]
        return pd.DataFrame(rows, columns=columns).astype({"seed": "Int64"})

    @property
    def columns(self) -> list[str]:
        """The names of the table's columns."""
        return list(self.frame.columns)

    @overload
    def __getitem__(self, key: int) -> Run: ...
    @overload
    def __getitem__(self, key: slice) -> "Runs": ...
    @overload
    def __getitem__(self, key: str) -> "pd.Series": ...
    @overload
    def __getitem__(self, key: "list[str] | pd.Series[bool]") -> "pd.DataFrame": ...
    def __getitem__(
        self, key: "int | slice | str | list[str] | pd.Series[bool]"
    ) -> "Run | Runs | pd.Series | pd.DataFrame":
        """Return the run at an index, the runs of a slice, or the column with a name; of others, what `frame` does."""
        if isinstance(key, slice):
            return Runs(self._runs[key])
        if isinstance(key, Integral):
            return self._runs[key]
        if isinstance(key, str) and key not in self.frame:
            raise MusicGenreError(f"The runs have no column {key!r}: choose one of {', '.join(self.columns)}.")
        return self.frame[key]

    def __len__(self) -> int:
        """Return the number of runs."""
        return len(self._runs)

    def __iter__(self) -> Iterator[Run]:
        """Yield the runs in turn."""
        return iter(self._runs)

    def __repr__(self) -> str:
        """Return a table of at most ten lines."""
        if not len(self):
            return "no runs"
        rows = len(self) if len(self) < _LINES else _LINES - 2
        text = self._shown.head(rows).to_string(index=False, max_colwidth=40, na_rep="", float_format="{:.3f}".format)
        return text if rows == len(self) else f"{text}\n... and {len(self) - rows} more"

    def _repr_html_(self) -> str:
        return str(self._shown.to_html(max_rows=60, na_rep="", float_format="{:.3f}".format))

    @property
    def _shown(self) -> "pd.DataFrame":
        return self.frame[[name for name in _SHOWN if name in self.frame]]


def _left_out(run: Run) -> str:
    """Return why a run is left out; empty if it is not.

    Raises:
        MusicGenreError: It is damaged.
    """
    if not run.is_finished:
        return "it is not finished"
    if run.files.predictions_csv.is_file():
        return ""
    alone = any(name.startswith("gan/") for name in run.metrics)
    return "it classifies nothing (a GAN alone)" if alone else "it has no predictions.csv"


def _described(run: Run) -> None:
    """Read what the table of runs shows about a run, to find out whether it can be read."""
    _ = (run.overrides, run.data, run.split, run.seed)
    if not any(isinstance(run.metrics.get(name), int | float) for name in _ACCURACIES):
        raise MusicGenreError(f"{run.files.metrics_json} has neither {' nor '.join(_ACCURACIES)}.")


def _by_numbers(path: Path) -> list[str | int]:
    """Sort job 2 of a sweep before job 10."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", str(path))]
