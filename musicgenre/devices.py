"""The devices of this machine."""

import platform
import re
from pathlib import Path

import torch


def devices_here() -> list[str]:
    """Return the types of device that PyTorch can use here, the fastest first.

    Example:
        >>> devices_here()[-1]
        'cpu'
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [kind for kind, found in there.items() if found]


def device_name(device: str) -> str:
    """Return the name of a device, such as "NVIDIA H100 80GB HBM3" or the processor's model.

    Args:
        device: A PyTorch device, such as "cuda:0" or "cpu".
    """
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else processor_name()


def processor_name() -> str:
    """Return the processor's model, or its architecture if the system does not tell the model."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    named = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return named[1].strip() if named else platform.processor() or platform.machine()
