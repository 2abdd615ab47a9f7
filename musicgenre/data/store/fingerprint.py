"""Hashes of content and settings: the keys under which computed results are cached."""

import errno
import hashlib
import inspect
import json
import os
import random
import re
import stat
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
import xxhash
from torch import nn

from musicgenre.arguments import without_numpy
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.errors import MusicGenreError
from musicgenre.features.front_end import FrontEnd
from musicgenre.files import cache_dir, replace_text
from musicgenre.own_code import is_own, own_code, package_of

Hashes = Mapping[str, tuple[str, str]]  # by track id, from `stamped_hashes`
_UNREADABLE = "unreadable"  # prefix of what replaces the hash of a file that cannot be read


def hash_file(path: Path) -> str:
    """Hash a file's content (XXH3, 128 bits).

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Path(folder, "empty").touch()
        ...     hash_file(Path(folder, "empty"))
        '99aa06d3014798d86001c324468d497f'

    Raises:
        OSError: It cannot be read, or is not a file: opening a named pipe would block.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, xxhash.xxh3_128).hexdigest()  # through one small, reused buffer


def hash_or_error(path: Path) -> str:
    """Return `hash_file`, or the error if the file cannot be read, so that fixing it counts as a change."""
    try:
        return hash_file(path)
    except OSError as error:
        return f"{_UNREADABLE}: {error.strerror}"


def hash_values(*values: object) -> str:
    """Hash plain values (numbers, strings, lists, dicts): equal values give equal hashes in every process.

    Example:
        >>> hash_values({"a": 1, "b": 2}) == hash_values({"b": 2, "a": 1}), hash_values(1) == hash_values(2)
        (True, False)
    """
    return xxhash.xxh3_128_hexdigest(json.dumps(values, sort_keys=True, default=str).encode())


def hash_module(module: nn.Module) -> str:
    """Hash all that a module's output depends on: class, plain attributes, parameters and buffers of every submodule.

    For a class that is not part of musicgenre, that includes its code, or the version of the package that it is from;
    with such a class, it also includes what a front end makes of a fixed sound, since code may depend on anything.

    `repr` is not enough: it shows what a module's author thought of.

    Raises:
        MusicGenreError: An attribute is neither plain nor a tensor, so that changes to it cannot be detected.

    Example:
        >>> leaky = [hash_module(nn.LeakyReLU(slope)) for slope in (0.1, 0.1, 0.2)]
        >>> leaky[0] == leaky[1], leaky[0] == leaky[2]
        (True, False)
    """
    known = {*vars(nn.Module()), "made_with"}  # a submodule's arguments show in its other attributes
    parts: list[object] = []
    for name, part in module.named_modules():
        settings = {
            key: _as_declared(part, key, without_numpy(value)) for key, value in vars(part).items() if key not in known
        }
        for key, value in settings.items():
            if not isinstance(value, bool | int | float | str | tuple | list | torch.device | torch.dtype | None):
                raise MusicGenreError(
                    f"{type(part).__name__}.{key} is a {type(value).__name__}, of which a change would go unnoticed: "
                    "keep a tensor or array with register_buffer, other settings as numbers, strings or lists."
                )
        tensors = [*part.named_parameters(recurse=False), *part.named_buffers(recurse=False)]
        contents = {key: xxhash.xxh3_128_hexdigest(_bytes(tensor)) for key, tensor in tensors}
        parts.append((name, type(part).__qualname__, repr(sorted(settings.items())), contents))
        if code := own_code(type(part)) or package_of(type(part)):
            parts.append(code)
    if isinstance(module, FrontEnd) and any(is_own(part) for part in module.modules()):
        parts.append(_made_of_a_sound(module))
    return hash_values(parts)


def _bytes(tensor: torch.Tensor) -> bytes:
    """Return a tensor's content; numpy has no bfloat16."""
    return tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes()


def _made_of_a_sound(front_end: FrontEnd) -> list[float]:
    """Return what a front end makes of 3 s (or 30 s) of rising noise, in few figures that rounding hardly changes."""
    before = random.getstate(), np.random.get_state()
    try:
        return next(filter(None, (_made_of(front_end, seconds * front_end.sample_rate) for seconds in (3, 30))), [])
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])


def _made_of(front_end: FrontEnd, n_samples: int) -> list[float]:
    with torch.random.fork_rng(devices=[]), torch.inference_mode(), suppress(Exception):  # a failure is told elsewhere
        torch.default_generator.manual_seed(0)  # not torch.manual_seed, which would also seed the devices
        random.seed(0)
        np.random.seed(0)
        sound = torch.randn(1, n_samples).clamp(-3, 3) / 3 * torch.linspace(0, 1, n_samples)
        found = deepcopy(front_end)(sound).double().flatten()
        size = float(found.abs().mean())
        means = [float(part.mean()) for part in found.tensor_split(min(64, len(found)))]
        return [float(f"{size:.3g}"), *(round(mean / size, 2) + 0.0 if size else 0.0 for mean in means)]
    return []


def _as_declared(part: nn.Module, key: str, value: object) -> object:
    """Return a number as a float if the argument of that name is declared as one, so that 0 and 0.0 are the same."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    parameter = inspect.signature(type(part).__init__).parameters.get(key)
    kinds = re.findall(r"\w+", inspect.formatannotation(parameter.annotation)) if parameter else []
    return float(value) if "float" in kinds and "int" not in kinds else value


def hash_tracks(corpus: Corpus) -> dict[str, str]:
    """Hash every track's content, by track id.

    A hash is remembered with the file's size, times and inode, as in git's index, so that an unchanged file is read
    only once; every write updates the change time, so a stale hash is impossible on file systems that keep it. A file
    that cannot be read hashes to its error and is tried again: fixing it changes the key.
    """
    return {track: found for track, (_, found) in stamped_hashes(corpus).items()}


def stamped_hashes(corpus: Corpus) -> Hashes:
    """Return by track id the stamp (size, times and inode) that each file had before it was hashed, and its hash."""
    memo_file = cache_dir() / "hashes" / f"{hash_values(str(corpus.root.resolve()))}.json"
    memo = _read_memo(memo_file)
    stamps = {track.id: stamp_of(track.path) for track in corpus.tracks}
    known = {track for track, (stamp, found) in memo.items() if stamp == stamps.get(track) and _is_hash(found)}
    stale = [track for track in corpus.tracks if track.id not in known]
    if stale:
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # hashing releases the interpreter's lock
            hashes = pool.map(hash_or_error, [track.path for track in stale])
        memo |= {track.id: (stamps[track.id], value) for track, value in zip(stale, hashes, strict=True)}
        with suppress(MusicGenreError):  # the cache cannot be written to: hashed again next time
            replace_text(memo_file, json.dumps(memo))
    return {track.id: memo[track.id] for track in corpus.tracks}


def require_unchanged(path: Path, content: str, stamp: str = "") -> None:
    """Raise an error if a file no longer has the content by whose hash something made from it is to be kept.

    Args:
        path: The file.
        content: From `hash_tracks`; a file that could not be read then may be readable now.
        stamp: What it had before it was hashed: with the same one now, it is not read again.

    Raises:
        MusicGenreError: It was written to, or is gone.
    """
    if _is_hash(content) and stamp_of(path) != stamp and hash_or_error(path) != content:
        raise MusicGenreError(f"{path} was changed while the tracks were read: run again once nothing writes to it.")


def _is_hash(found: str) -> bool:
    return not found.startswith(_UNREADABLE)


def stamp_of(path: Path) -> str:
    """Return a file's size, times and inode, of which every write changes some; or why it has none."""
    try:
        status = path.stat()
    except OSError as error:
        return f"{_UNREADABLE}: {error.strerror}"
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"


def _read_memo(path: Path) -> dict[str, tuple[str, str]]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return {str(track): (str(stamp), str(found)) for track, (stamp, found) in stored.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):  # none yet, or damaged: hashed again
        return {}
