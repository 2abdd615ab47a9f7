"""Launchers whose package or cluster is not there: one sentence, at once."""

import socket
from pathlib import Path

import pytest
from command_line import fails, musicgenre

from musicgenre.cli.launcher import require_head
from musicgenre.errors import MusicGenreError


def test_a_head_that_answers_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(MusicGenreError, match="belongs to no Ray cluster: start one"):
        require_head("auto")
    with socket.create_server(("127.0.0.1", 0)) as head:
        address = f"127.0.0.1:{head.getsockname()[1]}"
        require_head(address)
        (tmp_path / "ray").mkdir()
        (tmp_path / "ray" / "ray_current_cluster").write_text(f"{address}\n")
        require_head("auto")
        monkeypatch.setenv("RAY_ADDRESS", f"ray://{address}")
        require_head("auto")
    with pytest.raises(MusicGenreError, match=f"the Ray cluster at {address} does not answer"):
        require_head("auto")
    with pytest.raises(MusicGenreError, match="address is nonsense: start one"):
        require_head("nonsense")


def test_a_launcher_without_its_package_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(**given: object) -> None:
        raise RuntimeError("Unknown plugin class : 'hydra_plugins.hydra_ray_launcher.ray_launcher.RayLauncher'")

    monkeypatch.setattr("hydra.core.plugins.Plugins.instantiate_launcher", lambda self, **given: unknown(**given))
    sweep = ("hydra/launcher=ray_cluster", f"hydra.sweep.dir={tmp_path / 'sweep'}", "seed=1,2")
    fails(musicgenre("train", "-m", *sweep), "hydra/launcher=ray_cluster comes with a package", "[ray]")
