from pathlib import Path

import pytest
from command_line import musicgenre
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig

from musicgenre.cli import launch
from musicgenre.cli.arguments import read_arguments
from musicgenre.cli.job_names import job_name

SMALL = ("data=synthetic", "data.tracks_per_genre=1", "data.seconds=1")
GROUPS = ("experiment", "model", "optimizer", "gan", "data")


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace training with a job that does nothing."""

    def job(command: str, cfg: DictConfig, begins: object = None) -> float:
        return 0.0

    monkeypatch.setattr(launch, "run_command", job)


def names(folder: Path, *overrides: str) -> set[str]:
    result = musicgenre("train", *overrides, f"hydra.sweep.dir={folder}")
    assert result.status == 0, result.text
    return {path.name for path in folder.iterdir()} - {"multirun.yaml"}


@pytest.mark.usefixtures("job")
def test_folders_are_called_by_what_was_swept_and_by_nothing_else(tmp_path: Path) -> None:
    swept = ("-m", "batch_size=8", "+optimizer.eps=1e-7,1e-8", "model=cnn,fcnn", "split=random_70_30")
    wanted = {f"{model},optimizer.eps={eps}" for model in ("cnn", "fcnn") for eps in ("1e-07", "1e-08")}
    assert names(tmp_path / "typed", *swept) == wanted
    assert names(tmp_path / "config", "+sweep=leak_gap") == {
        "segment_random",
        "stratified",
        "artist_kfold",
        "filtered",
    }
    assert names(tmp_path / "glob", "-m", "experiment=glob([net1*,net2*])", *SMALL) == {"net1_fcnn", "net2_cnn"}
    assert names(tmp_path / "own", "-m", "seed=1,2", "hydra.sweep.subdir=job_${seed}") == {"job_1", "job_2"}


@pytest.mark.usefixtures("job")
def test_jobs_are_counted_as_they_are_run(tmp_path: Path) -> None:
    result = musicgenre("train", "+sweep=leak_gap", "split=stratified,filtered", f"hydra.sweep.dir={tmp_path}")
    assert "Job 2 of 2 done" in result.out
    assert "Job 3" not in result.out


@pytest.mark.usefixtures("job")
def test_a_sweep_of_one_job_does_not_rename_those_beside_it(tmp_path: Path) -> None:
    assert names(tmp_path, "-m", "seed=3") == {"0"}
    assert names(tmp_path, "-m", "seed=1,2") == {"0", "seed=1", "seed=2"}


def test_order_of_typing_does_not_matter() -> None:
    first = job_name(0, ["seed=1", "model=cnn", "optimizer.lr=0.1"], [], GROUPS)
    assert (
        first == job_name(5, ["optimizer.lr=0.1", "model=cnn", "seed=1"], [], GROUPS) == "cnn,optimizer.lr=0.1,seed=1"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("data.root=/a/music", "data.root=/b/music"),
        ("data.genres=[a b]", "data.genres=[a_b]"),
        ("data.root='a,b'", "data.root='a;b'"),
        ("trainer.max_time={hours:1}", "trainer.max_time=[hours,1]"),
        ("model.channels=[4,8]", "model.channels=[4,80]"),
        ("data.root=/" + "x" * 300, "data.root=/" + "x" * 301),
        ("data.root='/ä'", "data.root='/ö'"),
        ("run.notes='null'", "run.notes=null"),
        ("run.notes='1'", "run.notes=1"),
        ("run.notes='true'", "run.notes=true"),
        ("run.tags=[1e,30]", "run.tags=1e+30"),
    ],
)
def test_no_two_values_share_a_name_that_any_file_system_takes(one: str, other: str) -> None:
    found = [job_name(0, [text, "seed=1"], [], GROUPS) for text in (one, other)]
    assert len(set(found)) == 2
    for name in found:
        assert len(name) <= 80
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ._=,+-"), name


def test_long_names_lose_groups_of_keys_and_then_their_middle() -> None:
    keys = {"optimizer.weight_decay": "0.000125", "features.hop_length": "512", "augment.time_mask_width": "20"}
    typed = [f"{key}={value}" for key, value in keys.items()]
    assert job_name(0, typed, [], GROUPS) == "time_mask_width=20,hop_length=512,weight_decay=0.000125"
    longer = [*typed, "features.mel_normalisation_of_filters=slaney", "seed=1"]
    name = job_name(0, longer, [], GROUPS)
    assert "..." in name and len(name) <= 80
    assert name != job_name(0, [*longer[:-1], "seed=2"], [], GROUPS)


def test_lists_of_runs_with_commas_in_their_names_are_read(tmp_path: Path) -> None:
    for name in ("adam,seed=1", "sgd,seed=1"):
        (tmp_path / name).mkdir()
    a, b = (f"{tmp_path}/{name}" for name in ("adam,seed=1", "sgd,seed=1"))
    assert read_arguments([f"runs=[{a},{b}]"])[1] == [f"runs=['{a}','{b}']"]
    assert read_arguments([f"run={a}", f"hydra.run.dir={b}"])[1] == [f"run='{a}'", f"hydra.run.dir='{b}'"]
    assert read_arguments(["runs=[A,B]", f"hydra.run.dir={tmp_path}/x"])[1] == [
        "runs=[A,B]",
        f"hydra.run.dir={tmp_path}/x",
    ]


@pytest.mark.parametrize("typed", ["runs=[B,]", "runs=[,B]", "runs=[ , ]"])
def test_a_list_with_nothing_between_its_commas_names_no_paths(
    typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "B").mkdir()
    assert read_arguments([typed])[1] == [typed.replace("=", "='") + "'"]  # one name, which does not exist


def test_paths_with_any_sign_in_their_names_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a (1)", "B", "Ann's", "'Round Midnight.mp3", "7"):
        (tmp_path / name).mkdir()
    values = {
        "run=[a (1),B]": ["a (1)", "B"],
        "run=[B, Ann's]": ["B", "Ann's"],
        "runs=[7,B]": ["7", "B"],
        "run=[B,a]": ["B", "a"],
        "run=['a (1)',B]": ["a (1)", "B"],
        "audio='Round Midnight.mp3": "'Round Midnight.mp3",
        "audio='a (1)'": "a (1)",
        "run=[]": [],
    }
    for typed, value in values.items():
        [read] = read_arguments([typed])[1]
        assert OverridesParser.create().parse_override(read).value() == value
