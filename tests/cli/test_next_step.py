"""Suggested next commands can be typed as shown."""

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
    sources = [{"path": "/ours", "provider": "main"}, {"path": "/my own", "provider": "command-line"}]
    typed = {"hydra": ["hydra.run.dir=x", "hydra.searchpath=[file:///more]"], "task": []}
    hydra = {"hydra": {"runtime": {"choices": {}, "config_sources": sources}, "overrides": typed}}
    (run / ".hydra" / "hydra.yaml").write_text(yaml.safe_dump(hydra))
    own = "'--config-dir=/my own' 'hydra.searchpath=[file:///more]'"
    assert after_run(run) == f"musicgenre predict {own} run={run} audio=FILE_OR_FOLDER"


def test_windows_knows_double_quotes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicgenre.quoting.sys.platform", "win32")
    said = [quoted(word) for word in ("run=C:\\runs\\1", "run=C:\\my runs", 'data.genres=["r&b"]')]
    assert said == ["run=C:\\runs\\1", '"run=C:\\my runs"', '"data.genres=[\\"r&b\\"]"']
