"""Suggested next commands can be typed as shown."""

import sys
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from made_runs import write_run

from musicgenre.cli.next_step import after_run
from musicgenre.quoting import quoted


def test_a_run_on_pictures_hears_nothing(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", choices={"features": "picture"})
    assert after_run(run) == f"musicgenre report runs={run}"
    assert after_run(write_run(tmp_path / "a b")) == f"musicgenre predict 'run={tmp_path}/a b' audio=FILE_OR_FOLDER"


def test_own_configs_are_named_again(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    sources = [
        {"path": "/ours", "provider": "main", "schema": "file"},
        {"path": "/my own", "provider": "command-line", "schema": "file"},
    ]
    typed = {"hydra": ["hydra.run.dir=x", "hydra.searchpath=[file:///more]"], "task": []}
    hydra = {"hydra": {"runtime": {"choices": {}, "config_sources": sources}, "overrides": typed}}
    (run / ".hydra" / "hydra.yaml").write_text(yaml.safe_dump(hydra))
    own = "'--config-dir=/my own' 'hydra.searchpath=[file:///more]'"
    assert after_run(run) == f"musicgenre predict {own} run={run} audio=FILE_OR_FOLDER"


def test_own_classes_that_no_config_names_are_to_be_trusted(tmp_path: Path) -> None:
    (tmp_path / "own" / "model").mkdir(parents=True)
    (tmp_path / "own" / "model" / "mine.yaml").write_text("_target_: own.Net\n_partial_: true\n")
    config = {
        "model": {"_target_": "own.Net", "_partial_": True},
        "features": {"_target_": "musicgenre.features.LogMel", "_partial_": True},
        "standardize": {"_target_": "own.Robust", "_partial_": True},
        "embed": {"model": {"_target_": "own.Inner", "_partial_": True}},
        "loss": {"_target_": "own.Focal"},
    }
    run = write_run(tmp_path / "run", config=config)
    sources = [{"path": str(tmp_path / "own"), "provider": "command-line", "schema": "file"}]
    (run / ".hydra" / "hydra.yaml").write_text(yaml.safe_dump({"hydra": {"runtime": {"config_sources": sources}}}))
    own = f"--config-dir={tmp_path}/own 'trusted=[own.Robust,own.Inner]'"
    assert after_run(run) == f"musicgenre predict {own} run={run} audio=FILE_OR_FOLDER"
    trusting = config | {"trust": True, "trusted": ["own.Other"]}
    stranger = write_run(tmp_path / "trusting", config=trusting | {"embed": {"run": "/theirs"}})
    assert after_run(stranger) == f"musicgenre predict trust=true run={stranger} audio=FILE_OR_FOLDER"
    fed = write_run(tmp_path / "fed", config=trusting | {"gan_run": "/theirs"})  # whose GAN is not read again
    names = "'trusted=[own.Other,own.Net,own.Robust,own.Inner]'"
    assert after_run(fed) == f"musicgenre predict {names} run={fed} audio=FILE_OR_FOLDER"
    estimator = write_run(tmp_path / "fitted", config={"model": {"_target_": "sklearn.svm.SVC"}})
    assert after_run(estimator) == f"musicgenre predict run={estimator} audio=FILE_OR_FOLDER"


def test_classes_that_are_defined_elsewhere_are_trusted_by_both_names_and_not_imported_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "code" / "own_again"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from own_again.parts import Net, Robust\n")
    (package / "parts.py").write_text("class Net: ...\nclass Robust: ...\n")
    monkeypatch.syspath_prepend(str(package.parent))
    config = {name: {"_target_": f"own_again.{name}", "_partial_": True} for name in ("Net", "Robust")}
    (tmp_path / "own" / "model").mkdir(parents=True)
    (tmp_path / "own" / "model" / "mine.yaml").write_text(yaml.safe_dump(config["Net"]))
    run = write_run(tmp_path / "run", config={"model": config["Net"], "standardize": config["Robust"]})
    sources = [{"path": str(tmp_path / "own"), "provider": "command-line", "schema": "file"}]
    (run / ".hydra" / "hydra.yaml").write_text(yaml.safe_dump({"hydra": {"runtime": {"config_sources": sources}}}))
    shown = f"musicgenre predict --config-dir={tmp_path}/own '{{}}' run={run} audio=FILE_OR_FOLDER"
    assert after_run(run) == shown.format("trusted=[own_again.Robust]")  # as where jobs ran in other processes
    assert "own_again" not in sys.modules
    import_module("own_again")
    names = "trusted=[own_again.parts.Net,own_again.Robust,own_again.parts.Robust]"
    assert after_run(run) == shown.format(names)


def test_windows_knows_double_quotes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicgenre.quoting.sys.platform", "win32")
    said = [quoted(word) for word in ("run=C:\\runs\\1", "run=C:\\my runs", 'data.genres=["r&b"]')]
    assert said == ["run=C:\\runs\\1", '"run=C:\\my runs"', '"data.genres=[\\"r&b\\"]"']
