"""Searches at one time, and after one was killed: none takes what another one runs."""

import os
import time
from pathlib import Path

import pytest
from command_line import TINY, Result, musicgenre, needs_fork, shell, start, status_of
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from musicgenre.cli import launch


def search(folder: Path, *arguments: str) -> tuple[str, ...]:
    sweep = ("-m", "hydra/sweeper=optuna", f"hydra.sweep.dir={folder}", "hydra.sweeper.n_trials=3")
    return ("train", *TINY, "data=folder", f"data.root={folder}", *sweep, "batch_size=8,16,32,64", *arguments)


@needs_fork
def test_two_searches_share_a_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one starts in the first job of the first, and runs to its end there."""
    storage = f"hydra.sweeper.storage={tmp_path / 'study'}"
    results, jobs = list[Result](), tmp_path / "jobs"

    def job(command: str, cfg: DictConfig) -> float:
        folder = Path(HydraConfig.get().runtime.output_dir).parent
        with jobs.open("a") as file:
            print(folder.name, HydraConfig.get().job.num, file=file)
        if folder.name == "first":
            again = search(tmp_path / "second", storage)
            results.append(shell(tmp_path / "shown", *again, before=GlobalHydra.instance().clear))
        return 1.0

    monkeypatch.setattr(launch, "run_command", job)
    results.append(musicgenre(*search(tmp_path / "first", storage)))
    assert [result.status for result in results] == [0, 0], [result.text for result in results]
    assert jobs.read_text().splitlines() == ["first 0", "second 1", "second 2"]
    assert "Best of 2 jobs" in results[0].text
    assert "Best of 3 jobs" in results[1].text


@needs_fork
def test_a_search_waits_for_another_one_in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, seconds = tmp_path / "shown", list[int]()

    def job(command: str, cfg: DictConfig) -> float:
        if not seconds:
            seconds.append(start(shown, *search(tmp_path), before=GlobalHydra.instance().clear))
            while "searches in" not in (shown.read_text() if shown.exists() else ""):
                assert os.waitpid(seconds[0], os.WNOHANG) == (0, 0), shown.read_text()
                time.sleep(0.01)
        return 1.0

    monkeypatch.setattr(launch, "run_command", job)
    result = musicgenre(*search(tmp_path))
    assert result.status == 0, result.text
    assert status_of(seconds[0]) == 0
    text = shown.read_text()
    assert f"Another process searches in {tmp_path}: waiting until it has ended." in text
    assert "Best of 3 jobs" in text and "Job" not in text.partition("Best of")[0]
