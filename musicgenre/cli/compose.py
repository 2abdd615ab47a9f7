"""Use Hydra to compose a config from arguments and run a task with it."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import hydra
from hydra._internal.callbacks import Callbacks
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.hydra import Hydra
from hydra._internal.utils import create_config_search_path
from hydra.core.config_search_path import SearchPathQuery
from hydra.core.global_hydra import GlobalHydra
from hydra.core.object_type import ObjectType
from hydra.core.utils import run_job
from hydra.types import HydraContext, RunMode
from hydra.version import setbase
from omegaconf import DictConfig

from musicgenre.cli.arguments import own_configs, read_arguments, swept
from musicgenre.cli.configs import conf_dir
from musicgenre.cli.explored import data_to_explore
from musicgenre.cli.honest import split_by_artist
from musicgenre.cli.own_names import require_own_names
from musicgenre.errors import MusicGenreError

VERSION_BASE = "1.3"
_SWEEP = "hydra.mode=MULTIRUN"

Task = Callable[[DictConfig], float | None]


def run_hydra(command: str, task: Task, arguments: Sequence[str], *, sweeps: bool = True) -> None:
    """Do what the arguments ask for: run the task with the command's config, run a sweep, or show help or a config.

    The most common cases, one run, a sweep and `--help`, take a shorter way than `hydra.main`, which composes once more
    to find out whether a sweep is asked for, and copies all its config sources for every group that it lists.

    Raises:
        MusicGenreError: The config itself asks for a sweep, but `sweeps` is false; or a config of the user's has the
            name of one of musicgenre's.
    """
    flags, overrides = read_arguments(arguments)
    require_own_names(flags, overrides)
    if own_configs(flags)[1] is None:  # a primary config of the user's own chooses its split
        overrides = split_by_artist(command, overrides)
    overrides = data_to_explore(command, overrides)
    sweep = flags in (["-m"], ["--multirun"])
    if not flags and not swept(overrides):
        if _run_once(command, task, overrides):
            return
        if not sweeps:
            raise sweep_refused(command, _SWEEP)
        sweep = True
    elif flags in (["--help"], ["-h"]):
        from musicgenre.cli.help import help_page  # late, as it imports this module

        print(help_page(command, overrides))
        return
    sys.argv = [sys.argv[0], *flags, *overrides]
    if sweep:
        _run_sweep(command, task, overrides)
        return
    hydra.main(version_base=VERSION_BASE, config_path=str(conf_dir()), config_name=command)(task)()


def sweep_refused(command: str, asked: str) -> MusicGenreError:
    """Return the error for arguments that ask for several runs where only one is made."""
    return MusicGenreError(
        f"{asked} asks for a sweep, but {command}() makes one run: call it once for each value, or use musicgenre "
        f"{command} -m."
    )


def make_hydra(own: str | None = None) -> Hydra:
    """Make a Hydra for our configs and those in a folder of the user's, which lists groups and options quickly."""
    setbase(VERSION_BASE)
    places = create_config_search_path(str(conf_dir()))
    if own is not None:
        places.prepend("command-line", f"file://{Path(own).absolute()}", SearchPathQuery(provider="schema"))
    return Hydra("musicgenre", _QuickLoader(places))


class _QuickLoader(ConfigLoaderImpl):
    """A config loader without the copies of all config sources that Hydra's own makes for each list of options."""

    def get_group_options(
        self,
        group_name: str,
        results_filter: ObjectType | None = ObjectType.CONFIG,
        config_name: str | None = None,
        overrides: list[str] | None = None,
    ) -> list[str]:
        """List the options of a group, or the groups in it; `hydra.searchpath` in the overrides adds to them."""
        if any(text.startswith("hydra.searchpath=") for text in overrides or ()):
            return super().get_group_options(group_name, results_filter, config_name, overrides)
        return self.repository.get_group_options(group_name, results_filter)


def _run_once(command: str, task: Task, overrides: list[str]) -> bool:
    """Run once; return False, without a run, if the config itself asks for a sweep by `hydra.mode`."""
    app = make_hydra()
    GlobalHydra.instance().initialize(app)
    try:
        config = app.compose_config(command, overrides, run_mode=RunMode.RUN, with_log_configuration=True)
        if config.hydra.mode == RunMode.MULTIRUN:
            return False
        config.hydra.mode = RunMode.RUN
        callbacks = Callbacks(config)
        callbacks.on_run_start(config=config, config_name=command)
        done = run_job(
            task,
            config,
            job_dir_key="hydra.run.dir",
            job_subdir_key=None,
            hydra_context=HydraContext(config_loader=app.config_loader, callbacks=callbacks),
        )
        callbacks.on_run_end(config=config, config_name=command, job_return=done)
        _ = done.return_value  # raises what the task raised
    finally:
        GlobalHydra.instance().clear()
    return True


def _run_sweep(command: str, task: Task, overrides: list[str]) -> None:
    app = make_hydra()
    GlobalHydra.instance().initialize(app)
    try:
        app.multirun(command, task, overrides if _SWEEP in overrides else [*overrides, _SWEEP])
    finally:
        GlobalHydra.instance().clear()
