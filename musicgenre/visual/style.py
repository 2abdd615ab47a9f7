"""The house style: one colour per genre, and one style for every figure.

Figures are `matplotlib.figure.Figure` objects made inside `with house_style():`. pyplot, with its list of open figures,
is never used, so that nothing is left over between the runs of a sweep.
"""

import colorsys
import re
import textwrap
import zlib
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.image import AxesImage

from musicgenre.shortened import shortened, told_apart

# Petroff (2021), "Accessible Color Sequences for Data Visualization", arXiv:2107.02270: the sequence of ten,
# chosen to stay distinct under the common colour-vision deficiencies.
GENRE_COLOURS = MappingProxyType(
    {
        "blues": "#3f90da",
        "classical": "#832db6",
        "country": "#a96b59",
        "disco": "#92dadd",
        "hiphop": "#e76300",
        "jazz": "#ffa90e",
        "metal": "#717581",
        "pop": "#94a4a2",
        "reggae": "#b9ac70",
        "rock": "#bd1f01",
    }
)

# Besides the colour: some colours are similar, and points are small.
_MARKERS = "osX^vDP*<>"


def genre_marker(genre: str) -> str:
    """Return the matplotlib marker of a genre's points; GTZAN's ten genres have ten different ones.

    Example:
        >>> genre_marker("metal"), genre_marker("pop")
        ('P', '*')
    """
    known = _known(genre)
    place = list(GENRE_COLOURS).index(known) if known else _hash(genre)
    return _MARKERS[place % len(_MARKERS)]


def genre_colour(genre: str) -> str:
    """Return the colour of a single genre as "#rrggbb"; `genre_colours` returns those of several.

    Example:
        >>> genre_colour("blues"), genre_colour("Hip-Hop"), genre_colour("fado") == genre_colour("fado")
        ('#3f90da', '#e76300', True)
    """
    return genre_colours([genre])[genre]


def genre_colours(genres: Iterable[str]) -> dict[str, str]:
    """Return a colour for each genre as "#rrggbb", by its name, and distinct from those of up to forty others.

    GTZAN's ten have fixed colours, however they are spelt. Any other takes the first colour in a list, from an index
    given by its name, that is not near that of a genre before it in the alphabet: it is the same in every figure of
    these genres.

    Example:
        >>> found = genre_colours(["rock", *(f"genre {number}" for number in range(30))])
        >>> found["rock"], len(set(found.values()))
        ('#bd1f01', 31)
    """
    return dict(
        _colours(tuple(sorted(set(genres), key=lambda name: (name not in GENRE_COLOURS, not _known(name), name))))
    )


@lru_cache(maxsize=16)  # for successive lists of genres, for each recording of a table
def _colours(genres: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    palette = np.array([to_rgb(colour) for colour in _OTHERS])
    for genre in genres:
        own = GENRE_COLOURS.get(_known(genre), "")
        if not own or own in found.values():  # taken by another spelling
            places = (_hash(genre) + 7 * np.arange(len(_OTHERS))) % len(_OTHERS)
            taken = np.array([to_rgb(colour) for colour in found.values()] or [(9.0, 9.0, 9.0)])
            room = np.linalg.norm(palette[places, None] - taken, axis=-1).min(axis=1)
            own = _OTHERS[places[int((room > _APART).argmax() if room.max() > _APART else room.argmax())]]
        found[genre] = own
    return found


def _known(genre: str) -> str:
    """Return a genre's name in GTZAN; empty if it has none."""
    plain = re.sub(r"[\W_]", "", genre.casefold())
    return plain if plain in GENRE_COLOURS else ""


def _hash(genre: str) -> int:
    return zlib.crc32(genre.encode("utf-8", "surrogatepass"))


def _hex(hue: float, lightness: float) -> str:
    red, green, blue = (round(255 * value) for value in colorsys.hls_to_rgb(hue, lightness, 0.55))
    return f"#{red:02x}{green:02x}{blue:02x}"


_OTHERS = tuple(
    _hex((place + row / 3) / 12, lightness) for row, lightness in enumerate((0.35, 0.5, 0.66)) for place in range(12)
)
_APART = 0.18  # least distance of two colours in the RGB cube


_LEVEL = 5  # most names below an axis that are written horizontally
_LONGEST, _ROW = 24, 15  # characters of a genre's name, and per line beside a row of pictures


def genre_labels(genres: Sequence[str]) -> list[str]:
    """Return genre names that fit an axis or a legend: long ones shortened, no two alike.

    Example:
        >>> genre_labels(["jazz", "Progressive rock from Canterbury"])
        ['jazz', 'Progressive...Canterbury']
    """
    labels = told_apart(tuple(dict.fromkeys(genres)), _LONGEST)
    return [labels[genre] for genre in genres]


def name_genres(axes: Axes, genres: Sequence[str]) -> None:
    """Write genres below an axis at 0, 1, 2, ..., rotated if there are many, so that each name ends at its tick."""
    many = len(genres) > _LEVEL
    aslant: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if many else {}
    axes.set_xticks(range(len(genres)), genre_labels(genres), **aslant)
    axes.tick_params(axis="x", length=0)


def row_label(genre: str) -> str:
    """Return a genre's name in lines that fit beside a row of pictures.

    Example:
        >>> row_label("Old-Time / Historic").splitlines()
        ['Old-Time /', 'Historic']
    """
    return textwrap.fill(shortened(genre, _LONGEST), _ROW)


def draw_picture(axes: Axes, values: np.ndarray, end: float, first: int = 0, **look: Any) -> AxesImage:  # noqa: ANN401
    """Draw values `(n, frames)`, or colours `(n, frames, 3)`, with the first row at the bottom.

    Args:
        axes: Where to draw.
        values: The values.
        end: Where they end on the horizontal axis, which starts at 0.
        first: Number of the first row on the vertical axis.
        **look: Other arguments of matplotlib's `imshow`, such as `cmap`.

    Example:
        >>> from matplotlib.figure import Figure
        >>> draw_picture(Figure().add_subplot(), np.zeros((13, 130)), 3.0, first=1).get_extent()
        [0, 3.0, 0.5, 13.5]
    """
    low = first - 0.5
    look = {"interpolation": "nearest"} | look
    return axes.imshow(values, origin="lower", aspect="auto", extent=(0, end, low, low + len(values)), **look)


COLUMN = 5.4  # inches: width of a figure; 9-point type is still readable when printed 8 cm wide


_SIGNS = 58  # of a figure's title, in one line


def in_lines(title: str, signs: int = _SIGNS) -> str:
    """Return a figure's title in lines of at most so many characters; by default as many as fit a column.

    Example:
        >>> in_lines("Filters of the first layer of a net that was trained on GTZAN").splitlines()
        ['Filters of the first layer of a net that was trained on', 'GTZAN']
        >>> in_lines("Hungarian_Dance_number_5.ogg", 17).splitlines()
        ['Hungarian_Dance_', 'number_5.ogg']
        >>> in_lines("Symphony_No_5_in_C_minor_Op_67_Allegro_con_brio.flac")
        'Symphony_No_5_in_C_minor_Op_67_Allegro_con_brio.flac'
    """
    wrapper = _FileNameWrapper(signs, replace_whitespace=False)
    return "\n".join(wrapper.fill(line) for line in title.split("\n"))


class _FileNameWrapper(textwrap.TextWrapper):
    """Breaks lines after underscores, too."""

    def _split(self, text: str) -> list[str]:
        return [part for chunk in super()._split(text) for part in re.split(r"(?<=_)(?=.)", chunk)]


def house_style() -> AbstractContextManager[None]:
    """Return a context manager that gives new figures the house style and restores matplotlib's settings at its end.

    Texts are drawn as they are, `$` included: matplotlib's own formulas, such as the labels of a logarithmic axis, need
    another formatter.

    Example:
        >>> with house_style():
        ...     matplotlib.rcParams["axes.titlesize"], matplotlib.rcParams["legend.frameon"]
        (10.0, False)
    """
    return matplotlib.rc_context(
        {
            "axes.axisbelow": True,
            "axes.formatter.use_mathtext": False,  # whatever the user's own style sheet sets
            "axes.grid": False,
            "axes.labelsize": 9,
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlesize": 10,
            "figure.dpi": 100,
            "figure.facecolor": "white",
            "figure.titlesize": 11,
            "font.size": 9,
            "grid.color": "#dddddd",
            "legend.fontsize": 8,
            "legend.frameon": False,
            "text.parse_math": False,  # names of genres and files may hold `$`
            "xtick.labelsize": 8,
            "ytick.labelsize": 8,
        }
    )
