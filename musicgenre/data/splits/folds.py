"""Divide groups into folds so that each fold has about the same share of every genre."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def deal(labels: Sequence[str], groups: Sequence[str], *, folds: int, seed: int) -> NDArray[np.intp]:
    """Deal items into folds, each group as a whole.

    The groups are taken in order of how unevenly they hold the labels, at random among equals. Each goes to the fold
    that leaves the labels most evenly spread over the folds; among equals, to the one with the fewest items. The
    folds are those of scikit-learn's `StratifiedGroupKFold(folds, shuffle=True, random_state=seed)`, computed here
    because importing scikit-learn takes longer than everything else done with a corpus at the start.

    Args:
        labels: Label of each item.
        groups: Group of each item.
        folds: Number of folds.
        seed: Seed of the draw.

    Returns:
        Fold of each item, `(N,)`, from 0.

    Example:
        >>> deal(list("aabbab"), list("uvwxyy"), folds=2, seed=0).tolist()
        [1, 0, 0, 1, 0, 0]
    """
    _, label = np.unique(labels, return_inverse=True)
    _, group = np.unique(groups, return_inverse=True)
    held = np.zeros((group.max() + 1, label.max() + 1))  # items by group and label
    np.add.at(held, (group, label), 1)
    order = np.arange(len(held))
    np.random.RandomState(seed).shuffle(order)
    order = order[np.argsort(-held[order].std(axis=1), kind="stable")]

    dealt, all_held = np.zeros((folds, held.shape[1])), held.sum(axis=0)  # items by fold and label, and by label
    fold_of_group = np.zeros(len(held), np.intp)
    for one in order:
        tried = dealt + np.eye(folds)[:, :, None] * held[one]  # (fold that would get it, fold, label)
        unevenness = (tried / all_held).std(axis=1).mean(axis=1)
        best = _first_best(unevenness, dealt.sum(axis=1))
        dealt[best] += held[one]
        fold_of_group[one] = best
    return fold_of_group[group]


def _first_best(unevenness: NDArray[np.float64], sizes: NDArray[np.float64]) -> int:
    best = 0
    for fold in range(1, len(sizes)):
        equal = abs(unevenness[fold] - unevenness[best]) <= 1e-8 + 1e-5 * abs(unevenness[best])  # np.isclose, faster
        if unevenness[fold] < unevenness[best] or (equal and sizes[fold] < sizes[best]):
            best = fold
    return best
