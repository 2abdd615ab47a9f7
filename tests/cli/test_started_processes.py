"""Processes that torchrun or srun starts for one run: all of them write to the folder given."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import TINY, Result, fails, musicgenre, needs_fork, shell, train, trained

from musicgenre.cli.processes import is_child
from musicgenre.training import network
from musicgenre.training.begin import signature_of

DDP = ("trainer=ddp", "trainer.accelerator=cpu", "trainer.devices=2")
SLURM = {"SLURM_PROCID": "0", "SLURM_NTASKS": "2", "SLURM_JOB_ID": "7"}
TORCHRUN = {"TORCHELASTIC_RUN_ID": "none", "WORLD_SIZE": "2", "RANK": "0", "LOCAL_RANK": "0"}


@pytest.mark.parametrize("started", [SLURM, TORCHRUN])
def test_a_folder_has_to_be_named(started: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in started.items():
        monkeypatch.setenv(name, value)
    said = "2 processes were started for one run, but each would write to a folder of its own"
    fails(musicgenre("train", *TINY, *DDP), said, "hydra.run.dir=FOLDER")
    sweep = ("-m", "seed=1,2", "hydra.sweep.dir=sweep")
    fails(musicgenre("train", *TINY, *DDP, *sweep), "2 processes were started for a sweep", "start one process")
    fails(musicgenre("train", *TINY, *DDP, "hydra.run.dir=run", "data=folder", "data.root=none"), "no folder none")
    one = ("data=folder", "data.root=none")  # in a batch script, which sets the variables too
    fails(musicgenre("train", *TINY, *one), "There is no folder none")


def test_what_submitit_starts_has_the_sweeps_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {**SLURM, "SUBMITIT_EXECUTOR": "slurm"}.items():
        monkeypatch.setenv(name, value)
    fails(musicgenre("train", *TINY, *DDP, "data=folder", "data.root=none"), "There is no folder none")


@pytest.mark.parametrize(("ranks", "child"), [({}, False), ({"NODE_RANK": "0"}, False), ({"NODE_RANK": "1"}, True),
                                              ({"NODE_RANK": "0", "LOCAL_RANK": "1"}, True)])  # fmt: skip
def test_second_node_leaves_the_folder_to_the_first(
    ranks: dict[str, str], child: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "lightning.pytorch", raising=False)  # as before it is imported
    for name, value in ranks.items():
        monkeypatch.setenv(name, value)
    assert is_child() == child


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory, corpus_root: Path) -> Path:
    """A run of one process; read-only."""
    return trained(tmp_path_factory.mktemp("complete") / "run", corpus_root, "trainer.max_epochs=1")


def second_of(folder: Path, root: Path, *overrides: str) -> Result:
    """Train as the second of two processes that torchrun has started."""
    second = {**TORCHRUN, "RANK": "1", "LOCAL_RANK": "1"}
    data = ("data=folder", f"data.root={root}", f"hydra.run.dir={folder}")
    command = ("train", *TINY, *data, "trainer.devices=2", *overrides)
    return shell(folder.parent / "shown", *command, before=lambda: os.environ.update(second))


@needs_fork
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_no_process_trains_a_run_that_is_complete(
    complete: Path, corpus_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "signature_of", lambda job, data, _: signature_of(job, data))  # as if of two processes
    monkeypatch.setattr(network, "resume_point", lambda *_, **__: pytest.fail("it goes on into training"))
    result = second_of(complete, corpus_root, "trainer.max_epochs=1")
    assert (result.status, result.text) == (0, "")


def test_two_processes_do_not_take_the_run_of_one_for_theirs(complete: Path, corpus_root: Path) -> None:
    again = train(complete, corpus_root, "trainer.max_epochs=1", *DDP)
    fails(again, f"{complete} holds a run with", "trainer=cpu, but this run sets trainer=ddp")


@needs_fork
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_other_processes_go_on_from_what_the_first_one_has_copied(
    tmp_path: Path, corpus_root: Path, complete: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"

    def meet(trainer: object) -> None:
        shutil.copytree(complete / "checkpoints", folder / "checkpoints")  # as the first process does meanwhile

    def fit(trainer: object, classifier: object, data: object, resume: Any, *_: object) -> None:
        print(resume.path.relative_to(tmp_path), resume.epochs)
        os._exit(0)

    monkeypatch.setattr(network, "meet", meet)
    monkeypatch.setattr(network, "fit", fit)
    result = second_of(folder, corpus_root, f"ckpt_path={complete / 'checkpoints' / 'last.ckpt'}")
    assert (result.status, result.text) == (0, "run/checkpoints/last.ckpt 1\n")
