"""musicgenre: music genre classification on GTZAN, from a folder of audio to a tested classifier."""

__version__ = "0.1.0"
