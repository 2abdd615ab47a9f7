"""The start of the tests' processes: what they read, and the fixtures of those that run tests."""

import gc
import os
import time
from pathlib import Path

import pytest

gc.disable()  # while modules are loaded, which leaves no garbage; shared_fixtures turns it on again

# Read when torch, numpy and numba are loaded, here and in processes that tests start: there is already one worker per
# core, and spinning threads starve the tests beside them. What librosa needs is compiled in half the time, into a cache
# separate from the user's.
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
COMPILED = Path(__file__).parents[1] / ".pytest_cache" / "numba"
os.environ |= {"NUMBA_OPT": "0", "NUMBA_CACHE_DIR": str(COMPILED)}
LOADED = COMPILED.parent / "loaded"  # made once one process has loaded what all of them load
# For the processes that run tests: memory that one training frees is kept for the next (only glibc reads these).
KEPT = str(2**30)
os.environ |= {"MALLOC_MMAP_THRESHOLD_": KEPT, "MALLOC_TRIM_THRESHOLD_": KEPT, "MALLOC_TOP_PAD_": str(2**26)}


def pytest_configure(config: pytest.Config) -> None:
    """Load the fixtures, and torch with them, except in the process that only hands out tests."""
    hands_out = config.getoption("numprocesses", None) and not hasattr(config, "workerinput")
    if not hands_out:
        _probe_once()
        first = getattr(config, "workerinput", {}).get("workerid", "gw0") == "gw0"
        end = time.monotonic() + 60
        while not (first or LOADED.exists() or time.monotonic() > end):
            time.sleep(0.05)  # otherwise each process would compile the same two thousand modules
        config.pluginmanager.import_plugin("shared_fixtures")
        LOADED.parent.mkdir(exist_ok=True)
        LOADED.touch()
    elif not COMPILED.is_dir():
        from musicgenre.features.compiled import compile_librosa

        compile_librosa(beats=True)  # once, so that the processes do not all do it at the same time


def _probe_once() -> None:
    """Let each coverage probe remove itself when it is reached: searching for them repeatedly costs 10 %."""
    if os.environ.get("SLIPCOVER_ENABLED"):
        from slipcover import pytest_plugin

        if (measuring := pytest_plugin._slipcover_instance) is not None:  # as in the processes that xdist starts
            measuring.immediate = True
