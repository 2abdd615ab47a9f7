"""What a run is made with: versions, system, device, command, and the commit of the folder it was started in."""

import platform
import shlex
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

_PATIENCE = 5  # s for git, which may have to look at many files


def environment(device: str, threads: int, device_name: str = "", command: Sequence[str] = ()) -> dict[str, Any]:
    """Return what can be known of this machine and process, beside what the caller knows.

    Args:
        device: What is computed on, such as "cuda:0".
        threads: Of the processor.
        device_name: What the device calls itself.
        command: The command that makes this one run, by words.
    """
    return {
        "started": datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": shlex.join(command),
        "command_line": shlex.join(sys.orig_argv),  # of a sweep, or of a notebook's kernel
        "working_folder": str(Path.cwd()),  # which paths of the config are relative to
        "git": commit_of(Path.cwd()),
        "device": device,
        "device_name": device_name,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor_threads": threads,
        "packages": packages(),
    }


@cache
def packages() -> dict[str, str]:
    """Return the version of every package that is installed, by name."""
    found = {str(each.name): str(each.version) for each in distributions() if each.name}
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


@cache
def commit_of(folder: Path) -> dict[str, Any] | None:
    """Return the commit that is checked out in a folder, and whether tracked files differ from it.

    It is asked for once: what is committed while a sweep runs is not what the sweep runs.

    Args:
        folder: Any.

    Returns:
        commit and changed; None where the folder is in no repository, or git is not there to ask.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return None
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "changed": None if changed is None else bool(changed)}


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git says; None where it fails."""
    command = ["git", "--no-optional-locks", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
