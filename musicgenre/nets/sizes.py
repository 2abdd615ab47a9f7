"""Checks of the shape of a net's inputs."""

from musicgenre.errors import MusicGenreError


def require_axes(net: str, in_shape: tuple[int, ...]) -> None:
    """Raise a `MusicGenreError` unless inputs have channels, bins and frames, at least one of each.

    Example:
        >>> require_axes("CNN", (13, 130))
        Traceback (most recent call last):
        ...
        musicgenre.errors.MusicGenreError: CNN: the input's shape is (13, 130); it takes (channels, bins, frames).
    """
    if len(in_shape) != 3 or min(in_shape) < 1:
        raise MusicGenreError(f"{net}: the input's shape is {tuple(in_shape)}; it takes (channels, bins, frames).")
