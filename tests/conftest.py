"""Where the tests' processes begin: what they read at their start, and the fixtures of those that run tests."""

import os
from pathlib import Path

import pytest

# Read when torch, numpy and numba are loaded, here and in processes that tests start: there is one worker a core
# already, and threads that spin starve the tests beside them. What librosa needs is compiled in half the time, apart
# from what the user's own programs use.
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
COMPILED = Path(__file__).parents[1] / ".pytest_cache" / "numba"
os.environ |= {"NUMBA_OPT": "0", "NUMBA_CACHE_DIR": str(COMPILED)}


def pytest_configure(config: pytest.Config) -> None:
    """Load the fixtures, and torch with them, but not where processes are only counted and told what to run."""
    hands_out = config.getoption("numprocesses", None) and not hasattr(config, "workerinput")
    if not hands_out:
        config.pluginmanager.import_plugin("shared_fixtures")
    elif not COMPILED.is_dir():
        from musicgenre.features.compiled import compile_librosa

        compile_librosa(beats=True)  # once, before each process would do it at the same time
