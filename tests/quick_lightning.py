"""Lightning without repetition: the tests train some hundred nets, most of them for hundredths of a second."""

from functools import cache
from importlib.metadata import entry_points
from typing import Any

import pytest
import torch
from lightning.pytorch.trainer.connectors.logger_connector.result import _ResultMetric


def read_entry_points_once(patch: pytest.MonkeyPatch) -> None:
    """Each trainer searches all installed packages for callbacks."""
    patch.setattr("lightning.fabric.utilities.registry.entry_points", cache(entry_points))


def move_only_what_lies_elsewhere(patch: pytest.MonkeyPatch) -> None:
    """Lightning traverses each logged value to move it to the device, even where it is there already."""
    move = _ResultMetric.to

    def to(self: _ResultMetric, *args: Any, **kwargs: Any) -> _ResultMetric:
        device = torch.device(args[0] if args else kwargs["device"])
        return self if device.type == self.value.device.type == "cpu" else move(self, *args, **kwargs)

    patch.setattr(_ResultMetric, "to", to)


def count_gpus_once(patch: pytest.MonkeyPatch) -> None:
    """Torch looks for a driver whenever it is asked for GPUs, until it has used one."""
    patch.setattr(torch.cuda, "_cached_device_count", torch.cuda.device_count())


QUICK = (read_entry_points_once, move_only_what_lies_elsewhere, count_gpus_once)
