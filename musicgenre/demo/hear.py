"""What the page shows of a recording: its outline, and each run's predictions over time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

import numpy as np
from torch import Tensor

from musicgenre.data.audio.facts import AudioError, Facts
from musicgenre.data.audio.source import AudioSource
from musicgenre.demo.outline import outline
from musicgenre.prediction.classifier import AudioClassifier
from musicgenre.prediction.result import Prediction
from musicgenre.visual.predictions import DOUBTS
from musicgenre.visual.style import genre_colours
from musicgenre.words import counted


@dataclass(frozen=True)
class Listener:
    """A run that predicts on the page.

    Attributes:
        name: What was trained, such as "net5_bilstm adam seed=0".
        place: Its path.
        classifier: Its classifier.
    """

    name: str
    place: str
    classifier: AudioClassifier


class EndedError(Exception):
    """Nobody waits for the answer any more."""


def until(ended: Event, listener: Listener) -> Listener:
    """Return a listener that stops between two batches with `EndedError` once the event is set."""

    def features(waves: Tensor) -> Tensor:
        if ended.is_set():
            raise EndedError
        return listener.classifier.features(waves)

    return replace(listener, classifier=replace(listener.classifier, features=features))


def hear(listeners: Sequence[Listener], audio: AudioSource) -> dict[str, Any]:
    """Predict with each run and return plain values for JSON.

    Returns:
        `seconds`, `outline` (see `outline`), `about` (format, rate, channels, remarks), and `runs`: for each `name` and
        `place`, and either `error`, why it gives no prediction, or `genres` (name, colour, probability, the likeliest
        first), `doubt` with `why`, and a timeline: `probabilities` of the genres in that order hold from one of `times`
        (s) to the next, null where only silence was heard.

    Raises:
        AudioError: No run can use the audio; the message gives the first run's reason.
    """
    runs: list[dict[str, Any]] = []
    first: Prediction | None = None
    errors: list[AudioError] = []
    for listener in listeners:
        answer: dict[str, Any] = {"name": listener.name, "place": listener.place}
        try:
            heard = listener.classifier.hear(audio)
            first = first or heard
            answer |= _answer(heard)
        except AudioError as error:
            errors.append(error)
            answer["error"] = str(error)
        runs.append(answer)
    if first is None:
        raise errors[0]
    return {
        "seconds": round(first.seconds, 3),
        "about": _about(first.facts or Facts()),
        "outline": outline(audio),
        "runs": runs,
    }


def _answer(heard: Prediction) -> dict[str, Any]:
    order = list(heard.probabilities.index)
    colours = genre_colours(map(str, order))
    shares = heard.timeline[order].to_numpy()[:-1].round(3)
    return {
        "genres": [
            {"name": str(name), "colour": colours[str(name)], "probability": round(float(share), 4)}
            for name, share in heard.probabilities.items()
        ],
        "doubt": heard.doubt,
        "why": DOUBTS.get(heard.doubt, ""),
        "times": heard.timeline.index.to_numpy().round(3).tolist(),
        "probabilities": [None if np.isnan(row).any() else row.tolist() for row in shares],
    }


def _about(facts: Facts) -> str:
    """Describe a recording in words: "MP3, 44.1 kHz, 2 channels"."""
    rate = "" if facts.rate is None else f"{facts.rate / 1000:g} kHz"
    channels = "" if facts.channels is None else f"{counted(facts.channels, 'channel')}"
    return ", ".join(part for part in (facts.format, rate, channels, facts.note) if part)
