"""Checks of a config that can be made before anything is loaded, read or computed."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from omegaconf import DictConfig, ListConfig, OmegaConf

from musicgenre.cli.arguments import PATHS
from musicgenre.cli.devices import check_accelerator
from musicgenre.cli.known_values import check_values
from musicgenre.cli.trainer_settings import check_trainer
from musicgenre.cli.values import shown
from musicgenre.errors import MusicGenreError
from musicgenre.quoting import quoted
from musicgenre.runs.find import newest_run
from musicgenre.suggest import similar_beside

log = logging.getLogger(__name__)

_MONITORED = tuple(f"val/{level}/{name}" for level in ("track", "segment") for name in ("accuracy", "loss", "macro_f1"))
_TRAINING = ("train", "gan", "prepare")  # commands with the config of a training
_OF_TRAINING = ("val/loss", "val/acc", "train/segment/loss", "train/segment/accuracy", "train/lr")
_LOG_NOTHING_ELSE = ("musicgenre.", "lightning.", "pytorch_lightning.")  # packages of callbacks
_PATHS = {
    "data.root": "There is no folder {path} (it exists only as far as {above}): check data.root.",
    "data.table": "The feature table {path} cannot be read (no such file): give data.table=CSV.",
    "runs": "There is no folder {path}: give runs=FOLDER, such as runs=multirun.",
    "run": "{path} is not a trained run (no such folder): give a folder that `musicgenre train` wrote, such as "
    "outputs/DATE/TIME or multirun/DATE/TIME/NAME.",
    "audio": "There is no file or folder {path}: give audio=FILE or audio=FOLDER.",
}
_READ_LATER = ("gan_run", "embed.run", "table", "split.file", "data.artists", "data.labels", "ckpt_path")
_SETTINGS = {  # keys with others below them, with an example
    "segments": "segments.length=3",
    "rates": "rates.adam=1e-3",
    "trainer": "trainer.max_epochs=10",
    "callbacks": "callbacks.early_stopping.patience=5",
    "sweep": "sweep.stop_on_error=true",
}
_CHOSEN = ("data", "split", "features", "model", "loss", "optimizer")  # groups from which something is built
_OR_NULL = (
    "wave_augment",
    "augment",
    "mix",
    "gan",
    "scheduler",
    "logger",
    "callbacks",
)  # the same, but they may be null
_GLOBAL = ("experiment", "debug", "hparams_search")  # groups whose settings belong to the whole run
_NO_PATHS = {"data.artists": ("none", "folders"), "table": ("features",)}  # values that are not files
_LISTED = "{path} is not a finished run (no such folder): give folders that `musicgenre train` wrote."


def check_config(cfg: DictConfig, command: str = "train") -> None:
    """Make sure that a command's config is complete and possible on this machine, as far as can be checked quickly.

    Raises:
        MusicGenreError: It is not.
    """
    check_contents(cfg, command)
    _warn_of_mode(cfg)
    check_machine(cfg)


def check_contents(cfg: DictConfig, command: str) -> None:
    """Make sure that a command's config is complete and possible on any machine.

    Raises:
        MusicGenreError: It is not.
    """
    check_global(cfg)
    check_mappings(cfg)
    check_missing(cfg)
    if command in _TRAINING and not isinstance(cfg.get("run"), DictConfig):
        raise MusicGenreError(
            f"run is {cfg.get('run')}, but {command} makes a run of its own: give run.tags=[...] or run.notes=..., or "
            "test that run with musicgenre evaluate."
        )
    check_values(cfg, command)
    check_settings(cfg)
    check_trainer(cfg)


def check_machine(cfg: DictConfig) -> None:
    """Make sure that this machine has what a config asks for: the accelerator, and the paths to read from.

    Raises:
        MusicGenreError: It has not.
    """
    check_accelerator(OmegaConf.select(cfg, "trainer.accelerator"))
    check_paths(cfg)


def check_global(cfg: DictConfig) -> None:
    """Make sure that the settings of an experiment are those of the run.

    Raises:
        MusicGenreError: Its file lacks the line that says so, without which none of them would have an effect.

    Example:
        >>> check_global(OmegaConf.create({"experiment": {"seed": 3}}))
        Traceback (most recent call last):
        musicgenre.errors.MusicGenreError: experiment has seed, with no effect: begin its file with # @package _global_.
    """
    for group in _GLOBAL:
        node = cfg.get(group)
        if isinstance(node, DictConfig) and node:
            found = ", ".join(map(str, node))
            raise MusicGenreError(f"{group} has {found}, with no effect: begin its file with # @package _global_.")


def check_mappings(cfg: DictConfig) -> None:
    """Make sure that no key with others below it was given a single value; a command may lack some of them.

    Raises:
        MusicGenreError: It was.

    Example:
        >>> check_mappings(OmegaConf.create({"segments": 3}))
        Traceback (most recent call last):
        musicgenre.errors.MusicGenreError: segments is 3, but has keys of its own: set one of these, segments.length=3.
    """
    for key in (*_SETTINGS, *_CHOSEN, *_OR_NULL):
        value = cfg.get(key) if key in cfg and not OmegaConf.is_missing(cfg, key) else cfg
        if isinstance(value, DictConfig) or (value is None and key in _OR_NULL):
            continue
        mend = f"set one of these, {_SETTINGS[key]}" if key in _SETTINGS else f"choose an option, {key}=NAME"
        raise MusicGenreError(f"{key} is {shown(value)}, but has keys of its own: {mend}.")


def check_missing(cfg: DictConfig) -> None:
    """Make sure that every value without a default is set.

    Raises:
        MusicGenreError: A value is not set.

    Example:
        >>> check_missing(OmegaConf.create({"run": "???", "seed": 0}))
        Traceback (most recent call last):
        musicgenre.errors.MusicGenreError: run is not set, and has no default: add run=... to the command.
    """
    if missing := sorted(_missing(OmegaConf.to_container(cfg, resolve=False))):
        raise MusicGenreError(explain_missing(missing))


def _missing(node: object, key: str = "") -> Iterator[str]:
    """Yield the dotted keys without a value; interpolations are not resolved, as only a job may know their values."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _missing(value, f"{key}.{name}" if key else str(name))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from _missing(value, f"{key}[{place}]")
    elif node == "???":
        yield key


def explain_missing(keys: Sequence[str]) -> str:
    """Say what to add to a command for keys that are not set."""
    verbs = ("is", "has") if len(keys) == 1 else ("are", "have")
    added = " ".join(f"{key}=..." for key in keys)
    return f"{' and '.join(keys)} {verbs[0]} not set, and {verbs[1]} no default: add {added} to the command."


def check_settings(cfg: DictConfig) -> None:
    """Make sure that settings which no library checks in time make sense; a command may lack some of them.

    Raises:
        MusicGenreError: A setting does not.
    """
    if OmegaConf.select(cfg, "trainer.max_epochs") == 0:
        raise MusicGenreError("trainer.max_epochs is 0: give a whole number of at least 1, or -1 for no limit.")
    if "embed" in cfg and not isinstance(cfg.embed, DictConfig | None):
        raise MusicGenreError(
            f"embed is {cfg.embed!r}: give embed.run=RUN with experiment=cnn_features, or leave it null."
        )
    mixed = "mixed" in str(OmegaConf.select(cfg, "trainer.precision"))
    if mixed and OmegaConf.select(cfg, "trainer.gradient_clip_val") and OmegaConf.select(cfg, "optimizer.fused"):
        raise MusicGenreError(
            "With mixed precision, Lightning cannot clip the gradients of a fused optimizer: add "
            "optimizer.fused=false, or leave out trainer.gradient_clip_val."
        )
    if cfg.get("wave_augment") and (cfg.get("gan") or cfg.get("gan_run") is not None):
        raise MusicGenreError(
            "wave_augment changes waveforms, but a GAN learns and generates features: choose wave_augment=none with "
            "gan and gan_run."
        )
    own = _logs_its_own(cfg)
    if "monitor" in cfg and cfg.monitor not in _MONITORED and not own:
        raise MusicGenreError(f"monitor is {cfg.monitor!r}: choose one of {', '.join(_MONITORED)}.")
    watching = {f"callbacks.{name}": node for name, node in (cfg.get("callbacks") or {}).items()}
    for name, node in {**watching, "scheduler": cfg.get("scheduler")}.items():
        watched = node.get("monitor") if isinstance(node, DictConfig) else None
        if watched is not None and watched not in (*_MONITORED, *_OF_TRAINING) and not own:
            known = ", ".join((*_MONITORED, *_OF_TRAINING))
            raise MusicGenreError(f"{name}.monitor is {watched!r}: choose one of {known}.")


def stand_where_typed(cfg: DictConfig, folder: Path) -> None:
    """Make relative paths start from the folder where the command was typed, if Hydra has changed the working folder.

    Args:
        cfg: The command's config.
        folder: The folder where it was typed.
    """
    if folder.resolve() == Path.cwd():
        return
    for key in PATHS:
        value = OmegaConf.select(cfg, key, throw_on_missing=False)
        if isinstance(value, str) and not value.startswith("~") and value not in _NO_PATHS.get(key, ()):
            OmegaConf.update(cfg, key, str(folder / value))
        elif isinstance(value, ListConfig):
            OmegaConf.update(cfg, key, [str(folder / str(name)) for name in value])


def check_paths(cfg: DictConfig) -> None:
    """Make sure that every path that a command reads from exists; the command itself checks what is there.

    Raises:
        MusicGenreError: A path does not exist.
    """
    for key in _READ_LATER:
        if isinstance(name := OmegaConf.select(cfg, key), str):
            _expanded(key, name)
    for key, sentence in _PATHS.items():
        value = OmegaConf.select(cfg, key)
        if not isinstance(value, str | ListConfig):  # `run` of a training holds its tags; `audio` may be a number
            continue
        one = isinstance(value, str)
        for name in [value] if isinstance(value, str) else value:
            path = _expanded(key, name)
            if not path.exists() and not (key == "audio" and path.is_symlink()):  # a broken link is reported later
                above = next(parent for parent in path.absolute().parents if parent.is_dir())
                said = (sentence if one else _LISTED).format(path=path, above=above)
                raise MusicGenreError(said + similar_beside(path))
            if key == "run" and path.is_dir() and not (path / "environment.json").is_file():
                _refuse_folder_of_runs(path)


def _refuse_folder_of_runs(path: Path) -> None:
    if not (path / "checkpoints").is_dir() and (newest := newest_run(path)):
        found = quoted(f"run={newest}")
        raise MusicGenreError(f"{path} is a folder of runs: give one of them, such as the newest, {found}.")


def _expanded(key: str, name: str) -> Path:
    try:
        path = Path(name).expanduser()
        path.exists()
        return path
    except OSError as error:  # a name that is too long
        raise MusicGenreError(f"{key} is {name[:60]}..., which is not a valid path here ({error.strerror}).") from error
    except RuntimeError as error:  # ~user
        raise MusicGenreError(
            f"{key} is {name}, but there is no such user here: give the folder's whole path."
        ) from error


def _logs_its_own(cfg: DictConfig) -> bool:
    """Return whether a callback is neither musicgenre's nor Lightning's, which may log metrics of its own."""
    own, more = cfg.get("callbacks"), OmegaConf.select(cfg, "trainer.callbacks")
    nodes = [*(own.values() if isinstance(own, DictConfig) else ()), *(more if isinstance(more, ListConfig) else ())]
    targets = [str(node.get("_target_")) for node in nodes if isinstance(node, DictConfig)]
    return any(not target.startswith(_LOG_NOTHING_ELSE) for target in targets)


def _warn_of_mode(cfg: DictConfig) -> None:
    monitor, mode = cfg.get("monitor"), cfg.get("mode")
    if monitor in _MONITORED and mode != (wanted := "min" if monitor.endswith("/loss") else "max"):
        log.warning("monitor=%s with mode=%s keeps the worst epoch; mode=%s the best.", monitor, mode, wanted)
