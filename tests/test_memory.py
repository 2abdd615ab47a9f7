"""Freed memory is reused, by computing features and by training on the CPU."""

import os
import subprocess
import sys

import pytest

FAULTS = """
import resource
import numpy as np
from musicgenre.memory import keep_freed_memory

def pages(n_bytes):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        np.ones(n_bytes, np.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

before = pages(100 << 20)
keep_freed_memory()
pages(100 << 20)  # which are given out once
print(before, pages(100 << 20), pages(50 << 20))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc returns freed memory at once")
def test_pages_are_given_out_once() -> None:
    env = {key: value for key, value in os.environ.items() if not key.startswith("MALLOC_")}
    done = subprocess.run([sys.executable, "-c", FAULTS], env=env, capture_output=True, text=True, check=True)
    before, large, small = map(int, done.stdout.split())
    assert before > 100
    assert large + small < before / 10
