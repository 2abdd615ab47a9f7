"""What a trained model has to know of the data that it was trained on."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from musicgenre.data.audio.segments import Segmenter
from musicgenre.data.corpus.tracks import Kind
from musicgenre.errors import MusicGenreError
from musicgenre.features.profile import Reference


@dataclass(frozen=True)
class DataCard:
    """Plain facts on a model's training data, kept in its checkpoint.

    Attributes:
        genres: Names of the classes, in the order of their labels.
        in_shape: Shape of one input `(C, F, T)`.
        kind: Whether the tracks were "audio", "picture" or rows of a "table".
        segmenter: How audio was cut, or how it would have been.
        seconds: Length of a training segment in s; 0 for pictures.
        reference: What training segments sound like; None if that was not measured.

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

    def require_same(self, genres: tuple[str, ...], in_shape: tuple[int, ...]) -> None:
        """Stop where other data than the model was trained on does not fit it.

        Raises:
            MusicGenreError: Its genres or the shape of its inputs are others.
        """
        if genres != self.genres:
            raise MusicGenreError(
                f"The model knows {', '.join(self.genres)}, and the data has {', '.join(genres)}: use data of the same "
                "genres."
            )
        if tuple(in_shape) != tuple(self.in_shape):
            raise MusicGenreError(
                f"The model takes inputs of {self.in_shape} (channels, bins, frames), and the data's are {in_shape}: "
                "use the features and the segment length that it was trained with."
            )

    def plain(self) -> dict[str, Any]:
        """Return the card as dicts, lists, strings and numbers."""
        fields = asdict(self)
        return fields | {"genres": list(self.genres), "in_shape": list(self.in_shape)}

    @classmethod
    def from_plain(cls, fields: dict[str, Any]) -> Self:
        """Return the card that `plain` gave."""
        reference = fields["reference"]
        return cls(
            tuple(fields["genres"]),
            tuple(fields["in_shape"]),
            fields["kind"],
            Segmenter(**fields["segmenter"]),
            fields["seconds"],
            None if reference is None else Reference(tuple(reference["mean"]), tuple(reference["std"])),
        )
