"""Which nets give features to a classical model, and why others do not."""

from pathlib import Path

import pytest
import torch
from made_models import classifier
from torch import nn

from musicgenre.data.windows import Windows
from musicgenre.errors import MusicGenreError
from musicgenre.modules.windowed import windowed
from musicgenre.nets import BiLSTM, DilatedCNN
from musicgenre.training.trained import net_features

WHOLE, WINDOW, HALVES = (1, 4, 1290), (1, 4, 645), (Windows(0.5), 1290)


@pytest.mark.parametrize(
    ("net", "why"),
    [
        (
            windowed(DilatedCNN(WINDOW, 2), Windows(0.5), 1290),
            r"window by window, .*: give a run with segments\.window=null",
        ),
        (windowed(BiLSTM(WINDOW, 2), *HALVES), "holds a BiLSTM, which gives no features"),
        (BiLSTM(WHOLE, 2), "holds a BiLSTM, which gives no features"),
    ],
)
def test_a_net_without_features_of_segments_is_refused_for_what_it_is(net: nn.Module, why: str) -> None:
    model = classifier()
    model.net = net
    with pytest.raises(MusicGenreError, match=why):
        net_features(model, Path("run"))


def test_a_dilated_net_gives_its_features() -> None:
    model = classifier()
    model.net = net = DilatedCNN(WHOLE, 2).eval()
    model.standardize = None
    x = torch.randn(2, *WHOLE)
    torch.testing.assert_close(net_features(model, Path("run"))(x), net.features(x))
