"""Curves of several runs in one plot, and their figures as text."""

import numpy as np
import pandas as pd
import pytest

from musicgenre.runs.convergence import convergence_table
from musicgenre.runs.report_text import plain_cells
from musicgenre.visual.convergence import convergence_figure, cost_figure


def test_the_mean_ends_with_the_run_that_ended_first() -> None:
    short = pd.DataFrame({"epoch": [1, 2], "loss": [1.0, 0.4], "accuracy": [0.6, 0.8]})
    long = pd.DataFrame({"epoch": [1, 2, 3], "loss": 1.0, "accuracy": [0.4, 0.4, 0.4]})
    axes = convergence_figure({"x": [short, long]}, "track").axes[1]
    one, other, mean = (np.asarray(line.get_ydata()) for line in axes.lines)
    assert (len(one), len(other)) == (2, 3)
    assert mean == pytest.approx([50, 60])


def test_a_small_loss_is_told_from_none() -> None:
    run = pd.DataFrame({"epoch": [1, 2], "loss": [0.3, 0.043], "accuracy": [0.9, 0.997], "seconds": [1.0, 2.0]})
    table = convergence_table({"a": [run]})
    cells = dict(zip(table.columns, plain_cells(table)[0], strict=True))
    assert (cells["best loss"], cells["highest accuracy %"], cells["best epoch"]) == ("0.043", "99.7", "2")


def test_equal_numbers_of_parameters_are_in_the_middle_of_their_axis() -> None:
    rows = pd.DataFrame({"run": ["a", "b"], "accuracy": 70.0, "low": 60.0, "high": 80.0, "parameters": 65_514.0})
    figure = cost_figure(rows.assign(seconds=[10.0, 40.0]))
    figure.canvas.draw()
    axes = figure.axes[0]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["65.514k"]
    low, high = axes.get_xlim()
    assert low * high == pytest.approx(65_514.0**2)


def test_the_legend_names_only_rows_with_a_point() -> None:
    rows = pd.DataFrame({"run": ["ensemble", "lda", "cnn"], "accuracy": 70.0, "low": 60.0, "high": 80.0})
    figure = cost_figure(rows.assign(parameters=[np.nan, np.nan, 1000.0], seconds=[np.nan, 4.0, 40.0]))
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["lda", "cnn"]


def test_a_row_has_the_same_colour_in_all_figures() -> None:
    run = pd.DataFrame({"epoch": [1, 2], "loss": [1.0, 0.4], "accuracy": [0.6, 0.8]})
    names = ["logistic", "cnn"]  # the first one has no curves
    curves = convergence_figure({"cnn": [run]}, "track", names).axes[1].lines[0]
    rows = pd.DataFrame({"run": names, "accuracy": 70.0, "low": 60.0, "high": 80.0, "parameters": 1000.0})
    costs = cost_figure(rows.assign(seconds=1.0)).axes[0]
    assert [line.get_color() for line in costs.lines if line.get_marker() == "o"][1] == curves.get_color()
    untested = cost_figure(rows.assign(seconds=1.0)[1:]).axes[0]  # a row's place stays if one before it is not drawn
    assert next(line.get_color() for line in untested.lines if line.get_marker() == "o") == curves.get_color()
