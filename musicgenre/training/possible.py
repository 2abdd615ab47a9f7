"""Whether a system can be trained on the data that is there, before anything is computed."""

from collections.abc import Mapping
from typing import Any

from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.store.open import require_readable
from musicgenre.errors import MusicGenreError
from musicgenre.features import FrontEnd
from musicgenre.training.build import build_corpus
from musicgenre.training.objects import Config, factory_of

_CUT = ("length", "overlap", "short", "max_segments")  # what `segments` says of waveforms
_TWO = 2  # genres: a net has as many outputs as there are, and how many is of no account here


class Possible:
    """Finds what keeps systems from being trained; the tracks of each `data` are listed once."""

    def __init__(self) -> None:
        self._listed: dict[str, Corpus | str] = {}

    def why_not(self, config: Config) -> str:
        """Return why a system cannot be trained on its data; nothing where no reason is seen.

        Seen are tracks that are not there or of a kind that its front end does not take, files of published weights
        that were not fetched, and packages that are not installed.

        Args:
            config: Of a training, as plain values.
        """
        corpus = self._corpus(config)
        if isinstance(corpus, str):
            return corpus
        try:
            front_end: FrontEnd = factory_of(config, "features")(config["sample_rate"])
            segmenter = Segmenter(config["sample_rate"], **{key: config["segments"][key] for key in _CUT})
            require_readable(corpus, front_end, segmenter)
            _require_start(factory_of(config, "model"), front_end, segmenter)
        except MusicGenreError as error:
            return str(error)
        return ""

    def _corpus(self, config: Config) -> Corpus | str:
        """List the tracks, or return why they cannot be."""
        key = repr(sorted(config["data"].items())) if isinstance(config["data"], Mapping) else ""
        if key not in self._listed:
            try:
                self._listed[key] = build_corpus(config)
            except MusicGenreError as error:
                self._listed[key] = str(error)
        return self._listed[key]


def _require_start(model: Any, front_end: FrontEnd, segmenter: Segmenter) -> None:  # noqa: ANN401  # whatever it makes
    """Read the published weights of a net that starts from some.

    Raises:
        MusicGenreError: They are not here.
    """
    if hasattr(getattr(model, "func", None), "start"):
        samples = int((segmenter.length or 1.0) * segmenter.sample_rate)
        model(front_end.output_shape(samples), _TWO).start()
