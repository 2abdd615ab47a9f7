"""Kill a command at its n-th file event, as SIGKILL does, and compare what a second start makes of what is left."""

import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from command_line import in_child, musicgenre, status_of

_KILLED = 77
_CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def kill_at(event: int, places: Sequence[Path], named: str = "") -> None:
    """End this process before the n-th change (from 1) of a file below some folders whose name contains `named`."""
    seen = 0
    below = tuple(os.fspath(place) for place in places)

    def watch(name: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if name == "open":
            path, mode, flags = arguments
            if not (set(mode or "") & set("wax+") or (flags or 0) & _WRITING):
                return
        elif name not in _CHANGES:
            return
        else:
            path = arguments[0]
        if isinstance(path, str | os.PathLike) and os.fspath(path).startswith(below) and named in Path(path).name:
            seen += 1
            if seen == event:
                os._exit(_KILLED)

    sys.addaudithook(watch)


def run(*arguments: str | Path) -> int:
    """Run a command; print its output if it failed."""
    result = musicgenre(*arguments)
    if result.status:
        print(result.text, file=sys.stderr)
    return result.status


def killed(event: int, places: Sequence[Path], *arguments: str | Path, named: str = "") -> bool:
    """Start a command and kill it at an event; return False if it ended before."""

    def work() -> int:
        kill_at(event, places, named)
        return run(*arguments)

    status = status_of(in_child(work))
    assert status in (0, _KILLED), f"exit status {status}"
    return status == _KILLED


def finished(*arguments: str | Path) -> None:
    """Run a command in a process of its own, to its end."""
    status = status_of(in_child(lambda: run(*arguments)))
    assert status == 0, f"exit status {status}"


def left(folder: Path) -> dict[str, Any]:
    """Return what a finished command leaves: its figures, its tables, its curves in TensorBoard, all its files."""
    found: dict[str, Any] = {}
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    files = [name for name in files if name != "musicgenre.log"]  # which records each start
    found["files"] = sorted({re.sub(r"events\.out\.tfevents\..*", "events", name) for name in files})
    for name in files:
        path = folder / name
        if path.name == "metrics.json":
            found[name] = {key: v for key, v in json.loads(path.read_text()).items() if key != "fit_seconds"}
        elif path.suffix == ".csv":
            found[name] = path.read_text()
        elif path.name == "samples.npz":
            with np.load(path) as arrays:
                found[name] = {key: arrays[key].tolist() for key in arrays}
    for place in {path.parent for path in folder.rglob("events.out.*")}:
        found[f"curves of {place.relative_to(folder)}"] = curves(place)
    return found


def curves(folder: Path) -> dict[str, Any]:
    """Return what TensorBoard shows of a folder: steps and values of each curve, steps of each picture."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0, "tensors": 0}).Reload()
    tags = events.Tags()
    shown: dict[str, Any] = {
        tag: [(point.step, point.value) for point in events.Scalars(tag)] for tag in tags["scalars"]
    }
    shown |= {tag: [image.step for image in events.Images(tag)] for tag in tags["images"]}
    return shown | {"graph": tags["graph"]}


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return the names of what differs."""
    return [key for key in sorted({*one, *other}) if one.get(key) != other.get(key)]
