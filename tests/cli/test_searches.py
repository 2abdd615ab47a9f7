"""Searches at the same time, and after a kill: none takes a trial that another one runs."""

import json
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from command_line import TINY, Result, fails, musicgenre, needs_fork, shell, start, status_of
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobReturn, JobStatus
from made_runs import predictions, write_run
from omegaconf import DictConfig

from musicgenre.cli import launch


def search(folder: Path, *arguments: str) -> tuple[str, ...]:
    sweep = ("-m", "hydra/sweeper=optuna", f"hydra.sweep.dir={folder}", "hydra.sweeper.n_trials=3")
    return ("train", *TINY, "data=folder", f"data.root={folder}", *sweep, "batch_size=8,16,32,64", *arguments)


@needs_fork
def test_two_searches_share_a_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second search starts in the first one's first job, and runs to its end there."""
    storage = f"hydra.sweeper.storage={tmp_path / 'study'}"
    results, jobs = list[Result](), tmp_path / "jobs"

    def job(command: str, cfg: DictConfig, begins: object) -> float:
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


def test_the_search_and_the_closing_name_one_winner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job with the lowest value, whatever its accuracy is; it is known when the same search starts again too."""

    def job(command: str, cfg: DictConfig, begins: object) -> float:
        write_run(Path(HydraConfig.get().runtime.output_dir), predictions(HydraConfig.get().job.num))
        return (3.0, 1.0, 2.0)[HydraConfig.get().job.num]

    monkeypatch.setattr(launch, "run_command", job)
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        result = musicgenre(*search(Path("sweep")))
        assert result.status == 0, result.text
        [best] = re.findall(r"job 2 with (batch_size=\d+), ", result.text)
        named = re.findall(r"run=(\S+) audio=FILE_OR_FOLDER  \((.*)\)", result.text)
        assert named == [(f"sweep/{best}", "the search's best job")]


@needs_fork
def test_a_search_waits_for_another_one_in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, seconds = tmp_path / "shown", list[int]()

    def job(command: str, cfg: DictConfig, begins: object) -> float:
        if not seconds:
            seconds.append(start(shown, *search(tmp_path), before=GlobalHydra.instance().clear))
            while "is searching in" not in (shown.read_text() if shown.exists() else ""):
                assert os.waitpid(seconds[0], os.WNOHANG) == (0, 0), shown.read_text()
                time.sleep(0.01)
        return 1.0

    monkeypatch.setattr(launch, "run_command", job)
    result = musicgenre(*search(tmp_path))
    assert result.status == 0, result.text
    assert status_of(seconds[0]) == 0
    text = shown.read_text()
    assert f"Another process is searching in {tmp_path}: waiting for it to end." in text
    assert "Best of 3 jobs" in text and "Job" not in text.partition("Best of")[0]


@needs_fork
def test_a_job_that_ends_its_process_fails_after_one_more_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def job(command: str, cfg: DictConfig, begins: object) -> float:
        with (tmp_path / "jobs").open("a") as file:
            print(HydraConfig.get().job.num, end=" ", file=file)
        if HydraConfig.get().job.num == 0:
            os._exit(3)
        return 1.0

    monkeypatch.setattr(launch, "run_command", job)
    results = [shell(tmp_path / f"shown{number}", *search(tmp_path)) for number in range(3)]
    assert [result.status for result in results] == [3, 3, 0], results[-1].text
    assert (tmp_path / "jobs").read_text() == "0 0 1 2 3 "
    assert "Job 1 (batch_size=16) ended its process again and counts as failed." in results[-1].text
    assert "Best of 4 jobs (0 pruned, 1 failed)" in results[-1].text
    assert "Job 3 of 3: batch_size=" in results[-1].text
    assert "Job 4: batch_size=" in results[-1].text  # in place of the failed one


def test_ctrl_c_is_no_reason_to_give_a_job_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = list[int]()

    def job(command: str, cfg: DictConfig, begins: object) -> float:
        jobs.append(int(HydraConfig.get().job.num))
        if len(jobs) < 3:
            raise KeyboardInterrupt
        return 1.0

    monkeypatch.setattr(launch, "run_command", job)
    assert [musicgenre(*search(tmp_path)).status for _ in range(3)] == [130, 130, 0]
    assert jobs == [0, 0, 0, 1, 2]


def test_processes_that_a_launcher_loses_end_no_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with joblib, a job that ends its process takes the other's with it; here the first job does."""
    starts = list[list[int]]()

    def launch_all(launcher: object, jobs: Sequence[Sequence[str]], first: int) -> list[JobReturn]:
        numbers = [first + place for place, _ in enumerate(jobs)]
        starts.append(numbers)
        for number in numbers if 0 in numbers else ():
            (tmp_path / str(number)).mkdir(exist_ok=True)
            mark = {"process": number, "host": "here", "since": str(len(starts))}
            (tmp_path / str(number) / ".running").write_text(json.dumps(mark))
        if 0 in numbers:
            raise RuntimeError("a worker died")
        return [JobReturn(status=JobStatus.COMPLETED, _return_value=1.0) for _ in jobs]

    monkeypatch.setattr("musicgenre.cli.search.launch_all", launch_all)
    text = fails(musicgenre(*search(tmp_path, "hydra.sweeper.n_jobs=2")), "2 of the sweep's jobs failed")
    assert starts == [[0, 1], [0, 1], [0], [1], [2]]
    assert "Best of 3 jobs (0 pruned, 1 failed)" in text
