"""The end of a sweep: a table of its runs, the best by validation first, and what to type next."""

from pathlib import Path

from rich.table import Table

from musicgenre.cli.as_typed import as_typed
from musicgenre.cli.next_step import after_run, after_sweep
from musicgenre.cli.sweep import Sweep
from musicgenre.errors import MusicGenreError
from musicgenre.progress import duration
from musicgenre.runs.find import find_runs
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.model_file import model_of
from musicgenre.runs.read import read_metrics
from musicgenre.shortened import names
from musicgenre.transcript import console, empty_table

Metrics = dict[str, float | str]


def show_closing(sweep: Sweep) -> None:
    """Print the runs of a sweep and the next commands; nothing if no run was validated or tested."""
    found = _finished(sweep)
    if not found:
        return
    ranked = sorted(found, key=lambda name: -_share(found[name], "val"))
    validated = any(_share(metrics, "val") >= 0 for metrics in found.values())
    screen = console()
    screen.print(_table({name: found[name] for name in ranked}, validated))
    by = sweep.keys if sweep.grid else ()  # a search has no pairs of runs that differ in only one key
    lines = after_sweep(sweep.folder, by) if len(ranked) > 1 else []
    if sweep.best is not None and RunFolder(sweep.best).metrics_json.is_file():
        lines.append(f"{after_run(sweep.best)}  (the search's best job)")
    elif (validated or len(ranked) == 1) and _has_model(sweep.folder / ranked[0]):
        best = after_run(sweep.folder / ranked[0])
        lines.append(f"{best}  (the best by validation)" if len(ranked) > 1 else best)
    lines = [as_typed(line) for line in lines]
    for number, line in enumerate(lines):
        screen.print(f"{'Next:' if number == 0 else '     '} {line}", soft_wrap=True, highlight=False, markup=False)


def _finished(sweep: Sweep) -> dict[str, Metrics]:
    found: dict[str, Metrics] = {}
    for folder in find_runs(sweep.folder) if sweep.folder.is_dir() else []:
        try:
            metrics = read_metrics(folder / "metrics.json")
        except MusicGenreError:  # a failed one, which is reported elsewhere
            continue
        if any(isinstance(metrics.get(f"{split}/track/accuracy"), float) for split in ("val", "test")):
            found[folder.relative_to(sweep.folder).as_posix()] = metrics
    return found


def _has_model(run: Path) -> bool:
    try:
        return model_of(run).is_file()
    except MusicGenreError:  # an evaluation or ensemble
        return False


def _table(found: dict[str, Metrics], validated: bool) -> Table:
    title = "Runs, sorted by validation (%)" if validated else "Runs, none with validation tracks (%)"
    table = empty_table(title, ("run",), ("validation", "test", "95 % interval", "epoch", "time"))
    table.add_column("", no_wrap=True)
    table.padding = (0, 1, 0, 0)
    for name, metrics in zip(names(found), found.values(), strict=True):
        table.add_row(
            name,
            *(_percent(_share(metrics, split)) for split in ("val", "test")),
            f"{_percent(_share(metrics, 'test', '_low'))} to {_percent(_share(metrics, 'test', '_high'))}",
            f"{metrics['tested_epoch']:.0f}" if isinstance(metrics.get("tested_epoch"), int | float) else "",
            duration(float(metrics.get("fit_seconds", "nan"))),
            ", ".join(word for key, word in (("leak", "LEAK"), ("pruned_epoch", "pruned")) if metrics.get(key)),
        )
    return table


def _share(metrics: Metrics, split: str, end: str = "") -> float:
    found = metrics.get(f"{split}/track/accuracy{end}")
    return float(found) if isinstance(found, int | float) and found == found else -1.0


def _percent(share: float) -> str:
    return "-" if share < 0 else f"{100 * share:.1f}"
