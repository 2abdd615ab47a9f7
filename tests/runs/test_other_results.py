"""Commands that train nothing may overwrite what they have written themselves, and no one else's files."""

import errno
import os
from pathlib import Path

import pandas as pd
import pytest
from command_line import musicgenre
from made_runs import job, write_run, write_sweep

from musicgenre.errors import MusicGenreError
from musicgenre.runs.besides import what_else
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.other_results import WRITTEN, begin_files, begin_others, refuse_others, refuse_training_run

RESULTS = ("evaluate", "ensemble", "predict")


def fill(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("of before")


def names_in(folder: Path) -> set[str]:
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {name for name in files if not name.startswith(".hydra/")}


@pytest.mark.parametrize("command", RESULTS)
def test_a_training_run_is_not_written_over(tmp_path: Path, command: str) -> None:
    for refuse in (refuse_training_run, lambda folder: refuse_others(folder, command)):
        refuse(RunFolder(tmp_path / "new"))
        write_run(tmp_path / "run")
        with pytest.raises(MusicGenreError, match=r"run holds a training run, .* choose another hydra\.run\.dir"):
            refuse(RunFolder(tmp_path / "run"))


@pytest.mark.parametrize("command", RESULTS)
def test_files_that_a_command_did_not_write_are_not_written_over(tmp_path: Path, command: str) -> None:
    folder = RunFolder(tmp_path)
    refuse_others(folder, command)
    fill(tmp_path, "predictions.csv")
    said = rf"holds predictions\.csv, which musicgenre {command} did not write and would overwrite: choose another"
    for text in (None, "a: 1", "hydra: {job: {config_name: app}}", "{"):  # as other Hydra programs write it
        if text is not None:
            fill(tmp_path, ".hydra/config.yaml")
            folder.hydra_yaml.write_text(text)
        with pytest.raises(MusicGenreError, match=said):
            refuse_others(folder, command)
    folder.write_config(job(tmp_path, command="gan"))
    with pytest.raises(MusicGenreError, match=said):
        refuse_others(folder, command)
    folder.write_config(job(tmp_path, command=command))
    refuse_others(folder, command)


@pytest.mark.parametrize("command", ["evaluate", "ensemble"])
def test_earlier_results_of_the_command_go_and_nothing_else(
    tmp_path: Path, command: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="musicgenre")
    folder, others = (
        RunFolder(tmp_path),
        {"artists.csv", "figures/song.png", "figures/confusion_net.png", "results.csv"},
    )
    own = set(WRITTEN[command])
    fill(tmp_path, *own, *others)
    folder.write_config(job(tmp_path, "predict"))
    begin_others(job(tmp_path, command))  # which did not write them
    assert names_in(tmp_path) == own | others and not caplog.messages
    begin_others(job(tmp_path, command))
    tables, figures = sorted(name for name in own if "/" not in name), sum("/" in name for name in own)
    said = f"Removed what an earlier call wrote in {tmp_path}: {', '.join(tables)}, {figures} figures."
    assert caplog.messages == [said]
    begin_others(job(tmp_path, command))
    assert caplog.messages == [said]  # nothing is there to remove
    assert names_in(tmp_path) == others
    assert folder.written_by() == command


@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_other_results_are_not_trained_over(tmp_path: Path, command: str) -> None:
    folder = RunFolder(tmp_path)
    folder.write_config(job(tmp_path, command))
    fill(tmp_path, "tracks.csv")
    for metrics in (None, "{}"):
        if metrics:
            folder.metrics_json.write_text(metrics)
        with pytest.raises(
            MusicGenreError, match=r"not a run folder but holds tracks\.csv.*: they would be overwritten"
        ):
            folder.finished_metrics("0" * 32)


@pytest.mark.parametrize("command", [name for name in WRITTEN if name not in RESULTS])
def test_files_of_somebody_elses_are_refused_and_those_of_the_command_are_not(tmp_path: Path, command: str) -> None:
    named = [name for name in WRITTEN[command] if not name.startswith("events.")]  # of which all are kept
    own = [name.replace("[0-9]*", "1").replace("*", "x") for name in named]
    for name in own:
        fill(tmp_path / "theirs", name)
        with (
            pytest.raises(MusicGenreError, match=f"holds .*, which musicgenre {command} did not write"),
            begin_files(job(tmp_path / "theirs", command)),
        ):
            pass
        assert names_in(tmp_path / "theirs") == {name} and not (tmp_path / "theirs" / ".hydra").exists()
        (tmp_path / "theirs" / name).unlink()
    with begin_files(job(tmp_path / "begun", command)):
        with begin_files(job(tmp_path / "begun", command)):  # the first was killed at work
            fill(tmp_path / "begun", own[0])
        assert RunFolder(tmp_path / "begun").written_by() == command


def test_what_a_run_and_an_evaluation_come_after_stays_known(tmp_path: Path) -> None:
    for command, file in (("explore", "classes.png"), ("export", "model.onnx")):
        with begin_files(job(tmp_path, command)):
            fill(tmp_path, file)
    for command in ("evaluate", "train"):
        RunFolder(tmp_path).write_config(job(tmp_path, command))
        with begin_files(job(tmp_path, "explore")), begin_files(job(tmp_path, "export")):
            assert RunFolder(tmp_path).written_by() == command
        assert not what_else(tmp_path, [])


@pytest.mark.parametrize("first", ["explore", "report"])
def test_a_command_knows_its_files_beside_those_of_another(tmp_path: Path, first: str) -> None:
    for command in (first, "explore", "export", "explore", "export"):
        with begin_files(job(tmp_path, command)):
            fill(tmp_path, *{"explore": ["correlation.png"], "export": ["model.onnx"]}.get(command, []))
    assert RunFolder(tmp_path).written_by() == first


def test_what_fails_before_it_writes_leaves_the_record_as_it_was(tmp_path: Path) -> None:
    def fail(folder: Path, command: str, *names: str) -> None:
        with pytest.raises(ZeroDivisionError), begin_files(job(folder, command, seed=2)):
            fill(folder, *names)
            raise ZeroDivisionError

    for folder in (tmp_path / "new", tmp_path / "mine"):
        fail(folder, "report")
        assert not (folder / ".hydra").exists()
    with begin_files(job(tmp_path, "report", seed=1)):
        fill(tmp_path, "results.csv")
    config = RunFolder(tmp_path).config_yaml
    before = config.read_text()
    os.utime(config, ns=(0, 0))
    fail(tmp_path, "explore")
    assert config.stat().st_mtime_ns == 0 and not (config.parent / "explore.yaml").exists()  # it had not written there
    fail(tmp_path, "report")
    assert config.read_text() == before
    fail(tmp_path, "report", "runs.csv")
    assert config.read_text() != before


def test_what_an_earlier_call_left_goes_once_the_next_succeeds(tmp_path: Path) -> None:
    drawn, net = "classes.png", {"net/tracks.png", "stability.csv", "song/waveform.png"}
    with begin_files(job(tmp_path, "explore")):
        fill(tmp_path, drawn, *net, "song/notes.txt", "mine.png")
    with pytest.raises(ZeroDivisionError), begin_files(job(tmp_path, "explore")):
        fill(tmp_path, "half/waveform.png")
        raise ZeroDivisionError
    assert names_in(tmp_path) == {drawn, *net, "half/waveform.png", "song/notes.txt", "mine.png"}
    fill(tmp_path, "copy/waveform.png")
    with begin_files(job(tmp_path, "explore")):
        (tmp_path / drawn).unlink()
        fill(tmp_path, drawn)
    assert names_in(tmp_path) == {drawn, "song/notes.txt", "mine.png", "copy/waveform.png"}
    assert not (tmp_path / "net").exists()


def test_an_error_stands_where_the_record_cannot_be_restored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(draft: Path, _: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(draft))

    with begin_files(job(tmp_path, "report")):
        fill(tmp_path, "results.csv")
    config = RunFolder(tmp_path).config_yaml
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ZeroDivisionError), begin_files(job(tmp_path, "report", seed=2)):
        raise ZeroDivisionError
    assert "seed: 2" in config.read_text()  # still whole


@pytest.mark.parametrize(
    ("command", "first", "second"),
    [
        ("report", ["results.csv", "leak_gap.csv", "figures/confusion_net.png"], ["results.csv"]),
        ("compare", ["differences.csv", "figures/forest.png"], ["differences.csv"]),
        ("generate", ["samples.npz", "audio/hum_0.wav", "events.out.tfevents.1.x"], ["events.out.tfevents.2.x"]),
    ],
)
def test_files_of_the_users_own_stay_among_those_that_go(
    tmp_path: Path, command: str, first: list[str], second: list[str]
) -> None:
    RunFolder(tmp_path).write_config(job(tmp_path, "explore"))  # which was here first
    with begin_files(job(tmp_path, command)):
        fill(tmp_path, *first)
    own = {"figures/confusion_mine.png", "audio/take_1.wav"}
    fill(tmp_path, *own)
    with begin_files(job(tmp_path, command)):
        for name in second:
            (tmp_path / name).unlink(missing_ok=True)
        fill(tmp_path, *second)
    assert names_in(tmp_path) == {*own, *second}


def test_a_model_in_another_format_stays(tmp_path: Path) -> None:
    for name in ("model.onnx", "model.pt2", "model.onnx"):
        with begin_files(job(tmp_path, "export"), name):
            (tmp_path / name).unlink(missing_ok=True)
            fill(tmp_path, name)
    assert names_in(tmp_path) == {"model.onnx", "model.pt2"}


def test_a_report_twice_in_its_folder_and_in_a_runs(tmp_path: Path) -> None:
    runs = write_sweep(tmp_path / "runs", adam=(4,), sgd=(2,))
    asked = ("report", f"runs={runs}")
    for out in (tmp_path / "out", runs / "0"):
        config = (out / ".hydra" / "config.yaml").read_text() if out.parent == runs else None
        for _ in range(2):
            assert musicgenre(*asked, f"hydra.run.dir={out}").status == 0
        assert len(pd.read_csv(out / "results.csv")) == 2
        assert config in (None, (out / ".hydra" / "config.yaml").read_text())
    assert musicgenre("compare", f"runs={runs}", "by=optimizer", f"hydra.run.dir={tmp_path / 'out'}").status == 0
    assert not what_else(tmp_path / "out", [])  # every file is recognised as theirs
