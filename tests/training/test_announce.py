"""What is said before a training begins."""

import logging

import pytest
from torch import nn

from musicgenre.training.begin import announce_network


@pytest.mark.parametrize(("parameters", "said"), [(12_000_000, ""), (45_000_000, "up to 0.7 GB")])
def test_large_checkpoints_are_announced(parameters: int, said: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "musicgenre")
    announce_network(nn.Linear(1, 1), parameters, "cpu", 1)
    assert f"{parameters:,} parameters on cpu" in caplog.text
    assert ("checkpoints" in caplog.text) == bool(said) and said in caplog.text
