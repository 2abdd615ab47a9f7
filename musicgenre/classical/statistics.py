"""Statistics over time of spectrograms, as rows that a linear model separates well."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from sklearn.base import BaseEstimator, TransformerMixin

from musicgenre.errors import MusicGenreError

_QUANTILES = (0.1, 0.9)
_MODULATED = 30  # bands whose modulation is described
_RATES = 10  # bands of modulation rate
_CORRELATED = 20  # bands whose correlations are described
_AROUND = 9  # bins or frames around a point that it is compared with
_AT_A_TIME = 64  # spectrograms


class SpectrogramStatistics(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Turns rows of spectrograms `(N, bins * frames)`, bin by bin, into statistics over time `(N, D)`.

    These differ between genres, and less between artists of one genre:

    - each bin's mean, standard deviation, 10 % and 90 % quantiles, and mean change from frame to frame;
    - how fast bands move: the logarithm of the magnitude of their Fourier transform over time, in rate bands that widen
      upwards (rhythm, tremolo);
    - how bands move together: their correlations (timbre, arrangement);
    - by how much points exceed their surroundings along frequency (tones) and along time (strokes): mean and standard
      deviation in bands, after the separation of Fitzgerald (2010) into harmonic and percussive parts.

    That is 5 per bin and 610 more. Bands are means of equal shares of the bins.

    Args:
        bins: Number of bins F of a spectrogram, e.g. 180 for a picture.

    Example:
        >>> SpectrogramStatistics(bins=40).fit_transform(np.random.default_rng(0).random((2, 40 * 60))).shape
        (2, 810)
    """

    def __init__(self, bins: int) -> None:
        self.bins = bins

    @property
    def n_statistics(self) -> int:
        """How many statistics describe a spectrogram."""
        pairs = _CORRELATED * (_CORRELATED - 1) // 2
        return 5 * self.bins + _MODULATED * (_RATES + 4) + pairs

    def fit(self, x: NDArray[np.floating], y: object = None) -> "SpectrogramStatistics":
        """Check rows `(N, bins * frames)`; nothing is learnt, as each row is described separately.

        Raises:
            MusicGenreError: They are not spectrograms with that many bins and at least two frames.
        """
        frames, rest = divmod(x.shape[1], self.bins)
        if rest or not frames:
            raise MusicGenreError(
                f"model.statistics is {self.bins}, but {x.shape[1]} features per row are no spectrogram of that many "
                "bins: set it to the bins of a frame, such as 180 with features=mel_image and 128 with "
                "features=logmel_128, or to null (None)."
            )
        if frames < 2:
            raise MusicGenreError(
                f"model.statistics is {self.bins}, and these spectrograms have one frame of that many bins, which has "
                "no statistics over time: give longer windows or segments (segments.window, segments.length), or "
                "model.statistics=null (None)."
            )
        self.n_features_in_ = x.shape[1]
        return self

    def transform(self, x: NDArray[np.floating]) -> NDArray[np.float64]:
        """Compute statistics `(N, D)` of rows `(N, bins * frames)`."""
        parts = [x[start : start + _AT_A_TIME] for start in range(0, len(x), _AT_A_TIME)]
        return np.concatenate([_statistics(part.reshape(len(part), self.bins, -1)) for part in parts])


def _statistics(x: NDArray[np.floating]) -> NDArray[np.float64]:
    """Compute all statistics of spectrograms `(N, F, T)`."""
    low, high = np.quantile(x, _QUANTILES, axis=2)
    change = np.abs(np.diff(x, axis=2)).mean(2)
    levels = [x.mean(2), x.std(2), low, high, change]
    return np.concatenate([*levels, _rates(x), _correlations(x), _edges(x, axis=1), _edges(x, axis=2)], axis=1)


def _rates(x: NDArray[np.floating]) -> NDArray[np.float64]:
    """Compute how fast bands of spectrograms `(N, F, T)` move: `(N, bands * rates)`."""
    bands = _banded(x, _MODULATED)
    moving = np.abs(np.fft.rfft(bands - bands.mean(2, keepdims=True), axis=2))[:, :, 1:]  # without rate 0
    edges = np.linspace(0, 1, _RATES + 1) ** 2 * moving.shape[2]
    return np.log(moving @ _shares(edges, moving.shape[2]).T + 1e-3).reshape(len(x), -1)


def _correlations(x: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the correlations of all pairs of bands of spectrograms `(N, F, T)`; 0 with a constant band."""
    bands = _banded(x, _CORRELATED)
    bands = bands - bands.mean(2, keepdims=True)
    bands = bands / (np.linalg.norm(bands, axis=2, keepdims=True) + 1e-6)
    rows, columns = np.triu_indices(_CORRELATED, 1)
    return np.asarray((bands @ bands.swapaxes(1, 2))[:, rows, columns])


def _edges(x: NDArray[np.floating], axis: int) -> NDArray[np.float64]:
    """Compute by how much points of spectrograms `(N, F, T)` exceed the mean around them along an axis."""
    bands = _banded(np.maximum(x - uniform_filter1d(x, _AROUND, axis=axis), 0), _MODULATED)
    return np.concatenate([bands.mean(2), bands.std(2)], axis=1)


def _banded(x: NDArray[np.floating], n_bands: int) -> NDArray[np.float64]:
    """Return bands `(N, n_bands, T)` of spectrograms `(N, F, T)`: means of equal shares of the bins."""
    return np.asarray(_shares(np.linspace(0, x.shape[1], n_bands + 1), x.shape[1]) @ x)


def _shares(edges: NDArray[np.floating], n: int) -> NDArray[np.float64]:
    """Return weights `(len(edges) - 1, n)` whose rows average the values between two edges, fractions by their share.

    Example:
        >>> _shares(np.array([0, 1.5, 3]), 3).round(2).tolist()
        [[0.67, 0.33, 0.0], [0.0, 0.33, 0.67]]
    """
    start = np.arange(n)
    shares = np.minimum(start + 1, edges[1:, None]) - np.maximum(start, edges[:-1, None])
    shares = shares.clip(min=0)
    return np.asarray(shares / shares.sum(1, keepdims=True))
