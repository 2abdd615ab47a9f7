"""What is quicker in the tests than in a command gives the same."""

from typing import Any

import pytest
import yaml
from hydra._internal import config_loader_impl
from omegaconf import OmegaConf

from musicgenre.cli.compose import make_hydra
from musicgenre.yaml_text import as_yaml


@pytest.mark.parametrize("typed", [["model=bilstm", "logger=[csv]"], ["hydra/sweeper=optuna", "experiment=net1_fcnn"]])
def test_a_config_of_two_parts_is_the_config(typed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    loader: Any = make_hydra().config_loader
    overrides, repo = loader._parse_overrides_and_create_caching_repo("train", typed)
    find: Any = vars(config_loader_impl)["create_defaults_list"]
    defaults = find(repo, "train", overrides, prepend_hydra=True, skip_missing=False).defaults
    assert type(defaults) is not list
    quick, whole = (loader._compose_config_from_defaults_list(each, repo) for each in (defaults, list(defaults)))
    assert OmegaConf.to_yaml(quick) == OmegaConf.to_yaml(whole)
    odd = ["1e3", "on", "a: é", "- x", "long " * 99, "two\n lines", "", None, 1e-5, float("nan")]
    values = {"config": OmegaConf.to_container(quick, enum_to_str=True), "odd": odd}
    text = as_yaml(values)
    monkeypatch.setattr(yaml, "SafeDumper", yaml.dumper.SafeDumper)
    assert as_yaml(values) == text
