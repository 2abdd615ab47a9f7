"""The classifier that ships with musicgenre: a linear head on musicnn's features, stored as numbers in a text file."""

import json
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from musicgenre.data.audio.segments import Segmenter
from musicgenre.errors import MusicGenreError
from musicgenre.features.musicnn import MUSICNN_RATE, Musicnn
from musicgenre.features.profile import Reference
from musicgenre.features.scaling import Standardize
from musicgenre.files import replace_text
from musicgenre.prediction.classifier import AudioClassifier

_DIGITS = 6  # stored of each number
_FEWER = 4  # of each of the many numbers that only serve to measure distances


class Head(NamedTuple):
    """A linear classifier of standardised features.

    Attributes:
        genres: The K genres.
        model: The musicnn network whose features it uses, see `Musicnn`.
        layer: The layer whose D features it reads.
        seconds: Length of the windows that it was trained on, in s.
        mean: Mean of the training windows' features `(D,)`.
        std: Their standard deviation `(D,)`.
        weight: Weight of each standardised feature for each genre `(K, D)`.
        bias: Bias of each genre `(K,)`.
        directions: Directions in which the standardised features vary most `(R, D)`, see `Reference`.
        variances: Variances along them `(R,)`.
        rest: Remaining variance of each feature.
        limit: Distance within which music like the training music lies.
    """

    genres: tuple[str, ...]
    model: str
    layer: str
    seconds: float
    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    weight: NDArray[np.float64]
    bias: NDArray[np.float64]
    directions: NDArray[np.float64]
    variances: NDArray[np.float64]
    rest: float
    limit: float

    @property
    def reference(self) -> Reference:
        """Statistics of the standardised training features: profiles of one frame, whose deviations over time are 0."""
        d = len(self.mean)
        ones, zeros = (1.0,) * d, (0.0,) * d
        directions = tuple((*row, *zeros) for row in self.directions.tolist())
        variances = tuple(self.variances.tolist())
        return Reference((*zeros, *zeros), (*ones, *zeros), directions, variances, self.rest, self.limit)


def read_head() -> Head:
    """Read the head that ships with musicgenre."""
    fields = json.loads((files("musicgenre.prediction") / "head.json").read_text(encoding="utf-8"))
    arrays = {name: np.array(value) for name, value in fields.items() if isinstance(value, list)}
    return Head(**{**fields, **arrays, "genres": tuple(fields["genres"])})


def write_head(head: Head, path: Path) -> None:
    """Write a head as JSON, one row of numbers per line."""
    numbers = {name: value for name, value in head._asdict().items() if isinstance(value, np.ndarray)}
    rounded = {
        name: np.vectorize(_rounded)(value, _FEWER if name == "directions" else _DIGITS).tolist()
        for name, value in numbers.items()
    }
    text = json.dumps({**head._asdict(), **rounded}, ensure_ascii=False)
    replace_text(path, text.replace("], [", "],\n[").replace('], "', '],\n"') + "\n")


def default_classifier(
    device: str | torch.device = "cpu", batch_size: int = 64, *, head: Head | None = None
) -> AudioClassifier:
    """Return a classifier that needs no training: the head that ships with musicgenre, on musicnn's features.

    Args:
        device: The device that it computes on.
        batch_size: Windows per batch.
        head: A head instead of the one that ships.

    Raises:
        MissingFileError: Musicnn's weights are missing.
    """
    head = head or read_head()
    hears = Musicnn(MUSICNN_RATE, model=head.model, layer=head.layer)  # type: ignore[arg-type]
    d = hears.output_shape(MUSICNN_RATE)[1]
    if d != len(head.mean):
        raise MusicGenreError(
            f"The head reads {len(head.mean)} features, but musicnn's weights give {d}: they are for another network."
        )
    shape = (1, d, 1)
    standardize, net = Standardize("coefficient", shape), nn.Sequential(nn.Flatten(), nn.Linear(d, len(head.genres)))
    mean, std = (torch.tensor(values).reshape(shape) for values in (head.mean, head.std))
    standardize.load_state_dict({"mean": mean, "std": std, "_extra_state": {"fitted": True}})
    net[1].load_state_dict({"weight": torch.tensor(head.weight), "bias": torch.tensor(head.bias)})
    return AudioClassifier(
        nn.Sequential(hears, standardize).to(device).eval(),
        net.to(device).eval(),
        head.genres,
        Segmenter(MUSICNN_RATE, length=head.seconds, short="repeat"),
        reference=head.reference,
        device=device,
        batch_size=batch_size,
    )


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")
