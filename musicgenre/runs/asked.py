"""What was asked of a run: the settings typed for it, and the number of processes, each of which takes `batch_size`."""

from collections.abc import Sequence

from musicgenre.errors import MusicGenreError
from musicgenre.runs.identity import DEVICES, REPEATED, asked_for
from musicgenre.runs.read import read_json
from musicgenre.runs.run import Run


def asked_of(run: Run, over: Sequence[str] = REPEATED) -> tuple[str, ...]:
    """Return what was typed for a run, see `asked_for`, and "processes=2" where several trained it.

    Args:
        run: The run.
        over: Keys that tell equal runs apart; with "trainer.devices", processes do not count either.
    """
    count = 1 if DEVICES in over else processes_of(run)
    return (*asked_for(run.overrides, over), *([f"processes={count}"] if count > 1 else []))


def processes_of(run: Run) -> int:
    """Return how many processes trained a run; 1 if it was not recorded."""
    try:
        found = read_json(run.files.environment_json).get("processes")
    except MusicGenreError:
        return 1
    return found if isinstance(found, int) else 1
