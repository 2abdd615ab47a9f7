import numpy as np
import pytest
from sklearn.model_selection import StratifiedGroupKFold

from musicgenre.data.splits.folds import deal


@pytest.mark.parametrize("folds", [3, 5, 10])
@pytest.mark.parametrize("seed", range(4))
def test_folds_are_those_of_scikit_learn(folds: int, seed: int) -> None:
    rng = np.random.default_rng([folds, seed])
    labels = rng.integers(0, rng.integers(2, 11), size=400).astype(str).tolist()
    groups = rng.integers(0, rng.integers(folds, 300), size=400).astype(str).tolist()  # some contain several labels
    theirs = StratifiedGroupKFold(folds, shuffle=True, random_state=seed).split(labels, labels, groups)
    dealt = deal(labels, groups, folds=folds, seed=seed)
    for fold, (_, held_out) in enumerate(theirs):
        assert np.flatnonzero(dealt == fold).tolist() == held_out.tolist()
