"""Try the smallest batch that a net will be trained on, before the first step."""

from copy import deepcopy

import torch

from musicgenre.errors import MusicGenreError
from musicgenre.modules.classifier import GenreClassifier


def check_smallest(classifier: GenreClassifier, batch_size: int, n_training: int) -> None:
    """Check that a net takes a batch of one, if there will be one: batch normalisation may not.

    Args:
        classifier: The model, prepared for its data.
        batch_size: Segments per batch.
        n_training: Segments, or windows of them, that a process trains on in an epoch.

    Raises:
        MusicGenreError: It does not.
    """
    if min(batch_size, n_training) > 1 or classifier.in_shape is None:
        return
    net = deepcopy(classifier.made_net).train()
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            net(torch.zeros(1, *classifier.in_shape))
    except ValueError as error:
        what = "batch_size is 1" if batch_size == 1 else "A process has a single segment to train on"
        way = "give batch_size=2 or more" if batch_size == 1 else "take more tracks"
        raise MusicGenreError(
            f"{what}, but this net normalises over the segments of a batch, which takes at least two: {way} ({error})."
        ) from error
