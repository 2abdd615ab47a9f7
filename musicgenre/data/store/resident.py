"""Features on the batches' device: mapped from the file on a CPU, moved once to a device that has room for them."""

import warnings

import torch
from torch import Tensor

from musicgenre.data.store.feature_store import FeatureStore

_SHARE = 0.5  # of the device's free memory that features may take: the rest is for the net

_moved: dict[tuple[str, torch.device], Tensor] = {}  # the last ones moved: the next job of a sweep reuses them


def resident(store: FeatureStore, device: torch.device) -> Tensor:
    """Return the store's features `(N, C, F, T)` on the device, or mapped from the file if they do not fit."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")  # nothing here writes to it
        mapped = torch.from_numpy(store.features)
    if device.type == "cpu" or store.features.nbytes > _SHARE * _free_memory(device):
        return mapped
    if (store.key, device) not in _moved:
        _moved.clear()
        _moved[store.key, device] = mapped.to(device)
    return _moved[store.key, device]


def _free_memory(device: torch.device) -> int:
    """Return the device's free memory, in bytes."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory()
    return 0
