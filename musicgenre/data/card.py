"""What a trained model needs to know about its training data."""

from dataclasses import asdict, dataclass
from typing import Any, Self, get_args

from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.corpus.tracks import Kind
from musicgenre.data.windows import Windows
from musicgenre.errors import MusicGenreError
from musicgenre.features.profile import Reference

_LONGEST = 1 << 24  # axis of an input
_LARGEST = 1e12


@dataclass(frozen=True)
class DataCard:
    """Facts about a model's training data, kept in its checkpoint.

    Attributes:
        genres: Names of the classes, in the order of their labels.
        in_shape: Shape of one input `(C, F, T)`.
        kind: Whether the tracks were "audio", "picture" or rows of a "table".
        segmenter: How audio was cut, or would have been.
        seconds: Length of a training segment in s; 0 for pictures.
        reference: What training segments sound like; None if that was not measured.
        windows: How the model takes a segment window by window; None if it takes it whole.

    Example:
        >>> card = DataCard(("jazz", "rock"), (1, 13, 130), "audio", Segmenter(22050, length=3.0), 3.0)
        >>> DataCard.from_plain(card.plain()) == card
        True
    """

    genres: tuple[str, ...]
    in_shape: tuple[int, ...]
    kind: Kind
    segmenter: Segmenter
    seconds: float
    reference: Reference | None = None
    windows: Windows | None = None

    def require_same(self, genres: tuple[str, ...], in_shape: tuple[int, ...]) -> None:
        """Raise an error if data does not fit the model.

        Raises:
            MusicGenreError: Its genres or the shape of its inputs differ.
        """
        if genres != self.genres:
            raise MusicGenreError(
                f"The model's genres are {', '.join(self.genres)}, but the data's are {', '.join(genres)}: use data of "
                "the same genres."
            )
        if tuple(in_shape) != tuple(self.in_shape):
            raise MusicGenreError(
                f"The model takes inputs of {self.in_shape} (channels, bins, frames), but the data's are {in_shape}: "
                "use the features and the segment length that it was trained with."
            )

    @property
    def net_shape(self) -> tuple[int, ...]:
        """Shape of what a net sees at a time `(C, F, T)`: an input, or a window of it."""
        if self.windows is None:
            return self.in_shape
        return *self.in_shape[:-1], self.windows.frames(self.in_shape[-1])

    def plain(self) -> dict[str, Any]:
        """Return the card as dicts, lists, strings and numbers."""
        fields = asdict(self)
        return fields | {"genres": list(self.genres), "in_shape": list(self.in_shape)}

    @classmethod
    def from_plain(cls, fields: dict[str, Any]) -> Self:
        """Return a card from the result of `plain`.

        Raises:
            LookupError, TypeError or ValueError: `fields` is something else.
            MusicGenreError: A setting of its segmenter or windows is invalid.
        """
        in_shape, seconds, kind = tuple(fields["in_shape"]), fields["seconds"], fields["kind"]
        if len(in_shape) != 3 or not all(type(size) is int and 0 < size < _LONGEST for size in in_shape):
            raise ValueError(f"an input of shape {in_shape}")
        if kind not in get_args(Kind):
            raise ValueError(f"data of kind {kind!r}")
        _require_numbers("seconds", [seconds])
        segmenter = Segmenter(**fields["segmenter"])
        _require_numbers("the segmenter", [segmenter.sample_rate, segmenter.length or 0, segmenter.window or 0])
        reference, windows = _reference(fields, in_shape), _windows(fields)
        return cls(names_of_genres(fields["genres"]), in_shape, kind, segmenter, seconds, reference, windows)


def names_of_genres(names: object) -> tuple[str, ...]:
    """Return names of genres from a record.

    Raises:
        ValueError: They are not names, or one is there twice.
    """
    if (
        not isinstance(names, list | tuple)
        or not names
        or not all(isinstance(name, str) and name and "\0" not in name for name in names)
    ):
        raise ValueError("genres that are not names")
    if len(set(names)) < len(names):
        raise ValueError("a duplicate genre")
    return tuple(names)


def _reference(fields: dict[str, Any], in_shape: tuple[int, ...]) -> Reference | None:
    found = fields["reference"]
    if found is None:
        return None
    mean, std, variances = (tuple(found[name]) for name in ("mean", "std", "variances"))
    directions = tuple(tuple(direction) for direction in found["directions"])
    rest, limit = found["rest"], found["limit"]
    numbers = [*mean, *std, *variances, *(value for direction in directions for value in direction), rest, limit]
    _require_numbers("the reference", numbers)
    if not len(mean) == len(std) == 2 * in_shape[0] * in_shape[1]:
        raise ValueError(f"a reference of {len(mean)} and {len(std)} values")
    if len(directions) != len(variances) or any(len(direction) != len(mean) for direction in directions):
        raise ValueError(f"a reference of {len(directions)} directions and {len(variances)} variances")
    if min([*variances, rest, limit]) <= 0:
        raise ValueError("a reference without variance")
    return Reference(mean, std, directions, variances, rest, limit)


def _windows(fields: dict[str, Any]) -> Windows | None:
    found = fields["windows"]
    if found is None:
        return None
    _require_numbers("the windows", [found["share"], found["overlap"], found["drawn"]])
    return Windows(**found)


def _require_numbers(what: str, values: list[Any]) -> None:
    if not all(type(value) in (int, float) and abs(value) < _LARGEST for value in values):
        raise ValueError(f"an invalid number in {what}")
