"""One trained classifier that listens: to a file or a waveform, cut as it was trained."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from musicgenre.data.audio import AudioError, Waveform
from musicgenre.data.segments import Segmenter
from musicgenre.data.stream import cut_stream
from musicgenre.evaluation.metrics import PREFIX
from musicgenre.prediction.result import Prediction
from musicgenre.prediction.waveform import Audio, blocks_of

SILENT_PEAK = 10 ** (-70 / 20)  # 70 dB below full scale: dither and converter noise, no music


@dataclass(frozen=True)
class AudioClassifier:
    """Genre probabilities of audio of any length, rate and channel count.

    Args:
        probabilities: Waveforms `(B, T)` at the segmenter's rate -> genre probabilities `(B, K)`.
        genres: The K genres.
        segmenter: How the classifier's training tracks were cut.
        whole_seconds: Length of those tracks in s, where they were taken whole.
        device: Where the waveforms are wanted.
        batch_size: Segments that go through at a time.

    Example:
        >>> def deaf(waveforms: Tensor) -> Tensor:
        ...     return torch.full((len(waveforms), 2), 0.5)
        >>> listen = AudioClassifier(deaf, ("jazz", "rock"), Segmenter(22050, length=3.0))
        >>> listen(np.sin(np.arange(220500) * 0.1), sample_rate=22050).probabilities.to_dict()
        {'jazz': 0.5, 'rock': 0.5}
    """

    probabilities: Callable[[Tensor], Tensor]
    genres: tuple[str, ...]
    segmenter: Segmenter
    whole_seconds: float = 30.0
    device: str | torch.device = "cpu"
    batch_size: int = 64

    def __call__(self, audio: Audio, sample_rate: int | None = None) -> Prediction:
        """What the classifier says of a file, or of a waveform at `sample_rate` (Hz).

        Silent segments are left out, since there is no genre in them.

        Raises:
            AudioError: Unreadable, too short or silent throughout; the message is the reason.
            MusicGenreError: A waveform without its rate, or of more than two axes.
        """
        heard = _Counter(blocks_of(audio, sample_rate, self.segmenter.sample_rate))
        starts, lengths, probs, n_silent = [], [], [], 0
        cut = cut_stream(heard, self.segmenter, self.whole_seconds)
        while batch := list(islice(cut, self.batch_size)):
            loud = [(start, wave) for start, wave in batch if np.ptp(wave) > 2 * SILENT_PEAK]
            n_silent += len(batch) - len(loud)
            if loud:
                starts += [start for start, _ in loud]
                lengths += [len(wave) / self.segmenter.sample_rate for _, wave in loud]
                probs.append(self._forward(np.stack([wave for _, wave in loud])))
        seconds = heard.n_samples / self.segmenter.sample_rate
        if not probs:
            raise AudioError(self._why_nothing(seconds, n_silent))
        table = pd.DataFrame(np.concatenate(probs), columns=[PREFIX + genre for genre in self.genres])
        table.insert(0, "start", starts)
        table.insert(1, "seconds", lengths)
        table.insert(0, "run", 0)
        return Prediction(self.genres, table, seconds)

    def _forward(self, waves: Waveform) -> NDArray[np.float64]:
        """Probabilities `(B, K)` of segments `(B, T)`, which all have one length."""
        with torch.inference_mode():
            return self.probabilities(torch.from_numpy(waves).to(self.device)).double().cpu().numpy()

    def _why_nothing(self, seconds: float, n_silent: int) -> str:
        if n_silent:
            return "silent: nothing in it is louder than -70 dB"
        needed = self.segmenter.length or 2048 / self.segmenter.sample_rate
        return f"too short: {seconds:.2f} s, and the run needs {needed:.2g} s"


class _Counter(Iterable[Waveform]):
    """Counts the samples that pass."""

    def __init__(self, blocks: Iterator[Waveform]) -> None:
        self.blocks, self.n_samples = blocks, 0

    def __iter__(self) -> Iterator[Waveform]:
        for block in self.blocks:
            self.n_samples += len(block)
            yield block
