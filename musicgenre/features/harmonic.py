"""What rings in a spectrum, and what strikes."""

import librosa
import numpy as np
from numpy.typing import NDArray

_KERNEL = 31  # librosa's default, in frames and in bins

Spectrum = NDArray[np.complexfloating]


def harmonic_percussive(spectrum: Spectrum) -> tuple[Spectrum, Spectrum]:
    """Part a spectrum `(n_fft // 2 + 1, frames)` into its harmonic and its percussive part, of the same shape.

    As `librosa.decompose.hpss` does it, by median filters (Fitzgerald 2010, "Harmonic/percussive separation using
    median filtering", DAFx). A spectrum narrower than the filter is mirrored here first: the median filter of SciPy
    1.17 reads outside one of two or three frames.

    Example:
        >>> harmonic, percussive = harmonic_percussive(np.ones((1025, 3), np.complex64))
        >>> harmonic.shape, bool(np.allclose(harmonic + percussive, 1))
        ((1025, 3), True)
    """
    n_frames = spectrum.shape[1]
    margin = _KERNEL // 2 if n_frames < _KERNEL else 0
    parts = librosa.decompose.hpss(np.pad(spectrum, ((0, 0), (margin, margin)), mode="symmetric"), kernel_size=_KERNEL)
    harmonic, percussive = (part[:, margin : margin + n_frames] for part in parts)
    return harmonic, percussive
