"""Front ends: modules from waveforms (B, T) to features (B, C, F, frames), and their standardisation."""

from musicgenre.features.front_end import FrontEnd, bins_of, hertz_of
from musicgenre.features.gabor import Gabor
from musicgenre.features.hand_made import HandMade
from musicgenre.features.huggingface import HuggingFace
from musicgenre.features.log_mel import LogMel
from musicgenre.features.mel_image import MelImage
from musicgenre.features.mfcc import MFCC
from musicgenre.features.musicnn import Musicnn, MusicnnMel
from musicgenre.features.picture import Picture
from musicgenre.features.scaling import MinMax, Scaling, Standardize, make_scaling
from musicgenre.features.waveform import Waveform

__all__ = [
    "MFCC",
    "FrontEnd",
    "Gabor",
    "HandMade",
    "HuggingFace",
    "LogMel",
    "MelImage",
    "MinMax",
    "Musicnn",
    "MusicnnMel",
    "Picture",
    "Scaling",
    "Standardize",
    "Waveform",
    "bins_of",
    "hertz_of",
    "make_scaling",
]
