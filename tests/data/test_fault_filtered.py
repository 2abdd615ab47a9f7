import dataclasses
import logging
from collections import Counter

import pytest
from made_corpus import make_corpus, make_segments
from torchaudio.datasets import gtzan

from musicgenre.data.splits import (
    filtered,
)
from musicgenre.data.splits.coverage import genres_without, require_trainable
from musicgenre.errors import MusicGenreError


@pytest.mark.parametrize("suffix", [".wav", ".au", ".png"])
def test_filtered_is_torchaudios(suffix: str) -> None:
    corpus = make_corpus(dict.fromkeys(gtzan.gtzan_genres, 100), suffix=suffix)
    segments = make_segments(corpus, each=2)
    assignment = filtered()(corpus, segments)
    stems = segments["track"].str.rpartition("/")[2].str.removesuffix(suffix)
    for subset, listed in (
        ("train", gtzan.filtered_train),
        ("val", gtzan.filtered_valid),
        ("test", gtzan.filtered_test),
    ):
        assert set(stems[assignment == subset]) == set(listed)
    assert Counter(assignment) == {"train": 886, "val": 394, "test": 580, "": 140}


def test_filtered_may_train_on_the_validation_tracks() -> None:
    corpus = make_corpus(dict.fromkeys(gtzan.gtzan_genres, 100))
    segments = make_segments(corpus, each=1)
    apart, together = filtered()(corpus, segments), filtered(train_on_val=True)(corpus, segments)
    assert Counter(together) == {"train": 640, "test": 290, "": 70}
    assert ((apart == "test") == (together == "test")).all()
    assert repr(filtered()) == "filtered()" and repr(filtered(train_on_val=True)) == "filtered(train_on_val=True)"


def test_filtered_names_listed_tracks_that_are_missing(caplog: pytest.LogCaptureFixture) -> None:
    corpus = make_corpus({"blues": 100, "jazz": 100})
    corpus = dataclasses.replace(corpus, tracks=tuple(t for t in corpus.tracks if t.key != "jazz.00054"))
    with caplog.at_level(logging.WARNING):
        filtered()(corpus, make_segments(corpus))
    assert caplog.messages == ["1 of the 930 tracks on the fault-filtered lists is not in root: jazz.00054"]


def test_filtered_of_what_is_not_gtzan() -> None:
    corpus = make_corpus({"zydeco": 50, "jazz": 10})
    with pytest.raises(MusicGenreError, match=r"10 of the 60 tracks in root are on GTZAN's fault-filtered lists"):
        filtered()(corpus, make_segments(corpus))


def test_filtered_of_a_part_that_lacks_a_subset() -> None:
    corpus = make_corpus({"blues": 10, "jazz": 100})
    segments = make_segments(corpus)
    with pytest.raises(MusicGenreError, match=r"filtered\(\) leaves no track of blues to train on: add tracks"):
        require_trainable(segments, filtered()(corpus, segments), filtered())


def test_filtered_of_a_part_that_lacks_test_tracks_goes_on() -> None:
    corpus = make_corpus({"blues": 100, "jazz": 100})
    segments = make_segments(corpus)
    blues = set(segments.track[(filtered()(corpus, segments) == "test") & (segments.genre == "blues")])
    corpus = dataclasses.replace(corpus, tracks=tuple(t for t in corpus.tracks if t.id not in blues))
    segments = make_segments(corpus)
    assert genres_without(segments, filtered()(corpus, segments)) == {"test": ["blues"]}
