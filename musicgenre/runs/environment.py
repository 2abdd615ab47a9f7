"""A run's environment: versions, system, device, command, and the commit of the folder it was started in."""

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

_PATIENCE = 5  # seconds to wait for git, which may have to look at many files


def environment(
    device: str, threads: int, device_name: str = "", command: Sequence[str] = (), processes: int = 1
) -> dict[str, Any]:
    """Return what can be found out about this machine and process, with what the caller knows.

    Args:
        device: The device, such as "cuda:0".
        threads: Number of processor threads.
        device_name: The device's own name.
        command: The words of the command that makes this one run.
        processes: Number of processes that train together.
    """
    return {
        "started": datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": shlex.join(command),
        "command_line": shlex.join(sys.orig_argv),  # of a sweep, or of a notebook's kernel
        "working_folder": str(Path.cwd()),  # relative paths in the config start here
        "git": commit_of(Path.cwd()),
        "device": device,
        "device_name": device_name,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor_threads": threads,
        "processes": processes,
        "packages": packages(),
    }


@cache
def packages() -> dict[str, str]:
    """Return the versions of all installed packages, by name."""
    found = {str(each.name): str(each.version) for each in distributions() if each.name}
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


@cache
def commit_of(folder: Path) -> dict[str, Any] | None:
    """Return the commit that is checked out in a folder, and whether tracked files differ from it.

    Git is asked only once: a sweep does not run what is committed meanwhile.

    Args:
        folder: Any folder.

    Returns:
        commit and changed; None if the folder is in no repository, or git cannot be run.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return None
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "changed": None if changed is None else bool(changed)}


def _git(folder: Path, *arguments: str) -> str | None:
    """Return git's output; None if it fails."""
    command = ["git", "--no-optional-locks", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
