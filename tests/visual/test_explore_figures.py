"""Figures of recordings, tables and nets show what they are given, with units, and can all be drawn."""

import numpy as np
import pandas as pd
import pytest
import torch
from made_audio import RATE, make_track
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from musicgenre.visual import genre_colour, spectra, tabular, waves
from musicgenre.visual.audit import audit_figure
from musicgenre.visual.networks import activations_figure, filters_figure, saliency_figure
from musicgenre.visual.render import draw
from musicgenre.visual.stability import stability_figure
from musicgenre.visual.timeline import timeline_figure

TONE = (0.5 * np.sin(2 * np.pi * 441 * np.arange(3 * RATE) / RATE)).astype(np.float32)
CLICKS = np.zeros(10 * RATE, np.float32)
for beat in range(20):  # two per second: 120 per minute
    CLICKS[beat * RATE // 2 : beat * RATE // 2 + 200] = 0.8


def titles(figure: Figure) -> str:
    return " ".join(axes.get_title() or axes.get_title(loc="left") for axes in figure.axes)


def test_waveforms_stand_by_genre_in_its_colour() -> None:
    figure = waves.waveforms_figure({"jazz": TONE, "rock": 0.5 * TONE}, RATE)
    assert [axes.get_title() for axes in figure.axes] == ["jazz", "rock"]
    drawn = figure.axes[1].collections[0]
    assert to_hex(np.asarray(drawn.get_facecolor())[0]) == genre_colour("rock")
    path = drawn.get_paths()[0].vertices
    assert np.abs(np.asarray(path)[:, 1]).max() == pytest.approx(0.25, abs=1e-3)
    assert np.asarray(path)[:, 0].max() == pytest.approx(3, abs=0.01)


def test_recordings_of_any_length_are_shown_to_their_ends() -> None:
    brief = {"jazz": TONE, "rock": TONE[:RATE]}  # 3 s, and 1 s in the last panel
    side_by_side = [spectra.side_by_side_figure(brief, RATE, kind) for kind in ("mel", "mfcc")]
    for figure in (waves.waveforms_figure(brief, RATE), *side_by_side):
        assert [axes.get_xlim() for axes in figure.axes[:2]] == [(0, 3)] * 2


def test_long_titles_stand_above_their_own_recordings_alone() -> None:
    names = [f"Symphony No 5 in C minor Op 67 {k} Allegro con brio live 1962" for k in "12"]
    names += [f"Symphony_No_5_in_C_minor_Op_67_{k}_live_1962" for k in "12"] + [f"{'x' * 60}{k}" for k in "12"]
    figure = spectra.side_by_side_figure(dict.fromkeys(names, TONE), RATE, "mfcc")
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    boxes = [axes.title.get_window_extent() for axes in figure.axes[:6]]
    assert not any(box.overlaps(other) for place, box in enumerate(boxes) for other in boxes[:place])
    assert min(box.x0 for box in boxes) >= 0 and max(box.y1 for box in boxes) <= figure.bbox.height
    assert len({axes.get_title() for axes in figure.axes[:6]}) == 6


def test_zero_crossings_are_counted() -> None:
    figure = waves.zero_crossings_figure(TONE, RATE, "tone")
    total = int(titles(figure).split("tone: ")[1].split(" ")[0])
    assert total == pytest.approx(2 * 441 * 3, abs=3)
    rate = figure.axes[0].lines[0].get_ydata()
    assert np.median(np.asarray(rate)) == pytest.approx(2 * 441, rel=0.03)


def test_parts_and_tempo_are_named() -> None:
    assert float(titles(waves.harmonic_percussive_figure(TONE, RATE, "tone")).split("harmonic: ")[1].split(" ")[0]) > 95
    tempo = float(titles(waves.tempo_figure(CLICKS, RATE, "clicks")).split("clicks: ")[1].split(" ")[0])
    assert tempo == pytest.approx(120, abs=4)


def test_spectrum_peaks_at_the_tone() -> None:
    axes = spectra.spectrum_figure(TONE, RATE, "tone").axes[0]
    hertz, level = (np.asarray(data) for data in axes.lines[0].get_data())
    assert hertz[level.argmax()] == pytest.approx(441, abs=3)
    assert level.max() == 0
    assert axes.get_xlabel() == "frequency (Hz)"
    brief = spectra.spectrum_figure(TONE[:3000], RATE, "brief").axes[0]  # less than a frame
    hertz, level = (np.asarray(data) for data in brief.lines[0].get_data())
    assert (len(hertz), hertz[level.argmax()]) == (4096, pytest.approx(441, abs=3))


def test_spectrograms_have_three_scales() -> None:
    figure = spectra.spectrograms_figure(TONE, RATE, "tone")
    assert [axes.get_title() for axes in figure.axes[:3]] == ["linear scale", "logarithmic scale", "mel scale"]
    assert figure.axes[2].get_xlabel() == "time (s)"
    noise = np.random.default_rng(0).normal(size=RATE).astype(np.float32)  # whose quietest band is loud
    for wave in (TONE, noise):
        pictures = [axes.collections[0] for axes in spectra.spectrograms_figure(wave, RATE, "x").axes[:3]]
        assert [picture.get_clim() for picture in pictures] == [(-80, 0)] * 3
        assert [np.asarray(picture.get_array()).max() for picture in pictures] == [0] * 3


def test_the_numbers_of_a_logarithmic_axis_are_no_formulas() -> None:
    row = {"front_end": "log-mel", "format": "float16", "feature_error": 1e-4, "gradient_error": 0.5}
    figure = stability_figure(pd.DataFrame([row | {"bad_features": 0.0, "bad_steps": 0.5}]))
    draw(figure)
    shown = [text.get_text() for text in figure.axes[0].yaxis.get_ticklabels(which="both") if text.get_text()]
    assert {"0.0001", "0.001", "0.01", "0.1", "1"} < set(shown) and "$" not in "".join(shown)


def test_mfcc_are_drawn_as_they_are_and_scaled() -> None:
    figure = spectra.mfcc_figure(make_track("hum", 1), RATE, "hum", n_mfcc=13)
    raw, scaled = (np.asarray(axes.images[0].get_array()) for axes in figure.axes[:2])
    assert raw.shape == scaled.shape == (13, 130)
    assert np.allclose(scaled.mean(axis=1), 0, atol=1e-4)
    assert np.allclose(scaled.std(axis=1), 1, atol=1e-3)
    draw(spectra.mfcc_figure(np.zeros(RATE, np.float32), RATE, "silence"))


def test_tables_are_drawn() -> None:
    rng = np.random.default_rng(0)
    one = rng.standard_normal(60)
    table = pd.DataFrame({"a_mean": one, "b_mean": -one, "c_mean": rng.standard_normal(60), "d_mean": 1.0})
    axes = tabular.correlation_figure(table, "x").axes[0]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["a mean", "b mean", "c mean"]
    assert np.asarray(axes.images[0].get_array())[1, 0] == pytest.approx(-1)
    values = table.iloc[:, :3].to_numpy()
    shares = np.asarray(tabular.variance_figure(values, "x").axes[0].lines[0].get_ydata())
    assert shares[1] == pytest.approx(100, abs=0.5)  # two of three columns are one
    genres = ["jazz", "rock", "blues"] * 20
    figure = tabular.pca_figure(values, genres, "x")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["blues", "jazz", "rock"]
    assert draw(figure).std() > 0
    bars = tabular.classes_figure(genres, "corpus").axes[0]
    assert [patch.get_height() for patch in bars.patches] == [20, 20, 20]  # type: ignore[attr-defined]
    assert bars.get_title() == "corpus: 60 tracks"


def test_nets_are_drawn() -> None:
    maps = activations_figure(torch.rand(40, 5, 6), "maps")
    assert maps.get_suptitle() == "maps (one picture per channel, the first 32 of 40)"
    assert activations_figure(torch.rand(7, 12), "steps").axes[0].get_xlabel() == "position"
    assert activations_figure(torch.rand(9), "one").axes[0].images
    filters = filters_figure(torch.tensor([[[1.0, -2.0]]]), "filters")
    assert filters.axes[0].images[0].get_clim() == (-2, 2)
    figure = saliency_figure(torch.rand(4, 6), torch.rand(4, 6), 3.0, "x", "coefficient")
    assert list(figure.axes[0].images[0].get_extent()) == [0.0, 3.0, 0.5, 4.5]
    heard = saliency_figure(torch.rand(1, 600), torch.rand(1, 600), 3.0, "x", "waveform")
    assert [len(axes.lines) for axes in heard.axes] == [1, 1]  # a waveform is a line, not a row of stripes
    for each in (activations_figure(torch.rand(2, 5, 6), "maps"), filters, figure):
        assert draw(each).std() > 0


def test_two_values_a_track_have_two_components() -> None:
    values = np.random.default_rng(0).normal(size=(20, 2))
    figure = tabular.pca_figure(values, ["jazz", "rock"] * 10, "noise", scale=None)
    assert figure.axes[1].get_xlabel() == "third component (0 %)"


def test_panels_keep_their_height_whatever_genres_are_called() -> None:
    long = [f"music of the far north, recorded by strangers {place}" for place in range(7)]
    tracks = pd.DataFrame({"genre": long, "seconds": 30.0, "problem": "", "same_as": "", "sounds_like": ""})
    many = [f"genre number {number:02} of them" for number in range(50)]
    components = tabular.pca_figure(np.random.default_rng(0).normal(size=(100, 5)), many * 2, "x")
    for figure, least in (
        (audit_figure(tracks, "x"), 1.0),
        (tabular.classes_figure(long, "x"), 1.0),
        (components, 2.0),
    ):
        draw(figure)
        for axes in figure.axes:
            assert axes.get_position().height * figure.get_figheight() > least


def test_a_long_name_is_read_whole_above_every_figure_of_a_track() -> None:
    name = "Symphony No. 9 in D minor Op. 125 - IV. Presto - Allegro assai - recorded in Vienna"
    makers = (
        *(waves.zero_crossings_figure, waves.harmonic_percussive_figure, waves.tempo_figure),
        *(spectra.spectrum_figure, spectra.spectrograms_figure, spectra.mfcc_figure, spectra.stft_lines_figure),
    )
    heard = pd.DataFrame({"jazz": [1.0, 1.0]}, index=[0.0, 1.0])
    of_folders = (tabular.classes_figure(["jazz"], name), tabular.variance_figure(np.eye(4), name))
    for figure in (*(make(TONE, RATE, name) for make in makers), timeline_figure(heard, name), *of_folders):
        first = figure.axes[0]
        title = figure.get_suptitle() or first.get_title() or first.get_title(loc="left")
        assert " ".join(title.split()).startswith(name)
        assert max(map(len, title.splitlines())) <= 58
