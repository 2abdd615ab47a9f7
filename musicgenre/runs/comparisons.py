"""Pairs of a report's rows on the same test tracks: paired differences, McNemar's test, Holm's correction."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from musicgenre.evaluation.metrics import probabilities_of
from musicgenre.evaluation.same_tracks import compare_on_tracks, holm
from musicgenre.runs.labels import told_genres
from musicgenre.runs.rows import Row
from musicgenre.words import counted

LEVEL = 0.05  # pairs with a smaller adjusted p-value differ, the others are ties
COLUMNS = (
    "data", "a", "b", "tracks", "accuracy a %", "accuracy b %", "only a", "only b", "difference %", "difference % low",
    "difference % high", "p", "p Holm", "verdict",
)  # fmt: skip


def _same_tracks(a: Row, b: Row) -> bool:
    """Return whether two rows were tested on the same tracks of the same data, with the same genres."""
    if a.data != b.data or a.genres != b.genres or not len(a.tracks) or not len(b.tracks):
        return False
    return a.mean_tracks.index.equals(b.mean_tracks.index)


def comparable(rows: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Return all pairs of rows with runs that were tested on the same tracks, in the order of `comparisons`."""
    return [(a, b) for a, b in combinations(rows, 2) if compared(a, b) is not None]


def comparisons(rows: Sequence[Row], *, confidence: float = 0.95) -> pd.DataFrame:
    """Return every pair of rows with runs that were tested on the same tracks, with the difference in accuracy.

    A row with several runs predicts by their mean probabilities. These can be more accurate than the runs are on
    average, so both rows of a pair use the same number of runs: those with seeds and folds that both have, else the
    first ones.

    Args:
        rows: The rows of a report.
        confidence: Confidence level of each difference's interval.

    Returns:
        One row per pair: data, a, b (names, with split and genres if needed), tracks, accuracy a %, accuracy b % (of
        the mean probabilities), only a, only b (how many tracks only this one gets right), difference % (b minus a)
        with its bounds, p (McNemar's exact test), p Holm (adjusted for all pairs in the table), verdict ("tie", or the
        name of the better one).
    """
    found = []
    named = {id(row): _names(row, rows) for row in rows}
    for a, b in combinations(rows, 2):
        if (used := compared(a, b)) is None:
            continue
        one, other = map(_right, used)
        pair = compare_on_tracks(one, other, confidence=confidence)
        names = [named[id(row)][a.split != b.split] for row in (a, b)]
        tested = (pair.tracks, 100 * one.mean(), 100 * other.mean(), pair.only_a, pair.only_b)
        found.append((a.data, *names, *tested, *(100 * points for points in pair[3:6]), pair.p_value))
    table = pd.DataFrame(found, columns=list(COLUMNS[:-2]))
    table["p Holm"] = holm(table["p"].tolist())
    better = np.where(table["difference %"] > 0, table["b"], table["a"])
    return table.assign(verdict=np.where(table["p Holm"] < LEVEL, better, "tie"))


def _names(row: Row, rows: Sequence[Row]) -> tuple[str, str]:
    """Return a row's names in pairs: next to a row of the same split, and next to one of another split."""
    alike = [each for each in rows if (each.name, each.data) == (row.name, row.data)]
    genres = told_genres(row, alike)
    with_split = ", ".join([f"{row.name} ({row.split})", *genres])
    return (with_split if len({each.split for each in alike}) > 1 else ", ".join([row.name, *genres])), with_split


def compared(a: Row, b: Row) -> tuple[Row, Row] | None:
    """Return what is compared of two rows: their runs with seeds and folds that both have, else equally many.

    Both stay whole if these runs were tested on other tracks, but all together on the same ones; None if not even then.
    """
    if a.data != b.data or a.genres != b.genres:
        return None
    one, other = (row.of_runs(places) for row, places in zip((a, b), _partners(a, b), strict=True))
    share = not set(a.seeds_and_folds).isdisjoint(b.seeds_and_folds)
    if _same_tracks(one, other) and (share or (_same_tracks(one, a) and _same_tracks(other, b))):
        return one, other
    return (a, b) if _same_tracks(a, b) else None


def _partners(a: Row, b: Row) -> list[tuple[int, ...]]:
    """Return which runs of each row are compared: those with a seed and fold that both have, else the first ones."""
    repeats = (_numbered(a.seeds_and_folds), _numbered(b.seeds_and_folds))
    if sorted(repeats[0]) == sorted(repeats[1]):
        return [tuple(range(len(own))) for own in repeats]
    shared = [each for each in repeats[0] if each in repeats[1]]
    first = tuple(range(min(map(len, repeats))))
    return [tuple(map(own.index, shared)) or first for own in repeats]


def _numbered(repeats: Sequence[tuple[str, ...]]) -> list[tuple[tuple[str, ...], int]]:
    """Return seeds and folds with a number each, as a row may have several runs of one, or of none."""
    return [(each, repeats[:place].count(each)) for place, each in enumerate(repeats)]


def unequal(rows: Sequence[Row]) -> list[str]:
    """Return a sentence about runs without a partner, if rows that are compared have such."""
    used = ((row, part) for pair in comparable(rows) for row, part in zip(pair, compared(*pair) or pair, strict=True))
    if all(part is row for row, part in used):
        return []
    return [
        "Rows with different runs are compared by equally many of each: those with the same seed and fold, or else the "
        "first ones."
    ]


def not_comparable(rows: Sequence[Row]) -> list[str]:
    """Return a sentence on the different sets of test tracks, if there are rows that are not compared for these."""
    sets: list[list[Row]] = []
    for row in rows:
        if not len(row.tracks):
            continue
        if (those := next((each for each in sets if _belong_together(each[0], row)), None)) is None:
            sets.append([row])
        else:
            those.append(row)
    if len(sets) < 2:
        return []
    firsts = [members[0] for members in sets]
    one_data, one_list = len({row.data for row in firsts}) == 1, len({tuple(row.genres) for row in firsts}) == 1
    said = []
    for row in firsts:
        data, genres = ("" if one_data else f"{row.data}, "), ("" if one_list else f" of {', '.join(row.genres)}")
        said.append(f"{data}{row.split}: {counted(row.mean_tracks.index.nunique(), 'track')}{genres}")
    return [
        f"The rows were tested on {len(sets)} different sets of tracks ({'; '.join(said)}): only rows tested on "
        "the same set, or with runs of the same seed and fold that were, are compared."
    ]


def _belong_together(a: Row, b: Row) -> bool:
    same = a.data == b.data and set(a.mean_tracks.index) == set(b.mean_tracks.index)
    return same or compared(a, b) is not None


def _right(row: Row) -> np.ndarray:
    right: np.ndarray = probabilities_of(row.mean_tracks).argmax(axis=1) == row.mean_tracks["label"].to_numpy()
    return right
