"""The smallest batch of a training, tried before it starts."""

import pytest
from torch import nn

from musicgenre import GenreClassifier, MusicGenreError
from musicgenre.training.smallest import check_smallest


def test_a_net_that_normalises_over_a_batch_is_given_no_single_segment() -> None:
    net = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(4), nn.Linear(4, 2))
    model = GenreClassifier(lambda in_shape, n_classes: net, genres=("a", "b"))
    model._make_net((1, 2, 2))
    check_smallest(model, 32, 2)
    with pytest.raises(MusicGenreError, match=r"^batch_size is 1, but .* at least two: give batch_size=2 or more"):
        check_smallest(model, 1, 24)
    with pytest.raises(MusicGenreError, match=r"^A process has a single segment to train on, .*: take more tracks"):
        check_smallest(model, 32, 1)
