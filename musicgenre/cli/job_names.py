"""What the jobs of a sweep are called, as folders and so everywhere: by what was swept."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import xxhash
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from musicgenre.cli.arguments import PATHS, swept
from musicgenre.cli.configs import conf_dir
from musicgenre.cli.sweep import EVERY_FOLD, Sweep, begun, count_jobs, dead_jobs, is_grid, runs_apart
from musicgenre.runs.failed import read_failures
from musicgenre.runs.folder import RunFolder

_MAKES_RUNS = ("train", "gan", "evaluate", "ensemble")  # commands whose folders are runs
_LONGEST = 80  # characters of a name
_MARK = 6  # digits that tell what is shortened from what else would look the same
_SCALAR = re.compile(r"[A-Za-z0-9_.-]+|[0-9.]+e\+[0-9]+")
_LIST = re.compile(r"\[[A-Za-z0-9_.-]+(,[A-Za-z0-9_.-]+)+\]")
_LAST = ("seed", "split.fold")  # at the end of a name
_RUN_FILES = (".running", ".hydra", "environment.json", "musicgenre.log")
_EXCLUDED = "hydra.job.config.override_dirname.exclude_keys"  # Hydra's own list of keys that name no folder


class NamedJobs(Callback):
    """Tells the jobs of a sweep which keys are the same in all of them; `conf/run.yaml` names it."""

    def on_multirun_start(self, config: DictConfig, **kwargs: object) -> None:
        """Note them where the jobs' configs are composed from."""
        typed = OmegaConf.to_container(config.hydra.overrides.task, resolve=False)
        assert isinstance(typed, list)
        several = {_key(text) for text in swept([str(text) for text in typed])} | swept_by_config(config)
        several |= {_key(str(text)) for text in typed if text == EVERY_FOLD}
        same = [key for key in dict.fromkeys(_key(str(text)) for text in typed) if key not in several]
        by_itself = [] if "split" in several else ["split"]  # which jobs on the rendered corpus get: see `honest`
        excluded = [*map(str, OmegaConf.select(config, _EXCLUDED)), *same, *by_itself]
        with read_write(config), open_dict(config):
            listed = ",".join(f'"{key}"' for key in excluded)
            config.hydra.overrides.hydra.append(f"{_EXCLUDED}=[{listed}]")
        folder = Path(str(config.hydra.sweep.dir))
        known = is_grid(config), runs_apart(config), read_failures(folder), dead_jobs(folder)
        begun.append(Sweep(folder, tuple(sorted(several)), count_jobs(config), *known))


def swept_by_config(config: DictConfig) -> set[str]:
    """Return the keys of which the config itself names several values, as `+sweep=leak_gap` does."""
    params = OmegaConf.select(config, "hydra.sweeper.params")
    if not isinstance(params, DictConfig):
        return set()
    return {_key(text) for text in swept([f"{key!s}={value}" for key, value in params.items()])}


def job_name(
    number: int,
    overrides: Sequence[str],
    excluded: Sequence[str] = (),
    groups: Sequence[str] = (),
    sweep: str | Path | None = None,
) -> str:
    """Return the name of a sweep's job: options and values of what was swept, in one order whatever was typed first.

    Args:
        number: Of the job, from 0: its name where nothing was swept, or where the sweep's folder is one of an earlier
            version, whose jobs are called by their numbers.
        overrides: Of the job.
        excluded: Keys that are the same in all jobs.
        groups: Keys of which an option is chosen.
        sweep: The folder of the sweep.

    Example:
        >>> typed = ["seed=2", "data=gtzan", "optimizer=sgd", "+optimizer.lr=0.01", "experiment=net5_bilstm"]
        >>> job_name(3, typed, ["data"], ["experiment", "optimizer", "data"])
        'net5_bilstm,sgd,optimizer.lr=0.01,seed=2'
        >>> job_name(3, ["gan=none"], [], ["gan"]), job_name(3, ["seed=1"], ["seed"])
        ('gan=none', '3')
    """
    if sweep is not None and _has_numbers(Path(sweep)):
        return str(number)
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
    """Make known what `conf/run.yaml` asks for in the names of folders: `${job_name:...}` and `${behind_time:...}`."""
    OmegaConf.register_new_resolver("job_name", _resolve, replace=True)
    OmegaConf.register_new_resolver("behind_time", behind_time, replace=True)


def behind_time(command: str) -> str:
    """Return what stands behind the time in the name of a command's folder: nothing where it is a run's.

    Example:
        >>> behind_time("train"), behind_time("predict")
        ('', '-predict')
    """
    return "" if command in _MAKES_RUNS else f"-{command}"


def _resolve(
    number: int, overrides: Sequence[str], excluded: Sequence[str], choices: Mapping[str, object], sweep: str
) -> str:
    return job_name(number, [str(text) for text in overrides], list(excluded), list(choices), sweep)


def _key(text: str) -> str:
    return text.strip().lstrip("+~").partition("=")[0]


def _place(key: str, groups: Sequence[str]) -> tuple[bool, bool, bool, bool, str]:
    """Sort the experiment before the model, groups before values, what repeats a run after all others."""
    return key in _LAST, key not in groups, key != "experiment", key != "model", key


def _word(key: str, value: str, shown: str, groups: Sequence[str]) -> str:
    """Return what stands for one setting: an option alone where no other group has one of that name."""
    safe = _safe(key, value)
    if key in groups and value == safe and value != "null" and len(list(conf_dir().glob(f"*/{value}.yaml"))) < 2:
        return value
    return f"{re.sub('[^A-Za-z0-9_.-]', '.', shown)}={safe}"


def _safe(key: str, value: str) -> str:
    """Return a value as a part of a folder's name; what had to be altered gets a mark, so that no two are the same."""
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


def _has_numbers(sweep: Path) -> bool:
    """Return whether the jobs of a sweep that was begun already are called by their numbers, all of them.

    A 0 alone, or beside jobs of other names, is a sweep's that had one job, which was started in the same folder. A
    report beside them is none.
    """
    makers = ("", *_MAKES_RUNS)
    return (
        _is_run(sweep / "0")
        and _is_run(sweep / "1")
        and all(
            path.name.isdecimal()
            for path in sweep.iterdir()
            if _is_run(path) and RunFolder(path).written_by() in makers
        )
    )


def _is_run(folder: Path) -> bool:
    return any((folder / name).exists() for name in _RUN_FILES)
