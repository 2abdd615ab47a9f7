"""Several classifiers, averaged."""

from dataclasses import dataclass

import pandas as pd

from musicgenre.errors import MusicGenreError
from musicgenre.prediction.classifier import AudioClassifier
from musicgenre.prediction.result import Prediction
from musicgenre.prediction.waveform import Audio, as_source, is_recording


@dataclass(frozen=True)
class Ensemble:
    """The mean of several classifiers' probabilities; each cuts and processes the recording in its own way.

    Args:
        members: The classifiers, all with the same genres.

    Raises:
        MusicGenreError: There are none, or their genres differ.

    Example:
        >>> import numpy as np, torch
        >>> from musicgenre.data.audio.segments import Segmenter
        >>> as_features, cut = torch.nn.Unflatten(1, (1, 1, -1)), Segmenter(22050, length=3.0)
        >>> nets = [lambda x, odds=odds: torch.tensor([[odds, 1.0]]).log().expand(len(x), 2) for odds in (1.0, 3.0)]
        >>> both = Ensemble(tuple(AudioClassifier(as_features, net, ("jazz", "rock"), cut) for net in nets))
        >>> both(np.sin(np.arange(66150) * 0.1), sample_rate=22050).probabilities.round(3).to_dict()
        {'jazz': 0.625, 'rock': 0.375}
    """

    members: tuple[AudioClassifier, ...]

    def __post_init__(self) -> None:
        if not self.members:
            raise MusicGenreError("An ensemble needs at least one run: give run=FOLDER or run=[FOLDER,FOLDER].")
        for member in self.members[1:]:
            if set(member.genres) != set(self.genres):
                raise MusicGenreError(
                    f"The runs have different genres ({', '.join(self.genres)}; {', '.join(member.genres)}): "
                    "an ensemble needs runs trained on the same ones."
                )

    @property
    def genres(self) -> tuple[str, ...]:
        """The genres of all members."""
        return self.members[0].genres

    def __call__(self, audio: Audio, sample_rate: int | None = None) -> Prediction:
        """Predict the genres of a file, or of a waveform at `sample_rate` (Hz), with all members together.

        Raises:
            AudioError: One of the members cannot use the audio; the message gives the reason.
            MusicGenreError: A waveform comes without its rate, or has more than two axes.
        """
        audio = as_source(audio) if is_recording(audio) else audio
        heard = [member.hear(audio, sample_rate) for member in self.members]
        tables = [each.segments.assign(run=number) for number, each in enumerate(heard)]
        distances = [each.distance for each in heard if each.distance is not None]
        distance = sum(distances) / len(distances) if distances else None
        end = max((each.heard for each in heard if each.heard is not None), default=None)
        table = pd.concat(tables, ignore_index=True)
        return Prediction(self.genres, table, heard[0].seconds, distance, heard[0].facts, heard=end)
