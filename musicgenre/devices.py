"""What this machine has to compute on."""

import torch


def devices_here() -> list[str]:
    """Return the kinds of device that PyTorch can use here, the fastest first.

    Example:
        >>> devices_here()[-1]
        'cpu'
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [kind for kind, found in there.items() if found]
