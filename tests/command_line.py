"""Run a command of `musicgenre` as a shell would, in this process: arguments in, exit status and output out."""

import contextlib
import io
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from musicgenre.__main__ import main
from musicgenre.cli.state import kept_state

# A net of some hundred weights, one-second segments: an epoch takes a few hundredths of a second.
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


@dataclass(frozen=True)
class Result:
    """What a command left: exit status, standard output, standard error."""

    status: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Everything that the user saw."""
        return self.out + self.err


def musicgenre(*arguments: str | Path) -> Result:
    """Run `musicgenre ARGUMENTS`."""
    out, err = io.StringIO(), io.StringIO()
    with kept_state(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        sys.argv = ["musicgenre", *map(str, arguments)]
        try:
            status = main()
        except SystemExit as stop:  # argparse leaves this way
            status = stop.code if isinstance(stop.code, int) else 1
    return Result(status, out.getvalue(), err.getvalue())


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    """Start `python -m musicgenre ARGUMENTS`, a process of its own, and do not wait for it."""
    command = [sys.executable, "-m", "musicgenre", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def shell(*arguments: str | Path, seconds: float = 300) -> Result:
    """As `musicgenre`, in a process of its own: several times as slow, for where the process matters."""
    with start(*arguments) as process:
        try:
            out, err = process.communicate(timeout=seconds)
        finally:
            process.kill()
    return Result(process.returncode, out, err)


def train(folder: Path, root: Path, *overrides: str) -> Result:
    """Train the tiny net on a folder of genres, into a run folder."""
    return musicgenre("train", *TINY, "data=folder", f"data.root={root}", f"hydra.run.dir={folder}", *overrides)


def trained(folder: Path, root: Path, *overrides: str) -> Path:
    """As `train`, sure that it went well; give the run folder."""
    result = train(folder, root, *overrides)
    assert result.status == 0, result.text
    return folder


def fails(result: Result, *fragments: str, status: int = 1) -> str:
    """Check that a command failed with one message that holds the fragments; give all that was shown."""
    assert result.status == status, result.text
    assert "Traceback" not in result.text
    for fragment in fragments:
        assert fragment in result.text, result.text
    return result.text
