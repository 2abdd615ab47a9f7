"""Commands killed repeatedly at critical points end like one never killed; by_hand.py tries every point."""

from pathlib import Path

import pytest
from command_line import needs_fork
from killing import differences, finished, killed, left
from kinds import command

# The file changes before which successive starts of a command are killed: name, and which of its changes.
POINTS = {
    "train": (("last.ckpt", 3), ("predictions.csv", 2), ("metrics.json", 2)),
    "stopped early": (("predictions.csv", 1),),
    "gan": (("gan.ckpt", 3), ("samples.npz", 2)),
}
QUICK = ("figures=false", "embeddings=false")


@needs_fork
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
@pytest.mark.parametrize("kind", POINTS)
def test_a_command_that_was_killed_ends_as_one_that_was_not(kind: str, corpus_root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"  # always the same name, as figures and tables hold it
    arguments = (*command(kind, corpus_root, folder), *QUICK)
    finished(*arguments)
    wanted = left(folder)
    assert "metrics.json" in wanted
    assert kind != "stopped early" or wanted["metrics.json"]["epochs"] < 9
    folder.rename(tmp_path / "whole")
    for name, number in POINTS[kind]:
        assert killed(number, (folder,), *arguments, named=name), f"no change {number} of {name}"
        assert not (folder / "metrics.json").exists()
    finished(*arguments)
    assert differences(wanted, left(folder)) == []
