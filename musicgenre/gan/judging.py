"""How close generated sequences are to real ones: Fréchet distance, near-copies, diversity.

Sequences are standardised features `(N, C, F, T)`, so that all coefficients count equally.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist
from sklearn.metrics.pairwise import euclidean_distances

Features = NDArray[np.floating]
Labels = NDArray[np.integer]
_YARDSTICK = 1000  # real sequences whose nearest one is searched: all pairs of a large corpus take minutes


def sequence_statistics(features: Features) -> NDArray[np.float64]:
    """Return statistics of each sequence as a whole `(N, 3 C F)`.

    For every coefficient: its mean over time, its standard deviation over time, and the root mean square of its step
    from one frame to the next (level, spread and speed).

    Example:
        >>> sequence_statistics(np.array([[[[1.0, 3.0, 1.0, 3.0]]]])).tolist()
        [[2.0, 1.0, 2.0]]
    """
    x = features.reshape(len(features), -1, features.shape[-1]).astype(np.float64)  # (N, C * F, T)
    steps = max(1, x.shape[-1] - 1)  # a single frame has no step and speed 0
    speed = np.sqrt(np.square(np.diff(x, axis=-1)).sum(-1) / steps)
    return np.concatenate([x.mean(-1), x.std(-1), speed], axis=1)


def frechet_distance(a: Features, b: Features) -> float:
    """Return the Fréchet distance between two samples `(N, D)` and `(M, D)`, assumed Gaussian.

    `|mean_a - mean_b|^2 + tr(A + B - 2 (A B)^(1/2))` with the covariances A and B: Dowson and Landau, "The Fréchet
    distance between multivariate normal distributions", 1982; for generators: Heusel et al., "GANs Trained by a Two
    Time-Scale Update Rule Converge to a Local Nash Equilibrium", NeurIPS 2017. Small samples make it too large: only
    compare distances to the same sample from samples of similar size.

    Example:
        >>> x = np.array([[0.0], [2.0]])
        >>> frechet_distance(x, x + 3), frechet_distance(x, 2 * x - 1)
        (9.0, 2.0)
    """
    cov_a, cov_b = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (a, b))
    root = _root(cov_a)
    # The trace of (A B)^(1/2) is that of (A^(1/2) B A^(1/2))^(1/2), which is symmetric: no complex rounding.
    cross = np.sqrt(np.linalg.eigvalsh(root @ cov_b @ root).clip(min=0)).sum()
    distance = np.square(a.mean(0) - b.mean(0)).sum() + np.trace(cov_a) + np.trace(cov_b) - 2 * cross
    return float(max(0.0, distance))


def frechet_by_genre(
    a: Features, a_labels: Labels, b: Features, b_labels: Labels, genres: Sequence[str]
) -> dict[str, float]:
    """Return the Fréchet distance between the sequence statistics for every genre.

    A genre with fewer than two sequences on a side has no covariance and is left out.

    Args:
        a: Sequences `(N, C, F, T)`.
        a_labels: Their genres `(N,)`.
        b: Sequences to compare with `(M, C, F, T)`.
        b_labels: Their genres `(M,)`.
        genres: Names, in the order of the labels.

    Example:
        >>> x, labels = np.array([[[[0.0, 0.0]]], [[[2.0, 2.0]]]]), np.array([0, 0])
        >>> frechet_by_genre(x, labels, x + 3, labels, ["jazz", "rock"])
        {'jazz': 9.0}
    """
    stats_a, stats_b = sequence_statistics(a), sequence_statistics(b)
    distances = {}
    for label, genre in enumerate(genres):
        of_a, of_b = stats_a[a_labels == label], stats_b[b_labels == label]
        if min(len(of_a), len(of_b)) >= 2:
            distances[genre] = frechet_distance(of_a, of_b)
    return distances


def nearest_tracks(
    queries: Features, references: Features, tracks: NDArray[np.object_], own: NDArray[np.object_] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each query's distance to the nearest reference, and to the nearest one of a second track.

    Distances are root mean squares, frame by frame.

    Args:
        queries: Sequences `(N, C, F, T)`.
        references: Sequences `(M, C, F, T)`.
        tracks: The track of each reference `(M,)`.
        own: The track of each query `(N,)`, which is excluded.

    Returns:
        Two arrays `(N,)`; infinite if there is no such track.

    Example:
        >>> real, tracks = np.array([0.0, 1.0, 5.0]).reshape(3, 1, 1, 1), np.array(["a", "a", "b"])
        >>> first, second = nearest_tracks(np.full((1, 1, 1, 1), 2.0), real, tracks)
        >>> first.tolist(), second.tolist()
        ([1.0], [3.0])
    """
    a, b = (x.reshape(len(x), -1).astype(np.float64) for x in (queries, references))
    names, places = np.unique(tracks.astype(str), return_inverse=True)
    distances = euclidean_distances(a, b) / np.sqrt(a.shape[1])  # (N, M)
    nearest = np.full((len(a), max(2, len(names))), np.inf)  # (N, tracks)
    for place, name in enumerate(names):
        nearest[:, place] = distances[:, places == place].min(1)
        if own is not None:
            nearest[own == name, place] = np.inf
    nearest.partition(1, axis=1)
    return nearest[:, 0], nearest[:, 1]


def near_copies(
    generated: Features, real: Features, tracks: NDArray[np.object_], *, quantile: float = 0.01
) -> dict[str, float]:
    """Return how many generated sequences are suspiciously near a training sequence.

    The reference is how near real training sequences are to the nearest one of another track, and `near` is the
    share of generated ones that are nearer than all but `quantile` of them. A blurred sequence is near everything;
    a near-copy also singles one track out: the ratio of its distances to the nearest track and to the second is
    below all but `quantile` of the real ones' ratios. Sequences as varied as real ones have shares up to `quantile`.

    Args:
        generated: Sequences `(N, C, F, T)`.
        real: Training sequences `(M, C, F, T)`.
        tracks: The track, or the recording that it is a part of, of each training sequence `(M,)`.
        quantile: Share of real sequences under each bound.

    Returns:
        `share` of near-copies, `near`, and the median nearest distances `generated` and `real`; empty if the training
        sequences are from fewer than three tracks, which have no such ratios.

    Example:
        >>> real, fresh = np.random.default_rng(0).normal(size=(2, 50, 1, 13, 20))
        >>> tracks = np.arange(50).astype(str)
        >>> near_copies(real + 0.01, real, tracks)["share"], near_copies(fresh, real, tracks)["share"]
        (1.0, 0.0)
    """
    if len(set(tracks)) < 3:
        return {}
    some = np.random.default_rng(0).permutation(len(real))[:_YARDSTICK]
    real_first, real_second = nearest_tracks(real[some], real, tracks, tracks[some])
    first, second = nearest_tracks(generated, real, tracks)
    near = first < np.quantile(real_first, quantile)
    singled_out = _ratio(first, second) < np.quantile(_ratio(real_first, real_second), quantile)
    return {
        "share": float((near & singled_out).mean()),
        "near": float(near.mean()),
        "generated": float(np.median(first)),
        "real": float(np.median(real_first)),
    }


def _ratio(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return first / second; for sequences equal to those of two tracks 1, as no track stands out."""
    return np.divide(first, second, out=np.ones_like(first), where=second > 0)


def diversity_by_genre(
    generated: Features, generated_labels: Labels, real: Features, real_labels: Labels, genres: Sequence[str]
) -> dict[str, float]:
    """Return how varied each genre's generated sequences are: 1 is as varied as the real ones, 0 all alike.

    The mean distance between two sequences' statistics, generated over real.

    Args:
        generated: Sequences `(N, C, F, T)`.
        generated_labels: Their genres `(N,)`.
        real: Real sequences `(M, C, F, T)`.
        real_labels: Their genres `(M,)`.
        genres: Names, in the order of the labels; one with fewer than two sequences on a side is left out.

    Example:
        >>> real, labels = np.array([[[[0.0, 1.0]]], [[[2.0, 4.0]]]]), np.array([0, 0])
        >>> diversity_by_genre(real / 2, labels, real, labels, ["jazz"])
        {'jazz': 0.5}
    """
    stats, real_stats = sequence_statistics(generated), sequence_statistics(real)
    ratios = {}
    for label, genre in enumerate(genres):
        ours, theirs = stats[generated_labels == label], real_stats[real_labels == label]
        if min(len(ours), len(theirs)) >= 2 and (spread := pdist(theirs).mean()) > 0:
            ratios[genre] = float(pdist(ours).mean() / spread)
    return ratios


def _root(matrix: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the symmetric square root of a covariance."""
    values, vectors = np.linalg.eigh(matrix)
    root: NDArray[np.float64] = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    return root
