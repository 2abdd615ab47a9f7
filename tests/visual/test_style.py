"""Everyone can tell genre colours apart; figures leave matplotlib unchanged."""

import itertools

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from musicgenre.visual import GENRE_COLOURS, genre_colour, genre_colours, house_style

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB
VISION = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(colour: str, vision: str) -> NDArray[np.float64]:
    """CIE L*a*b* of a colour as someone with this vision sees it."""
    srgb = np.array(to_rgb(colour))
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    x, y, z = np.cbrt(TO_XYZ @ (np.array(VISION[vision]) @ linear).clip(0, 1) / TO_XYZ.sum(axis=1))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISION)
def test_any_two_genres_differ_visibly(vision: str) -> None:
    distances = [
        float(np.linalg.norm(lab(one, vision) - lab(other, vision)))
        for one, other in itertools.combinations(GENRE_COLOURS.values(), 2)
    ]
    assert len(distances) == 45
    assert min(distances) > 6  # about 2.3 is a just noticeable difference


def test_an_unknown_genre_has_a_colour_of_its_own_that_stays() -> None:
    others = ["fado", "samba", "techno"]
    colours = [genre_colour(genre) for genre in others]
    assert len({*colours, *GENRE_COLOURS.values()}) == 13
    assert colours == [genre_colour(genre) for genre in others]
    assert all(len(colour) == 7 and to_rgb(colour) for colour in colours)


# FMA's genres, of which Classical, Country, Hip-Hop, Jazz, Pop and Rock are also GTZAN's.
FMA = (
    *("Blues", "Classical", "Country", "Easy Listening", "Electronic", "Experimental", "Folk", "Hip-Hop", "Historic"),
    *("Instrumental", "International", "Jazz", "Old-Time / Historic", "Pop", "Rock", "Soul-RnB", "Spoken"),
)


@pytest.mark.parametrize("genres", [FMA, tuple(f"genre {number}" for number in range(30))])
def test_no_two_genres_of_a_figure_have_one_colour(genres: tuple[str, ...]) -> None:
    found = genre_colours(genres)
    pairs = itertools.combinations([lab(colour, next(iter(VISION))) for colour in found.values()], 2)
    assert min(float(np.linalg.norm(one - other)) for one, other in pairs) > 8
    assert genre_colours(reversed(genres)) == found
    assert genre_colours(FMA)["Hip-Hop"] == GENRE_COLOURS["hiphop"]
    spelt = genre_colours(["Hip-Hop", "hip hop", "hiphop"])
    assert spelt["hiphop"] == GENRE_COLOURS["hiphop"]
    assert len(set(spelt.values())) == 3


def test_the_style_ends_with_its_context() -> None:
    before = dict(matplotlib.rcParams)
    with house_style():
        axes = Figure().add_subplot()
        assert matplotlib.rcParams["legend.frameon"] is False
    assert dict(matplotlib.rcParams) == before
    assert not axes.spines["top"].get_visible()
