r"""A report's tables for a paper, in LaTeX: results by data and split, and comparisons.

Names of rows are broken into lines, so that a table is as wide as the text; what does not fit on a page is a longtable.
"""

import re
from collections.abc import Sequence
from textwrap import wrap

import pandas as pd

from musicgenre.runs.report_text import macro_f1
from musicgenre.words import p_text

_HEAD = r"""% For \input{results.tex}; the tables need \usepackage{booktabs,longtable,tabularx} in the preamble.
% table* makes a table as wide as two columns of text. A longtable, which goes on over pages, needs one column:
% put \onecolumn before it."""
_TEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "±": r"$\pm$", "†": r"$^\dagger$",
}  # fmt: skip
_LONG = 16  # characters of a word that is not broken
_LINES = 40  # most lines of a table on one page
_WIDTH = 72  # characters in a line of a table
_MOST_KEYS = 2  # most settings that have columns of their own
_TRACKS = "track accuracy %"


def latex_tables(results: pd.DataFrame, pairs: pd.DataFrame, notes: Sequence[str] = ()) -> str:
    """Return the tables of a paper: what was swept with its test accuracy, and the differences on the same test tracks.

    Args:
        results: The table of results.csv.
        pairs: The table of comparisons.csv.
        notes: Sentences that go with the tables, as comments.
    """
    parts = [_HEAD, *(f"% {' '.join(note.split())}" for note in notes)]
    for place, ((data, split), rows) in enumerate(results.groupby(["data", "split"], sort=False), start=1):
        parts.append(_results(rows, f"{data}, {split}", _label("results", place)))
    for place, (data, rows) in enumerate(pairs.groupby("data", sort=False), start=1):
        parts.append(_pairs(rows, str(data), _label("comparisons", place)))
    return "\n".join(parts) + "\n"


def _label(name: str, place: int) -> str:
    return f"tab:{name}" + (f"-{place}" if place > 1 else "")


def _results(rows: pd.DataFrame, where: str, label: str) -> str:
    keys, texts = _swept(rows["run"].tolist())
    intervals = [f"{low:.1f} to {high:.1f}" for low, high in rows[[f"{_TRACKS} low", f"{_TRACKS} high"]].to_numpy()]
    columns = {
        "runs": [f"{count:.0f}" for count in rows["runs"]],
        "tracks": [f"{count:.0f}" if count else "" for count in rows["tracks"]],
        "accuracy": [_mean(row) for _, row in rows.iterrows()],
        "95 % interval": ["" if low != low else text for low, text in zip(rows[_TRACKS], intervals, strict=True)],
        "macro-F1": [macro_f1(row).removeprefix("-") for _, row in rows.iterrows()],
        "published": [_published(row) for _, row in rows.iterrows()],
        "leaks": ["yes" if leaks else "" for leaks in rows["leaks"]],
    }
    kept = {name: column for name, column in columns.items() if any(column)}
    said = [f"Accuracy on the test tracks (%), {where}."]
    if rows[f"{_TRACKS} sd"].notna().any():
        said.append("After ±: standard deviation over repeats, such as seeds.")
    said.append("Interval: how much the accuracy would vary with other test tracks.")
    if any(text.endswith("†") for text in columns["published"]):
        said.append("†: published of segments, or on other data or settings.")
    if any(columns["leaks"]):
        said.append("Leaks: what is in the test set was known in training.")
    cells = [[*names, *numbers] for names, numbers in zip(texts, zip(*kept.values(), strict=True), strict=True)]
    return _table(" ".join(said), label, [*keys, *kept], cells, len(keys))


def _pairs(rows: pd.DataFrame, data: str, label: str) -> str:
    _, texts = _swept([*rows["a"], *rows["b"]])
    names = [", ".join(each) for each in texts]
    numbers = [
        [f"{row['difference %']:+z.1f}", f"{row['difference % low']:z.1f} to {row['difference % high']:z.1f}"]
        for row in rows.to_dict("records")
    ]
    tests = [[f"{count:.0f}", p_text(value)] for count, value in zip(rows["tracks"], rows["p Holm"], strict=True)]
    said = (
        f"Differences in accuracy on the same test tracks, {data}: b minus a in points, by the mean probabilities of "
        "their runs. p: McNemar's exact test with Holm's correction."
    )
    columns = zip(names[: len(rows)], names[len(rows) :], numbers, tests, strict=True)
    cells = [[a, b, *difference, *test] for a, b, difference, test in columns]
    return _table(said, label, ["a", "b", "difference", "95 % interval", "tracks", "p"], cells, 2)


def _swept(names: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Return names as columns, heading and cells: the values of one or two settings that all name, or else the names.

    Example:
        >>> _swept(["model=cnn seed=1", "model=svm seed=2"]), _swept(["net1", "net2 lr=1"])
        ((['model', 'seed'], [['cnn', '1'], ['svm', '2']]), (['run'], [['net1'], ['net2 lr=1']]))
    """
    words = [[word.partition("=") for word in name.split(" ")] for name in names]
    keys = {tuple(key for key, _, _ in each) for each in words}
    if len(keys) > 1 or not all(equals for each in words for _, equals, _ in each) or len(words[0]) > _MOST_KEYS:
        return ["run"], [[name] for name in names]
    return [key for key, _, _ in words[0]], [[value for _, _, value in each] for each in words]


def _mean(row: pd.Series) -> str:
    mean, spread = row[_TRACKS], row[f"{_TRACKS} sd"]
    return "" if mean != mean else f"{mean:.1f}" + (f" ±{spread:.1f}" if spread == spread else "")


def _published(row: pd.Series) -> str:
    """Return the published figure; marked if it is not of tracks, or if settings differ from its source."""
    if row["published %"] != row["published %"]:
        return ""
    return f"{row['published %']:g}" + (
        "" if row["published level"] == "track" and not row["published differs"] else "†"
    )


def _table(caption: str, label: str, headings: Sequence[str], rows: Sequence[Sequence[str]], texts: int) -> str:
    r"""Return a table in LaTeX whose first columns are texts; a longtable if it is longer than a page.

    Example:
        >>> print(_table("50 %", "tab:a", ["run", "runs"], [["lr=0.1 & more", "3"]], 1).splitlines()[2])
        \caption{50 \%}
    """
    lines = [" & ".join([*(_cell(text) for text in row[:texts]), *map(_number, row[texts:])]) + r" \\" for row in rows]
    said, heads = _breakable(in_latex(caption)), [*map(in_latex, headings)]
    if _height(headings, rows, texts) > _LINES:
        widest = [_number(max(column, key=len)) for column in zip(*rows, strict=True)]
        return _over_pages(rf"\caption{{{said}}}\label{{{label}}} \\", heads, lines, widest[texts:])
    head = " & ".join(heads) + r" \\"
    broken = r">{\raggedright\arraybackslash}X" * texts
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering\small\setlength{\tabcolsep}{4pt}",
            rf"\caption{{{said}}}",
            rf"\label{{{label}}}",
            rf"\begin{{tabularx}}{{\linewidth}}{{@{{}}{broken}{'r' * (len(headings) - texts)}@{{}}}}",
            r"\toprule",
            head,
            r"\midrule",
            *lines,
            r"\bottomrule",
            r"\end{tabularx}",
            r"\end{table}",
        ]
    )


def _height(headings: Sequence[str], rows: Sequence[Sequence[str]], texts: int) -> int:
    """Return about how many lines the rows of a table take, whose first columns are texts."""
    numbers = [max(map(len, column)) + 2 for column in zip(headings, *rows, strict=True)][texts:]
    letters = max(1, (_WIDTH - sum(numbers)) // texts)
    return sum(max(1, *(len(wrap(text, letters)) for text in row[:texts])) for row in rows)


def _over_pages(caption: str, headings: Sequence[str], lines: Sequence[str], widest: Sequence[str]) -> str:
    """Return a table that goes on over pages, of parts in LaTeX.

    Args:
        caption: Its first line.
        headings: Headings of all columns.
        lines: Its rows.
        widest: The longest cell of each column of numbers; the columns before them share what these leave of the width.
    """
    head, texts, numbers = " & ".join(headings) + r" \\", len(headings) - len(widest), "r" * len(widest)
    measured = rf"{' & '.join(headings[texts:])} \\ {' & '.join(widest)}"
    return "\n".join(
        [
            r"{\small\setlength{\tabcolsep}{4pt}\setlength{\LTcapwidth}{\linewidth}",
            rf"\settowidth{{\dimen0}}{{\begin{{tabular}}{{@{{}}{numbers}@{{}}}}{measured}\end{{tabular}}}}",
            rf"\edef\textcolumn{{\the\dimexpr(\linewidth-\dimen0)/{texts}-2\tabcolsep\relax}}",
            rf"\begin{{longtable}}{{@{{}}*{{{texts}}}{{>{{\raggedright\arraybackslash}}p{{\textcolumn}}}}{numbers}@{{}}}}",
            caption,
            r"\toprule",
            head,
            r"\midrule",
            r"\endfirsthead",
            rf"\multicolumn{{{len(headings)}}}{{@{{}}l@{{}}}}{{\tablename~\thetable, continued}} \\",
            r"\toprule",
            head,
            r"\midrule",
            r"\endhead",
            r"\bottomrule",
            r"\endfoot",
            *lines,
            r"\end{longtable}}",
        ]
    )


def _cell(text: str) -> str:
    r"""Return a cell of text in LaTeX: at the start of a row, a bare `[` or `*` would be an argument of `\\`.

    Example:
        >>> print(_cell("[512]"), _cell("a_b"))
        {[}512] a\_b
    """
    cell = _breakable(in_latex(text))
    return f"{{{cell[0]}}}{cell[1:]}" if cell.startswith(("[", "*")) else cell


def _breakable(text: str) -> str:
    """Let a line of escaped LaTeX end within long words, behind their signs."""
    words = [
        re.sub(r"(\\_|[=/.,])(?=[^\W\d])", r"\1\\allowbreak ", word) if len(word) > _LONG else word
        for word in text.split(" ")
    ]
    return " ".join(words)


def _number(text: str) -> str:
    """Return a cell of numbers in LaTeX, with signs of minus."""
    return re.sub(r"(?<!\w)-(?=\d)", "$-$", in_latex(text))


def in_latex(text: str) -> str:
    r"""Return a text with its special characters escaped for LaTeX, in the oldest font encoding too.

    Example:
        >>> print(in_latex("a_b <c|d>"))
        a\_b \textless{}c\textbar{}d\textgreater{}
    """
    return "".join(_TEX.get(character, character) for character in text)
