"""A figure of an audit: how many tracks of each genre are sound, and how long they are."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from musicgenre.visual.style import COLUMN, genre_colours, house_style, in_lines, name_genres
from musicgenre.words import counted

_KINDS = (("", 1.0), ("////", 0.6), ("....", 0.25))  # hatch and opacity


def audit_figure(tracks: pd.DataFrame, title: str) -> Figure:
    """Draw the number of tracks by genre, those with copies and problems marked, above each track's length.

    Args:
        tracks: One row per track: genre, seconds (NaN if unknown), problem, same_as and sounds_like ("" for none).
        title: What is audited.

    Example:
        >>> rows = {"genre": ["jazz", "rock"], "seconds": [30.0, 29.9], "problem": "", "same_as": "", "sounds_like": ""}
        >>> [axes.get_ylabel() for axes in audit_figure(pd.DataFrame(rows), "My music").axes]
        ['tracks', 'length (s)']
    """
    troubled = tracks.problem != ""
    copied = ~troubled & ((tracks.same_as != "") | (tracks.sounds_like != ""))
    genres = sorted(tracks.genre.unique())
    colour = genre_colours(genres)
    with house_style():
        figure = Figure(figsize=(max(COLUMN, 1 + 0.35 * len(genres)), 5.2), layout="constrained")
        counts, lengths = figure.subplots(2, 1)
        floor = np.zeros(len(genres))
        kinds = {"without problems": ~troubled & ~copied, "with copies": copied, "with a problem": troubled}
        for (label, chosen), (hatch, opacity) in zip(kinds.items(), _KINDS, strict=True):
            heights = np.array([int((chosen & (tracks.genre == genre)).sum()) for genre in genres])
            colours = [colour[genre] for genre in genres]
            counts.bar(
                range(len(genres)), heights, bottom=floor, color=colours, alpha=opacity, hatch=hatch, label=label
            )
            floor += heights
        counts.set(title=in_lines(f"{title}: {counted(len(tracks), 'track')}"), ylabel="tracks")
        counts.legend(loc="lower left", bbox_to_anchor=(0, 1.12), ncols=3)
        rng = np.random.default_rng(0)
        for place, genre in enumerate(genres):
            seconds = tracks.seconds[tracks.genre == genre].astype(float).dropna()
            around = place + rng.uniform(-0.3, 0.3, len(seconds))  # so that equal lengths do not overlap
            lengths.plot(around, seconds, ".", ms=3, alpha=0.6, color=colour[genre])
        lengths.set(title="Length of each track", ylabel="length (s)", ylim=(0, None))
        counts.set_xticks([])  # names are below
        name_genres(lengths, genres)
    return figure
