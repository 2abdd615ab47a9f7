"""The default corpus: ten genres of rendered music, identical on every machine.

Each genre has its own tempi, drum patterns, chords, instruments and sound, in a table in `styles/`, and shares enough
of them with its neighbours to be confused with them. Each artist of a genre has its own instruments, habits and mix, so
that splits with songs of an artist on both sides differ from those without.
"""

from musicgenre.synthetic.artists import ARTISTS, GENRES
from musicgenre.synthetic.corpus import render_corpus, synthetic_root
from musicgenre.synthetic.render import artist_of, render_track

__all__ = ["ARTISTS", "GENRES", "artist_of", "render_corpus", "render_track", "synthetic_root"]
