"""What is quicker in the tests than in a command gives the same."""

import dis
from typing import Any

import pytest
import yaml
from hydra._internal import config_loader_impl
from omegaconf import OmegaConf
from quick_omegaconf import IMPORTING

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


def test_functions_that_import_once_answer_as_before() -> None:
    steps = [step.opname for function in IMPORTING for step in dis.get_instructions(function)]
    assert steps and "IMPORT_NAME" not in steps
    config = OmegaConf.create({"a": "???", "b": "${c.d[1]}", "c": {"d": [1, None]}, "e": 2})
    assert [OmegaConf.is_missing(config, key) for key in config] == [True, False, False, False]
    assert [OmegaConf.is_interpolation(config, key) for key in config] == [False, True, False, False]
    assert [OmegaConf.is_dict(config.c), OmegaConf.is_list(config.c.d), OmegaConf.is_config(config.e)] == [
        True,
        True,
        False,
    ]
    assert (config.b, config.c.d._get_full_key(1), OmegaConf.select(config, "c.d[0]")) == (None, "c.d[1]", 1)
    OmegaConf.set_readonly(config, True)
    assert OmegaConf.is_readonly(config.c.d)
    assert OmegaConf.to_container(config) == {"a": "???", "b": "${c.d[1]}", "c": {"d": [1, None]}, "e": 2}
