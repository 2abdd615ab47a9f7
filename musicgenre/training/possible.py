"""Check whether systems can be trained on the available data, before anything is computed."""

from collections.abc import Mapping
from typing import Any

from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.store.open import require_readable
from musicgenre.errors import MusicGenreError
from musicgenre.features import FrontEnd
from musicgenre.training.build import build_corpus
from musicgenre.training.objects import Config, factory_of

_CUT = ("length", "overlap", "short", "max_segments")  # settings of `segments` that cut waveforms
_TWO = 2  # genres: sets the net's outputs, whose number does not matter here


class Possible:
    """Finds reasons why systems cannot be trained; the tracks of each `data` are listed only once."""

    def __init__(self) -> None:
        self._listed: dict[str, Corpus | str] = {}

    def why_not(self, config: Config) -> str:
        """Return why a system cannot be trained on its data; an empty string if no reason is found.

        It detects tracks that are missing or of a kind that the front end does not take, files of published weights
        that were not downloaded, and packages that are not installed.

        Args:
            config: A training config as plain values.
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
        """Return the corpus, or the reason why its tracks cannot be listed."""
        key = repr(sorted(config["data"].items())) if isinstance(config["data"], Mapping) else ""
        if key not in self._listed:
            try:
                self._listed[key] = build_corpus(config)
            except MusicGenreError as error:
                self._listed[key] = str(error)
        return self._listed[key]


def _require_start(model: Any, front_end: FrontEnd, segmenter: Segmenter) -> None:  # noqa: ANN401  # whatever it makes
    """Read the published weights, if the net starts from some.

    Raises:
        MusicGenreError: They are missing.
    """
    if hasattr(getattr(model, "func", None), "start"):
        samples = int((segmenter.length or 1.0) * segmenter.sample_rate)
        model(front_end.output_shape(samples), _TWO).start()
