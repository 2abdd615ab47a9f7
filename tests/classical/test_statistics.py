import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from musicgenre.classical import (
    DiscriminantAnalysis,
    SpectrogramStatistics,
    fit_pipeline,
    genre_probabilities,
    pipeline,
)
from musicgenre.errors import MusicGenreError
from musicgenre.training.classical import _features

BINS, FRAMES = 60, 200
LEVELS = {"mean": 0, "deviation": 1, "tenth": 2, "nine tenths": 3, "change": 4}
RATES = slice(5 * BINS, 5 * BINS + 300)  # 30 frequency bands, 10 rate bands each
TOGETHER = slice(RATES.stop, RATES.stop + 190)  # all pairs of 20 bands
TONES, STROKES = slice(TOGETHER.stop, TOGETHER.stop + 60), slice(TOGETHER.stop + 60, TOGETHER.stop + 120)


def described(spectrogram: NDArray[np.float64]) -> NDArray[np.float64]:
    """Statistics of one spectrogram `(BINS, FRAMES)`."""
    row: NDArray[np.float64] = SpectrogramStatistics(BINS).fit_transform(spectrogram.reshape(1, -1))[0]
    assert len(row) == STROKES.stop == 5 * BINS + 610
    assert np.isfinite(row).all()
    return row


def noise(n: int = 1) -> NDArray[np.float64]:
    return np.random.default_rng(0).random((n, BINS * FRAMES))


def test_levels_of_each_bin_are_numpys() -> None:
    x = noise().reshape(BINS, FRAMES)
    row = described(x)
    expected = {
        "mean": x.mean(1),
        "deviation": x.std(1),
        "tenth": np.quantile(x, 0.1, axis=1),
        "nine tenths": np.quantile(x, 0.9, axis=1),
        "change": np.abs(x[:, 1:] - x[:, :-1]).mean(1),
    }
    for name, i in LEVELS.items():
        np.testing.assert_allclose(row[i * BINS : (i + 1) * BINS], expected[name], atol=1e-12, err_msg=name)


@pytest.mark.parametrize(("cycles", "band"), [(1, 0), (20, 4), (100, 9)])  # of 200 frames; bands end at 1, 4, 9 ... 100
def test_a_band_that_moves_at_one_rate_stands_out_there(cycles: int, band: int) -> None:
    x = np.zeros((BINS, FRAMES))
    x[10:12] = 0.5 + 0.5 * np.cos(2 * np.pi * cycles * np.arange(FRAMES) / FRAMES)  # band 5 of 30
    rates = described(x)[RATES].reshape(30, 10)
    assert rates[5].argmax() == band
    np.testing.assert_allclose(np.delete(rates, 5, axis=0), np.log(1e-3), atol=1e-9)


def test_bands_that_move_together_or_against_each_other() -> None:
    wave = np.sin(np.arange(FRAMES) / 3)
    x = np.zeros((BINS, FRAMES))
    x[0:3], x[3:6], x[6:9] = wave, 5 * wave, -wave  # bands 0, 1 and 2 of 20; the others are constant
    found = np.zeros((20, 20))
    found[np.triu_indices(20, 1)] = described(x)[TOGETHER]
    assert found[0, 1] == pytest.approx(1, abs=1e-5)
    assert [found[0, 2], found[1, 2]] == pytest.approx([-1, -1], abs=1e-5)
    assert np.abs(found[:, 3:]).max() < 1e-5


def test_tones_and_strokes_are_told_apart() -> None:
    tone, stroke = np.zeros((BINS, FRAMES)), np.zeros((BINS, FRAMES))
    tone[30] = 1
    stroke[:, 100] = 1
    assert described(tone)[TONES].reshape(2, 30)[0].max() == pytest.approx((1 - 1 / 9) / 2)  # one of two bins
    assert np.abs(described(tone)[STROKES]).max() < 1e-9
    np.testing.assert_allclose(described(stroke)[STROKES].reshape(2, 30)[0], (1 - 1 / 9) / FRAMES)
    assert np.abs(described(stroke)[TONES]).max() < 1e-9


def test_a_row_is_described_by_itself_and_upside_down_as_well() -> None:
    many = noise(70)  # more than are processed at a time
    together = SpectrogramStatistics(BINS).fit_transform(many)
    np.testing.assert_allclose(together[-1], described(many[-1].reshape(BINS, FRAMES)), atol=1e-12)
    upside_down = described(many[-1].reshape(BINS, FRAMES)[::-1])
    np.testing.assert_allclose(np.sort(upside_down), np.sort(together[-1]), atol=1e-9)


@pytest.mark.parametrize(("bins", "frames"), [(1, 2), (7, 3), (128, 1292)])
def test_spectrograms_of_any_size(bins: int, frames: int) -> None:
    x = np.random.default_rng(0).random((2, bins * frames))
    rows = SpectrogramStatistics(bins).fit_transform(x)
    assert rows.shape == (2, 5 * bins + 610)
    assert np.isfinite(rows).all()
    assert np.isfinite(SpectrogramStatistics(bins).fit_transform(np.zeros_like(x))).all()  # silence


def test_spectrograms_of_one_frame_are_refused_as_such() -> None:
    with pytest.raises(MusicGenreError, match=r"^model.statistics is 12000, and these spectrograms have one frame of"):
        SpectrogramStatistics(BINS * FRAMES).fit(noise())


@pytest.mark.parametrize("bins", [7, 12001])
def test_rows_that_are_no_such_spectrograms_are_refused(bins: int) -> None:
    with pytest.raises(
        MusicGenreError, match=rf"^model.statistics is {bins}, but 12000 features per row are no spectro"
    ):
        SpectrogramStatistics(bins).fit(noise())


@pytest.mark.parametrize("bins", [0, -1, 1.5, True, "180"])
def test_bins_that_no_spectrogram_has(bins: object) -> None:
    with pytest.raises(MusicGenreError, match=r"^model.statistics is .*: give the bins of a spectrogram, e.g. 180"):
        pipeline(LogisticRegression(), statistics=bins)  # type: ignore[arg-type]


@pytest.mark.parametrize("bins", [40, 180])
def test_the_number_of_statistics_is_told_and_not_that_of_the_points(bins: int) -> None:
    x = np.random.default_rng(0).random((2, bins * 30))
    model = pipeline(LogisticRegression(), statistics=bins, scale="standard")
    assert _features(model, x) == model[0].fit_transform(x).shape[1] < x.shape[1]
    assert _features(pipeline(LogisticRegression(), scale="standard"), x) == x.shape[1]


def test_genres_that_differ_in_movement_alone_are_told_apart() -> None:
    generator = np.random.default_rng(0)
    labels, time = np.repeat([0, 1], 20), np.arange(FRAMES)
    phase = generator.uniform(0, 2 * np.pi, (40, 1, 1))
    rate = np.where(labels, 0.9, 0.3)[:, None, None]
    x = 0.5 + 0.3 * np.sin(rate * time + phase) + 0.1 * generator.normal(size=(40, BINS, FRAMES))
    rows, tracks, train = x.reshape(40, -1), np.arange(40).astype(object), np.arange(0, 40, 2)
    lda = DiscriminantAnalysis(solver="lsqr", shrinkage=0.6)
    fitted = fit_pipeline(pipeline(lda, statistics=BINS, scale="standard"), rows, labels, train, tracks)
    assert (genre_probabilities(fitted, rows, 2).argmax(1) == labels).all()
