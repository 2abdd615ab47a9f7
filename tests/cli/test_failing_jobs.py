"""Sweeps in which a job fails: the others run, each failure is reported, and nothing is lost."""

import errno
import json
import logging
import os
import sys
from pathlib import Path

import filelock
import pytest
from command_line import Result, fails, train
from made_runs import begin_run
from omegaconf import DictConfig

from musicgenre.cli import launch
from musicgenre.cli import train as adapter
from musicgenre.cli.failures import Failures
from musicgenre.cli.sweep import Sweep
from musicgenre.runs.failed import note_failure, read_failures
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.job import Job
from musicgenre.runs.owner import LOCK
from musicgenre.runs.states import list_runs


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace training with jobs that end as their seed says."""

    def job(command: str, cfg: DictConfig, begins: object) -> float:
        logging.getLogger("job").info("seed %d begins", cfg.seed)
        if cfg.seed == 2:
            raise RuntimeError("a shape of the net's own")
        if cfg.seed == 3:
            raise MemoryError
        if cfg.seed == 4:
            sys.exit(0)
        if cfg.seed == 5:
            raise KeyboardInterrupt
        if cfg.seed == 7:
            raise OSError(errno.ENOSPC, "No space left on device", "a.csv")
        return 0.0

    monkeypatch.setattr(launch, "run_command", job)


def sweep(folder: Path, seeds: str, *overrides: str) -> Result:
    return train(folder / "unused", folder, "-m", f"seed={seeds}", f"hydra.sweep.dir={folder}", *overrides)


@pytest.mark.usefixtures("net")
def test_whatever_a_job_raises_the_others_run_and_the_end_tells_it(tmp_path: Path) -> None:
    result = sweep(tmp_path, "1,2,3,4,6")
    text = fails(result, "3 of the sweep's jobs failed:")
    reasons = ("RuntimeError: a shape of the net's own", "MemoryError", "it ended the program (SystemExit: 0)")
    for reason, seed in zip(reasons, (2, 3, 4), strict=True):
        log = (tmp_path / f"seed={seed}" / "musicgenre.log").read_text()
        assert "Traceback (most recent call last)" in log
        assert any(f"seed={seed}" in line and reason in line for line in text.splitlines()[-3:])
        assert str(tmp_path / f"seed={seed}" / "musicgenre.log") in text
    assert "seed 6 begins" in (tmp_path / "seed=6" / "musicgenre.log").read_text()


def test_a_reason_that_several_jobs_failed_for_is_listed_once() -> None:
    failures = Failures()
    for name, reason in (("a", "no artists"), ("b", "no room"), ("c", "no artists")):
        failures.add(Path(name), name, reason)
    assert str(failures).splitlines()[1:] == ["a: no artists", "c: the same", "b: no room"]


@pytest.mark.usefixtures("net")
def test_a_sweep_stops_at_its_first_failure_if_asked_to(tmp_path: Path) -> None:
    fails(sweep(tmp_path, "1,2,6", "sweep.stop_on_error=true"), "stops at its first failure", "a shape of the net's")
    assert not (tmp_path / "seed=6").exists()


@pytest.mark.usefixtures("net")
def test_a_full_disk_in_a_job_names_the_setting_to_go_on_with(tmp_path: Path) -> None:
    again = "run the same command again with its hydra.sweep.dir (a training goes on)"
    fails(sweep(tmp_path, "7,6"), f"No space left on device: a.csv. Make room there and {again}.")


@pytest.mark.usefixtures("net")
def test_ctrl_c_in_a_job_ends_a_sweep_with_one_sentence(tmp_path: Path) -> None:
    result = sweep(tmp_path, "1,5,6")
    text = fails(
        result, f"Interrupted. To go on, run the same command again with hydra.sweep.dir={tmp_path}", status=130
    )
    assert text.count("Interrupted") == 1
    assert not (tmp_path / "seed=6").exists()


@pytest.mark.usefixtures("net")
def test_a_job_that_ended_its_process_comes_after_the_others(tmp_path: Path) -> None:
    (tmp_path / "seed=2").mkdir()
    mark = {"process": os.getpid(), "host": "here", "since": "2026-01-31 12:00:00+01:00"}
    (tmp_path / "seed=2" / ".running").write_text(json.dumps(mark))
    text = fails(
        sweep(tmp_path, "2,1,3"), "2 of the sweep's jobs failed", f"{tmp_path / 'seed=2'}: process {os.getpid()}"
    )
    assert text.index("MemoryError") < text.index("RuntimeError: a shape")
    assert (tmp_path / "seed=1" / "musicgenre.log").read_text().count("seed 1 begins") == 1


@pytest.mark.usefixtures("net")
def test_a_failure_is_told_once_where_the_sweeps_folder_is_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "multirun/today").mkdir(parents=True)
    text = fails(sweep(Path("multirun/today"), "1,2"), "1 of the sweep's jobs failed:")
    assert text.partition("jobs failed:")[2].count("RuntimeError") == 1
    mark = {"process": os.getpid(), "host": "here", "since": "2026-01-31 12:00:00+01:00"}
    (tmp_path / "multirun/today/seed=2/.running").write_text(json.dumps(mark))
    text = fails(sweep(Path("multirun/today"), "2,1"), "1 of the sweep's jobs failed:")
    assert text.index("seed=1") < text.index("a shape of the net's own")  # the other job is postponed


@pytest.mark.usefixtures("net")
def test_a_refused_job_leaves_no_record_in_the_folder_of_another_run(tmp_path: Path) -> None:
    for seed in (2, 3, 4):
        (tmp_path / f"seed={seed}").mkdir()
    (tmp_path / "seed=2" / "metrics.json").write_text("{}")
    with filelock.FileLock(tmp_path / "seed=3" / LOCK):
        fails(sweep(tmp_path, "2,3,4"), "3 of the sweep's jobs failed:")
    assert [folder.name for folder in read_failures(tmp_path)] == ["seed=4"]


def test_an_interrupted_run_has_not_failed_where_another_job_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "run", lambda cfg, job: RunFolder(job.folder).require_same_settings(job))
    begin_run(tmp_path / "seed=1", config={"trainer": {"max_epochs": 50}})
    text = fails(sweep(tmp_path, "1,2", "trainer.max_epochs=5"), "1 of the sweep's jobs failed:")
    assert f"{tmp_path / 'seed=1'} holds a run with" in text
    assert read_failures(tmp_path) == {}
    jobs = tmp_path / "seed=1", tmp_path / "seed=2"
    (jobs[1] / "metrics.json").write_text("{}")
    elsewhere = Failures(in_sweep=True, process=os.getpid() + 1)  # whose records alone tell its command
    elsewhere.add(jobs[0], "seed=1", "it holds another run", refused=True)
    elsewhere.add(jobs[1], "seed=2", "there is no data")
    assert [each.state for each in list_runs(tmp_path)] == ["unfinished", "complete"]
    here = Failures()
    here.gather(Sweep(tmp_path, ("seed",), 2))
    assert here.told == elsewhere.told
    assert read_failures(tmp_path) == {}


def test_a_job_that_succeeds_did_not_fail_whatever_another_command_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(cfg: DictConfig, job: Job) -> float:
        note_failure(job.folder, "seed=1 trainer.max_epochs=5", "it holds another run")
        return 0.0

    monkeypatch.setattr(adapter, "run", run)
    result = sweep(tmp_path, "1,2")
    assert result.status == 0, result.text
    assert read_failures(tmp_path) == {}
