"""Lightning without repetition: the tests train some hundred nets, most of them for hundredths of a second."""

from functools import cache
from importlib.metadata import entry_points
from typing import Any

import pytest
import torch
from lightning.pytorch.trainer.connectors.logger_connector.result import _ResultMetric


def read_entry_points_once(patch: pytest.MonkeyPatch) -> None:
    """Each trainer looks through all packages that are installed for callbacks of theirs."""
    patch.setattr("lightning.fabric.utilities.registry.entry_points", cache(entry_points))


def move_only_what_lies_elsewhere(patch: pytest.MonkeyPatch) -> None:
    """Each value that is logged is looked through, with all that it holds, to move it to where it is."""
    move = _ResultMetric.to

    def to(self: _ResultMetric, *args: Any, **kwargs: Any) -> _ResultMetric:
        device = torch.device(args[0] if args else kwargs["device"])
        return self if device.type == self.value.device.type == "cpu" else move(self, *args, **kwargs)

    patch.setattr(_ResultMetric, "to", to)


QUICK = (read_entry_points_once, move_only_what_lies_elsewhere)
