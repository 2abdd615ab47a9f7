"""The table printed after training: every figure in it, within 80 columns."""

import io

import pandas as pd
import pytest
from rich.console import Console

from musicgenre.visual import results_table

GENRES = pd.DataFrame(
    {"genre": ["classical", "rock"], "precision": [1.0, 0.5], "recall": [0.9, 0.25], "f1": [0.947, 1 / 3],
     "support": [1000, 4]}
)  # fmt: skip


def metrics(splits: tuple[str, ...], intervals: bool) -> dict[str, float]:
    values = {"accuracy": 0.7426, "loss": 1.23456, "micro_f1": 0.5, "macro_f1": 0.7201}
    bounds = {"accuracy_low": 0.655, "accuracy_high": 1.0} if intervals else {}
    return {
        f"{split}/{level}/{name}": value
        for split in splits
        for level in ("segment", "track")
        for name, value in (values | bounds).items()
    }


def lines(values: dict[str, float], width: int = 80) -> list[str]:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(results_table(values, GENRES))
    assert isinstance(console.file, io.StringIO)
    return [line.strip() for line in console.file.getvalue().splitlines()]


def rows(text: list[str], start: str) -> list[list[str]]:
    return [line.split() for line in text if line.startswith(start)]


def test_a_row_a_split_and_level_with_the_interval() -> None:
    text = lines(metrics(("test", "val"), intervals=True) | {"parameters": 10.0})
    numbers = ["74.3", "65.5", "to", "100.0", "72.0", "1.235"]
    assert rows(text, "validation") == [
        ["validation", "segment", *numbers],
        ["validation", "track", *numbers],
    ]
    assert rows(text, "test") == [["test", "segment", *numbers], ["test", "track", *numbers]]
    assert not rows(text, "training")


def test_a_row_a_genre() -> None:
    text = lines(metrics(("test",), intervals=True))
    assert rows(text, "classical") == [["classical", "100.0", "90.0", "94.7", "1000"]]
    assert rows(text, "rock") == [["rock", "50.0", "25.0", "33.3", "4"]]


def test_without_intervals_their_place_is_empty() -> None:
    text = lines(metrics(("test",), intervals=False))
    assert rows(text, "test")[0] == ["test", "segment", "74.3", "72.0", "1.235"]


@pytest.mark.parametrize("splits", [("train", "val", "test"), ("test",)])
def test_nothing_is_cut_off_or_wrapped_at_80_columns(splits: tuple[str, ...]) -> None:
    values = metrics(splits, intervals=True) | {"test/segment/loss": 87.337}
    assert lines(values, width=80) == lines(values, width=200)
    assert max(len(line) for line in lines(values)) <= 80


def test_a_long_genre_gives_way_to_its_figures() -> None:
    long = "music of the far north, recorded by strangers in the winter, on tape"
    console = Console(file=io.StringIO(), width=80, color_system=None)
    console.print(results_table(metrics(("test",), intervals=True), GENRES.replace("classical", long)))
    assert isinstance(console.file, io.StringIO)
    [row] = [line for line in console.file.getvalue().splitlines() if "music of the far" in line]
    assert "..." in row and row.split()[-4:] == ["100.0", "90.0", "94.7", "1000"]
