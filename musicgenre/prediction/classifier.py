"""A trained classifier applied to a file or a waveform, cut as in its training."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from musicgenre.data.audio.decode import AudioError, Waveform
from musicgenre.data.audio.downmix import SILENT_PEAK
from musicgenre.data.audio.facts import Facts
from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.audio.stream import Stream, cut_stream
from musicgenre.evaluation.metrics import probability_columns
from musicgenre.features.profile import Reference, profiles
from musicgenre.prediction.result import Prediction
from musicgenre.prediction.waveform import Audio, as_source, is_recording, samples_of


@dataclass(frozen=True)
class AudioClassifier:
    """Predicts genre probabilities for audio of any length, rate and channel count.

    Args:
        features: Waveforms `(B, T)` at the segmenter's rate -> features `(B, C, F, T)`.
        net: Features -> logits `(B, K)`.
        genres: The K genres.
        segmenter: How the classifier's training tracks were cut; its `window` is their length if they were taken whole.
        reference: Statistics of the features of its training segments; None if unknown.
        device: Device of the waveforms.
        batch_size: Segments processed at a time, fewer if they are long: see `longest_batch`.
        longest_batch: Audio processed at a time, in s; a single segment may be longer.

    Example:
        >>> def deaf(features: Tensor) -> Tensor:
        ...     return torch.zeros(len(features), 2)
        >>> as_features = torch.nn.Unflatten(1, (1, 1, -1))  # the waveform itself, (B, 1, 1, T)
        >>> listen = AudioClassifier(as_features, deaf, ("jazz", "rock"), Segmenter(22050, length=3.0))
        >>> listen(np.sin(np.arange(220500) * 0.1), sample_rate=22050).probabilities.to_dict()
        {'jazz': 0.5, 'rock': 0.5}
    """

    features: Callable[[Tensor], Tensor]
    net: Callable[[Tensor], Tensor]
    genres: tuple[str, ...]
    segmenter: Segmenter
    reference: Reference | None = None
    device: str | torch.device = "cpu"
    batch_size: int = 64
    longest_batch: float = 240.0

    def __repr__(self) -> str:
        """Return one line with the genres and the segments' length."""
        length = self.segmenter.windows.length
        heard = "tracks whole" if length is None else f"{length:g} s at a time"
        name = type(self).__name__
        return f"{name}({', '.join(self.genres)}; {heard}, {self.segmenter.sample_rate} Hz, on {self.device})"

    def __call__(self, audio: Audio, sample_rate: int | None = None) -> Prediction:
        """Predict the genres of a recording (a path, a file object, bytes), or of a waveform at `sample_rate` (Hz).

        Silent segments are left out, since there is no genre in them.

        Raises:
            AudioError: The audio is unreadable, too short or silent throughout; the message gives the file, if it is
                one, and the reason.
            MusicGenreError: A waveform comes without its rate, or has more than two axes.
        """
        try:
            return self.hear(audio, sample_rate)
        except AudioError as error:
            if not isinstance(audio, str | Path):
                raise
            raise AudioError(f"{audio}: {error}", error.facts, error.passing) from error

    def hear(self, audio: Audio, sample_rate: int | None = None) -> Prediction:
        """Predict as a call does; the message of an `AudioError` is the reason alone, fit for a list of files."""
        if is_recording(audio):
            with Stream(as_source(audio), self.segmenter.sample_rate, self.segmenter.downmix) as stream:
                prediction = self._listen(stream)
                return replace(prediction, facts=stream.facts)
        rate, downmix = self.segmenter.sample_rate, self.segmenter.downmix
        wave, note = samples_of(audio, sample_rate, rate, downmix)
        return replace(self._listen([wave]), facts=Facts("waveform", seconds=len(wave) / rate, note=note))

    def _listen(self, blocks: Iterable[Waveform]) -> Prediction:
        """Predict the genres of mono blocks `(T,)` at the segmenter's rate."""
        n_samples = 0

        def counted() -> Iterator[Waveform]:
            nonlocal n_samples
            for block in blocks:
                n_samples += len(block)
                yield block

        rows: list[tuple[float, float]] = []
        probs, total, n_silent, end = [], torch.zeros((), dtype=torch.float64), 0, 0.0
        cut = cut_stream(counted(), self.segmenter)
        while batch := list(islice(cut, self._at_a_time())):
            loud = [(start, wave) for start, wave in batch if np.ptp(wave) > 2 * SILENT_PEAK]
            n_silent += len(batch) - len(loud)
            end = max(end, *(start + len(wave) / self.segmenter.sample_rate for start, wave in batch))
            if loud:
                rows += [(start, len(wave) / self.segmenter.sample_rate) for start, wave in loud]
                prob, profile = self._forward(np.stack([wave for _, wave in loud]))
                probs.append(prob)
                total = total + profile.double().sum(0)  # a recording of hours has tens of thousands
        if not probs:
            raise AudioError(self._why_nothing(n_samples, n_silent), getattr(blocks, "facts", None))
        distance = None if self.reference is None else self.reference.distance((total / len(rows))[None])
        seconds = n_samples / self.segmenter.sample_rate
        return Prediction(self.genres, self._table(rows, torch.cat(probs)), seconds, distance, heard=end)

    def _at_a_time(self) -> int:
        """Return the segments per batch: a net's layers need several times the memory of a segment."""
        seconds = self.segmenter.windows.length or self.longest_batch
        return max(1, min(self.batch_size, int(self.longest_batch / seconds)))

    def _forward(self, waves: Waveform) -> tuple[Tensor, Tensor]:
        """Compute probabilities `(B, K)` and profiles `(B, P)` of segments `(B, T)` of equal length."""
        with torch.inference_mode():
            features = self.features(torch.from_numpy(waves).to(self.device))
            probs = self.net(features).float().softmax(-1)
            return probs.cpu(), profiles(features).cpu()

    def _table(self, rows: list[tuple[float, float]], probs: Tensor) -> pd.DataFrame:
        """Return a table with a row per segment: run, start (s), seconds, probabilities."""
        table = pd.DataFrame(rows, columns=["start", "seconds"])
        table.insert(0, "run", 0)
        columns = probability_columns(self.genres)
        return pd.concat([table, pd.DataFrame(probs.double().numpy(), columns=columns)], axis=1)

    def _why_nothing(self, n_samples: int, n_silent: int) -> str:
        if n_silent:
            return "silent: nothing in it is louder than -70 dB"
        reason, padding = self.segmenter.too_short(n_samples), replace(self.segmenter, short="pad")
        mend = " (one trained with segments.short=pad, or repeat, would hear it)" if padding.starts(n_samples) else ""
        return f"{reason}{mend}"
