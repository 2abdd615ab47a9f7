"""What of a run folder may be built: a stranger's folder is untrusted data, and so are the names in it.

A record holds `{"_target_": "musicgenre.data.splits.stratified", ...}`. The name is only built if it occurs, exactly
so, in musicgenre's own `conf/GROUP/*.yaml` or in a folder of the user's own configs, for the same group.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from musicgenre.errors import MusicGenreError, UntrustedError
from musicgenre.yaml_text import parse_yaml

_TARGET = "_target_"
_DEEPEST = 30  # levels of a record; what runs write has six
_MOST = 100_000  # values of a record; what runs write has hundreds


class Names(Protocol):
    """A set of names that supports `in` but cannot be listed."""

    def __contains__(self, name: object, /) -> bool:
        """Return whether it contains a name."""


@dataclass(frozen=True)
class Trust:
    """The names that may be built from a record.

    Attributes:
        everything: Whether to build whatever it names and read every pickled model: a stranger's code then runs.
        names: Full names for any group.
        configs: Folders of the user's own configs.

    Example:
        >>> "musicgenre.data.splits.stratified" in Trust().of("split"), "joblib.load" in Trust().of("split")
        (True, False)
        >>> "musicgenre.data.splits.stratified" in Trust().of("data")
        False
    """

    everything: bool = False
    names: frozenset[str] = frozenset()
    configs: tuple[Path, ...] = ()

    def of(self, group: str) -> Names:
        """Return the names that may be built for a config group."""
        return _Names(self, group)

    def with_names(self, names: Iterable[str]) -> "Trust":
        """Return a copy with further names."""
        return Trust(self.everything, self.names | frozenset(names), self.configs)


def as_trust(trust: "bool | Trust", names: Collection[str] = ()) -> Trust:
    """Return true, false or a `Trust` as a `Trust`, with further names, or a single one, added."""
    known = trust if isinstance(trust, Trust) else Trust(everything=bool(trust))
    return known.with_names([names] if isinstance(names, str) else names)


def require_known(config: Mapping[str, Any], groups: Iterable[str], where: str, trust: Trust) -> None:
    """Check some groups of a record before anything in it is built.

    Args:
        config: The config in a run's record.
        groups: The groups that are about to be built.
        where: The file, for the message.
        trust: What the user trusts.

    Raises:
        UntrustedError: A name is not among those of its group, or a value would be interpolated from this machine.
        MusicGenreError: It is nested too deeply or too large.

    Example:
        >>> require_known({"split": {"_target_": "os.system"}}, ["split"], "best.ckpt", Trust())
        Traceback (most recent call last):
        ...
        musicgenre.errors.UntrustedError: best.ckpt names os.system for split, which no config of musicgenre's ...
    """
    if unknown := unknown_in(config, groups, where, trust):
        raise unknown_names(unknown, where)


def unknown_in(config: Mapping[str, Any], groups: Iterable[str], where: str, trust: Trust) -> dict[str, str]:
    """Return the names in some groups of a record that are not among those of their group, each with its group.

    Args:
        config: The config in a run's record.
        groups: The groups that are about to be built.
        where: The file, for the message.
        trust: What the user trusts.

    Raises:
        UntrustedError: A value would be interpolated from this machine.
        MusicGenreError: It is nested too deeply or too large.
    """
    unknown: dict[str, str] = {}
    for group in () if trust.everything else groups:
        known = trust.of(group)
        for key, value in _walk(config.get(group), where):
            if isinstance(value, str) and "${" in value:
                raise UntrustedError(
                    f"{where} has {value!r} in {group}, which would be filled in from this machine: a "
                    "record is filled in only with trust=true."
                )
            if key == _TARGET and value not in known:
                unknown.setdefault(str(value), group)
    return unknown


def unknown_names(unknown: Mapping[str, str], where: str) -> UntrustedError:
    """Return the error about the names that a file gives for groups which no config gives for them."""
    said = ", ".join(f"{name} for {group}" for name, group in unknown.items())
    it = "it" if len(unknown) == 1 else "them"
    return UntrustedError(
        f"{where} names {said}, which no config of musicgenre's or of yours names for {it}: nothing was built. If you "
        f"know where the run comes from, add the --config-dir that names {it}, trusted=[{','.join(unknown)}], or "
        "trust=true.",
        tuple(unknown),
    )


def require_trusted_pickle(path: Path, own: bool, trust: Trust) -> None:
    """Raise an error before a file is unpickled that was not written here.

    Args:
        path: The file.
        own: Whether this user's runs on this machine wrote it.
        trust: What the user trusts.

    Raises:
        UntrustedError: It is neither own nor trusted.
    """
    if not (own or trust.everything):
        raise UntrustedError(
            f"{path} was not written by your runs on this machine, and reading it runs whatever code was put into it: "
            "add trust=true if you know where it comes from."
        )


@dataclass(frozen=True)
class _Names:
    trust: Trust
    group: str

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        if self.trust.everything or name in self.trust.names or name in _our_names(self.group):
            return True
        return any(name in names_in(folder, self.group) for folder in self.trust.configs)


def names_in(configs: Path, group: str) -> frozenset[str]:
    """Return every `_target_` in a folder of configs for a group: below GROUP/, or for it in global files.

    Files that cannot be read are ignored.
    """
    found: set[str] = set()
    for file in sorted(configs.rglob("*.yaml")):
        parts = file.relative_to(configs).parts
        text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
        everywhere = len(parts) == 1 or "@package _global_" in text
        if _TARGET not in text or not (everywhere or parts[0] == group):
            continue
        try:
            node = parse_yaml(text)
            if everywhere:
                node = node.get(group) if isinstance(node, dict) else None
            found |= targets_of(node, str(file))
        except (ValueError, MusicGenreError):
            continue
    return frozenset(found)


def targets_of(node: Any, where: str) -> frozenset[str]:  # noqa: ANN401  # whatever a config holds
    """Return every `_target_` in a config, at any depth.

    Raises:
        MusicGenreError: It is nested too deeply or too large; the message names `where`.

    Example:
        >>> sorted(targets_of({"loss": {"_target_": "a.Loss", "of": [{"_target_": "b.Part"}]}}, "train.yaml"))
        ['a.Loss', 'b.Part']
    """
    return frozenset(value for key, value in _walk(node, where) if key == _TARGET and isinstance(value, str))


@cache
def _our_names(group: str) -> frozenset[str]:
    from musicgenre import conf

    return names_in(Path(str(conf.__file__)).parent, group)


def _walk(value: Any, where: str) -> Iterator[tuple[object, Any]]:  # noqa: ANN401  # whatever a file holds
    """Yield every key with its value, and every item of a list, at any depth.

    Raises:
        MusicGenreError: It is nested too deeply or too large.
    """
    left, seen = [(None, value, 0)], 0
    while left:
        key, each, depth = left.pop()
        seen += 1
        if depth > _DEEPEST or seen > _MOST:
            raise MusicGenreError(f"{where} is damaged: its record is nested too deeply or too large.")
        yield key, each
        if isinstance(each, Mapping):
            left += [(name, item, depth + 1) for name, item in each.items()]
            left += [(None, name, depth + 1) for name in each]
        elif isinstance(each, list | tuple | set | frozenset):
            left += [(None, item, depth + 1) for item in each]
