"""Sweeps whose jobs run in other processes: failures there are reported, and one that dies stops no other job."""

import io
import json
import pickle
import subprocess
import sys
import threading
from itertools import count
from pathlib import Path

import pytest
from command_line import fails, musicgenre
from hydra.core.hydra_config import HydraConfig

from musicgenre import orphans
from musicgenre.cli import elsewhere
from musicgenre.cli.elsewhere import Home
from musicgenre.cli.later import Later
from musicgenre.cli.logs import NamesJob
from musicgenre.cli.sweep import Sweep, begun, dead_jobs
from musicgenre.runs.failed import forget_failure, note_failure, read_failure, read_failures


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NamesJob, "job", "")
    begun.clear()


def test_jobs_of_two_processes_tell_why_they_failed(tmp_path: Path) -> None:
    roots = [tmp_path / "a", tmp_path / "b"]
    sweep = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2", f"hydra.sweep.dir={tmp_path / 'sweep'}")
    result = musicgenre("train", "-m", *sweep, "data=folder", f"data.root={roots[0]},{roots[1]}")
    text = fails(result, "2 of the sweep's jobs failed:")
    for root in roots:
        assert f"There is no folder {root}" in text
    assert sorted(failed.reason for failed in read_failures(tmp_path / "sweep").values()) == [
        f"There is no folder {root} (it exists only as far as {tmp_path}): check data.root." for root in roots
    ]


def test_a_process_elsewhere_knows_the_sweep_and_names_its_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun.append(Sweep(tmp_path, ("seed",), 7))
    sent = pickle.dumps(Home())
    begun.clear()
    home = pickle.loads(sent)
    assert begun == [Sweep(tmp_path, ("seed",), 7)]
    home.begin_job()
    assert NamesJob.job == ""  # it is this same process
    watched, local = list[int](), list[int]()
    monkeypatch.setattr(elsewhere, "_end_with_parent", lambda: watched.append(1))
    monkeypatch.setattr(elsewhere, "begin_local_job", local.append)
    monkeypatch.setattr(HydraConfig, "get", lambda: type("Config", (), {"job": type("Job", (), {"num": 2})}))
    home.process = -1
    shown = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(shown, "ascii"))
    home.begin_job()
    print("жук über", flush=True)
    assert shown.getvalue() == rb"\u0436\u0443\u043a \xfcber" + b"\n"  # characters that the screen there may lack
    assert (NamesJob.job, watched, local) == ("Job 3: ", [], [-1])
    monkeypatch.setattr("os.getppid", lambda: -1)
    home.begin_job()
    assert (watched, local) == ([1], [-1])
    home.host = "another machine"
    home.begin_job()
    assert (watched, local) == ([1], [-1])


def test_a_process_ends_once_the_one_that_it_watches_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr("os._exit", lambda status: ended.set())
    monkeypatch.setattr(orphans, "_EVERY", 0.01)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        orphans.end_with(other.pid)
        assert not ended.wait(0.1)
        other.kill()
    assert ended.wait(5)


def test_a_failure_is_written_read_and_forgotten(tmp_path: Path) -> None:
    assert read_failure(tmp_path) is None
    note_failure(tmp_path, "seed=1", "µ is lost")
    found = read_failure(tmp_path)
    assert found is not None and (found.job, found.reason) == ("seed=1", "µ is lost")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / ".failed").write_text("[1, 2")  # cut short
    assert list(read_failures(tmp_path)) == [tmp_path]
    forget_failure(tmp_path)
    forget_failure(tmp_path)
    assert read_failures(tmp_path) == {}
    (tmp_path / "file").touch()
    note_failure(tmp_path / "file", "seed=1", "cannot be written")  # no reason to stop


processes = count(1)


def starts_of(tmp_path: Path, *, apart: bool) -> tuple[list[str], list[list[str]]]:
    """Run a sweep of six jobs, two of which end their process; return the jobs that ran, and what each start began."""
    jobs, ran, starts = [tmp_path / str(number) for number in range(6)], list[str](), list[list[str]]()
    later = Later()
    begun.clear()

    def start() -> None:
        begun.append(Sweep(tmp_path, ("seed",), 6, True, apart, read_failures(tmp_path), dead_jobs(tmp_path)))
        starts.append([])
        for job in jobs:
            if not later.is_due(job) or job.name in ran:
                continue
            starts[-1].append(job.name)
            job.mkdir(exist_ok=True)
            mark = job / ".running"
            mark.write_text(json.dumps({"process": next(processes), "host": "here", "since": "now"}))
            if job.name in "14" and apart:
                continue
            if job.name in "14":
                raise RuntimeError("a worker died")
            mark.unlink()
            if job.name == "3":
                note_failure(job, "seed=3", "no luck")
            else:
                ran.append(job.name)
        if apart:
            raise RuntimeError("two processes are gone")

    later.run(start)
    return ran, starts


def test_jobs_that_end_their_process_come_last_each_in_a_start_of_its_own(tmp_path: Path) -> None:
    """The launcher loses all of its processes when one dies, as joblib's does."""
    ran, starts = starts_of(tmp_path, apart=False)
    assert ran == ["0", "2", "5"]
    assert starts == [["0", "1"], ["2", "3", "4"], ["5"], ["1"], ["4"]]  # 3, which failed, is not run again
    assert [folder.name for folder in dead_jobs(tmp_path)] == ["1", "4"]


def test_jobs_with_a_process_each_are_started_once_and_none_is_put_off(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):  # at the sweep's second start, two jobs are known to have ended their process
        caplog.clear()
        ran, starts = starts_of(tmp_path, apart=True)
        assert (ran, starts) == (["0", "2", "5"], [["0", "1", "2", "3", "4", "5"]])
    assert [folder.name for folder in dead_jobs(tmp_path)] == ["1", "4"]


def test_what_is_no_lost_process_is_raised(tmp_path: Path) -> None:
    def start() -> None:
        begun.append(Sweep(tmp_path, (), None))
        raise RuntimeError("a fault of the launcher's own")

    with pytest.raises(RuntimeError, match="launcher's own"):
        Later().run(start)
