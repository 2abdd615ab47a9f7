from typing import Any

import pytest
import torch

from musicgenre.errors import MusicGenreError
from musicgenre.training.trainer import check_devices


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two CUDA devices, four cores."""
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr("os.cpu_count", lambda: 4)


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    ("accelerator", "devices", "there"),
    [("auto", 99, "2 CUDA devices"), ("cuda", "3", "2 CUDA devices"), ("gpu", [0, 2], "2 CUDA devices"),
     ("cpu", 99, "4 processor cores")],
)  # fmt: skip
def test_more_devices_than_there_are_are_refused(accelerator: str, devices: Any, there: str) -> None:
    with pytest.raises(MusicGenreError, match=f"this machine has {there}: give a number from 1 to") as caught:
        check_devices({"accelerator": accelerator, "devices": devices})
    assert f"trainer.devices is {devices}" in str(caught.value)


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    ("accelerator", "devices"),
    [("auto", 2), ("cuda", [0, 1]), ("cuda", -1), ("gpu", "auto"), ("cpu", 4), ("auto", None), ("tpu", 8)],
)
def test_what_is_there_may_be_asked_for(accelerator: str, devices: Any) -> None:
    check_devices({"accelerator": accelerator, "devices": devices})
