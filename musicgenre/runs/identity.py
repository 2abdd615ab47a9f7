"""What tells runs apart: the settings that count, and those that only say where a run was made, not what it is."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import xxhash

DEVICES = "trainer.devices"
# Where a run reads, computes and writes, and what it shows: none of it changes the results. A dot at the end stands
# for every key below.
WHERE = (
    "hydra.",
    "sweep.",
    "callbacks.pruning.",
    "callbacks.last.",  # how often a state to resume from is kept
    "logger.",
    "data.root",
    "data.table",
    "data.artists",
    "data.labels",
    "trainer.accelerator",
    DEVICES,  # except the number of processes: part of a signature's data_key, and counted by `asked_of` in reports
    "trainer.profiler",
    "ckpt_path",
    "figures",
    "embeddings",
    "trust",
    "trusted",
    "run.tags",
    "run.notes",
)
# What trains networks, and has no effect on a classical model of the features themselves.
_OF_NETWORKS = (
    *("optimizer.", "rates.", "epsilon", "rho", "scheduler.", "loss.", "augment.", "standardize.", "batch_size"),
    *("callbacks.", "milestones", "select", "compile", "channels_last", "embeddings", "trainer.", "segments.windows"),
)
_OF_TESTS = ("trainer.precision", "trainer.limit_test_batches")  # besides, what has an effect on a test alone
_OF_SEARCHES = ("monitor", "mode")  # in a classical model's run, what a search over it looks for
OTHER_RUNS = ("gan_run", "embed.run")  # folders of other runs: what is in them counts, not where they are
FOLD = "split.fold"
REPEATED = ("seed", FOLD)  # what tells equal runs apart
_OTHERWISE = ("data", "trainer", "sweep")  # groups whose options only name what is compared in other ways
_COUNT_OR_SHARE = (  # names of settings that take a whole number as a count, and a fraction as a share: 1 is not 1.0
    *("limit_train_batches", "limit_val_batches", "limit_test_batches", "overfit_batches", "val_check_interval"),
    *("max_features", "max_samples", "n_features_to_select", "amount", "swa_epoch_start"),
)
_DIGITS = r"\d(?:_?\d)*"
_WHOLE = rf"(?!0_?\d){_DIGITS}"  # 007 is a text
_NUMBER = re.compile(rf"[+-]?(?:{_WHOLE}\.?|(?:{_WHOLE})?\.{_DIGITS})(?:e[+-]?{_DIGITS})?", re.IGNORECASE | re.ASCII)
_ABSENT = object()


def override_key(text: str) -> str:
    """Return the key of an override, as written in a config.

    Example:
        >>> [override_key(text) for text in ("seed=1", "+trainer.profiler=simple", "~augment", "model@embed.model=cnn")]
        ['seed', 'trainer.profiler', 'augment', 'model']
    """
    return text.strip().lstrip("+~").partition("=")[0].partition("@")[0]


def says_where(key: str) -> bool:
    """Return whether a key says where a run was made, not what it is.

    Example:
        >>> [says_where(key) for key in ("data.root", "logger.csv", "hydra/launcher", "trainer.max_epochs", "seed")]
        [True, True, True, False, False]
    """
    return _is_among(key, WHERE)


def of_networks(key: str) -> bool:
    """Return whether a setting only affects the training of networks, besides what a search looks for.

    Example:
        >>> [of_networks(key) for key in ("optimizer", "optimizer.lr", "trainer.max_epochs", "features.n_mels", "seed")]
        [True, True, True, False, False]
    """
    return _is_among(key, _OF_NETWORKS)


def of_searches(key: str) -> bool:
    """Return whether a setting of a classical model only says what a search over it looks for, not what it is.

    Example:
        >>> [of_searches(key) for key in ("monitor", "mode", "model")]
        [True, True, False]
    """
    return _is_among(key, _OF_SEARCHES)


def of_tests(key: str) -> bool:
    """Return whether a setting of the trainer has an effect on a test alone, as of `musicgenre evaluate`.

    Example:
        >>> of_tests("trainer.precision"), of_tests("trainer.max_epochs")
        (True, False)
    """
    return _is_among(key, _OF_TESTS)


def _is_among(key: str, names: Sequence[str]) -> bool:
    dotted = key.replace("/", ".") + "."
    return any(dotted.startswith(each) if each.endswith(".") else dotted == f"{each}." for each in names)


def what_counts(
    config: Mapping[str, Any], above: str = "", without: Callable[[str], bool] = says_where
) -> dict[str, Any]:
    """Return a config without the keys that say where a run was made.

    Args:
        config: Plain settings, nested by group.
        above: The config's own key, with a dot at the end; empty for a whole config.
        without: Tells which dotted keys are left out, if not those.

    Example:
        >>> what_counts({"seed": 1, "data": {"root": "/music", "genres": None}, "logger": {"csv": True}})
        {'seed': 1, 'data': {'genres': None}}
    """
    return {
        name: what_counts(value, f"{above}{name}.", without) if isinstance(value, Mapping) else value
        for name, value in config.items()
        if not without(f"{above}{name}")
    }


def is_count_or_share(key: str) -> bool:
    """Return whether a setting takes a whole number as a count, and a fraction as a share: 1 is one, and 1.0 is all.

    Example:
        >>> is_count_or_share("trainer.limit_train_batches"), is_count_or_share("optimizer.lr")
        (True, False)
    """
    return key.rpartition(".")[2] in _COUNT_OR_SHARE


def equal_numbers(value: Any, key: str = "") -> Any:  # noqa: ANN401  # of any kind
    """Return plain values with whole floats as integers: 3 and 3.0 are one setting, but for `is_count_or_share`.

    Args:
        value: The value of a setting, or settings nested by group.
        key: The setting's key, or only its name.

    Example:
        >>> equal_numbers({"length": 3.0, "overlap": 0.5, "sizes": [1, 2.0], "limit_train_batches": 1.0})
        {'length': 3, 'overlap': 0.5, 'sizes': [1, 2], 'limit_train_batches': 1.0}
    """
    if isinstance(value, Mapping):
        return {name: equal_numbers(each, str(name)) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [equal_numbers(each) for each in value]
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
    return int(value) if whole and not is_count_or_share(key) else value


def number_text(text: str, key: str = "") -> str:
    """Return a setting's text, with numbers, as Hydra reads them, written in one way.

    Example:
        >>> [number_text(text) for text in ("3", "3.0", "0.50", "1_000", "adam", "nan", "007", "9007199254740993")]
        ['3', '3', '0.5', '1000', 'adam', 'nan', '007', '9007199254740993']
        >>> [number_text(text, "trainer.limit_train_batches") for text in ("1", "1.0", "1e0")]
        ['1', '1.0', '1.0']
    """
    if not _NUMBER.fullmatch(text):
        return text
    return str(int(text) if re.fullmatch(r"[+-]?[\d_]+", text) else equal_numbers(float(text), key))


def value_text(value: object, key: str = "") -> str:
    """Return a setting's value as it is typed, with equal numbers written in one way.

    Args:
        value: The value.
        key: The setting's key, or only its name.

    Example:
        >>> [value_text(value) for value in (True, None, [512, 256.0], {"a": 0.1, "b": [None]}, "adam", "")]
        ['true', 'null', '[512,256]', '{a:0.1,b:[null]}', 'adam', "''"]
    """
    value = equal_numbers(value, key)
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{name}:{value_text(each, str(name))}' for name, each in value.items())}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{','.join(map(value_text, value))}]"
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return str(value) or "''"


def signature(config: Mapping[str, Any], data_key: str) -> str:
    """Return the hash of all that decides a run's result: the config without the keys that say where, and the data.

    Args:
        config: The resolved config, as plain values.
        data_key: Hash of the data's content, of tables about it, of the model that `gan_run` or `embed.run` names
            (where these are does not count) and, if there are several, of the number of processes.

    Example:
        >>> here, there = ({"seed": 0, "data": {"root": root}} for root in ("here", "there"))
        >>> signature(here, "key") == signature(there, "key"), signature(here, "key") == signature(here, "other")
        (True, False)
    """
    about = (settings_that_count(config), data_key)
    return xxhash.xxh3_128_hexdigest(json.dumps(about, sort_keys=True, default=str).encode())


def settings_that_count(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that are part of a run's signature, with equal numbers written in one way.

    Example:
        >>> settings_that_count({"seed": 1.0, "data": {"root": "here"}, "gan_run": "outputs/gan"})
        {'seed': 1, 'data': {}}
    """
    counted = {name: value for name, value in what_counts(config).items() if name not in ("gan_run", "run")}
    if isinstance(embed := counted.get("embed"), Mapping):
        counted["embed"] = {**embed, "run": None}
    found: dict[str, Any] = equal_numbers(counted)
    return found


def asked_for(overrides: Sequence[str], over: Sequence[str] = REPEATED) -> tuple[str, ...]:
    """Return the overrides without places, devices, the data's name, and keys that tell equal runs apart.

    Of another run's folder only the key is kept: it says that a run was used, not where it is.

    Args:
        overrides: The overrides as typed.
        over: Keys that tell equal runs apart.

    Example:
        >>> asked_for(["experiment=net5_bilstm", "+width=2", "data.root=/music", "gan_run=/runs/gan"])
        ('experiment=net5_bilstm', 'width=2', 'gan_run')
    """
    asked = []
    for text in overrides:
        key, value = override_key(text), text.partition("=")[2]
        if key in OTHER_RUNS:
            asked += [key] if value not in ("", "null") else []
        elif key not in (*over, *_OTHERWISE) and not says_where(key):
            asked.append(text.lstrip("+"))
    return tuple(asked)


def flat(config: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Return all values of a config by dotted key; an empty mapping is a value.

    Example:
        >>> flat({"seed": 1, "optimizer": {"lr": 0.001}, "callbacks": {}})
        {'seed': 1, 'optimizer.lr': 0.001, 'callbacks': {}}
    """
    found: dict[str, Any] = {}
    for name, value in config.items():
        key = f"{above}{name}"
        found |= flat(value, f"{key}.") if isinstance(value, Mapping) and value else {key: value}
    return found


def value_of(config: Mapping[str, Any], key: str, default: Any = _ABSENT) -> Any:  # noqa: ANN401  # of any kind
    """Return the value of a dotted key.

    Raises:
        KeyError: There is neither such a key nor a default.

    Example:
        >>> value_of({"optimizer": {"lr": 0.001}}, "optimizer.lr")
        0.001
    """
    found: Any = config
    for name in key.split("."):
        if not isinstance(found, Mapping) or name not in found:
            if default is _ABSENT:
                raise KeyError(key)
            return default
        found = found[name]
    return found
