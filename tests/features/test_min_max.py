import numpy as np
import pytest
import torch
from sklearn.preprocessing import MinMaxScaler

from musicgenre.errors import MusicGenreError
from musicgenre.features import MinMax, Standardize, make_scaling


def test_values_are_scikit_learns() -> None:
    train, test = torch.randn(20, 1, 5, 1) * 7 + 3, torch.randn(4, 1, 5, 1) * 9
    train[:, :, 2] = 5.0  # constant
    ours = MinMax((1, 5, 1)).fit(torch.split(train, 7))
    theirs = MinMaxScaler().fit(train.flatten(1).numpy())
    np.testing.assert_allclose(ours(train).flatten(1), theirs.transform(train.flatten(1).numpy()), atol=1e-6)
    np.testing.assert_allclose(ours(test).flatten(1), theirs.transform(test.flatten(1).numpy()), atol=1e-5)


def test_its_state_is_enough() -> None:
    fitted = MinMax((1, 2, 1)).fit([torch.randn(5, 1, 2, 1)])
    restored = MinMax((1, 2, 1))
    restored.load_state_dict(fitted.state_dict())
    x = torch.randn(3, 1, 2, 1)
    assert torch.equal(restored(x), fitted(x))


def test_nothing_and_nan_are_refused() -> None:
    with pytest.raises(MusicGenreError, match="training split is empty"):
        MinMax((1, 2, 1)).fit([])
    with pytest.raises(MusicGenreError, match="NaN"):
        MinMax((1, 1, 1)).fit([torch.full((2, 1, 1, 1), float("nan"))])


def test_names_choose_the_scaling() -> None:
    assert isinstance(make_scaling("minmax", (1, 2, 3)), MinMax)
    assert isinstance(make_scaling("element", (1, 2, 3)), Standardize)
    with pytest.raises(MusicGenreError, match="pool is 'maxmin'"):
        make_scaling("maxmin", (1, 2, 3))
