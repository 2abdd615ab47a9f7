"""A trained run as a classifier that listens."""

from dataclasses import replace

import torch

from musicgenre.data.audio.segments import Segmenter
from musicgenre.errors import MusicGenreError
from musicgenre.features import MelImage
from musicgenre.prediction.classifier import AudioClassifier
from musicgenre.training.build import build_front_end, takes_pictures
from musicgenre.training.trained import TrainedRun

GTZAN_SECONDS = 30.0  # of the tracks that published pictures were made from


def audio_classifier(trained: TrainedRun, device: str | torch.device = "cpu", batch_size: int = 64) -> AudioClassifier:
    """What a trained run says of audio, cut as it was trained.

    A run on pictures hears audio through its config's `features`, in windows as long as GTZAN's tracks.

    Raises:
        MusicGenreError: The run was trained on something that audio cannot be turned into.
    """
    classifier, config = trained.classifier, trained.config
    sample_rate = config.data.get("sample_rate", 22050)
    if trained.kind == "picture":
        front_end = None if takes_pictures(config) else build_front_end(config)
        if not isinstance(front_end, MelImage):
            raise MusicGenreError(f"{trained.folder} was trained on pictures that audio cannot be turned into.")
        classifier.front_end = front_end.eval()
    if classifier.front_end is None:
        raise MusicGenreError(f"{trained.folder} was trained on {trained.kind}s, not on audio: choose another run.")
    whole = trained.kind == "picture" or config.segments.length is None
    segmenter = Segmenter(**config.segments, sample_rate=sample_rate)
    classifier.to(device)
    return AudioClassifier(
        classifier.features,
        classifier,
        classifier.genres,
        replace(segmenter, length=None) if whole else segmenter,
        reference=trained.reference,
        whole_seconds=trained.seconds or GTZAN_SECONDS,
        device=device,
        batch_size=batch_size,
    )
