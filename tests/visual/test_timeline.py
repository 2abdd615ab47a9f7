"""The timeline and the table of predictions say what was heard."""

import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from rich.console import Console

from musicgenre.prediction import Prediction
from musicgenre.visual import genre_colour
from musicgenre.visual.predictions import left_out_table, predictions_table
from musicgenre.visual.render import draw
from musicgenre.visual.timeline import timeline_figure


def prediction(distance: float | None = None, jazz: float = 0.7) -> Prediction:
    segments = pd.DataFrame({"run": 0, "start": [0.0, 60.0], "seconds": 60.0, "p_jazz": jazz, "p_rock": 1 - jazz})
    return Prediction(("jazz", "rock"), segments, 125.0, distance)


def shown(renderable: object) -> str:
    console = Console(file=io.StringIO(), width=80)
    console.print(renderable)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_timeline_stacks_to_one_in_the_genres_colours() -> None:
    figure = timeline_figure(prediction().timeline, "a $song$")
    axes = figure.axes[0]
    first = axes.patches[0]
    assert np.allclose(np.ravel(first.get_facecolor())[:3], to_rgb(genre_colour("jazz")))
    assert axes.get_ylim() == (0, 1)
    assert axes.get_xlabel() == "time (min:s)"
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["rock", "jazz"]
    assert draw(figure).std() > 0


def test_doubt_and_the_rest_that_was_not_heard_are_shown() -> None:
    found = prediction(distance=9)
    axes = timeline_figure(found.timeline, "a.wav", doubt=found.doubt, seconds=found.seconds).axes[0]
    assert "unlike" in axes.get_title()
    assert axes.get_xlim() == (0, 125)
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["not heard", "rock", "jazz"]
    assert axes.patches[-1].get_hatch() and axes.patches[-1].get_extents().width > 0
    whole = timeline_figure(found.timeline, "a.wav", seconds=120.0).axes[0]
    assert not [patch for patch in whole.patches if patch.get_hatch()]
    assert whole.get_title() == "a.wav"


def test_silence_is_blank() -> None:
    timeline = pd.DataFrame({"jazz": [1.0, np.nan, 1.0, 1.0]}, index=[0.0, 1.0, 2.0, 3.0])
    figure = timeline_figure(timeline, "gap")
    pixels = draw(figure)
    figure.canvas.draw()
    x, y = figure.axes[0].transData.transform((1.5, 0.5))
    assert pixels[pixels.shape[0] - int(y), int(x)].tolist() == [255, 255, 255]
    x, y = figure.axes[0].transData.transform((0.5, 0.2))  # below the genre's name
    assert pixels[pixels.shape[0] - int(y), int(x)].tolist() != [255, 255, 255]


@pytest.mark.parametrize(
    ("found", "expected"),
    [(prediction(), ["jazz 70%", "rock 30%", "2:05"]), (prediction(jazz=0.4), ["rock 60%"])],
)
def test_table_ranks_genres(found: Prediction, expected: list[str]) -> None:
    text = shown(predictions_table({"[song].wav": found}, top=2)).replace("\u00a0", " ")
    assert "[song].wav" in text
    assert "unlike" not in text
    for part in expected:
        assert part in text


def test_doubts_are_told_and_explained() -> None:
    assert "sounds unlike the training music" in shown(predictions_table({"a": prediction(distance=9)}, top=1))
    three = pd.DataFrame({"run": [0], "start": 0.0, "seconds": 3.0, "p_a": 0.4, "p_b": 0.3, "p_c": 0.3})
    unsure = Prediction(("a", "b", "c"), three, 3.0)
    assert "no genre is likelier" in shown(predictions_table({"a": unsure}, top=3))
    assert "[x]" in shown(left_out_table({"a": "bad [x]"}))


def test_a_band_that_leads_for_long_bears_its_name() -> None:
    shares = [[0.8, 0.2], [0.7, 0.3], [np.nan, np.nan], [0.1, 0.9], [0.9, 0.1], [0.0, 0.0]]
    timeline = pd.DataFrame(shares, index=[0.0, 10.0, 20.0, 30.0, 31.0, 40.0], columns=["jazz", "rock"])
    names = {text.get_text(): text.get_position() for text in timeline_figure(timeline, "song").axes[0].texts}
    assert list(names) == ["jazz"]  # rock leads for 1 s of 40
    assert names["jazz"] == pytest.approx((35.5, 0.45))  # the last of two stretches
