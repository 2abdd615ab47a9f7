"""Checks of a GAN's layer sizes."""

from collections.abc import Sequence

from musicgenre.errors import MusicGenreError


def require_widths(setting: str, widths: Sequence[int]) -> None:
    """Raise an error if there is no layer, or one without a channel.

    Raises:
        MusicGenreError: There is none, or one without a channel; the message names the setting.

    Example:
        >>> require_widths("gan.generator.widths", [8, 0])
        Traceback (most recent call last):
        ...
        musicgenre.errors.MusicGenreError: gan.generator.widths is [8, 0]: give one number or more, each at least 1.
    """
    if not widths or min(widths) < 1:
        raise MusicGenreError(f"{setting} is {list(widths)}: give one number or more, each at least 1.")
