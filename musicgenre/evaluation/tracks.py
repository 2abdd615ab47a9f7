"""From segments to tracks, on arrays: what runs at the end of every epoch."""

import numpy as np
from numpy.typing import NDArray


def track_means(
    probs: NDArray[np.floating], labels: NDArray[np.integer], tracks: NDArray[np.object_]
) -> tuple[NDArray[np.float64], NDArray[np.integer]]:
    """Mean of the segment probabilities of each track.

    Args:
        probs: Probabilities `(N, K)`.
        labels: Genre of each segment `(N,)`.
        tracks: Track of each segment `(N,)`.

    Returns:
        Probabilities `(M, K)` and labels `(M,)` of the M tracks, sorted by name.

    Example:
        >>> probs, tracks = np.array([[1.0, 0.0], [0.5, 0.5]]), np.array(["a", "a"])
        >>> means, labels = track_means(probs, np.array([0, 0]), tracks)
        >>> means.tolist(), labels.tolist()
        ([[0.75, 0.25]], [0])
    """
    _, first, index, counts = np.unique(tracks, return_index=True, return_inverse=True, return_counts=True)
    sums = np.zeros((len(first), probs.shape[1]))
    np.add.at(sums, index, probs)
    return sums / counts[:, None], labels[first]
