"""What exploring shows of nets, on some tracks and nets that were not trained."""

from dataclasses import replace

import numpy as np
import pytest
from made_models import SHAPE, classifier
from matplotlib.figure import Figure

from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.windows import Windows
from musicgenre.explore.net import net_figures
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.modules.windowed import windowed
from musicgenre.nets import FCNN


@pytest.fixture
def few(corpus: Corpus) -> Corpus:
    return replace(corpus, tracks=corpus.tracks[:4])


def explored(model: GenreClassifier, corpus: Corpus) -> dict[str, Figure]:
    return net_figures(model, corpus, {"one": corpus.tracks[0]}, None)


def shown(figure: Figure) -> np.ndarray:
    return np.asarray(figure.axes[0].images[0].get_array())


def test_tracks_have_places_by_more_values_than_a_layers_maps_are_taken_whole(few: Corpus) -> None:
    model = classifier()
    model.net = FCNN(SHAPE, 2, hidden=(5000,)).eval()
    points = explored(model, few)["net/tracks"].axes[0].collections
    assert len(points) == 1 and len(np.asarray(points[0].get_offsets())) == 4


def test_filters_of_a_net_that_hears_windows_are_as_long_as_one(few: Corpus) -> None:
    model = classifier()
    assert model.card is not None
    model.card = replace(model.card, windows=Windows(0.5))
    model.net = windowed(FCNN(model.card.net_shape, 2, hidden=(5,)), model.card.windows, SHAPE[-1]).eval()
    assert shown(explored(model, few)["net/filters"]).shape == (4, 22)
