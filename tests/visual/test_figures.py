"""Each figure says what its data says: texts, ticks, heights, panels; and all of them can be drawn."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from musicgenre.features import LogMel
from musicgenre.visual import (
    confusion_figure,
    genres_figure,
    inputs_figure,
    training_curves,
)
from musicgenre.visual.accuracies import accuracies_figure
from musicgenre.visual.calibration import reliability_figure
from musicgenre.visual.convergence import convergence_figure, cost_figure
from musicgenre.visual.forest import forest_figure
from musicgenre.visual.mosaic import mosaic_figure
from musicgenre.visual.render import pdf_of
from musicgenre.visual.samples import samples_figure
from musicgenre.visual.tabular import pca_figure
from musicgenre.visual.timeline import timeline_figure
from musicgenre.visual.waves import waveforms_figure

GENRES = ("blues", "jazz", "rock")
MATRIX = np.array([[8, 1, 1], [0, 3, 1], [0, 0, 0]])


def labels(axes: Axes, axis: str) -> list[str]:
    ticks = axes.get_xticklabels() if axis == "x" else axes.get_yticklabels()
    return [tick.get_text() for tick in ticks]


def pictures(axes: Axes) -> list[AxesImage]:
    return list(axes.get_images())


def scores() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "genre": GENRES,
            "precision": [0.5, 0.25, 0.0],
            "recall": [1.0, 0.75, 0.0],
            "f1": [0.6, 0.4, 0.0],
            "support": [10, 4, 0],
        }
    )


def history() -> pd.DataFrame:
    """As Lightning's CSV logger writes it: training and validation in separate rows."""
    rows: list[dict[str, float]] = []
    for epoch in range(3):
        validation = {
            "val/segment/loss": 2.0 - epoch,
            "val/segment/accuracy": 0.1 * epoch,
            "val/segment/micro_f1": 0.1 * epoch,
            "val/track/accuracy": 0.2 * epoch,
        }
        rows.append({"epoch": epoch, "step": 10 * epoch, "lr-Adam": 1e-3})
        rows.append({"epoch": epoch, "step": 10 * epoch} | validation)
        rows.append({"epoch": epoch, "step": 10 * epoch, "train/segment/loss": 3.0 - epoch})
    rows.append({"epoch": 2, "step": 20, "test/segment/loss": 7.0})
    return pd.DataFrame(rows)


def test_confusion_cells_hold_the_counts_and_colours_the_row_shares() -> None:
    figure = confusion_figure(MATRIX, GENRES, "test, tracks")
    axes = figure.axes[0]
    cells = {text.get_position(): text.get_text() for text in axes.texts}
    assert cells == {(column, row): str(MATRIX[row, column]) for row in range(3) for column in range(3)}
    shares = np.asarray(pictures(axes)[0].get_array())
    assert shares.tolist() == [[80, 10, 10], [0, 75, 25], [0, 0, 0]]
    assert pictures(axes)[0].get_clim() == (0, 100)


def test_confusion_names_its_axes() -> None:
    axes = confusion_figure(MATRIX, GENRES, "test, tracks").axes[0]
    assert labels(axes, "x") == labels(axes, "y") == list(GENRES)
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("true genre", "predicted genre")
    assert axes.get_title() == "test, tracks"


def test_confusion_text_stands_out_from_its_cell() -> None:
    texts = confusion_figure(MATRIX, GENRES, "").axes[0].texts
    assert [texts[0].get_color(), texts[1].get_color(), texts[4].get_color()] == ["white", "black", "white"]


def test_curves_have_a_panel_a_metric_and_a_line_a_split_and_level() -> None:
    figure = training_curves(history())
    drawn = {
        axes.get_title(): {str(line.get_label()): np.asarray(line.get_ydata()).tolist() for line in axes.lines}
        for axes in figure.axes
    }
    assert list(drawn) == ["loss", "accuracy (%)"]
    assert drawn["loss"] == {"train, segment": [3.0, 2.0, 1.0], "val, segment": [2.0, 1.0, 0.0]}
    assert drawn["accuracy (%)"] == {"val, segment": [0, 10, 20], "val, track": [0, 20, 40]}
    assert figure.axes[1].get_ylim() == (0, 100)
    assert np.asarray(figure.axes[0].lines[0].get_xdata()).tolist() == [1, 2, 3]


def test_epochs_are_counted_and_marked_as_the_console_counts() -> None:
    figure = training_curves(history(), tested=3, best=2)
    figure.canvas.draw()
    axes = figure.axes[0]
    shown = {tick.get_text() for tick in axes.get_xticklabels() if 1 <= tick.get_position()[0] <= 3}
    assert shown == {"1", "2", "3"}
    marked = {str(line.get_label()): line.get_xdata() for line in axes.lines if "epoch" in str(line.get_label())}
    assert {name: list(np.asarray(at)) for name, at in marked.items()} == {
        "tested: epoch 3": [3, 3],
        "best: epoch 2": [2, 2],
    }


def test_the_legend_of_curves_is_beside_them() -> None:
    figure = training_curves(history(), tested=3)
    assert [axes.get_legend() for axes in figure.axes] == [None, None]
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert (sorted(names[:-1]), names[-1]) == (["train, segment", "val, segment", "val, track"], "tested: epoch 3")
    figure.draw_without_rendering()
    top = figure.legends[0].get_window_extent().y1
    assert all(axes.get_window_extent().y0 > top for axes in figure.axes)


def test_an_epoch_without_a_value_is_left_out_of_its_curve_only() -> None:
    table = history()
    table.loc[table["epoch"] == 1, "val/segment/loss"] = np.nan
    epochs = {str(line.get_label()): line.get_xdata() for line in training_curves(table).axes[0].lines}
    assert np.asarray(epochs["val, segment"]).tolist() == [1, 3]
    assert np.asarray(epochs["train, segment"]).tolist() == [1, 2, 3]


def test_curves_without_metrics_say_so() -> None:
    with pytest.raises(ValueError, match=r"no metrics of training.*lr-Adam"):
        training_curves(pd.DataFrame({"epoch": [0], "lr-Adam": [1e-3]}))


def test_scores_of_a_genre_are_points_of_three_shapes_in_its_row() -> None:
    axes = genres_figure(scores(), "test, tracks").axes[0]
    drawn = {str(line.get_label()): np.asarray(line.get_xdata()).tolist() for line in axes.lines}
    assert drawn == {name: (100 * scores()[name.lower()]).tolist() for name in ("precision", "recall", "F1")}
    assert len({line.get_marker() for line in axes.lines}) == 3
    assert [(text.get_position()[1], text.get_text()) for text in axes.texts] == [(2, "-")]  # rock has no example
    assert labels(axes, "y") == ["blues (10)", "jazz (4)", "rock (0)"]


def test_inputs_stand_before_above_after_on_one_scale() -> None:
    before = torch.rand(3, 1, 13, 20)
    after = before.clone()
    after[:, :, 4:6] = -1
    figure = inputs_figure(before, after, GENRES, ["a", "b", "c"], bins="coefficient")
    above, below = figure.axes[:3], figure.axes[3:6]
    assert len(below) == 3
    for column in range(3):
        top, bottom = pictures(above[column])[0], pictures(below[column])[0]
        np.testing.assert_array_equal(top.get_array(), before[column, 0])
        np.testing.assert_array_equal(bottom.get_array(), after[column, 0])
        assert top.get_clim() == bottom.get_clim() == (-1.0, before.max().item())
        assert top.origin == "lower"
    assert [axes.get_title() for axes in above] == ["a\nblues", "b\njazz", "c\nrock"]
    assert [above[0].get_ylabel(), below[0].get_ylabel()] == ["before\ncoefficient", "after\ncoefficient"]
    assert below[2].get_xlabel() == "frame"
    assert figure.axes[6].get_ylabel() == "value (standardised)"


def test_inputs_are_in_seconds_and_hertz_and_stand_alone_where_nothing_was_augmented() -> None:
    bank = LogMel(8000, n_mels=40, n_fft=1024)
    before = torch.rand(2, 1, 40, 20)
    figure = inputs_figure(before, before, GENRES[:2], ["a", "b"], seconds=3.0, hertz=bank.hertz)
    first, _, bar = figure.axes
    assert bar.get_ylabel() == "value (standardised)"
    assert [first.get_xlabel(), first.get_ylabel()] == ["time (s)", "frequency (Hz)"]
    assert list(pictures(first)[0].get_extent()) == [0, 3.0, -0.5, 39.5]
    places = dict(zip(labels(first, "y"), first.get_yticks(), strict=True))
    assert list(places) == ["100", "300", "1k", "3k"]
    tone = torch.sin(2 * np.pi * 1000 * torch.arange(8000) / 8000)
    assert places["1k"] == pytest.approx(int(bank(tone[None])[0, 0, :, 8].argmax()), abs=0.6)


def test_pictures_in_colour_keep_their_colours() -> None:
    before = torch.rand(1, 3, 7, 10)
    before[0, 0, 0, 0], before[0, 0, 0, 1] = 0, 1
    figure = inputs_figure(before, before, ["fado"], ["fado.00000"], bins="pixel")
    shown = torch.from_numpy(np.asarray(pictures(figure.axes[0])[0].get_array()))
    torch.testing.assert_close(shown, before[0].permute(1, 2, 0))


def test_every_figure_can_be_drawn_without_pyplot(tmp_path: Path) -> None:
    inputs = torch.rand(2, 1, 16, 20)
    figures: dict[str, Figure] = {
        "confusion": confusion_figure(MATRIX, GENRES, "test"),
        "curves": training_curves(history()),
        "genres": genres_figure(scores(), "test"),
        "inputs": inputs_figure(inputs, inputs, GENRES[:2], ["a", "b"]),
    }
    for name, figure in figures.items():
        figure.savefig(tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").stat().st_size > 5000
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []


def test_generated_sequences_say_what_their_rows_and_colours_are() -> None:
    x, labels = np.random.default_rng(0).normal(size=(2, 1, 64, 30)), np.arange(2)
    mfcc, mel = (
        samples_figure(x, labels, ("jazz", "rock"), bins=bins, standardised=standardised)
        for bins, standardised in (("coefficient", True), ("mel bin", False))
    )
    said = [(figure.get_supylabel(), figure.axes[-1].get_ylabel(), figure.axes[0].get_ylim()) for figure in (mfcc, mel)]
    assert said == [
        ("coefficient", "standardised value", (0.5, 64.5)),
        ("mel bin", "value", (-0.5, 63.5)),
    ]


LONG = "Progressive rock from Canterbury, and a little of its jazz"


@pytest.mark.parametrize("genres", [("jazz",), (LONG, f"{LONG}.", "jazz"), tuple(f"genre {k}" for k in range(11))])
@pytest.mark.filterwarnings("error")
def test_names_of_genres_stay_within_figures_and_off_each_other(genres: tuple[str, ...]) -> None:
    k = len(genres)
    each, labels = np.random.default_rng(0).random((k, 1, 13, 30)), np.arange(k)
    shares = pd.DataFrame(np.full((3, k), 1 / k), index=[0.0, 3.0, 6.0], columns=list(genres))
    table = pd.DataFrame({"genre": genres, "precision": 0.5, "recall": 1.0, "f1": 0.6, "support": 10})
    figures = {
        "confusion": confusion_figure(
            np.eye(k, dtype=int), genres, "gtzan, filtered: net5_bilstm with sgd\ntest tracks of 3 runs"
        ),
        "genres": genres_figure(table, "test"),
        "timeline": timeline_figure(shares, "a.wav", seconds=9.0),
        "mosaic": mosaic_figure({genre: [each[0].astype(np.float32)] for genre in genres}, "pictures"),
        "samples": samples_figure(each, labels, genres),
        "waveforms": waveforms_figure({genre: np.zeros(500, np.float32) for genre in genres}, 500),
        "pca": pca_figure(np.random.default_rng(0).random((4 * k, 3)), genres * 4, "noise"),
    }
    for name, figure in figures.items():
        FigureCanvasAgg(figure)
        figure.draw_without_rendering()  # laid out, as checked below
        shown = [axes for axes in figure.axes if axes.axison]
        written = [text for axes in shown for text in (axes.xaxis.label, axes.yaxis.label, axes.title)]
        written += figure.axes[0].get_yticklabels()[:k] if name in ("confusion", "genres") else []
        if name == "timeline":
            legend = figure.axes[0].get_legend()
            assert legend is not None
            assert len({text.get_text() for text in legend.get_texts()}) == k + 1  # and what was not heard
            written += legend.get_texts()
        written += [text for legend in figure.legends for text in legend.get_texts()]
        boxes = [text.get_window_extent() for text in written if text.get_text()]
        assert min(min(box.x0, box.y0) for box in boxes) >= -1, name
        assert max(box.x1 for box in boxes) <= figure.bbox.width + 1, name
        assert max(box.y1 for box in boxes) <= figure.bbox.height + 1, name
        rows = [axes.yaxis.label.get_window_extent() for axes in shown if axes.get_ylabel()]
        assert not any(one.overlaps(other) for place, one in enumerate(rows) for other in rows[:place]), name


def test_labels_of_a_convergence_and_of_a_cost_stay_within_their_figures() -> None:
    names = [f"model={'x' * 90} optimizer.lr=0.0{number}" for number in range(2)]
    run = pd.DataFrame({"epoch": [1, 2], "loss": [2.0, 1.5], "accuracy": [0.3, 0.5]})
    rows = pd.DataFrame({"run": names, "accuracy": 70.0, "low": 60.0, "high": 80.0, "parameters": [8e4, 3e5]})
    convergence = convergence_figure({name: [run] for name in names}, "track")
    cost = cost_figure(rows.assign(seconds=[0.15, 4.0]))
    for figure in (convergence, cost):
        figure.canvas.draw()
        box = figure.legends[0].get_window_extent()
        assert box.x0 >= 0 and box.x1 <= figure.bbox.width
    ticks = [[label for label in labels(axes, "x") if label] for axes in cost.axes]
    assert {"100k", "200k"} <= set(ticks[0]) and {"0.2", "1", "2"} <= set(ticks[1])
    assert not [text.get_text() for axes in cost.axes for text in axes.get_xticklabels(minor=True) if text.get_text()]


def test_long_names_of_rows_and_of_values_stay_apart_and_within_their_figures() -> None:
    names = [f"evaluated model={'x' * 150} run=/home/me/multirun/2026-01-31/12-00-00/adam,seed={k}" for k in range(2)]
    about = {"data": f"folder {'y' * 70}", "split": f"lists file=/home/me/{'z' * 70}.csv val=0.1", "leaks": ""}
    pairs = pd.DataFrame({"label": [f"{a}\nvs. {b}" for a in names for b in names], "difference": 3.0, "tie": True})
    title = f"By run: difference from {names[0]}"
    forest = forest_figure(pairs.assign(low=-1.0, high=7.0), title)
    rows = pd.DataFrame({"run": names, "track accuracy %": 70.0, "track accuracy % low": 60.0, **about})
    accuracies = accuracies_figure(rows.assign(**{"track accuracy % high": 80.0}), {})
    for figure, count in ((forest, 4), (accuracies, 2)):
        FigureCanvasAgg(figure)
        figure.draw_without_rendering()
        axes = figure.axes[0]
        written = [text for text in (axes.title, *axes.get_yticklabels(), *axes.texts) if text.get_text()]
        boxes = [text.get_window_extent() for text in written]
        assert min(box.x0 for box in boxes) >= -1 and max(box.x1 for box in boxes) <= figure.bbox.width + 1
        assert max(box.y1 for box in boxes) <= figure.bbox.height + 1
        assert len({*labels(axes, "y")}) == count


def test_a_cost_that_no_row_knows_has_no_panel() -> None:
    rows = pd.DataFrame({"run": ["SVM"], "accuracy": 70.0, "low": 60.0, "high": 80.0, "seconds": 2.0})
    assert [axes.get_xlabel() for axes in cost_figure(rows.assign(parameters=np.nan)).axes] == ["training time, s"]


def test_a_pdf_holds_vectors_and_text_in_embedded_fonts(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    run = pd.DataFrame({"epoch": [1, 2], "loss": [2.0, 1.5], "accuracy": [0.3, 0.5]})
    first, again = (pdf_of(convergence_figure({"cnn $x": [run]}, "track")) for _ in range(2))
    assert first == again and b"/CreationDate" not in first
    assert all(part in first for part in (b"/CIDFontType2", b"/FontFile2")) and b"/Type3" not in first
    assert b"/Subtype /Image" not in first
    assert not caplog.messages  # of fontTools, a hundred lines a figure


def test_figures_say_how_much_they_leave_out() -> None:
    row = {"label": "SVM to CNN", "difference": 3.0, "low": -1.0, "high": 7.0, "tie": True}
    for count, title in ((60, "by model"), (61, "by model, the first 60 of 61")):
        axes = forest_figure(pd.DataFrame([row] * count), "by model").axes[0]
        assert (axes.get_title(), len(axes.get_yticks())) == (title, 60)
    bins = pd.DataFrame({"low": [0.8], "high": [0.9], "count": [10], "confidence": [0.85], "accuracy": [0.7]})
    for among, said in ((1, ""), (30, "the first 1 of 30")):
        assert reliability_figure({"CNN": bins}, {"CNN": 15.0}, among).get_suptitle() == said
