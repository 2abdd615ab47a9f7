"""From audio of any kind to genres: what a trained classifier says of a recording, and how sure it is."""

from musicgenre.prediction.classifier import AudioClassifier
from musicgenre.prediction.ensemble import Ensemble
from musicgenre.prediction.files import find_audio
from musicgenre.prediction.result import Prediction

__all__ = ["AudioClassifier", "Ensemble", "Prediction", "find_audio"]
