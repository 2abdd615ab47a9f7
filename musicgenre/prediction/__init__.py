"""From any audio to genres: a trained classifier's prediction for a recording, and its confidence."""

from musicgenre.prediction.classifier import AudioClassifier
from musicgenre.prediction.ensemble import Ensemble
from musicgenre.prediction.files import find_audio
from musicgenre.prediction.result import Prediction

__all__ = ["AudioClassifier", "Ensemble", "Prediction", "find_audio"]
