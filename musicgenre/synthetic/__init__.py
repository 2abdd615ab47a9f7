"""The default corpus: ten genres of rendered music, the same on every machine.

Each genre has its tempi, drum patterns, chords, instruments and sound, a table in `styles/`, and shares
enough of them with its neighbours to be mistaken. Each artist of a genre has instruments, habits and a mix of
its own, so that a split that puts songs of one artist on both sides can be told from one that does not.
"""

from musicgenre.synthetic.artists import ARTISTS, GENRES
from musicgenre.synthetic.corpus import render_corpus, synthetic_root
from musicgenre.synthetic.render import artist_of, render_track

__all__ = ["ARTISTS", "GENRES", "artist_of", "render_corpus", "render_track", "synthetic_root"]
