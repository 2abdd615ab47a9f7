"""A separate folder for each start, even for two within one second."""

import os
import shutil
from contextlib import suppress
from itertools import count
from pathlib import Path

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

_OF_NOTHING = {"musicgenre.log", ".hydra", ".lock", ".running", ".failed", "multirun.yaml"}  # before a run begins
_made: dict[Path, list[Path]] = {}  # by this process, with the parent folders made for it, the nearest first


class FreshFolder(Callback):
    """Chooses a new folder for a start, unless the user chose one; `conf/run.yaml` names this callback.

    Hydra calls it before a run or a sweep has a folder.
    """

    def on_run_start(self, config: DictConfig, **kwargs: object) -> None:
        """Choose the folder of a run."""
        _choose(config, "run")

    def on_multirun_start(self, config: DictConfig, **kwargs: object) -> None:
        """Choose the folder of a sweep."""
        _choose(config, "sweep")


def remove_unstarted(folder: Path) -> None:
    """Remove the folder of a run that was refused before it began, if it was made for it and no run has begun there.

    The reason is on the screen; a folder that the user chose is kept.
    """
    made_for_it = _made.get(folder.resolve())
    if made_for_it is None:
        return
    with suppress(OSError):
        if holds_nothing(folder):
            shutil.rmtree(folder)
            for above in made_for_it:
                above.rmdir()  # fails for one that another start has filled meanwhile


def remove_all(folder: Path) -> None:
    """Remove all that a start wrote into an empty folder; the folder too, if it was made for the start."""
    ours = not {folder.resolve(), *folder.resolve().parents}.isdisjoint(_made)
    for path in [folder] if ours else [*folder.iterdir()]:
        with suppress(OSError):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def holds_nothing(folder: Path) -> bool:
    """Return whether no run has begun in a folder."""
    return not folder.is_dir() or {path.name for path in folder.iterdir()} <= _OF_NOTHING


def _choose(config: DictConfig, kind: str) -> None:
    node = config.hydra[kind]
    written = OmegaConf.to_container(node, resolve=False)
    if not isinstance(written, dict) or "${now:" not in str(written["dir"]).rpartition("/")[2]:
        return  # a folder that the user chose
    wanted = Path(str(node.dir))
    lacking = [above.absolute() for above in wanted.parents if not above.exists()]
    try:
        found = claimed(wanted)
    except OSError:  # it is made again later, where an error is reported
        return
    _made[found.resolve()] = lacking
    if found != wanted:
        with read_write(config), open_dict(config):
            node.dir = str(found)
            # The jobs of a sweep are composed again, with these.
            config.hydra.overrides.hydra.append(f"hydra.{kind}.dir={found.as_posix()}")


def claimed(wanted: Path) -> Path:
    """Make a new folder and return it: the wanted one, or the first free one of NAME-2, NAME-3, ....

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     [claimed(Path(folder, "12-00-00")).name for _ in range(3)]
        ['12-00-00', '12-00-00-2', '12-00-00-3']
    """
    wanted.parent.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        path = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        try:
            os.mkdir(path)  # noqa: PTH102  # fails if the folder exists, whoever made it
        except FileExistsError:
            continue
        return path
    raise AssertionError  # count() has no end
