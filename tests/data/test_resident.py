"""Where the features are that batches are taken from; torch's meta device stands in for one with its own memory."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import torch

from musicgenre.data.store import resident
from musicgenre.data.store.feature_store import FeatureStore

ELSEWHERE = torch.device("meta")
NUMBERS = np.arange(24, dtype=np.float32).reshape(2, 1, 3, 4)


@pytest.fixture(autouse=True)
def _nothing_moved() -> Iterator[None]:
    resident._moved.clear()
    yield
    resident._moved.clear()


def store(key: str) -> FeatureStore:
    return cast(FeatureStore, SimpleNamespace(features=NUMBERS, key=key))


def let_free(patch: pytest.MonkeyPatch, share: float) -> None:
    """Give the device free memory of `share` times the features' size."""
    patch.setattr(resident, "_free_memory", lambda device: share * NUMBERS.nbytes)


def test_on_a_cpu_features_stay_where_the_file_is_mapped() -> None:
    found = resident.resident(store("a"), torch.device("cpu"))
    assert found.data_ptr() == NUMBERS.ctypes.data


def test_features_that_fit_are_moved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    let_free(monkeypatch, 2.0)
    found = resident.resident(store("a"), ELSEWHERE)
    assert (found.device, found.shape, found.dtype) == (ELSEWHERE, (2, 1, 3, 4), torch.float32)
    assert resident.resident(store("a"), ELSEWHERE) is found


def test_features_of_another_store_take_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    let_free(monkeypatch, 2.0)
    first = resident.resident(store("a"), ELSEWHERE)
    other = resident.resident(store("b"), ELSEWHERE)
    assert other is not first
    assert list(resident._moved) == [("b", ELSEWHERE)]  # the first one's memory is freed


def test_features_that_would_crowd_out_the_net_stay_mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    let_free(monkeypatch, 1.9)  # half of it is less than they need
    found = resident.resident(store("a"), ELSEWHERE)
    assert found.data_ptr() == NUMBERS.ctypes.data
    assert not resident._moved


def test_each_kind_of_device_says_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    by_device = {torch.device("cuda:0"): (600, 1000), torch.device("cuda:1"): (700, 1000)}
    monkeypatch.setattr(torch.cuda, "mem_get_info", by_device.__getitem__)
    monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: 900)
    monkeypatch.setattr(torch.mps, "current_allocated_memory", lambda: 400)
    assert resident._free_memory(torch.device("cuda:1")) == 700
    assert resident._free_memory(torch.device("mps")) == 500
    assert resident._free_memory(ELSEWHERE) == 0
