"""The rows of a table of text, in which a quote may be a letter of a title, as in 7" Mix."""

import csv
import io
import re
from collections.abc import Mapping, Sequence

from musicgenre.errors import MusicGenreError

FILE_NAME = re.compile(r".+\.(?!\d+$)\w{2,5}")  # with the suffix of one; blues.00000 has none
_QUOTED = '"(?:[^"]|"")*"'
_GENRE_TAG = "genre---"  # as MTG-Jamendo's tables write genre---rock, beside instrument---piano


def split_rows(lines: Sequence[str], first: int, delimiter: str, where: str) -> dict[int, list[str]]:
    r"""Split a table's lines into rows.

    A quoted cell may hold line ends. In a table with tabs, whose cells are seldom quoted, a quote that is not around a
    whole cell is read as it is.

    Args:
        lines: The lines, of which the first is filled.
        first: The number of the first in its file.
        delimiter: What is between cells.
        where: The table's name in messages.

    Returns:
        The cells of each row, by the line that it begins in.

    Raises:
        MusicGenreError: A quote is not around a whole cell, or may not be; the message names the line.

    Example:
        >>> split_rows(["a\tb", '7"\t"one', 'two"'], 1, "\t", "it")
        {1: ['a', 'b'], 2: ['7"', 'one\ntwo']}
        >>> split_rows(["a\tb", '1\t"Heroes', '2\t7"'], 1, "\t", "it")
        {1: ['a', 'b'], 2: ['1', '"Heroes'], 3: ['2', '7"']}
    """
    reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter, strict=True)
    rows: dict[int, list[str]] = {}
    start, width = 0, len(_cells(lines[0], delimiter))
    wrong, instead = "is not around a whole cell", ""
    try:
        for row in reader:
            if _are_rows(lines[start : reader.line_num], delimiter, width):
                wrong = f"may not be around a whole cell, as line {first + start + 1} would belong to it"
                instead = ", or write the cell in one line"
                break
            rows[first + start] = row
            start = reader.line_num
        else:
            return rows
    except csv.Error:
        pass
    single = [_cells(line, delimiter) if line.strip() else [] for line in lines]
    if delimiter == "\t" and _are_whole([row for row in single if row], width):
        return {first + place: row for place, row in enumerate(single)}
    raise MusicGenreError(
        f'{where} has in line {first + start} a quote (") that {wrong}: put quotes around that cell and write those '
        f'inside it twice ("Heroes becomes """Heroes"), or remove the quote{instead}.'
    )


def _are_whole(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Return whether lines are rows each: with all cells, or without the last ones, but named as the first row is."""
    kind = _kind(rows[1][0]) if len(rows) > 1 else ""
    return all(len(row) >= width or (kind and _kind(row[0]) == kind) for row in rows)


def _are_rows(lines: Sequence[str], delimiter: str, width: int) -> bool:
    """Return whether the several lines of one row are rows themselves, and not lines of a cell's text (one, two)."""
    if len(lines) < 2 or width < 2 or any(line.count(delimiter) < width - 1 for line in lines):
        return False
    first, *below = (_cells(line, delimiter) for line in lines)
    kind = _kind(first[0])
    if not kind or len(first) != width:
        return False
    return all(
        len(row) == width and _kind(row[0]) == kind and not any(cell.startswith(" ") for cell in row) for row in below
    )


def _kind(cell: str) -> str:
    """Return whether a cell is the name of a file, a number, a numbered name (blues.00000), or none of these."""
    if FILE_NAME.fullmatch(cell):
        return "file"
    return "number" if cell.isdecimal() else "numbered" if cell[-1:].isdecimal() else ""


def _cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line, in which only quotes around a whole cell have a meaning."""
    found = re.findall(rf"[{delimiter}]({_QUOTED}(?![^{delimiter}])|[^{delimiter}]*)", delimiter + line)
    return [cell[1:-1].replace('""', '"') if re.fullmatch(_QUOTED, cell) else cell for cell in found]


def with_tags_joined(rows: Mapping[int, Sequence[str]], width: int) -> dict[int, list[str]]:
    """Join a row's tags, of which the first is in its last column and each other one in a cell of its own.

    Args:
        rows: Cells by line.
        width: The number of columns.

    Returns:
        Rows with the tags in one cell, a list such as genre---rock;genre---pop: of the genres alone, if any row has
        some marked so. If no row has more cells than columns, they are returned as they are.

    Example:
        >>> with_tags_joined({2: ["a.mp3", "genre---rock", "instrument---bass"], 3: ["b.mp3", "mood---sad"]}, 2)
        {2: ['a.mp3', 'genre---rock'], 3: ['b.mp3', '']}
    """
    if all(len(row) <= width for row in rows.values()):
        return {line: list(row) for line, row in rows.items()}
    tags = {line: [tag.strip() for tag in row[width - 1 :] if tag.strip()] for line, row in rows.items()}
    if any(tag.startswith(_GENRE_TAG) for those in tags.values() for tag in those):
        tags = {line: [tag for tag in those if tag.startswith(_GENRE_TAG)] for line, those in tags.items()}
    return {line: [*row[: width - 1], ";".join(tags[line])] for line, row in rows.items()}
