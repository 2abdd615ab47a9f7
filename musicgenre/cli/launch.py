"""From the command line to a composed config: Hydra, with errors that help."""

import functools
import logging
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException, InstantiationException
from omegaconf import DictConfig
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from musicgenre.cli.checks import check_settings
from musicgenre.cli.hints import explain
from musicgenre.cli.processes import is_child, job_processes
from musicgenre.errors import InterruptedRunError, MusicGenreError

log = logging.getLogger(__name__)

_SWEEP = ("-m", "--multirun")


def conf_dir() -> Path:
    """The folder of configs: `conf/` at the top of a checkout, `musicgenre/conf` in an installed wheel."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "conf"
    return installed if installed.is_dir() else package.parent / "conf"


def launch(command: str, task: Callable[[DictConfig], float | None], arguments: list[str]) -> int:
    """Compose the command's config from the arguments and run the task with it, once or for a whole sweep.

    A job that fails for a reason the user can mend says so in one message, and the other jobs of its sweep go on.

    Returns:
        Exit status: 0, or 1 if anything failed. Ctrl-C leaves with 130.
    """
    failed: list[str] = []

    @functools.wraps(task)
    def guarded(cfg: DictConfig) -> float | None:
        job = " ".join(HydraConfig.get().overrides.task) or "defaults"
        try:
            with job_processes(command):
                check_settings(cfg)
                return task(cfg)
        except InterruptedRunError as stop:  # the rest of a sweep is not wanted either
            log.error("%s", stop)
            sys.exit(130)
        except (MusicGenreError, MissingMandatoryValue, InstantiationException) as error:
            if not is_child():  # its parent says the same; and Lightning kills a sweep whose child fails
                log.error("%s", explain(error))
                failed.append(job)
        return None

    # Lightning 2.6 asks torch 2.11's pytree in a way that works and is announced to go.
    warnings.filterwarnings("ignore", message=r"`isinstance\(treespec, LeafSpec\)` is deprecated")
    os.environ["HYDRA_FULL_ERROR"] = "1"  # exceptions come to us whole, in place of Hydra's shortened traceback
    flags = [argument for argument in arguments if argument in _SWEEP]
    # In front: after `key=value` and before another, Hydra's parser does not know them.
    sys.argv = [sys.argv[0], *flags, *(argument for argument in arguments if argument not in _SWEEP)]
    try:
        hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name=command)(guarded)()
    except (HydraException, OmegaConfBaseException, MusicGenreError) as error:
        print(explain(error, command, conf_dir(), arguments), file=sys.stderr)
        return 1
    except ValueError as error:
        if "Config group override" not in str(error):
            raise
        print("A sweep cannot choose null for a group: name one of its options, such as gan=none.", file=sys.stderr)
        return 1
    except OSError as error:
        if error.filename is None:
            raise
        print(f"Cannot write {error.filename}: {error.strerror}. Choose another hydra.run.dir.", file=sys.stderr)
        return 1
    if failed and flags:
        print("\n".join([f"{len(failed)} of the sweep's jobs failed:", *failed]), file=sys.stderr)
    return 1 if failed else 0
