"""The figure of a run's training inputs."""

import pytest

from musicgenre import GenreDataModule
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.splits import stratified
from musicgenre.features import MFCC
from musicgenre.training.tensorboard import _inputs


@pytest.mark.parametrize(
    ("standardize", "label"), [("global", "value (standardised)"), ("minmax", "value"), (None, "value")]
)
def test_inputs_are_in_deviations_where_they_are(corpus: Corpus, standardize: str | None, label: str) -> None:
    data = GenreDataModule(corpus, MFCC(n_mfcc=4), length=1.0, split=stratified(), standardize=standardize)
    assert _inputs(data, 2).axes[-1].get_ylabel() == label
