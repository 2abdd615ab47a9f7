"""What batches go through is on their device; torch's meta device stands in for one with its own memory."""

from typing import Any, cast

import torch
from torch import Tensor, nn

from musicgenre import GenreDataModule
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.waves import AugmentedWaves
from musicgenre.features import MFCC


class Louder(nn.Module):
    """An augmentation with a buffer of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("gain", torch.full((1,), 2.0))

    def forward(self, x: Tensor) -> Tensor:
        return x * cast(Tensor, self.gain)


def test_augmentations_go_where_their_batches_are(corpus: Corpus) -> None:
    data = GenreDataModule(corpus, MFCC(n_mfcc=5), length=1.0, augment=Louder())
    assert data._augmented(torch.zeros(2, *data.in_shape, device="meta")).device.type == "meta"
    plain = GenreDataModule(corpus, MFCC(n_mfcc=5), length=1.0, augment=lambda x: 2 * x)
    x = torch.randn(2, *data.in_shape)
    assert torch.equal(plain._augmented(x), 2 * plain.standardize(x))
    front_end: Any = nn.Flatten()  # a real front end reads samples, and the meta device has none
    waves = AugmentedWaves(front_end, data.segmenter, Louder())
    assert waves(torch.ones(2, 1, 1, 8, device="meta")).device.type == "meta"
    assert torch.equal(
        AugmentedWaves(front_end, data.segmenter, Louder())(torch.ones(2, 1, 1, 8)), torch.full((2, 8), 2.0)
    )


def test_segments_stay_on_the_cpu_wherever_batches_are_standardised(corpus: Corpus) -> None:
    data = GenreDataModule(corpus, MFCC(n_mfcc=5), length=1.0)
    segments, inputs = data.val, data.inputs("val")
    expected = segments[0].features
    data._standardised(torch.zeros(2, *data.in_shape, device="meta"))
    assert torch.equal(segments[0].features, expected)
    assert torch.equal(next(inputs)[0], expected)
