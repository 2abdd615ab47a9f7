"""The jobs of a grid: every fold; jobs left out by a condition; experiments left out that the data does not allow."""

import logging
import re
import subprocess
from pathlib import Path

import pytest
from command_line import fails, musicgenre
from hydra._internal.callbacks import Callbacks
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.types import HydraContext, RunMode
from omegaconf import OmegaConf

from musicgenre.cli.arguments import read_arguments, swept
from musicgenre.cli.compose import make_hydra
from musicgenre.cli.conditions import read_conditions
from musicgenre.cli.grid import GridSweeper
from musicgenre.errors import MusicGenreError
from musicgenre.features.musicnn_weights import WHEEL
from musicgenre.training.possible import Possible


def jobs(*arguments: str, command: str = "") -> list[str]:
    """Return the jobs that `musicgenre train -m ARGUMENTS` would start, by what distinguishes them.

    Only with the command are they checked as its jobs.
    """
    overrides = read_arguments(arguments)[1]
    app = make_hydra()
    sweeper = GridSweeper(None)
    sweeper.config = app.compose_config("train", overrides, run_mode=RunMode.MULTIRUN)
    sweeper.hydra_context = HydraContext(config_loader=app.config_loader, callbacks=Callbacks())
    sweeper.command = command
    found = sweeper.jobs(overrides)
    by_itself = ("data", "sweep", *(() if any("split=" in text for text in arguments) else ("split=artist_kfold",)))
    return [" ".join(text for text in job if not text.startswith(by_itself)) for job in found]


def test_each_job_on_the_rendered_corpus_has_the_split_that_it_has_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Possible, "why_not", lambda *config: "")  # which would render the corpus
    app = make_hydra()
    sweeper = GridSweeper(None)
    typed = ["experiment=short_chunk_resnet,net5_bilstm"]
    sweeper.config = app.compose_config("train", typed, run_mode=RunMode.MULTIRUN)
    sweeper.hydra_context = HydraContext(config_loader=app.config_loader, callbacks=Callbacks())
    assert sweeper.jobs(typed) == [["experiment=short_chunk_resnet", "split=artist_kfold"], ["experiment=net5_bilstm"]]


def test_every_fold_is_a_job() -> None:
    assert jobs("split=artist_kfold", "split.fold=all", "seed=1,2", "split.folds=3") == [
        f"split=artist_kfold split.fold={fold} seed={seed} split.folds=3" for seed in (1, 2) for fold in range(3)
    ]
    assert len(jobs("split=artist_kfold", "split.fold=all", "split.folds=3,5")) == 8  # 3 + 5 folds


def test_what_is_named_twice_is_one_job(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    rates = "optimizer.lr=0.1,1e-1,0.10000000000000001"
    assert jobs(rates, "seed=1,2") == [f"optimizer.lr=0.1 seed={seed}" for seed in (1, 2)]
    assert "Left out, as they repeat others: 4 of 6 combinations." in caplog.text
    assert jobs("seed=1,1.0,2", "optimizer.lr=1.0,1,1.5") == [
        f"seed={seed} optimizer.lr={rate}" for seed in (1, 2) for rate in ("1.0", "1.5")
    ]
    assert jobs("batch_size=16.0,16,+16,1_6") == ["batch_size=16.0"]
    assert jobs("features.n_mels=64,64.0", "split=artist_kfold", "split.folds=3.0,3") == [
        "features.n_mels=64 split=artist_kfold split.folds=3.0"
    ]
    assert jobs("+own=007,7,7.0") == ["+own=007", "+own=7"]  # Hydra reads the first as a text
    assert len(jobs(f"+own={2**53},{2**53 + 1},{2**53 + 1:_}")) == 2  # which are one as floats
    folds = jobs("split=artist_kfold", "split.fold=all,0", "split.folds=3")
    assert folds == [f"split=artist_kfold split.fold={fold} split.folds=3" for fold in range(3)]


@pytest.mark.parametrize(
    ("model", "key"),
    [
        ("cnn", "trainer.limit_train_batches"),
        ("random_forest", "+model.estimator.max_features"),
        ("cnn", "+callbacks.prune.amount"),
    ],
)
def test_one_and_all_are_two_jobs(model: str, key: str) -> None:
    one, every = f"model={model} {key}=1", f"model={model} {key}=1.0"
    assert jobs(f"model={model}", f"{key}=1,1.0,1,1e0") == [one, every]
    assert jobs(f"model={model}", f"{key}=1,1.0", f"sweep.leave_out={key.lstrip('+')}=1") == [every]


@pytest.mark.parametrize("search", [(), ("hydra/sweeper=optuna", "optimizer.lr=interval(0.1,1)")])
def test_a_sweep_whose_jobs_are_all_refused_for_one_reason_starts_none(search: tuple[str, ...], tmp_path: Path) -> None:
    sweep = ("-m", *search, "model=cnn,fcnn", "monitor=val/none", f"hydra.sweep.dir={tmp_path}")
    text = fails(musicgenre("train", *sweep), "monitor is 'val/none': choose one of val/track/accuracy, ")
    assert text.count("monitor") == 1
    assert [path.name for path in tmp_path.iterdir()] in ([], ["multirun.yaml"], ["multirun.yaml", ".lock"])


def test_a_sweep_of_which_some_jobs_are_refused_starts() -> None:
    assert jobs("seed=-1,1", command="train") == ["seed=-1", "seed=1"]
    assert jobs("batch_size=0,16", command="train") == ["batch_size=0", "batch_size=16"]
    with pytest.raises(MusicGenreError, match=r"^batch_size is 0: give a whole number from 1"):
        jobs("batch_size=0", "seed=2,1", command="train")


def test_a_sweep_is_refused_for_what_is_not_here_or_read_by_nothing_if_its_jobs_run_here() -> None:
    elsewhere = ("data=gtzan", "data.root=/nowhere", "seed=2,1")
    with pytest.raises(MusicGenreError, match=r"^There is no folder /nowhere "):
        jobs(*elsewhere, command="train")
    assert len(jobs(*elsewhere, "hydra/launcher=submitit_slurm", command="train")) == 2  # which may have that folder
    with pytest.raises(MusicGenreError, match=r"^train does not read foo"):
        jobs("+foo=1", "seed=2,1", command="train")


def test_no_two_jobs_are_given_one_folder() -> None:
    assert len(jobs("seed=1,2", "hydra.sweep.subdir=job_${seed}")) == 2
    assert len(jobs("seed=1,2", "hydra.sweep.subdir=${hydra.job.num}")) == 2
    with pytest.raises(MusicGenreError, match="subdir=x gives several jobs the folder x"):
        jobs("seed=1,2", "hydra.sweep.subdir=x")
    swept_too = {"optimizer=adam,sgd": "${hydra:runtime.choices.optimizer}", "batch_size=8,16": "${batch_size}"}
    for several, missing in swept_too.items():
        with pytest.raises(MusicGenreError, match=re.escape(f"every swept setting in it, {missing} too")):
            jobs("seed=1,2", several, "hydra.sweep.subdir=${seed}")


def test_a_folder_that_cannot_be_made_is_named_by_its_key(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    text = fails(musicgenre("train", "-m", "seed=1,2", f"hydra.sweep.dir={tmp_path / 'file' / 'sweep'}"))
    assert text.strip().endswith("Choose another hydra.sweep.dir.")


def test_a_sweep_over_nothing_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MusicGenreError, match=r"model=glob\(net\*\) matches no option of model: musicgenre list model"):
        jobs("model=glob(net*)", "seed=1,2")
    with pytest.raises(MusicGenreError, match="only options of groups can have") as refused:
        jobs("seed=glob(out/*)")
    command = str(refused.value).partition("for paths ")[2].rstrip(".")
    for name in ("a b", "lr=1,seed=2"):
        (tmp_path / "out" / name).mkdir(parents=True)
    found = subprocess.run(
        ["bash", "-c", f"printf %s {command}"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert len(swept(read_arguments(["-m", found.stdout])[1])) == 1
    assert found.stdout == "seed='out/a b','out/lr=1,seed=2'"
    with pytest.raises(MusicGenreError, match=r"write glob\(\[A\*,B\]\) for several"):
        jobs("experiment=glob(net1*),net2_cnn")
    with pytest.raises(MusicGenreError, match=r"seed=range\(3,3\) has no values"):
        jobs("seed=range(3,3)")


def test_a_split_without_folds_is_told(tmp_path: Path) -> None:
    sweep = f"hydra.sweep.dir={tmp_path / 'sweep'}"
    fails(musicgenre("train", "-m", "split=artist_kfold,stratified", "split.fold=all", sweep), "stratified lacks")
    fails(
        musicgenre("train", "split=artist_kfold", "split.fold=all", sweep),
        "split.fold=all with -m for one run per fold",
    )
    search = ("hydra/sweeper=optuna", "split=artist_kfold", "optimizer.lr=interval(1e-4,1e-2)", sweep)
    fails(musicgenre("train", "-m", *search, "split.fold=all"), "takes no mean over folds and would choose")
    fails(musicgenre("train", "-m", *search, "split.fold=0,1"), "takes no mean over folds and would choose")
    fails(musicgenre("train", "-m", *search, "sweep.leave_out=seed=1"), "sweep.leave_out is for a sweep over every")


def test_folds_name_their_folders_and_are_counted(tmp_path: Path) -> None:
    sweep = ("split=artist_kfold", "split.folds=3", "split.fold=all", f"hydra.sweep.dir={tmp_path / 'sweep'}")
    text = fails(musicgenre("train", "-m", *sweep, "data=folder", f"data.root={tmp_path}"))
    assert "Job 3 of 3: split.fold=2" in text


def test_conditions_leave_out_what_has_all_their_values(caplog: pytest.LogCaptureFixture) -> None:
    grid = ("model=fcnn,cnn", "optimizer=adam,sgd", "seed=1,2")
    caplog.set_level(logging.INFO)
    left = jobs(*grid, "sweep.leave_out=model=glob(cnn*) optimizer=sgd")
    assert len(left) == 6 and not any("model=cnn optimizer=sgd" in job for job in left)
    assert (
        "Left out by sweep.leave_out, 2 of 8 combinations" in caplog.text
        and "2 by model=glob(cnn*) optimizer=sgd" in caplog.text
    )
    both = jobs(*grid, 'sweep.leave_out=["model=fcnn","optimizer.lr=interval(0.005,1) seed=2"]')
    rest = (("adam", 1), ("adam", 2), ("sgd", 1))  # rates: 0.001 (Adam) and 0.01 (SGD)
    assert both == [f"model=cnn optimizer={optimizer} seed={seed}" for optimizer, seed in rest]


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("modell=cnn", "no job of the sweep has a setting modell"),
        ("model=cnnn seed=1", "There is no model=cnnn. Did you mean cnn"),
        ("cnn", "cannot be read"),
        ("model=(cnn", "cannot be read"),
        ("~model=cnn", "cannot be read"),
        ("seed=range(0,9)", "leaves nothing of the sweep"),
    ],
)
def test_conditions_that_cannot_be_are_one_sentence(condition: str, said: str) -> None:
    with pytest.raises(MusicGenreError, match=said):
        jobs("model=fcnn,cnn", "seed=1,2", f"sweep.leave_out={condition}")


def test_a_condition_that_no_job_meets_is_told(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    assert len(jobs("model=fcnn,cnn", "seed=1,2", "sweep.leave_out=model=cnn,cnn_bn seed=3")) == 4
    assert "sweep.leave_out=model=cnn,cnn_bn seed=3 leaves nothing out: no job has this seed, only 1, 2." in caplog.text
    jobs("model=fcnn,cnn", "sweep.leave_out=model.batch_norm=true")  # of which one has no such setting
    assert "leaves nothing out: no job has this model.batch_norm, only false." in caplog.text
    caplog.clear()
    jobs("model=fcnn,cnn", "seed=1,2", 'sweep.leave_out=["model=fcnn seed=1","model=fcnn seed=1,2"]')
    assert "leaves nothing out" not in caplog.text
    given = ("data=folder", f"data.root={tmp_path}/none", f"hydra.run.dir={tmp_path}/run")
    fails(musicgenre("train", "sweep.leave_out=seed=1", *given), "sweep.leave_out has no effect on a single run")


def test_values_of_conditions_are_compared_as_what_they_are() -> None:
    parser = OverridesParser.create()
    cases: dict[str, tuple[dict[str, object], dict[str, object]]] = {
        "a=1e-3": ({"a": 0.001}, {"a": "x"}),
        "a=null": ({"a": None}, {"a": 0}),
        "a=true": ({"a": True}, {"a": 1}),
        "a='x y',z b.c=2": ({"a": "x y", "b": {"c": 2}}, {"a": "z", "b": {"c": 3}}),
        "a=interval(1,2)": ({"a": 2}, {"a": "1.5"}),
    }
    for text, (holding, other) in cases.items():
        [condition] = read_conditions(text, parser)
        assert condition.holds(OmegaConf.create(holding)) and not condition.holds(OmegaConf.create(other)), text


def test_experiments_that_the_data_is_not_enough_for_are_left_out(
    corpus_root: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path))  # which holds no musicnn wheel
    caplog.set_level(logging.INFO)
    data = ("data=folder", f"data.root={corpus_root}")
    systems = "experiment=images_cnn1,images_cnn2,net1_fcnn,musicnn_finetune,raw_mfcc"
    assert jobs(systems, "seed=1,2", *data) == [f"experiment=net1_fcnn seed={seed}" for seed in (1, 2)]
    assert "Left out, 8 jobs that this data does not allow" in caplog.text
    assert f"images_cnn1, images_cnn2: {corpus_root} holds audio" in caplog.text
    assert "musicnn_finetune: musicnn's weights are missing" in caplog.text
    assert "raw_mfcc: " in caplog.text  # which needs genres that are not there


def test_what_is_known_in_the_job_alone_keeps_no_sweep_from_being_made(
    corpus_root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    data = ("data=folder", f"data.root={corpus_root}")
    systems = "experiment=images_cnn1,net1_fcnn"  # one is for pictures, and left out all the same
    assert jobs(systems, "debug=profile", *data) == ["experiment=net1_fcnn debug=profile"]
    assert "images_cnn1: " in caplog.text
    root = "data.root=${hydra:runtime.cwd}/music"
    assert len(jobs(systems, "data=folder", root)) == 2


def test_what_no_experiment_can_do_is_left_to_fail(tmp_path: Path) -> None:
    systems = "experiment=net1_fcnn,net5_bilstm"
    assert len(jobs(systems, "data=folder", f"data.root={tmp_path / 'none'}")) == 2
    assert not WHEEL.path.is_relative_to(tmp_path)
