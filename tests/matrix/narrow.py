"""The largest nets with few weights: with their own, a training and its checkpoints would take seconds."""

import pytest

from musicgenre.nets import alexnet, unet_lite


def narrow(patch: pytest.MonkeyPatch) -> None:
    """Give the nets that no setting makes cheap few channels and units."""
    patch.setattr(alexnet, "HIDDEN", 256)
    patch.setattr(unet_lite, "DOWN", (8, 8, 16, 16))
    patch.setattr(unet_lite, "UP", (32, 16, 16, 8, 8))
