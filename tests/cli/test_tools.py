"""`musicgenre runs` and `musicgenre list`: what is listed, and what is removed on request."""

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import filelock
import pytest
from command_line import fails, musicgenre
from made_runs import job, write_run, write_sweep

from musicgenre.cli.configs import conf_dir
from musicgenre.cli.list import SOURCES, groups
from musicgenre.errors import MusicGenreError
from musicgenre.prediction.output import figure_path
from musicgenre.runs.besides import what_else
from musicgenre.runs.failed import note_failure
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.owner import is_locked
from musicgenre.runs.states import list_runs, removals, remove
from musicgenre.runs.sums import write_sums


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """Four complete runs, one that failed, one that was killed, one that was interrupted and one in progress."""
    folder = write_sweep(tmp_path / "sweep", adam=(4, 3), sgd=(2, 1))
    for name in ("failed", "killed", "half", "running"):
        (folder / name).mkdir()
        (folder / name / "environment.json").write_text("{}")
    note_failure(folder / "failed", "optimizer=rmsprop optimizer.lr=0.1", "the disk is [full]")
    for name in ("killed", "running"):
        (folder / name / ".running").write_text(json.dumps({"process": 1, "host": "here", "since": "now"}))
    for name in ("0", "half"):
        (folder / name / "checkpoints").mkdir(exist_ok=True)
        (folder / name / "checkpoints" / "last.ckpt").write_bytes(bytes(2000))
    return folder


def ran(*words: str) -> str:
    result = musicgenre(*words)
    assert result.status == 0, result.text
    return result.out


def test_runs_are_listed_with_state_accuracies_and_size(sweep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    with filelock.FileLock(sweep / "running" / ".lock"):
        states = {each.run.folder.name: each.state for each in list_runs(sweep)}
        text = ran("runs", str(sweep))
    assert states == {
        **{str(number): "complete" for number in range(4)},
        "failed": "failed",
        "killed": "killed",
        "half": "unfinished",
        "running": "running",
    }
    assert "failed: the disk is [full]" in text
    assert "8 runs (4 complete, 1 failed, 1 killed, 1 running, 1 unfinished)" in text
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines() if len(line.split()) > 3}
    accuracy = 100 * json.loads((sweep / "0" / "metrics.json").read_text())["test/track/accuracy"]
    assert f"{accuracy:.1f}" in rows["0"]
    size = sum(path.stat().st_size for path in (sweep / "0").rglob("*") if path.is_file())
    assert rows["0"][-2:] == [f"{size / 1000:.1f}", "kB"]


def test_runs_are_filtered_and_grouped(sweep: Path) -> None:
    assert "2 runs (2 complete)" in ran("runs", str(sweep), "optimizer=adam")
    assert "1 run (1 failed), " in ran("runs", str(sweep), "state=failed")
    assert "1 run (1 failed), " in ran("runs", str(sweep), "optimizer.lr=1e-1")  # as typed: it has no config
    assert "1 run (1 failed), " in ran("runs", str(sweep), "optimizer=rmsprop")
    text = ran("runs", str(sweep), "state=complete", "--by", "optimizer")
    assert text.index("optimizer=adam") < text.index("optimizer=sgd")
    assert "1 run (1 failed), " in ran("runs", str(sweep), "--by", "optimizer", "state=failed")
    assert "1 run (1 failed), " in ran("runs", "state=failed", str(sweep), "optimizer=rmsprop")


def test_a_run_is_found_by_each_value_of_a_list(tmp_path: Path) -> None:
    for number, tags in enumerate((["baseline", "night"], ["baseline"], ["1960"], [])):
        write_run(tmp_path / str(number), config={"run": {"tags": tags}})
    for tag, count in {"baseline": 2, "night": 1, "1960": 1, "[baseline,night]": 1}.items():
        assert f"{count} run" in ran("runs", str(tmp_path), f"run.tags={tag}")
    fails(musicgenre("runs", str(tmp_path), "run.tags=base"), "No run has run.tags=base")


def test_values_are_meant_as_a_command_line_has_them(tmp_path: Path) -> None:
    write_run(tmp_path / "run", config={"compile": False, "model": {"channels": [4, 8]}, "batch_size": 1})
    for condition in ("compile=false", "optimizer.lr=1e-2", "model.channels=[4,8]", "experiment=null", "seed=1"):
        assert "1 run (1 complete)" in ran("runs", str(tmp_path), condition)
    for condition in ("compile=0", "compile=true", "seed=true", "batch_size=1.5", "optimizer=false"):
        fails(musicgenre("runs", str(tmp_path), condition), f"No run has {condition}: ")


def test_values_are_shown_as_a_command_line_has_them(tmp_path: Path) -> None:
    write_run(tmp_path / "run", config={"compile": False, "model": {"channels": [4, 8.0]}})
    for shown in ("compile=false", "model.channels=[4,8]", "experiment=null"):
        assert shown in ran("runs", str(tmp_path), "--by", shown.partition("=")[0])
    fails(musicgenre("runs", str(tmp_path), "model.channels=[4]"), "model.channels is [4,8].")


def test_several_values_are_either_of_them(tmp_path: Path) -> None:
    for seed in (1, 2, 3):
        write_run(tmp_path / str(seed), seed=seed, config={"model": {"channels": [4, seed]}, "run": {"notes": "a, b"}})
    counts = {"seed=1,2": 2, "seed=1.0,7": 1, "model.channels=[4,1],[4,3]": 2, "run.notes=a, b": 3}
    for condition, count in (counts | {"state=failed,complete": 3}).items():
        assert f"{count} run" in ran("runs", str(tmp_path), condition)
    fails(musicgenre("runs", str(tmp_path), "seed=7,8"), "No run has seed=7,8: seed is 1 or 2 or 3.")


def test_a_text_with_a_comma_is_the_whole_where_a_run_has_it(tmp_path: Path) -> None:
    for place, notes in enumerate(("a,b", "a", "b")):
        write_run(tmp_path / str(place), config={"run": {"notes": notes}})
    assert "1 run (1 complete)" in ran("runs", str(tmp_path), "run.notes=a,b")
    assert "2 runs (2 complete)" in ran("runs", str(tmp_path), "run.notes=b,a")


def test_a_setting_without_effect_is_no_value_of_a_run(tmp_path: Path) -> None:
    for name in ("cnn", "mel_statistics"):
        write_run(tmp_path / name, choices={"model": name})
    (tmp_path / "mel_statistics" / "checkpoints").mkdir()
    (tmp_path / "mel_statistics" / "checkpoints" / "model.joblib").touch()
    text = ran("runs", str(tmp_path), "--by", "optimizer")
    assert text.index("optimizer=-") < text.index("mel_statistics") < text.index("optimizer=adam") < text.index(" cnn ")
    assert "mel_statistics" not in ran("runs", str(tmp_path), "optimizer.lr=0.01")
    assert "mel_statistics" in ran("runs", str(tmp_path), "optimizer=-,sgd")
    fails(musicgenre("runs", str(tmp_path), "optimizer.momentum=1"), "There is no setting optimizer.momentum in any")
    fails(musicgenre("runs", str(tmp_path), "optimizer=sgd"), "No run has optimizer=sgd: optimizer is adam or -.")


def test_what_would_go_is_said_and_goes_when_told_so(sweep: Path) -> None:
    before = sorted(path for path in sweep.rglob("*") if path.name != ".lock")
    what = ("--remove", "failed", "unfinished", "states")
    text = ran("runs", str(sweep), *what)
    assert text.count("Would remove") == 3 and "Add --yes to remove." in text
    assert sorted(path for path in sweep.rglob("*") if path.name != ".lock") == before
    text = ran("runs", str(sweep), *what, "--yes")
    assert text.count("Removed") == 3 and " freed." in text
    assert sorted(path.name for path in sweep.iterdir() if path.is_dir()) == ["0", "1", "2", "3", "killed", "running"]
    assert not (sweep / "0" / "checkpoints" / "last.ckpt").exists()
    assert "There is nothing to remove" in ran("runs", str(sweep), *what, "--yes")
    ran("runs", str(sweep), "--remove", "1", "--yes")  # a complete run, by name
    assert not (sweep / "1").exists()


def test_the_hash_of_a_state_goes_with_it(tmp_path: Path) -> None:
    states = [write_run(tmp_path / "a") / folder / "checkpoints" / "last.ckpt" for folder in ("", "gan")]
    for state in states:
        state.parent.mkdir(parents=True)
        for path in (state, state.with_name("best.ckpt")):
            path.touch()
    write_sums(tmp_path / "a")
    ran("runs", str(tmp_path), "--remove", "states", "--yes")
    names = [line.split("  ")[1] for line in (tmp_path / "a" / "SHA256SUMS").read_text().splitlines()]
    assert names == ["checkpoints/best.ckpt", "gan/checkpoints/best.ckpt"]


def test_a_run_behind_a_link_is_listed_and_stays(sweep: Path, tmp_path: Path) -> None:
    other = write_run(tmp_path / "elsewhere")
    (other / "checkpoints").mkdir(exist_ok=True)
    (other / "checkpoints" / "last.ckpt").write_bytes(b"state")
    (sweep / "another").symlink_to(other)
    assert "9 runs" in ran("runs", str(sweep))
    ran("runs", str(sweep), "--remove", "states", "--yes")
    assert (other / "checkpoints" / "last.ckpt").is_file() and not (sweep / "0" / "checkpoints" / "last.ckpt").exists()


def test_what_is_named_twice_goes_once(sweep: Path) -> None:
    what = ("--remove", "failed", "failed", str(sweep / "failed"), "0", "states")
    assert ran("runs", str(sweep), *what).count("Would remove") == 2  # the state of 0 goes with it
    assert ran("runs", str(sweep), *what, "--yes").count("Removed") == 2
    assert not (sweep / "failed").exists() and not (sweep / "0").exists()


def test_a_run_that_is_written_stays(sweep: Path) -> None:
    [removal] = removals(list_runs(sweep), ["failed"])
    with filelock.FileLock(sweep / "failed" / ".lock"), pytest.raises(Exception, match="is being written"):
        remove(removal)
    assert (sweep / "failed").is_dir()
    with filelock.FileLock(sweep / "running" / ".lock"):
        assert "is being written by process 1 on here" in fails(musicgenre("runs", str(sweep), "--remove", "running"))


def test_what_holds_other_runs_is_listed_with_them_and_stays(sweep: Path) -> None:
    begun = sweep / "half"  # as after hydra.run.dir=exp, then hydra.sweep.dir=exp
    os.renames(sweep / "0", begun / "jobs" / "0")
    for part in ("epoch_1", "gan", "cnn"):
        (begun / part).mkdir()
        (begun / part / "environment.json").write_text("{}")
    write_run(sweep / "failed" / "gan")
    (sweep / "failed" / "gan" / "musicgenre.log").touch()  # started on its own: not part of the run around it
    found = {each.run.folder.relative_to(sweep).as_posix(): each for each in list_runs(sweep)}
    assert found["half/jobs/0"].state == found["failed/gan"].state == "complete"
    assert not any(f"half/{part}" in found for part in ("epoch_1", "gan", "cnn"))
    assert found["half"].size < 5000 < found["half/jobs/0"].size
    text = ran("runs", str(sweep), "--remove", "unfinished", "half", "failed", "states", "--yes")
    assert f"{begun} stays (unfinished): besides this run, it holds jobs/0." in text
    assert f"{sweep / 'failed'} stays (failed): besides this run, it holds gan." in text
    assert (begun / "jobs" / "0" / "metrics.json").is_file() and (sweep / "failed" / "gan" / "metrics.json").is_file()
    assert not (begun / "jobs" / "0" / "checkpoints" / "last.ckpt").exists()
    assert (begun / "checkpoints" / "last.ckpt").is_file()  # its run is not complete
    [removal] = removals([found["half"]], ["half"])
    with pytest.raises(MusicGenreError, match="stays: besides this run, it holds jobs/0"):
        remove(removal)
    ran("runs", str(sweep), "--remove", "jobs/0", "--yes")
    (begun / "jobs").rmdir()
    assert f"Removed {begun} " in ran("runs", str(sweep), "--remove", "half", "--yes")  # with its parts


def test_a_folder_that_holds_more_than_a_run_stays(sweep: Path) -> None:
    music = sweep / "killed"  # as after a killed `predict hydra.run.dir=Music`
    for name in ("musicgenre.log", "predictions.csv", ".tracks.csv.0a1b2c3d-7-0123456789ab", "samples.npz"):
        (music / name).touch()
    for name in ("figures/samples.png", "audio/jazz_3.wav", ".hydra/generate.yaml"):
        (music / name).parent.mkdir()
        (music / name).touch()
    assert "Would remove" in ran("runs", str(sweep), "--remove", "killed")
    (music / "audio" / "song.wav").touch()
    (music / "Beatles").mkdir()
    (music / "Beatles" / "yesterday.mp3").touch()
    text = ran("runs", str(sweep), "--remove", "killed", "--yes")
    assert f"{music} stays (killed): besides this run, it holds Beatles, audio/song.wav." in text
    assert (music / "audio" / "song.wav").exists()


@pytest.mark.parametrize("name", ["features.csv", "notes.log", "figures/holiday.jpg", "checkpoints/a.doc", "gan/a.mp3"])
def test_a_file_that_is_called_nearly_as_a_runs_stays(sweep: Path, name: str) -> None:
    mine = sweep / "killed" / name
    mine.parent.mkdir(exist_ok=True)
    mine.touch()
    text = ran("runs", str(sweep), "--remove", "killed", "--yes")
    assert f"{sweep / 'killed'} stays (killed): besides this run, it holds {name}." in text
    assert mine.exists()


def test_a_run_of_a_config_of_ones_own_goes_and_figures_beside_a_report_stay(tmp_path: Path) -> None:
    run = RunFolder(write_run(tmp_path / "run"))
    run.write_config(job(run.path, "mine"))  # as earlier versions recorded a primary config's name
    assert not what_else(run.path, [])
    for command, own, mine in (
        ("report", "figures/cost.png", "figures/mine.png"),
        ("predict", "figures/album/song.mp3.png", "figures/album/cover.png"),
        ("explore", "jazz.00001/tempo.png", "jazz.00001/notes.png"),
    ):
        folder = tmp_path / command
        RunFolder(folder).write_config(job(folder, command))
        for name in (own, mine):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).touch()
        assert what_else(folder, []) == f"besides this run, it holds {mine}"
        (folder / mine).unlink()
        assert not what_else(folder, [])


def test_an_empty_folder_a_shortened_name_and_the_log_of_a_failed_job_go_with_a_run(sweep: Path) -> None:
    long = figure_path(sweep / "predicted", "x" * 230 + ".mp3")
    RunFolder(sweep / "predicted").write_config(job(sweep / "predicted", "predict"))
    long.parent.mkdir()
    long.touch()
    (sweep / "predicted" / "empty").mkdir()
    assert not what_else(sweep / "predicted", [])
    (sweep / "failed" / "mine.log").touch()
    assert what_else(sweep / "failed", []) == "besides this run, it holds mine.log"
    (sweep / "multirun.yaml").write_text("hydra: {job: {name: mine}}")  # all that tells, where a job wrote nothing
    assert not what_else(sweep / "failed", [])


def test_what_commands_have_put_into_a_runs_folder_goes_with_it(sweep: Path) -> None:
    for _ in range(2):
        ran("report", f"runs={sweep}", f"hydra.run.dir={sweep / '0'}")
    (sweep / "0" / "tracks.csv").write_text("of the training")
    assert not what_else(sweep / "0", [])
    (sweep / "0" / ".hydra" / "report.yaml").unlink()  # which tells whose they are
    assert "comparisons.csv" in what_else(sweep / "0", [])


def test_a_run_is_named_as_the_list_shows_it(sweep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(sweep.parent)
    os.renames(sweep / "0", sweep / "a" / "0")
    os.renames(sweep / "1", sweep / "b" / "0")
    for name in ("a/0", "a/0/", "./sweep/a/0", "sweep/b/../a/0", str(sweep / "a" / "0")):
        assert "Would remove sweep/a/0 (named" in ran("runs", "sweep", "--remove", name)
    fails(musicgenre("runs", "sweep", "--remove", "0"), "2 runs are called '0'")


def test_a_lock_goes_once_nobody_holds_it(sweep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unlink, folder = os.unlink, sweep / "failed"

    def of_windows(path: Any, **place: Any) -> None:
        if Path(path).name == ".lock" and is_locked(folder):
            raise PermissionError(13, "another process is using it")
        unlink(path, **place)

    monkeypatch.setattr(os, "unlink", of_windows)
    [removal] = removals(list_runs(sweep), ["failed"])
    remove(removal)
    assert not folder.exists()


def test_a_run_without_its_state_is_tested_as_before(tmp_path: Path, finished_run: Path) -> None:
    run = shutil.copytree(finished_run, tmp_path / "run")
    ran("runs", str(tmp_path), "--remove", "states", "--yes")
    assert not (run / "checkpoints" / "last.ckpt").exists()
    assert musicgenre("evaluate", f"run={run}", f"hydra.run.dir={tmp_path / 'again'}").status == 0
    assert not what_else(run, []) and not what_else(tmp_path / "again", [])


@pytest.mark.parametrize(
    ("words", "fragment"),
    [
        (("nowhere",), "There is no folder nowhere"),
        ((".",), "There is no run in ."),
        (("sweep", "optimizer"), "'optimizer' is not a condition"),
        (("optimizer", "sweep"), "'optimizer' is not a condition"),
        (("state=failed", "nowhere"), "There is no folder nowhere"),
        (("state=failed", "sweep", "empty"), "takes one folder, not two (sweep and empty)"),
        (("sweep", "empty"), "musicgenre runs takes one folder, not two (sweep and empty)"),
        (("sweep", "optimiser=adam"), "There is no setting optimiser in any of the 8 runs"),
        (("sweep", "optimizer=lion"), "No run has optimizer=lion: optimizer is adam or sgd or rmsprop."),
        (("sweep", "state=fail"), "No run has state=fail: state is complete or failed or "),
        (("sweep", "--by", "optimiser"), "There is no setting optimiser in any of the 8 runs"),
        (("sweep", "--remove", "nothing"), "No runs are called 'nothing'"),
    ],
)
def test_a_mistake_is_one_sentence(
    sweep: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: tuple[str, ...], fragment: str
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty" if words == (".",) else tmp_path)
    fails(musicgenre("runs", *words), fragment)


def test_every_option_has_a_line() -> None:
    for group in groups():
        lines = ran("list", group).splitlines()
        assert lines and all(len(line.split(maxsplit=1)) == 2 for line in lines), group
    experiments = [line.split()[0] for line in ran("list", "experiments").splitlines()]
    assert experiments == sorted(path.stem for path in (conf_dir() / "experiment").glob("*.yaml"))
    assert "experiments" in ran("list")
    listed = musicgenre("list", "experiments")
    sources = set(re.findall(r"\bS\d\b", listed.out))
    assert sources and sources == set(re.findall(r"^(S\d): .", listed.err, re.MULTILINE)) == set(SOURCES)
    assert "Did you mean nets" in fails(musicgenre("list", "net"))


def test_a_reader_that_has_read_enough_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(arguments: list[str]) -> int:
        raise BrokenPipeError

    monkeypatch.setattr("musicgenre.cli.list.main", cut)
    stdout = os.dup(1)
    try:
        assert musicgenre("list").status == 0
    finally:
        os.dup2(stdout, 1)
        os.close(stdout)


def test_what_the_names_of_all_runs_begin_with_stands_above_them(sweep: Path) -> None:
    text = ran("runs", str(sweep.parent), "state=complete")
    assert text.startswith(f"All in {sweep}:\n")
    assert [line.split()[0] for line in text.splitlines() if " complete " in line] == ["0", "1", "2", "3"]
    assert not ran("runs", str(sweep), "state=complete").startswith("All in")
