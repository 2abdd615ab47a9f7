"""Hydra without repetition: the tests compose a thousand configs, most of them from the same files.

What depends only on files and groups is done once for each choice of groups and unpickled afterwards, which takes a
tenth of the time. Each distinct value on the command line is parsed once and applied as usual.
"""

import copy
import logging
import pickle
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hydra._internal import config_loader_impl, defaults_list
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import CachingConfigRepository, ConfigRepository, IConfigRepository
from hydra._internal.defaults_list import DefaultsList, Overrides
from hydra._internal.sources_registry import SourcesRegistry
from hydra.core.default_element import InputDefault, ResultDefault
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigResult, ConfigSource
from omegaconf import DictConfig, OmegaConf, _utils, base, flag_override, grammar_parser

from musicgenre.cli.configs import conf_dir

OURS = {str(conf_dir()), "hydra.conf", ""}  # the sources whose files no test changes


class _Defaults(list[ResultDefault]):
    """A list of defaults that keeps the config composed from it."""

    composed: bytes | None = None


def parse_files_once(patch: pytest.MonkeyPatch) -> None:
    """Hydra parses some thirty files for each command."""

    def once(parse: Callable[[ConfigSource, str], ConfigResult]) -> Callable[[ConfigSource, str], ConfigResult]:
        parsed: dict[tuple[str, int], bytes] = {}

        def load_config(self: ConfigSource, config_path: str) -> ConfigResult:
            file = Path(self.path, f"{config_path.removesuffix('.yaml')}.yaml")
            key = (str(file), file.stat().st_mtime_ns if file.is_file() else 0)
            if key not in parsed:
                parsed[key] = pickle.dumps(parse(self, config_path))
            result: ConfigResult = pickle.loads(parsed[key])
            return result

        return load_config

    Plugins.instance()  # registers the sources
    for scheme in ("file", "pkg"):  # a package's key is its name: its files do not change
        source = SourcesRegistry.instance().resolve(scheme)
        patch.setattr(source, "load_config", once(source.load_config))


def look_for_files_once(patch: pytest.MonkeyPatch) -> None:
    """Hydra resolves the path of each file and group that it looks for, in each of its sources."""

    def once(ask: Callable[[ConfigSource, str], bool]) -> Callable[[ConfigSource, str], bool]:
        known: dict[tuple[str, str], bool] = {}

        def is_there(self: ConfigSource, config_path: str) -> bool:
            if self.path not in OURS:
                return ask(self, config_path)
            key = (self.path, config_path)
            if key not in known:
                known[key] = ask(self, config_path)
            return known[key]

        return is_there

    Plugins.instance()  # registers the sources
    for scheme in ("file", "pkg"):
        source = SourcesRegistry.instance().resolve(scheme)
        patch.setattr(source, "is_config", once(source.is_config))
        patch.setattr(source, "is_group", once(source.is_group))


def parse_overrides_once(patch: pytest.MonkeyPatch) -> None:
    """Hydra parses each override with ANTLR, and the same few texts recur."""
    parse = OverridesParser.parse_rule
    parsed: dict[str, Override] = {}

    def parse_rule(self: OverridesParser, s: str, rule_name: str) -> Any:
        if rule_name != "override":
            return parse(self, s, rule_name)
        if s not in parsed:
            parsed[s] = parse(self, s, rule_name)
        return copy.deepcopy(parsed[s])

    patch.setattr(OverridesParser, "parse_rule", parse_rule)


def list_choices_where_they_are_read(patch: pytest.MonkeyPatch) -> None:
    """Hydra lists all choices for each list of defaults, but only an interpolation reads them."""
    real = defaults_list._create_interpolation_map

    def create(overrides: Any, defaults: list[InputDefault], self_added: bool) -> DictConfig:
        needed = any(default.is_interpolation() for default in defaults)
        return real(overrides, defaults, self_added) if needed else OmegaConf.create()

    patch.setattr(defaults_list, "_create_interpolation_map", create)


def share_sources(patch: pytest.MonkeyPatch) -> None:
    """Hydra deep-copies all sources, so that a user's search path is not added to the originals."""

    def initialise(self: CachingConfigRepository, delegate: ConfigRepository) -> None:
        self.delegate, self.cache = copy.copy(delegate), {}  # a search path goes into a new list

    patch.setattr(CachingConfigRepository, "__init__", initialise)


def compose_groups_once(patch: pytest.MonkeyPatch) -> None:
    """The same groups give the same list of defaults and config, if all files are the project's or Hydra's."""
    find, compose = defaults_list.create_defaults_list, ConfigLoaderImpl._compose_config_from_defaults_list
    known: dict[object, tuple[_Defaults, dict[str, str | None]]] = {}
    hydras_own: dict[object, bytes] = {}  # a third of a config, and nearly always the same

    def create_defaults_list(
        repo: IConfigRepository, config_name: str | None, overrides_list: list[Override], **how: bool
    ) -> DefaultsList:
        sources = [source.path for source in repo.get_sources()]
        if not OURS.issuperset(sources):
            return find(repo, config_name, overrides_list, **how)
        overrides = Overrides(repo, overrides_list)
        values = set(map(id, overrides.config_overrides))
        groups = [override.input_line for override in overrides_list if id(override) not in values]
        key = (config_name, *groups, *sources, *sorted(how.items()))
        if key not in known:
            found = find(repo, config_name, overrides_list, **how)
            found.defaults = _Defaults(found.defaults)
            known[key] = (found.defaults, found.overrides.known_choices)
            return found
        defaults, choices = known[key]
        overrides.known_choices = dict(choices)
        return DefaultsList(defaults, None, overrides.config_overrides, overrides)  # type: ignore[arg-type]

    def compose_config(self: ConfigLoaderImpl, defaults: list[ResultDefault], repo: IConfigRepository) -> DictConfig:
        if not isinstance(defaults, _Defaults):
            return compose(self, defaults, repo)
        if defaults.composed is None:
            count = sum(str(default.config_path).startswith("hydra/") for default in defaults)  # they come first
            key = tuple((default.config_path, default.package) for default in defaults[:count])
            if key not in hydras_own:
                hydras_own[key] = pickle.dumps(compose(self, defaults[:count], repo))
            whole: DictConfig = pickle.loads(hydras_own[key])
            with flag_override(whole, "no_deepcopy_set_nodes", True):
                whole.merge_with(compose(self, defaults[count:], repo))
            defaults.composed = pickle.dumps(whole)
        config: DictConfig = pickle.loads(defaults.composed)
        return config

    patch.setattr(config_loader_impl, "create_defaults_list", create_defaults_list)
    patch.setattr(ConfigLoaderImpl, "_compose_config_from_defaults_list", compose_config)


def copy_whole_configs_by_pickling(patch: pytest.MonkeyPatch) -> None:
    """A job's config is copied several times, node by node; once only for Hydra's own part, which stays as it is."""
    real = DictConfig.__deepcopy__

    def deepcopy(self: DictConfig, memo: dict[int, Any]) -> DictConfig:
        hydras_own: object = HydraConfig.instance().cfg
        if self is hydras_own:
            return self
        content = self.__dict__["_content"]
        if self._get_parent() is not None or not isinstance(content, dict) or "hydra" not in content:
            return real(self, memo)
        copied: DictConfig = pickle.loads(pickle.dumps(self))
        return copied

    patch.setattr(DictConfig, "__deepcopy__", deepcopy)


def keep_hydras_config_uncopied(patch: pytest.MonkeyPatch) -> None:
    """Hydra copies its own config for each job, node by node, to hide the rest of the job's."""

    def set_config(self: HydraConfig, cfg: DictConfig) -> None:
        OmegaConf.set_readonly(cfg.hydra, True)
        self.cfg = OmegaConf.create()  # type: ignore[assignment]
        self.cfg.__dict__["_content"]["hydra"] = cfg._get_node("hydra")  # whose parent stays the job's config

    patch.setattr(HydraConfig, "set_config", set_config)


def parse_interpolations_once(patch: pytest.MonkeyPatch) -> None:
    """OmegaConf parses an interpolation with ANTLR whenever it is read."""
    parse = cache(grammar_parser.parse)
    patch.setattr(_utils, "parse", parse)
    patch.setattr(base, "parse", parse)


def write_yaml_in_c(patch: pytest.MonkeyPatch) -> None:
    """PyYAML takes libyaml for writing only where it is asked to."""
    patch.setattr(yaml, "SafeDumper", getattr(yaml, "CSafeDumper", yaml.SafeDumper))


def set_levels_that_differ(patch: pytest.MonkeyPatch) -> None:
    """Configuring logging sets the levels of some thirty loggers, each of which clears what all others remember."""
    real = logging.Logger.setLevel

    def set_level(self: logging.Logger, level: int | str) -> None:
        if level != self.level:
            real(self, level)

    patch.setattr(logging.Logger, "setLevel", set_level)


QUICK = (
    parse_interpolations_once,
    write_yaml_in_c,
    set_levels_that_differ,
    keep_hydras_config_uncopied,
    copy_whole_configs_by_pickling,
    parse_files_once,
    look_for_files_once,
    parse_overrides_once,
    list_choices_where_they_are_read,
    share_sources,
    compose_groups_once,
)
