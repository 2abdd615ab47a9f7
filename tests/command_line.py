"""Run a command of `musicgenre` as a shell would, in this process: arguments in, exit status and output out."""

import contextlib
import io
import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import musicgenre.__main__ as package_main
from musicgenre.__main__ import main
from musicgenre.cli.state import kept_state
from musicgenre.quiet import quiet_lightning

# A net of a few thousand weights, one-second segments: an epoch takes a few hundredths of a second.
TINY = (
    "segments.length=1",
    "features.n_fft=1024",
    "features.n_mels=16",
    "model.channels=[4,8]",
    "model.pool_after=[1,2]",
    "model.hidden=8",
    "optimizer.lr=0.02",
    "trainer=cpu",
    "trainer.max_epochs=2",
    "callbacks.early_stopping=null",
    "logger=csv",
    "figures=false",
    "seed=3",
)


needs_fork = pytest.mark.skipif(sys.platform != "linux", reason="needs processes that fork with threads at rest")


@dataclass(frozen=True)
class Result:
    """The result of a command: exit status, standard output, standard error."""

    status: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Everything the user saw."""
        return self.out + self.err


def musicgenre(*arguments: str | Path) -> Result:
    """Run `musicgenre ARGUMENTS`."""
    out, err = io.StringIO(), io.StringIO()
    with kept_state(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        sys.argv = ["musicgenre", *map(str, arguments)]
        try:
            status = main()
        except SystemExit as stop:  # argparse exits this way
            status = stop.code if isinstance(stop.code, int) else 1
    return Result(status, out.getvalue(), err.getvalue())


def in_child(work: Callable[[], int]) -> int:
    """Run a function in a forked process, which has everything loaded already; return its process id."""
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process == 0:
        status = 99
        try:
            status = work()
        except BaseException:
            traceback.print_exc()
        finally:
            with contextlib.suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)
    return process


def status_of(process: int, seconds: float = 300) -> int:
    """Wait for a child to end, and kill it if it takes too long; return its exit status."""
    end = time.monotonic() + seconds
    while (done := os.waitpid(process, os.WNOHANG)) == (0, 0):
        if time.monotonic() > end:
            os.kill(process, signal.SIGKILL)
        time.sleep(0.01)
    return os.waitstatus_to_exitcode(done[1])


def start(shown: Path, *arguments: str | Path, before: Callable[[], None] = lambda: None) -> int:
    """Start `python -m musicgenre ARGUMENTS` in a separate process without waiting for it; return its process id.

    Its output goes into a file. The process is forked: starting Python and loading torch would take seconds.
    `before` is called in it first.
    """

    def work() -> int:
        before()
        sys.modules["__main__"] = package_main  # what the processes it starts are told to run
        sys.argv = [str(package_main.__file__), *map(str, arguments)]
        for descriptor in (1, 2):
            os.dup2(os.open(shown, os.O_WRONLY | os.O_CREAT | os.O_APPEND), descriptor)
        sys.stdout, sys.stderr = (os.fdopen(descriptor, "w", buffering=1) for descriptor in (1, 2))
        warnings.resetwarnings()  # pytest turns them into errors
        for kind in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
            warnings.simplefilter("ignore", kind)  # as Python does by default
        quiet_lightning()
        return main()

    return in_child(work)


def shell(shown: Path, *arguments: str | Path, before: Callable[[], None] = lambda: None) -> Result:
    """Run `musicgenre` in a separate process, where that matters; its output goes through a file."""
    status = status_of(start(shown, *arguments, before=before))
    return Result(status, shown.read_text(), "")


def train(folder: Path, root: Path, *overrides: str, sizes: tuple[str, ...] = TINY) -> Result:
    """Train the tiny net on a folder of genres, into a run folder."""
    return musicgenre("train", *sizes, "data=folder", f"data.root={root}", f"hydra.run.dir={folder}", *overrides)


def trained(folder: Path, root: Path, *overrides: str, sizes: tuple[str, ...] = TINY) -> Path:
    """Run `train`, check that it succeeded and return the run folder."""
    result = train(folder, root, *overrides, sizes=sizes)
    assert result.status == 0, result.text
    return folder


def fails(result: Result, *fragments: str, status: int = 1) -> str:
    """Check that a command failed with one message that contains the fragments; return its whole output."""
    assert result.status == status, result.text
    assert "Traceback" not in result.text
    for fragment in fragments:
        assert fragment in result.text, result.text
    return result.text
