"""The tracks that a model was trained on in this process, to tell when it is validated or tested on them."""

import logging
from typing import Any

import lightning as L

from musicgenre.data.corpus.artists import shortened
from musicgenre.data.given import given_data
from musicgenre.data.recorded import content_of, seen_tracks

_log = logging.getLogger(__name__)


class Learnt:
    """The tracks that a model was trained on, known by their content, whatever data they were in."""

    def __init__(self) -> None:
        self._contents: set[str] = set()
        self._told: set[str] = set()  # ids of tracks

    def add(self, trainer: L.Trainer) -> None:
        """Add the training tracks of the trainer's data; bare loaders name none."""
        self._contents |= _contents_for_training(given_data(trainer))

    def tell(self, trainer: L.Trainer, *subsets: str) -> None:
        """Warn, once, of tracks in some subsets of the trainer's data that an earlier training was on.

        Those that the data trains on too are a leak of its split, which it tells itself. Of weights that come from a
        checkpoint nothing is known.
        """
        data = given_data(trainer)
        if not self._contents or trainer.ckpt_path is not None or not hasattr(data, "recorded"):
            return
        earlier = self._contents - _contents_for_training(data)
        seen = {subset: tracks for subset in subsets if (tracks := seen_tracks(data, subset, earlier))}
        tracks = sorted(set().union(*seen.values()))
        if self._told.issuperset(tracks):
            return
        self._told.update(tracks)
        of = {subset: data.segments.track.iloc[data.rows[subset]].nunique() for subset in seen}
        _log.warning(
            "LEAK: %s tracks are among those the model was trained on before (%s): make a new model for each "
            "fold, unless its weights were put back.",
            " and ".join(f"{len(found)} of {of[subset]} {subset}" for subset, found in seen.items()),
            shortened(tracks, 3),
        )


def _contents_for_training(data: Any) -> set[str]:  # noqa: ANN401  # whatever the trainer was given
    """Return the content hashes of the tracks that data trains on; of data that names no tracks, none."""
    if not hasattr(data, "recorded"):
        return set()
    here = content_of(data.corpus, data.store)
    return {here[track] for track in data.segments.track.iloc[data.rows["train"]].unique()}
