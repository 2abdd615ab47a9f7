"""Processes that torchrun or srun starts for one run: all of them write to the folder that was named."""

from pathlib import Path

import pytest
from command_line import TINY, fails, musicgenre, needs_fork, shell, trained

from musicgenre.training import network

DDP = ("trainer=ddp", "trainer.accelerator=cpu", "trainer.devices=2")
SLURM = {"SLURM_PROCID": "0", "SLURM_NTASKS": "2", "SLURM_JOB_ID": "7"}
TORCHRUN = {"TORCHELASTIC_RUN_ID": "none", "WORLD_SIZE": "2", "RANK": "0", "LOCAL_RANK": "0"}


@pytest.mark.parametrize("started", [SLURM, TORCHRUN])
def test_a_folder_has_to_be_named(started: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in started.items():
        monkeypatch.setenv(name, value)
    said = "2 processes were started for one run, and each would write to a folder of its own"
    fails(musicgenre("train", *TINY, *DDP), said, "hydra.run.dir=FOLDER")
    fails(musicgenre("train", *TINY, *DDP, "-m", "seed=1,2"), said, "hydra.sweep.dir=FOLDER")
    fails(musicgenre("train", *TINY, *DDP, "hydra.run.dir=run", "data=folder", "data.root=none"), "no folder none")
    one = ("data=folder", "data.root=none")  # in a batch script, which has the variables too
    fails(musicgenre("train", *TINY, *one), "There is no folder none")


def test_what_submitit_starts_has_the_sweeps_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {**SLURM, "SUBMITIT_EXECUTOR": "slurm"}.items():
        monkeypatch.setenv(name, value)
    fails(musicgenre("train", *TINY, *DDP, "data=folder", "data.root=none"), "There is no folder none")


@needs_fork
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_no_process_trains_a_run_that_is_complete(
    tmp_path: Path, corpus_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = trained(tmp_path / "run", corpus_root, "trainer.max_epochs=1")
    for name, value in {**TORCHRUN, "RANK": "1", "LOCAL_RANK": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(network, "resume_point", lambda *_, **__: pytest.fail("it goes on into training"))
    data = ("data=folder", f"data.root={corpus_root}", f"hydra.run.dir={folder}")
    result = shell(tmp_path / "shown", "train", *TINY, *data, "trainer.max_epochs=1", "trainer.devices=2")
    assert (result.status, result.text) == (0, "")
