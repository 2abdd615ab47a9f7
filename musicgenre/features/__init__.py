"""Front ends: modules from waveforms (B, T) to features (B, C, F, frames), and their standardisation."""

from musicgenre.features.front_end import FrontEnd
from musicgenre.features.log_mel import LogMel
from musicgenre.features.mel_image import MelImage
from musicgenre.features.mfcc import MFCC
from musicgenre.features.standardize import Standardize

__all__ = ["MFCC", "FrontEnd", "LogMel", "MelImage", "Standardize"]
