"""What this machine has to compute on."""

import platform
import re
from pathlib import Path

import torch


def devices_here() -> list[str]:
    """Return the kinds of device that PyTorch can use here, the fastest first.

    Example:
        >>> devices_here()[-1]
        'cpu'
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [kind for kind, found in there.items() if found]


def device_name(device: str) -> str:
    """Return what a device calls itself, such as "NVIDIA H100 80GB HBM3" or the processor's model.

    Args:
        device: As PyTorch has it, such as "cuda:0" or "cpu".
    """
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else processor_name()


def processor_name() -> str:
    """Return the processor's model; its architecture where the system tells no more."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    named = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return named[1].strip() if named else platform.processor() or platform.machine()
