"""Figures and tables for the run folder, reports and notebooks."""

from musicgenre.visual.confusion import confusion_figure, genres_figure
from musicgenre.visual.curves import training_curves
from musicgenre.visual.inputs import inputs_figure
from musicgenre.visual.style import GENRE_COLOURS, genre_colour, genre_colours, house_style
from musicgenre.visual.tables import results_table

__all__ = [
    "GENRE_COLOURS",
    "confusion_figure",
    "genre_colour",
    "genre_colours",
    "genres_figure",
    "house_style",
    "inputs_figure",
    "results_table",
    "training_curves",
]
