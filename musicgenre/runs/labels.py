"""Labels of a report's rows, no two of which are the same."""

from collections.abc import Sequence

from musicgenre.runs.rows import Row
from musicgenre.words import counted


def label_of(row: Row, rows: Sequence[Row]) -> str:
    """Return a row's name, with data, split and genres if they tell it from other rows with the same name.

    Args:
        row: One of the rows.
        rows: The rows of a report.
    """
    others = [each for each in rows if each.name == row.name]
    parts = [row.name]
    parts += [row.data] if any(each.data != row.data for each in others) else []
    parts += [row.split] if any(each.split != row.split for each in others) else []
    return ", ".join([*parts, *told_genres(row, [each for each in others if each.group == row.group])])


def told_genres(row: Row, alike: Sequence[Row]) -> list[str]:
    """Return the genres that tell a row from others, as a list of one text: their number, or else their names.

    Args:
        row: One of the rows.
        alike: Rows that nothing else tells apart; the list is empty if all have the same genres.
    """
    others = [each for each in alike if each.genres != row.genres]
    if not others:
        return []
    named = any(len(each.genres) == len(row.genres) for each in others)
    return [", ".join(row.genres) if named else counted(len(row.genres), "genre")]
