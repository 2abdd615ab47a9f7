"""A report as one HTML page: tables, figures, and the tracks behind the numbers; it loads nothing but audio files."""

import base64
import io
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from musicgenre.data.corpus.tracks import track_key
from musicgenre.errors import MusicGenreError
from musicgenre.evaluation.metrics import confusion, genre_table, probabilities_of
from musicgenre.files import below
from musicgenre.runs.comparisons import COLUMNS as PAIRS
from musicgenre.runs.report_text import COLUMNS, PAIRS_SAID, cells, number, pair_cells, plain_cells
from musicgenre.runs.rows import Row
from musicgenre.runs.run import Run
from musicgenre.visual.render import Pixels
from musicgenre.words import counted

if TYPE_CHECKING:
    from musicgenre.runs.report_build import Report

PLAYED = (".wav", ".mp3", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".webm")  # formats that browsers play
_MISTAKES = 12  # shown per row, the most confident first
_HERE = Path(__file__).parent
_TEXT = {"run", "device", "leaks", "published %", "epoch", "data", "a", "b", "verdict", "split", "genre"}
FIGURES = {
    "accuracies": "Track accuracy",
    "accuracies_segments": "Segment accuracy",
    "differences": "Differences on the same test tracks",
    "leak_gap": "How much of the accuracy is due to leaks",
    "convergence": "Convergence",
    "deformations": "Deformed test tracks",
    "cost": "Accuracy against cost",
    "reliability": "Calibration: accuracy by confidence",
}

_SEARCHES = {
    "search_history.png": "Results of the search, job by job",
    "search_importances.png": "Importance of each setting in the search",
}
_PNG, _LARGEST_PICTURE = b"\x89PNG\r\n\x1a\n", 1 << 22  # bytes


def report_page(report: "Report", root: Path, audio: Path | None = None) -> str:
    """Return the page as HTML.

    Args:
        report: The page's content.
        root: The folder in which the runs were found.
        audio: A folder of genre folders, with the tracks to play; None for the runs' own data.
    """
    body = [
        f"<h1>Report</h1><p class=soft><code>{escape(str(root))}</code>: {_counted(report)}. Shares are in %; 95 % "
        "intervals are in brackets, standard deviations over repeats, such as seeds, after ±. Rows are sorted by "
        "validation accuracy; seeds and folds are one row. vs. first: difference from the first row in points, on the "
        "same test tracks, by the runs' mean probabilities; tie: the difference may be due to chance (McNemar's test, "
        "p not below 0.05 after Holm's correction). ECE: expected calibration error, how far probabilities are from "
        "the shares of right answers.</p>"
    ]
    for (data, split), rows in report.results.groupby(["data", "split"], sort=False):
        body.append(f"<h2>{escape(str(data))}, {escape(str(split))}</h2>")
        body.append(_table(COLUMNS, [cells(row) for _, row in rows.iterrows()]))
    body += [f"<p>{escape(note)}</p>" for note in report.notes]
    body += _figures(report.figures)
    body += _searches(root)
    body += _more_tables(report)
    body.append("<h2>Rows</h2>")
    body += [_row(row, place, audio) for place, row in enumerate(report.rows) if len(row.tracks)]
    body += _left_out(report.left_out)
    style, script = ((_HERE / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    return (
        f"<!doctype html>\n<html lang=en><head>{head}<title>Report</title><style>\n{style}</style></head>\n<body>\n"
        + "\n".join(body)
        + f"\n<script>\n{script}</script>\n</body></html>\n"
    )


def audio_link(run: Run, track: str, audio: Path | None = None) -> str:
    """Return the URL of a track's file; empty if there is no file that browsers play.

    Args:
        run: The run whose data the track belongs to.
        track: The track's id, GENRE/FILE.
        audio: A folder to use in place of the run's data, with the track in the same subfolder, under a name with the
            same `track_key`.
    """
    if ".." in Path(track).parts or Path(track).is_absolute():  # from a foreign table, and outside the folder
        return ""
    try:
        roots = (root.expanduser().absolute() for root in (_roots(run) if audio is None else [audio]))
        root = next((root for root in roots if root.is_dir()), None)
        path = None if root is None else _played(root, track)
    except (OSError, ValueError, RuntimeError):  # a name too long or with a zero byte; ~ of an unknown user
        return ""
    return "" if path is None else path.as_uri()


def _played(root: Path, track: str) -> Path | None:
    """Return the file of a track that browsers play; None if there is none."""
    own = root / track
    if own.suffix.lower() in PLAYED and own.is_file():
        return own
    found = _by_key(own.parent, own.parent.stat().st_mtime_ns).get(track_key(track)) if own.parent.is_dir() else None
    return found if found is not None and found.is_file() else None


@lru_cache(maxsize=256)
def _by_key(folder: Path, changed: int) -> dict[str, Path]:
    """Return the files of a folder that browsers play, by track key; of several for one key, the first in `PLAYED`."""
    paths = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in PLAYED]
    paths.sort(key=lambda path: PLAYED.index(path.suffix.lower()), reverse=True)
    return {track_key(path.name): path for path in paths}


def _roots(run: Run) -> list[Path]:
    """Return the folders that a run's track names may be relative to: as in training, and as typed."""
    found: list[object] = [run.files.recorded("data_root")]
    with suppress(MusicGenreError):
        found.append(run.value("data.root"))
    return [Path(str(root)) for root in found if root]


def _counted(report: "Report") -> str:
    runs, rows = sum(len(row.runs) for row in report.rows), len(report.rows)
    left_out = f", {counted(len(report.left_out), 'folder')} not counted" if report.left_out else ""
    return f"{counted(runs, 'run')} in {counted(rows, 'row')}{left_out}"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def line(values: Sequence[str], tag: str) -> str:
        made = []
        for heading, value in zip(headings, values, strict=True):
            classes = ["text"] if heading in _TEXT else []
            classes += ["name"] if heading in ("run", "a", "b") and tag == "td" else []
            classes += [heading.split()[0]] if heading in ("leaks", "published %") and tag == "td" else []
            attribute = f' class="{" ".join(classes)}"' if classes else ""
            made.append(f"<{tag}{attribute}>{escape(str(value))}</{tag}>")
        return f"<tr>{''.join(made)}</tr>"

    body = "\n".join(line(row, "td") for row in rows)
    return f"<div class=wide><table><thead>{line(headings, 'th')}</thead><tbody>\n{body}\n</tbody></table></div>"


def _searches(root: Path) -> list[str]:
    """Return the figures that the searches below a folder drew at their end."""
    found = []
    for name, title in _SEARCHES.items():
        for path in sorted(path for path in below(root) if path.name == name):
            content = path.read_bytes() if path.stat().st_size < _LARGEST_PICTURE else b""
            if content.startswith(_PNG):
                where = f"{escape(title)}: {escape(path.parent.name)}"
                picture = base64.b64encode(content).decode()
                found.append(f'<h2>{where}</h2><img alt="{where}" src="data:image/png;base64,{picture}">')
    return found


def _figures(figures: Mapping[str, Pixels]) -> list[str]:
    found = []
    for name, title in FIGURES.items():
        if name in figures:
            buffer = io.BytesIO()
            Image.fromarray(figures[name]).save(buffer, format="png", optimize=True)
            picture = base64.b64encode(buffer.getvalue()).decode()
            width = figures[name].shape[1] * 3 // 4
            found.append(
                f'<h2>{escape(title)}</h2><img alt="{escape(title)}" width="{width}" '
                f'src="data:image/png;base64,{picture}">'
            )
    return found


def _more_tables(report: "Report") -> list[str]:
    found = []
    if len(report.pairs):
        found.append(f"<h2>Pairs of rows on the same test tracks</h2><p class=soft>{escape(PAIRS_SAID)}</p>")
        found.append(f"<details><summary>{counted(len(report.pairs), 'pair')}</summary>")
        found.append(_table(PAIRS, pair_cells(report.pairs)) + "</details>")
    for title, table in report.more.items():
        found.append(f"<h2>{title}</h2>{_table(list(table.columns), plain_cells(table))}")
    return found


def _row(row: Row, place: int, audio: Path | None) -> str:
    probs, labels = probabilities_of(row.tracks), row.tracks["label"].to_numpy()
    matrix = confusion(probs, labels, len(row.genres))
    scores = genre_table(probs, labels, row.genres)
    by_genre = [
        [each["genre"], *(number(100 * each[name]) for name in ("precision", "recall", "f1")), f"{each['support']:.0f}"]
        for each in scores.to_dict("records")
    ]
    record = {"genres": row.genres, "most": _MISTAKES, "tracks": _tracks(row, probs, audio)}
    folders = "".join(f"<li><code>{escape(str(run.folder))}</code>{_said(run)}</li>" for run in row.runs)
    tags = ", ".join(dict.fromkeys(tag for run in row.runs for tag in run.tags))
    about = ", ".join(filter(None, (row.data, row.split, tags)))
    title = f"{escape(row.name)} <span class=soft>{escape(about)}</span>"
    return (
        f'<details data-row="{place}"><summary>{title}</summary>\n'
        f'<script type="application/json">{_json(record)}</script>'
        "<h3>Confusion matrix of test tracks: choose a cell to list its tracks</h3>"
        f"<div class=pair><div>{_matrix(matrix, row)}</div>"
        "<div class=scroll><p class=cell-name>No cell chosen</p><ul class='tracks cell'></ul></div></div>"
        f"<h3>Most confident mistakes</h3><ul class='tracks mistakes'></ul>"
        f"<h3>By genre</h3>{_table(('genre', 'precision', 'recall', 'F1', 'tracks'), by_genre)}"
        f"<h3>Run folders</h3><ul>{folders}</ul></details>"
    )


def _said(run: Run) -> str:
    """Return a run's tags and notes."""
    said = ": ".join(filter(None, (", ".join(run.tags), run.notes)))
    return f" {escape(said)}" if said else ""


def _tracks(row: Row, probs: np.ndarray, audio: Path | None) -> list[list[str | int | float]]:
    """Return name, genre, answer, its probability, run (0 if there is only one) and link of each tested track."""
    answers, several = probs.argmax(axis=1), len(row.runs) > 1
    links = {track: audio_link(row.runs[0], track, audio) for track in row.tracks["track"].unique()}
    return [
        [track, int(label), int(answer), round(float(sure), 4), int(run) + 1 if several else 0, links[track]]
        for track, label, run, answer, sure in zip(
            row.tracks["track"], row.tracks["label"], row.tracks["run"], answers, probs.max(axis=1), strict=True
        )
    ]


def _matrix(matrix: np.ndarray, row: Row) -> str:
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    head = "".join(f"<th class=top>{escape(genre)}</th>" for genre in row.genres)
    lines = [f"<tr><th></th>{head}</tr>"]
    for true, genre in enumerate(row.genres):
        made = []
        for answer, other in enumerate(row.genres):
            share, count = float(shares[true, answer]), int(matrix[true, answer])
            ink = "#fff" if share > 0.5 else "#1d2330" if count else "#b5bac3"
            label = escape(f"{genre} predicted as {other}: {count}")
            made.append(
                f'<td><button type=button data-cell="{true},{answer}" aria-label="{label}" title="{label}" '
                f'style="background:rgba(31,95,168,{max(share, 0.04):.2f});color:{ink}">{count}</button></td>'
            )
        lines.append(f"<tr><th>{escape(genre)}</th>{''.join(made)}</tr>")
    return (
        f"<table class=matrix>{''.join(lines)}</table><p class=soft>Rows are true genres, columns predicted ones.</p>"
    )


def _left_out(left_out: Mapping[Path, str]) -> list[str]:
    if not left_out:
        return []
    items = "".join(f"<li><code>{escape(str(path))}</code>: {escape(reason)}</li>" for path, reason in left_out.items())
    return [f"<h2>Not counted</h2><ul>{items}</ul>"]


def _json(record: object) -> str:
    """Return JSON that cannot end the script element around it."""
    text = json.dumps(record, ensure_ascii=False, allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
