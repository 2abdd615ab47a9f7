"""Some of the damaged run folders that `runs.py` tries by the thousand."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from made_run import write_original
from run_mutants import mutants
from run_readers import READERS, judge


def test_a_damaged_run_is_read_as_it_was_or_refused_in_a_sentence(tmp_path: Path) -> None:
    original = write_original(tmp_path / "original")
    whole = {name: read(original) for name, read in READERS.items() if name != "begun"}
    found = {mutant.name: judge(mutant, whole) for mutant in mutants(original, tmp_path / "run", 60, seed=0)}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
