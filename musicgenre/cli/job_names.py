"""Names of a sweep's jobs, which name their folders: the settings that are swept."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import xxhash
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from musicgenre.cli.arguments import PATHS, swept
from musicgenre.cli.configs import conf_dir
from musicgenre.cli.sweep import EVERY_FOLD, Sweep, begun, dead_jobs, is_grid, runs_apart, until_end
from musicgenre.runs.failed import read_failures
from musicgenre.signals import ended_as_by_ctrl_c

_MAKES_RUNS = ("train", "gan", "evaluate", "ensemble")  # commands whose folders are runs
_LONGEST = 80  # most characters of a name
_MARK = 6  # digits that keep shortened names apart
_SCALAR = re.compile(r"[A-Za-z0-9_.-]+|[0-9.]+e\+[0-9]+")
_LIST = re.compile(r"\[[A-Za-z0-9_.-]+(,[A-Za-z0-9_.-]+)+\]")
_LAST = ("seed", "split.fold")  # at the end of a name
_EXCLUDED = "hydra.job.config.override_dirname.exclude_keys"  # Hydra's list of keys left out of folder names


class NamedJobs(Callback):
    """Tells the jobs of a sweep which keys are the same in all of them; `conf/run.yaml` names this callback."""

    def on_multirun_start(self, config: DictConfig, **kwargs: object) -> None:
        """Add these keys to the overrides from which the jobs' configs are composed."""
        if not begun:
            until_end.enter_context(ended_as_by_ctrl_c())
        typed = OmegaConf.to_container(config.hydra.overrides.task, resolve=False)
        assert isinstance(typed, list)
        several = {_key(text) for text in swept([str(text) for text in typed])} | swept_by_config(config)
        several |= {_key(str(text)) for text in typed if text == EVERY_FOLD}
        same = [key for key in dict.fromkeys(_key(str(text)) for text in typed) if key not in several]
        by_itself = [] if "split" in several else ["split"]  # set for jobs on the rendered corpus: see `honest`
        excluded = [*map(str, OmegaConf.select(config, _EXCLUDED)), *same, *by_itself]
        with read_write(config), open_dict(config):
            listed = ",".join(f'"{key}"' for key in excluded)
            config.hydra.overrides.hydra.append(f"{_EXCLUDED}=[{listed}]")
        folder = Path(str(config.hydra.sweep.dir))
        known = is_grid(config), runs_apart(config), read_failures(folder), dead_jobs(folder)
        begun.append(Sweep(folder, tuple(sorted(several)), None, *known))  # the sweeper counts its jobs


def swept_by_config(config: DictConfig) -> set[str]:
    """Return the keys with several values in the config itself, as in `+sweep=leak_gap`."""
    params = OmegaConf.select(config, "hydra.sweeper.params")
    if not isinstance(params, DictConfig):
        return set()
    return {_key(text) for text in swept([f"{key!s}={value}" for key, value in params.items()])}


def job_name(number: int, overrides: Sequence[str], excluded: Sequence[str] = (), groups: Sequence[str] = ()) -> str:
    """Return the name of a sweep's job: the swept options and values, in a fixed order.

    Args:
        number: The job's number, from 0: its name if nothing is swept.
        overrides: The job's overrides.
        excluded: Keys that are the same in all jobs.
        groups: Keys that are groups.

    Example:
        >>> typed = ["seed=2", "data=gtzan", "optimizer=sgd", "+optimizer.lr=0.01", "experiment=net5_bilstm"]
        >>> job_name(3, typed, ["data"], ["experiment", "optimizer", "data"])
        'net5_bilstm,sgd,optimizer.lr=0.01,seed=2'
        >>> job_name(3, ["gan=none"], [], ["gan"]), job_name(3, ["seed=1"], ["seed"])
        ('gan=none', '3')
    """
    found = {_key(text): text.partition("=")[2] for text in overrides if "=" in text and _key(text) not in excluded}
    keys = sorted(found, key=lambda key: _place(key, groups))
    full = ",".join(_word(key, found[key], key, groups) for key in keys)
    if len(full) <= _LONGEST:
        return full or str(number)
    ends = [key.rpartition(".")[2] for key in keys]
    if len(set(ends)) == len(ends):
        short = ",".join(_word(key, found[key], end, groups) for key, end in zip(keys, ends, strict=True))
        if len(short) <= _LONGEST:
            return short
    half = (_LONGEST - _MARK - 4) // 2
    return f"{full[:half]}...{full[-half:]}-{_mark(full)}"


def register() -> None:
    """Register the resolvers in the folder names of `conf/run.yaml`: `${job_name:...}` and `${behind_time:...}`."""
    OmegaConf.register_new_resolver("job_name", _resolve, replace=True)
    OmegaConf.register_new_resolver("behind_time", behind_time, replace=True)


def behind_time(command: str) -> str:
    """Return what follows the time in the name of a command's folder: nothing for commands that make runs.

    Example:
        >>> behind_time("train"), behind_time("predict")
        ('', '-predict')
    """
    return "" if command in _MAKES_RUNS else f"-{command}"


def _resolve(number: int, overrides: Sequence[str], excluded: Sequence[str], choices: Mapping[str, object]) -> str:
    return job_name(number, [str(text) for text in overrides], list(excluded), list(choices))


def _key(text: str) -> str:
    return text.strip().lstrip("+~").partition("=")[0]


def _place(key: str, groups: Sequence[str]) -> tuple[bool, bool, bool, bool, str]:
    """Sort the experiment before the model, groups before values, and the keys of repeats last."""
    return key in _LAST, key not in groups, key != "experiment", key != "model", key


def _word(key: str, value: str, shown: str, groups: Sequence[str]) -> str:
    """Return the part of a name for one setting: only the option, if no other group has one with that name."""
    safe = _safe(key, value)
    if key in groups and value == safe and value != "null" and len(list(conf_dir().glob(f"*/{value}.yaml"))) < 2:
        return value
    return f"{re.sub('[^A-Za-z0-9_.-]', '.', shown)}={safe}"


def _safe(key: str, value: str) -> str:
    """Return a value as part of a folder's name; a changed one gets a hash, so that no two are the same."""
    if _SCALAR.fullmatch(value):
        return value
    if _LIST.fullmatch(value) and not _SCALAR.fullmatch(joined := value[1:-1].replace(",", "+")):
        return joined
    parsed = _parsed(f"{key}={value}")
    text = str(parsed)
    if _SCALAR.fullmatch(text) and len(text) < _LONGEST // 2 and _parsed(f"{key}={text}") == parsed:
        return text  # in quotes, for Hydra, and the same without: 'null' is a text, and null is none
    text = Path(text).name if key in PATHS else text
    altered = re.sub("[^A-Za-z0-9_.-]+", "_", text).strip("_.")[: _LONGEST // 2]
    return f"{altered}-{_mark(value)}".lstrip("-")


def _parsed(override: str) -> object:
    return OverridesParser.create().parse_override(override).value()


def _mark(text: str) -> str:
    return xxhash.xxh3_128_hexdigest(text.encode())[:_MARK]
