"""`musicgenre COMMAND ...`: run jobs, report failures, return an exit status."""

import logging
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from functools import partial

from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from musicgenre.cli.compose import Task, run_hydra
from musicgenre.cli.ctrl_c import forget, interrupted
from musicgenre.cli.elsewhere import Home
from musicgenre.cli.failures import Failures, SweepStoppedError, no_login, no_room, no_time, unforeseen
from musicgenre.cli.fresh import remove_unstarted
from musicgenre.cli.hints import explain
from musicgenre.cli.job import in_sweep, job_folder, run_command
from musicgenre.cli.job_names import register
from musicgenre.cli.later import Later
from musicgenre.cli.logs import OnlyOfJobs
from musicgenre.cli.processes import is_child, is_requeued, job_overrides, name_the_nameless
from musicgenre.cli.sweep import Jobs, begun, until_end
from musicgenre.errors import InterruptedRunError, MusicGenreError, OccupiedError
from musicgenre.transcript import brief

log = logging.getLogger(__name__)

BRIEF = ("train", "gan", "evaluate")  # commands whose sweeps show a line or two per job
KEEPS_NOTHING = ("demo",)  # commands that leave no folder

register()  # here: other launchers run jobs in processes that import this, and compose in them

MENDABLE = (MusicGenreError, OmegaConfBaseException, HydraException, YAMLError)  # by whoever typed the command


def launch(command: str, arguments: list[str]) -> int:
    """Compose the command's config from the arguments and run it, once or as a sweep.

    A job that fails for a reason that the user can fix says so in one message, and the other jobs of its sweep go on.

    Returns:
        Exit status: 0, or 1 if anything failed. Ctrl-C leaves with 130, and so does SIGTERM in a sweep.
    """
    with until_end:
        return _launch(command, arguments)


def _launch(command: str, arguments: list[str]) -> int:
    failures, later = Failures(), Later()
    begun.clear()
    OnlyOfJobs.begin()
    task = partial(
        _one_job, command=command, arguments=arguments, failures=failures, later=later, jobs=Jobs(), home=Home()
    )
    try:
        later.run(partial(start, command, task, arguments))
    except SweepStoppedError:
        pass
    except BaseException as stop:
        if interrupted(stop):
            if not isinstance(stop.__cause__, InterruptedRunError):  # already reported
                print(failures.after_interrupt(command, begun[-1].folder if begun else None), file=sys.stderr)
            forget()
            return 130
        if not isinstance(stop, MusicGenreError):
            raise
        print(stop, file=sys.stderr)
        if begun:
            remove_unstarted(begun[-1].folder)
        return 1
    finally:
        if command in KEEPS_NOTHING and failures.folder is not None:
            remove_unstarted(failures.folder)
    if begun:
        from musicgenre.cli.closing import show_closing  # which loads rich

        show_closing(begun[-1])
        failures.gather(begun[0])
        remove_unstarted(begun[-1].folder)
    if failures and (failures.in_sweep or begun):
        print(failures, file=sys.stderr)
    return 1 if failures else 0


def _one_job(
    cfg: DictConfig, *, command: str, arguments: Sequence[str], failures: Failures, later: Later, jobs: Jobs, home: Home
) -> float | None:
    """Run one job and report its failure, so that the others of a sweep go on."""
    job, folder = " ".join(job_overrides()) or "defaults", job_folder()
    failures.in_sweep, failures.folder = in_sweep(), folder
    refused = False
    home.begin_job()
    if failures.in_sweep and not is_child() and not later.is_due(folder):
        return None
    try:
        if not failures.in_sweep or is_child():
            return run_command(command, cfg)
        with brief(command in BRIEF):
            return jobs.run(partial(run_command, command, cfg))
    except MENDABLE as error:
        if isinstance(error, InterruptedRunError):  # the rest of a sweep is not run either
            sweep = begun[-1].folder if failures.in_sweep and begun else None
            _tell(failures.after_interrupt(command, sweep, error.where) if sweep else str(error))
            raise SystemExit(130) from error
        if interrupted(error):  # an error caused by Ctrl-C
            raise KeyboardInterrupt from error
        if is_child():  # its parent reports the same, and Lightning kills a sweep whose child fails
            return None
        reason, refused = explain(error, command, arguments), isinstance(error, OccupiedError)
        _tell(reason)
        log.debug("Where it happened:", exc_info=error)  # hydra.verbose=true
        if not failures.in_sweep:
            remove_unstarted(folder)
    except (Exception, SystemExit) as error:  # anything that the user's net, loss or library raises
        if is_requeued(error):
            raise
        if interrupted(error):
            raise KeyboardInterrupt from error
        if is_child():
            raise
        if reason := no_room(error) or no_login(error) or no_time(error):
            _tell(reason)
        else:
            reason = unforeseen(error, folder)
            if not failures.in_sweep and not isinstance(error, SystemExit):
                traceback.print_exc()  # a bug, in the user's code or in ours
            print(f"{job} failed: {reason}" if failures.in_sweep else f"Failed: {reason}", file=sys.stderr)
    failures.add(folder, job, reason, refused=refused)
    if failures.in_sweep and cfg.sweep.stop_on_error and not begun[-1].apart:
        print("The sweep stops at its first failure (sweep.stop_on_error=true).", file=sys.stderr)
        raise SweepStoppedError
    return None


def start(command: str, task: Task, arguments: Sequence[str], *, sweeps: bool = True) -> None:
    """Run a task as the arguments say.

    Args:
        command: The command whose config is composed.
        task: The function to call with the config.
        arguments: The arguments as typed.
        sweeps: Whether they may ask for several runs.

    Raises:
        MusicGenreError: The arguments cannot be composed, or the folder for results cannot be made.
    """
    # OpenMP threads spin while they wait, which makes training many times slower on a core that another program uses.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Lightning 2.6 uses a deprecated way to ask torch 2.11's pytree.
    warnings.filterwarnings("ignore", message=r"`isinstance\(treespec, LeafSpec\)` is deprecated")
    # Which callbacks differ where a run goes on from another's checkpoint, the run says itself.
    warnings.filterwarnings("ignore", message="Be aware that when using `ckpt_path`, callbacks used to create")
    logging.raiseExceptions = False  # no traceback for a log that cannot be written
    name_the_nameless()
    os.environ["HYDRA_FULL_ERROR"] = "1"  # whole exceptions in place of Hydra's shortened traceback
    try:
        run_hydra(command, task, arguments, sweeps=sweeps)
    except MENDABLE as error:
        raise MusicGenreError(explain(error, command, arguments)) from error
    except ValueError as error:
        if "Config group override" not in str(error):
            raise
        message = (
            "A group takes the name of one of its options, such as gan=none or model=cnn: a number, true or false is "
            "no such name, nor is null in a sweep."
        )
        raise MusicGenreError(message) from error
    except OSError as error:
        if error.filename is None:
            raise
        chosen = "hydra.sweep.dir" if begun else "hydra.run.dir"
        message = f"Cannot write {error.filename}: {error.strerror}. Choose another {chosen}."
        raise MusicGenreError(message) from error


def _tell(failure: str) -> None:
    """Log a failure, or print it if the log is switched off."""
    if log.isEnabledFor(logging.ERROR):
        log.error("%s", failure)
    else:
        print(failure, file=sys.stderr)
