"""A collection, single tracks, and what a net makes of them, in figures."""
