"""`musicgenre train` from Python: the same training, in the caller's process."""

import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf

from musicgenre import __main__ as program
from musicgenre.cli.arguments import read_arguments, swept
from musicgenre.cli.compose import sweep_refused
from musicgenre.cli.fresh import remove_unstarted
from musicgenre.cli.hints import explain
from musicgenre.cli.job import run_command
from musicgenre.cli.launch import MENDABLE, start
from musicgenre.cli.state import kept_state
from musicgenre.errors import InterruptedRunError, MusicGenreError
from musicgenre.parts import names_here
from musicgenre.trust import targets_of

if TYPE_CHECKING:
    from musicgenre.runs.run import Run


_one_at_a_time = threading.RLock()  # Hydra has one config per process


def train(*overrides: str) -> "Run":
    """Train as `musicgenre train OVERRIDES` does, into a run folder, and return the run.

    The console shows what the command line shows, and `musicgenre.log` in the run folder keeps it. The state of the
    process is restored: its arguments, environment and logging, its random generators, and the caller's own Hydra.
    Calls from several threads train one after the other.

    Args:
        overrides: As on the command line: `"model=cnn"`, `"seed=3"`, `"hydra.run.dir=outputs/mine"`.

    Returns:
        The run, whose results and model are read on access. With `debug=fdr`, which keeps nothing, an unfinished run.

    Raises:
        MusicGenreError: What the command line reports in one message: an unknown name, an invalid setting, unreadable
            data; or the overrides ask for more than one run.
        InterruptedRunError: Ctrl-C; the message says how to go on.

    Example:
        >>> run = train("trainer.max_epochs=3", "data=gtzan", "data.root=genres_original")  # doctest: +SKIP
        >>> run.metrics["test/track/accuracy"]  # doctest: +SKIP
        0.8
    """
    if other := [override for override in overrides if not isinstance(override, str)]:
        a_config = isinstance(other[0], Mapping)
        mend = "give the texts that it is composed from" if a_config else "write train(*settings) for a list"
        raise MusicGenreError(
            "train() takes each setting as a text of its own, such as train('model=cnn', 'seed=1'), but was given a "
            f"{type(other[0]).__name__}: {mend}."
        )
    with _one_at_a_time, kept_state():
        folder, named = _run("train", list(overrides))
    from musicgenre.runs.run import Run

    return Run(folder, named)


def _run(command: str, overrides: list[str]) -> tuple[Path, frozenset[str]]:
    """Run one job of a command; return its folder, and the names of what its config lets this process make."""
    folders: list[Path] = []
    errors: list[Exception] = []
    named: set[str] = set()

    def task(cfg: DictConfig) -> float | None:
        folders.append(Path(HydraConfig.get().runtime.output_dir))
        named.update(targets_of(OmegaConf.to_container(cfg), "The config"))
        try:
            return run_command(command, cfg)
        except MENDABLE as error:  # kept from Hydra, which would add to the message
            errors.append(error)
        return None

    # The command that Lightning starts again for the other processes of trainer=ddp, and the import path for them.
    sys.argv = [str(program.__file__), command]
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    _refuse_more_than_one_run(command, overrides)
    start(command, task, overrides, sweeps=False)
    for error in errors:
        if not isinstance(error, InterruptedRunError):  # whose run has begun
            remove_unstarted(folders[0])
        if isinstance(error, MusicGenreError):
            raise error
        raise MusicGenreError(explain(error, command, overrides)) from error
    return folders[0], frozenset().union(*map(names_here, named))


def _refuse_more_than_one_run(command: str, overrides: list[str]) -> None:
    flags, settings = read_arguments(overrides)
    if flags:
        configs = flags[0].startswith(("--config-dir", "-cd"))
        instead = "; for your own configs, give hydra.searchpath=[file:///WHOLE/PATH/OF/conf]" if configs else ""
        raise MusicGenreError(
            f"{command}() takes GROUP=OPTION and KEY=VALUE but no flags: {flags[0]} is for the command line{instead}."
        )
    try:
        several = swept(settings)
    except HydraException as error:
        raise MusicGenreError(explain(error, command, overrides)) from error
    if several:
        raise sweep_refused(command, " ".join(several))
