"""Figures of a collection, single tracks, and a net's view of them."""
