"""What a GAN's checkpoint holds besides its weights: enough to rebuild it without its data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from musicgenre.data.card import names_of_genres
from musicgenre.errors import MusicGenreError
from musicgenre.files import expanded
from musicgenre.modules.checkpoint import read_checkpoint

_LONGEST = 1 << 24  # bound on each axis of an item
KEY = "musicgenre_gan"  # in a checkpoint
CHECKPOINT = Path("checkpoints") / "gan.ckpt"  # in the folder of a GAN run, or in the folder gan/ of a classifier's


@dataclass(frozen=True)
class GanRecord:
    """A trained GAN as plain values.

    Attributes:
        generator: Class and settings, see `musicgenre.parts`.
        discriminator: Class and settings.
        standardize: Class and settings of the standardisation, whose statistics are among the weights; None for none.
        front_end: Class and settings of the front end whose features it generates.
        genres: Names of the genres, in the order of their labels.
        in_shape: Shape of one item `(C, F, T)`.
        tracks: Content hashes of the tracks that it was trained on, sorted.
        leaks: What its training leaked, in words; empty if nothing.
        epochs: Number of epochs after which it is finished.
        ema: Decay of the generator's average; None for none.
    """

    generator: dict[str, Any]
    discriminator: dict[str, Any]
    standardize: dict[str, Any] | None
    front_end: dict[str, Any]
    genres: tuple[str, ...]
    in_shape: tuple[int, ...]
    tracks: tuple[str, ...]
    leaks: str
    epochs: int
    ema: float | None

    def plain(self) -> dict[str, Any]:
        """Return the record as dicts, lists, strings and numbers."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_plain(cls, fields: dict[str, Any], path: Path) -> Self:
        """Return the record from what `plain` returned.

        Raises:
            MusicGenreError: It is damaged.
        """
        try:
            listed = {name: tuple(fields[name]) for name in ("in_shape", "tracks")}
            found = cls(**{**fields, **listed, "genres": names_of_genres(fields["genres"])})
            found._require_plain()
            return found
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise MusicGenreError(f"{path} is damaged: its record cannot be read ({error}).") from error

    def _require_plain(self) -> None:
        if not all(type(size) is int and 0 < size < _LONGEST for size in self.in_shape) or len(self.in_shape) != 3:
            raise ValueError(f"an item of shape {self.in_shape}")
        if (
            type(self.epochs) is not int
            or not isinstance(self.leaks, str)
            or not isinstance(self.ema, int | float | None)
        ):
            raise ValueError("epochs, leaks or ema of the wrong type")
        parts = [self.generator, self.discriminator, self.front_end]
        for part in [*parts, self.standardize] if self.standardize is not None else parts:
            if not isinstance(part["name"], str) or not isinstance(part["settings"], Mapping):
                raise ValueError("a part without name and settings")

    @property
    def classes(self) -> frozenset[str]:
        """Full names of the GAN's classes."""
        parts = (self.generator, self.discriminator, *([self.standardize] if self.standardize else []))
        return frozenset(part["name"] for part in parts)

    def is_finished(self, checkpoint: dict[str, Any]) -> bool:
        """Return whether a checkpoint was written at the end of the last epoch."""
        return bool(checkpoint["epoch"] + 1 >= self.epochs)


def read_gan(path: Path) -> tuple[GanRecord, dict[str, Any]]:
    """Return a GAN's record and the whole checkpoint.

    Raises:
        MusicGenreError: The file is not a checkpoint, or not a GAN's.
    """
    checkpoint = read_checkpoint(path, KEY)
    return GanRecord.from_plain(checkpoint[KEY], path), checkpoint


def find_gan(run: str | Path) -> Path:
    """Return the GAN's checkpoint in a run folder.

    Raises:
        MusicGenreError: There is none.
    """
    root = expanded(run)
    for path in (root / CHECKPOINT, root / "gan" / CHECKPOINT):
        if path.is_file():
            return path
    found = "no such folder" if not root.is_dir() else f"no {CHECKPOINT} in it, nor in its folder gan"
    raise MusicGenreError(
        f"{root} holds no GAN ({found}): give the folder of a run of `musicgenre gan`, "
        "or of `musicgenre train` with gan=s4 or gan=improved."
    )
