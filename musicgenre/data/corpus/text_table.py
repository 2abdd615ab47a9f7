"""Tables in common formats: any delimiter, column names in any case, decimal commas, UTF-8 or UTF-16."""

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from musicgenre.cells import unguard
from musicgenre.data.corpus.subsets import is_left_out, subset_of
from musicgenre.data.corpus.table_rows import FILE_NAME, split_rows, with_tags_joined
from musicgenre.errors import MusicGenreError
from musicgenre.files import stand_in, unreadable_reason

TRACK_COLUMNS = ("path", "filename", "file", "filepath", "mp3path", "track", "trackid", "name", "id", "audio")  # plain
_UNSURE = ("track", "name", "id")  # a number on an album, a title, the number of a row; or a file
SUBSET_COLUMNS = ("split", "subset", "set", "partition")
LABEL_COLUMNS = ("label", "genre", "class")  # of a table of features
_USUAL = {*TRACK_COLUMNS, *LABEL_COLUMNS, "artist", "subset", "split"}
_DELIMITERS = ",;\t|"
_TOLD_DELIMITER = re.compile(r"sep=([,;\t|])")  # Excel's first line
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_NO_TEXT = {
    b"PK\3\4": "a spreadsheet or an archive, not text: save it as CSV",  # .xlsx, .ods, .numbers, .zip
    b"\xd0\xcf\x11\xe0": "a spreadsheet, not text: save it as CSV",  # .xls
    b"PAR1": "a Parquet file, not text: save it as CSV",
}
_JSON = re.compile(r'\s*(?:\{\s*"|\[\s*[\[{"])')
_BARE_NUMBER = re.compile(r"\d+(?:\.0+)?")
_ONE_ELEMENT = re.compile(r"\s*\[\s*([^\[\],]*?)\s*\]\s*")  # a list of one, as numpy prints it
_COMMA_NUMBER = re.compile(r"-?\d*,\d+(?:[eE][+-]?\d+)?")
_NO_THOUSANDS = re.compile(r"-?(?:\d*,(?:\d{1,2}|\d{4,})|0?,\d+|\d{4,},\d+)(?:[eE][+-]?\d+)?")


def read_table(path: Path, what: str) -> pd.DataFrame:
    """Read a table of text with any delimiter.

    Args:
        path: The file, UTF-8 (or UTF-16 with a byte order mark).
        what: Its name in messages, such as "the list of artists".

    Returns:
        One row per filled line, every value a stripped string, "" if there is none; column names are stripped too. The
        index holds the line of the file that each row begins in.

    Raises:
        MusicGenreError: The file cannot be read, is not text, or not a table with at least one row.
    """
    return parse_table(read_text(path, what), f"{what} {path}")


def read_text(path: Path, what: str) -> str:
    """Read a text file, UTF-8 or UTF-16.

    Raises:
        MusicGenreError: It cannot be read, or is not text.
    """
    if reason := unreadable_reason(path):
        raise MusicGenreError(f"{what} {path}: {reason}")
    try:
        content = path.read_bytes()
        if kind := next((kind for mark, kind in _NO_TEXT.items() if content.startswith(mark)), stand_in(content)):
            raise MusicGenreError(f"{what} {path} is {kind}")
        encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
        text = content.decode(encoding)
    except OSError as error:
        raise MusicGenreError(f"{what} {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise MusicGenreError(f"{what} {path} is not UTF-8 text: save it as UTF-8") from error
    if _JSON.match(text):
        raise MusicGenreError(f"{what} {path} is JSON, not a table: save it as CSV")
    if "\0" in text:
        raise MusicGenreError(f"{what} {path} is damaged or not text: it contains null bytes")
    return text


def parse_table(text: str, where: str) -> pd.DataFrame:
    r"""Read a table from text, see `read_table`.

    Raises:
        MusicGenreError: It is not a table with at least one row.

    Example:
        >>> parse_table("Track ;Subset\nblues.00000; train\n", "the list").to_dict("list")
        {'Track': ['blues.00000'], 'Subset': ['train']}
        >>> parse_table('a,b\n1,"two\nlines"\n\n3,4\n', "it").index.tolist()
        [2, 5]
    """
    lines = lines_of(text)
    filled = [place for place, line in enumerate(lines) if line.strip()]
    told = _TOLD_DELIMITER.fullmatch(lines[filled[0]]) if filled else None
    if told:
        filled = filled[1:]
    if not filled:
        raise MusicGenreError(f"{where} is empty.")
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # of lyrics, for example
    first = filled[0]
    delimiter = told[1] if told else delimiter_of(lines[first])
    rows = split_rows(lines[first:], first + 1, delimiter, where)
    header, *below = rows.values()
    body = {line: row for line, row in rows.items() if line > first + 1 and any(map(str.strip, row))}
    names = [name.strip() or f"column {place + 1}" for place, name in enumerate(header)]
    _require_own_names(names, below, where)
    if not body:
        raise MusicGenreError(f"{where} has no rows.")
    width = len(names)
    if delimiter == "\t" and plain_name(names[-1]) == "tags":
        body = with_tags_joined(body, width)
    for line, row in body.items():
        if width > 1 and any(map(str.strip, row[width:])):  # one column is no table: its header says so
            raise MusicGenreError(f"{where} has {len(row)} values in line {line}, but {width} columns: correct it.")
    cells = [[unguard(cell.strip()) for cell in row[:width]] + [""] * (width - len(row)) for row in body.values()]
    return pd.DataFrame(cells, index=list(body), columns=names, dtype=object)


def _require_own_names(names: Sequence[str], below: Sequence[Sequence[str]], where: str) -> None:
    """Raise an error if columns have one name, or a table's names take several rows, the last of them track_id,,,,."""
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    of_index = any("".join(row[:1]).strip() and not any(map(str.strip, row[1:])) for row in below[1:2])
    if len(names) - len({*names}) > 1 or (twice and of_index):
        raise MusicGenreError(
            f"{where} has several columns of one name ({', '.join(twice[:3])}), like tables with several rows of "
            "names (FMA's tracks.csv): save the columns that are needed under one row of names, such as track_id and "
            "genre."
        )
    if twice:
        raise MusicGenreError(f"{where} has the column {twice[0]!r} twice: keep one.")


def lines_of(text: str) -> list[str]:
    r"""Split text into lines at line endings only, not at characters such as U+2028 or NEL inside a title.

    Example:
        >>> lines_of("one\r\ntwo\x85\rthree\n")
        ['one', 'two\x85', 'three', '']
    """
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def delimiter_of(header: str) -> str:
    """Return the delimiter of a table: comma, semicolon, tab or bar.

    It is the one that gives the most columns with usual names or, in a tie, the most frequent in the first line.

    Example:
        >>> delimiter_of("track;artist, first name;album"), delimiter_of("path;genre;a, b, c, d and e")
        (';', ';')
    """
    bare = re.sub(r'"[^"]*"', "", header)

    def usual(delimiter: str) -> int:
        return sum(plain_name(name) in _USUAL for name in next(csv.reader([header], delimiter=delimiter)))

    return max(_DELIMITERS, key=lambda delimiter: (usual(delimiter), bare.count(delimiter)))


def named(table: pd.DataFrame, names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Find columns by name, ignoring case, spaces and punctuation.

    If several match, it is the first that holds files (not track numbers) or subsets (not folds), or the very first. A
    number under "track" is one on an album, if there is a "track_id".

    Args:
        table: Table of strings.
        names: Accepted names of each column, by what it is.

    Returns:
        The column's name in the table, by what it is; missing columns are left out.

    Example:
        >>> named(pd.DataFrame(columns=["File Name", "Genre"]), {"path": ("path", "filename"), "genre": ("genre",)})
        {'path': 'File Name', 'genre': 'Genre'}
    """
    by_plain = {plain_name(str(column)): str(column) for column in reversed(table.columns)}
    if {"track", "trackid"} <= by_plain.keys() and holds_numbers(table, by_plain["track"]):
        del by_plain["track"]
    there = {what: [by_plain[name] for name in options if name in by_plain] for what, options in names.items()}
    return {what: _best(table, what, columns) for what, columns in there.items() if columns}


def _best(table: pd.DataFrame, what: str, columns: Sequence[str]) -> str:
    """Return the first column that holds subsets, if these are looked for, or files; the very first if none does."""
    fits = _are_subsets if what == "subset" else _are_files
    return next((column for column in columns if len(columns) > 1 and fits(table[column])), columns[0])


def _are_files(values: "pd.Series[str]") -> bool:
    return bool(values.astype(str).str.fullmatch(FILE_NAME).sum() * 2 > len(values))


def _are_subsets(values: "pd.Series[str]") -> bool:
    told = [text for text in {*values} if not is_left_out(text)]
    return told != [] and all(map(subset_of, told))


def other_names(table: pd.DataFrame, chosen: str) -> list[str]:
    """List columns that may name the files as well as the one found by `named`; none if its name is clear.

    A number under "track" is one on an album, if another column was found.

    Example:
        >>> other_names(pd.DataFrame({"name": ["Hum"], "genre": ["ska"], "id": ["2"]}), "name")
        ['id']
        >>> other_names(pd.DataFrame({"track_id": ["2"], "track": ["1"]}), "track_id")
        []
    """
    unsure = {str(column): plain_name(str(column)) for column in table.columns}
    unsure = {column: name for column, name in unsure.items() if name in ("trackid", *_UNSURE)}
    if chosen not in unsure:
        return []
    album = [column for column, name in unsure.items() if name == "track" and holds_numbers(table, column)]
    return [column for column in unsure if column not in (chosen, *album)]


def may_name(table: pd.DataFrame, chosen: str) -> list[str]:
    """List the columns that may name the files, that found by `named` first: only one of numbers.

    Example:
        >>> may_name(pd.DataFrame({"track_id": ["2", "3"], "track": ["Food", "Hum"]}), "track")
        ['track', 'track_id']
    """
    numbers = holds_numbers(table, chosen)
    return [chosen, *(name for name in other_names(table, chosen) if not (numbers and holds_numbers(table, name)))]


def require_one_number(table: pd.DataFrame, chosen: str, where: str) -> None:
    """Raise an error if files may be called by the numbers of two columns, such as a row's and one on an album."""
    if plain_name(chosen) in _UNSURE and holds_numbers(table, chosen):
        numbers = pd.to_numeric(table[chosen], errors="coerce").astype(float)
        for other in other_names(table, chosen):
            theirs = pd.to_numeric(table[other], errors="coerce").astype(float)
            if holds_numbers(table, other) and not theirs.equals(numbers):
                raise MusicGenreError(
                    f"{where} has numbers in the columns {chosen} and {other}, and either may name the files: call the "
                    "one that does path."
                )


def holds_numbers(table: pd.DataFrame, column: str) -> bool:
    """Return whether most values of a column are bare numbers."""
    return bool(table[column].str.fullmatch(_BARE_NUMBER).sum() * 2 > len(table))


def plain_name(column: str) -> str:
    """Return a column's name in lower case, without spaces and punctuation.

    Example:
        >>> plain_name(" Chroma-STFT mean")
        'chromastftmean'
    """
    return re.sub(r"[\W_]", "", column.casefold())


def plain_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Read columns of text as numbers: plain ones, lists of one (`[120.2]`), unambiguous decimal commas.

    `1,234` may be a thousand or a little over one; another value such as `0,5` in these columns decides.

    Args:
        table: Table of strings.

    Returns:
        float64; NaN if there is no number.

    Example:
        >>> plain_numbers(pd.DataFrame({"a": ["[1.5]", "2", "x"]})).a.tolist()
        [1.5, 2.0, nan]
        >>> plain_numbers(pd.DataFrame({"a": ["1,5", "2"]})).a.tolist()
        [1.5, 2.0]
    """
    texts = table.astype(str).apply(lambda column: column.str.replace(_ONE_ELEMENT, r"\1", regex=True))
    if texts.apply(lambda column: column.str.fullmatch(_NO_THOUSANDS)).to_numpy().any():
        commas = texts.apply(lambda column: column.str.fullmatch(_COMMA_NUMBER))
        texts = texts.mask(commas, texts.apply(lambda column: column.str.replace(",", ".", regex=False)))
    numbers: pd.DataFrame = texts.apply(pd.to_numeric, errors="coerce").astype("float64")
    return numbers
