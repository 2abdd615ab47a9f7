"""Launchers whose package or cluster is missing: one sentence, at once."""

import os
import pickle
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from command_line import fails, musicgenre
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from omegaconf import OmegaConf
from submitit import LocalExecutor

from musicgenre.cli.failures import no_time
from musicgenre.cli.launcher import LostJobError, launch_all, make_launcher, require_done, require_head
from musicgenre.cli.local_jobs import begin_local_job
from musicgenre.cli.sweep import begun
from musicgenre.errors import MusicGenreError
from musicgenre.runs.failed import note_failure
from musicgenre.signals import ended_as_by_ctrl_c


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


@pytest.mark.parametrize("wrong", ["hydra/launcher=joblib hydra.launcher.n_jobs=0", "hydra.sweeper.max_batch_size=-1"])
def test_counts_of_jobs_that_are_none_are_one_sentence(wrong: str, tmp_path: Path) -> None:
    sweep = ("-m", "seed=1,2", *wrong.split(), f"hydra.sweep.dir={tmp_path / 'sweep'}")
    fails(musicgenre("train", *sweep), f"{wrong.split()[-1].replace('=', ' is ')}: give a whole number of at least 1")


def test_a_launcher_without_its_package_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(**given: object) -> None:
        raise RuntimeError("Unknown plugin class : 'hydra_plugins.hydra_ray_launcher.ray_launcher.RayLauncher'")

    monkeypatch.setattr("hydra.core.plugins.Plugins.instantiate_launcher", lambda self, **given: unknown(**given))
    sweep = ("hydra/launcher=ray_cluster", f"hydra.sweep.dir={tmp_path / 'sweep'}", "seed=1,2")
    fails(musicgenre("train", "-m", *sweep), "hydra/launcher=ray_cluster comes with a package", "[ray]")


class Refusing(Launcher):
    """A launcher whose cluster takes no jobs."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def setup(self, **given: object) -> None:
        """Do nothing."""

    def launch(self, job_overrides: object, initial_job_idx: int) -> Sequence[JobReturn]:
        raise self.error


class FailedJobError(RuntimeError):
    """An error of the same name as submitit's."""


def test_all_jobs_of_a_cluster_are_awaited_where_one_of_them_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from submitit import LocalJob

    monkeypatch.setattr(LocalJob, "_results_timeout_s", 0)  # it waits for slow file systems

    class Started(Launcher):
        """Acts as submitit's launcher once its jobs have started and the first was killed."""

        __module__ = "hydra_plugins.hydra_submitit_launcher"

        def setup(self, **given: object) -> None:
            """Do nothing."""

        def launch(self, job_overrides: object, initial_job_idx: int) -> Sequence[JobReturn]:
            return [LocalJob[JobReturn](tmp_path, number).results()[0] for number in ("1", "2")]

    (tmp_path / "2_0_result.pkl").write_bytes(pickle.dumps(("success", JobReturn(_return_value=0.5))))
    gone, done = launch_all(Started(), [], 0)
    assert (gone.status, type(gone._return_value)) == (JobStatus.FAILED, LostJobError)
    assert "not produced any output" in str(gone._return_value.__cause__)
    require_done(done)


def test_an_end_of_the_command_ends_its_jobs_on_this_machine(tmp_path: Path) -> None:
    """Each ends in order at SIGTERM, which submitit ignores, and is not sent the terminal's Ctrl-C."""
    command, told = os.getpid(), tmp_path / "told"

    def job() -> None:
        begin_local_job(command)
        try:
            told.write_text(str(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])))
            time.sleep(60)
        finally:
            told.write_text(f"{told.read_text()}, ended")

    class Started(Launcher):
        __module__ = "hydra_plugins.hydra_submitit_launcher"
        params: ClassVar = {"submitit_folder": tmp_path / "%j"}

        def setup(self, **given: object) -> None:
            """Do nothing."""

        def launch(self, job_overrides: object, initial_job_idx: int) -> Sequence[JobReturn]:
            LocalExecutor(tmp_path / "%j").submit(job)
            while not (told.exists() and told.read_text()):
                time.sleep(0.02)
            signal.raise_signal(signal.SIGTERM)
            raise AssertionError

    with pytest.raises(KeyboardInterrupt):
        launch_all(Started(), [], 0)
    assert told.read_text() == "True, ended"
    assert not (tmp_path / "%j").exists()
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_sigterm_that_ray_handles_is_ctrl_c_too() -> None:
    class Ray(Launcher):
        def setup(self, **given: object) -> None:
            """Do nothing."""

        def launch(self, job_overrides: object, initial_job_idx: int) -> Sequence[JobReturn]:
            signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(number))  # as ray._private.worker
            signal.raise_signal(signal.SIGTERM)
            raise AssertionError

    before = signal.getsignal(signal.SIGTERM)
    with ended_as_by_ctrl_c():
        ours = signal.getsignal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            launch_all(Ray(), [], 0)
        assert signal.getsignal(signal.SIGTERM) == ours
    assert signal.getsignal(signal.SIGTERM) == before
    with pytest.raises(SystemExit), ended_as_by_ctrl_c():
        sys.exit(1)


class Losing(Launcher):
    """A cluster that ends a queued job, and another that has recorded why it failed."""

    def setup(self, **given: object) -> None:
        """Do nothing."""

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        _, said, done = job_overrides
        assert done[0] == "seed=3"
        note_failure(begun[-1].folder.absolute() / "seed=2", " ".join(said), "its data is gone")
        lost = JobReturn(status=JobStatus.FAILED, _return_value=LostJobError("its process ended (OUT_OF_MEMORY)"))
        return [lost, lost, JobReturn(status=JobStatus.COMPLETED)]


def test_jobs_that_a_cluster_has_ended_are_named_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hydra.core.plugins.Plugins.instantiate_launcher", lambda self, **given: Losing())
    note_failure(tmp_path / "seed=1", "seed=1", "an older reason")
    text = fails(musicgenre("train", "-m", f"hydra.sweep.dir={tmp_path}", "seed=1,2,3"), "2 of the sweep's jobs failed")
    assert "seed=1: its process ended (OUT_OF_MEMORY)\nseed=2: its data is gone" in text
    assert "Traceback" not in text and "older" not in text


def test_a_launcher_that_hides_the_gpus_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    context: Any = None
    monkeypatch.setattr("hydra.core.plugins.Plugins.instantiate_launcher", lambda self, **given: None)
    for kind, gpus, has_gpu, is_told in (
        ("LocalLauncher", None, False, False),
        ("LocalLauncher", 1, True, False),
        ("SlurmLauncher", None, True, False),  # which may request some by other settings
        ("LocalLauncher", None, True, True),
    ):
        monkeypatch.setattr("shutil.which", lambda name, found=has_gpu: "/bin/smi" if found else None)
        launcher = {"_target_": f"hydra_plugins.hydra_submitit_launcher.{kind}", "gpus_per_node": gpus}
        make_launcher(context, print, OmegaConf.create({"hydra": {"launcher": launcher, "sweeper": {}}}))
        assert ("gives its jobs no GPU here: hydra.launcher.gpus_per_node=1" in caplog.text) == is_told


def test_a_cluster_that_is_not_there_or_refuses_is_one_sentence() -> None:
    absent = RuntimeError('Could not detect "srun", are you indeed on a slurm cluster?')
    refused = FailedJobError("sbatch: error: invalid partition specified: nope\nsbatch: error: Submission failed")
    for error, said in (
        (absent, "This machine has no SLURM"),
        (refused, r"SLURM refuses the jobs \(invalid partition specified: nope; Submission failed\)"),
    ):
        with pytest.raises(MusicGenreError, match=said):
            launch_all(Refusing(error), [], 0)
    with pytest.raises(RuntimeError, match="another fault"):
        launch_all(Refusing(RuntimeError("another fault")), [], 0)


def test_a_job_whose_time_on_the_cluster_is_over_is_one_sentence() -> None:
    from submitit.core.utils import UncompletedJobError

    said = no_time(UncompletedJobError("Job not requeued because: timed-out too many times."))
    assert said.startswith("its time on the cluster ran out: the same command continues it")
    assert no_time(UncompletedJobError("another fault")) == ""
