"""Many runs at once: which folders are runs, what they are called, and the table of them."""

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import pytest
from made_runs import begin_run, predictions, write_run, write_sweep
from numpy import int_

from musicgenre.errors import MusicGenreError
from musicgenre.runs.find import Runs, find_runs, read_runs, run_around
from musicgenre.runs.identity import signature
from musicgenre.runs.run import Run
from musicgenre.runs.states import list_runs


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """Two optimizers by two seeds."""
    return write_sweep(tmp_path / "sweep", adam=(4, 3), sgd=(2, 1))


def test_runs_are_found_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("10", "9", "1", "a/2"):
        begin_run(tmp_path / name)
    (tmp_path / "no run").mkdir()
    assert [str(path.relative_to(tmp_path)) for path in find_runs(tmp_path)] == ["1", "9", "10", "a/2"]
    assert find_runs(tmp_path / "9") == [tmp_path / "9"]


def test_hidden_folders_are_not_looked_into(tmp_path: Path) -> None:
    for name in (".venv/lib", "1/.old", "1"):
        begin_run(tmp_path / ".runs" / name)
    assert find_runs(tmp_path) == []
    assert find_runs(tmp_path / ".runs") == [tmp_path / ".runs" / "1"]


def test_links_to_runs_are_followed_and_a_run_is_found_once(tmp_path: Path) -> None:
    one, two = write_run(tmp_path / "runs" / "1"), write_run(tmp_path / "elsewhere" / "2")
    (tmp_path / "runs" / "2").symlink_to(two)
    (tmp_path / "runs" / "again").symlink_to(one)
    (tmp_path / "runs" / "above").symlink_to(tmp_path / "runs")
    assert [path.name for path in find_runs(tmp_path / "runs")] == ["1", "2"]


def test_parts_of_a_run_are_no_runs(tmp_path: Path) -> None:
    run = begin_run(tmp_path / "0")
    write_run(run.inner)
    write_run(run.gan)
    write_run(tmp_path / "1")
    write_run(tmp_path / "1" / "cnn")
    assert find_runs(tmp_path) == [tmp_path / "0", tmp_path / "1"]
    assert [run.folder for run in read_runs(tmp_path)] == [tmp_path / "1"]


def test_a_folder_in_a_run_is_told_from_one_in_a_project_with_metrics(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").touch()  # as of DVC
    run = begin_run(tmp_path / "outputs" / "0")
    assert run_around(run.path / "again") == run.path
    assert run_around(tmp_path / "outputs" / "1") is None
    shutil.rmtree(run.path / ".hydra")  # as of a copy without hidden folders
    assert run_around(run.path / "again") == run.path


def test_a_metrics_json_of_other_programs_is_no_run_and_hides_none(
    sweep: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for folder in (sweep, sweep / "eval"):
        folder.mkdir(exist_ok=True)
        (folder / "metrics.json").write_text('{"auc": 0.9}')
    assert len(read_runs(sweep)) == 4 == len(list_runs(sweep))
    assert not caplog.messages
    alone = sweep / "3"  # as of a copy without hidden folders
    for name in (".hydra", "environment.json"):
        path = alone / name
        path.rename(sweep.parent / name)
    assert (len(read_runs(sweep)), len(list_runs(sweep))) == (3, 4)
    assert f"{alone} is left out: " in caplog.text


def test_no_folder_and_no_run_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MusicGenreError, match=r"There is no folder .*none: name one that holds runs"):
        find_runs(tmp_path / "none")
    with pytest.raises(MusicGenreError, match="There is no finished run in"):
        read_runs(str(tmp_path))
    with pytest.raises(MusicGenreError, match="root is None: give the path of a folder, such as multirun"):
        read_runs(None)  # type: ignore[arg-type]


def test_unfinished_runs_and_gans_are_named_and_left_out(sweep: Path, caplog: pytest.LogCaptureFixture) -> None:
    (sweep / "1" / "metrics.json").unlink()
    (sweep / "2" / "predictions.csv").unlink()
    (sweep / "2" / "metrics.json").write_text('{"gan/frechet_val/mean": 3.5}')
    (sweep / "3" / "predictions.csv").unlink()
    broken = sweep / "4"
    (broken / ".hydra").mkdir(parents=True)
    (broken / "metrics.json").write_text("{")
    with caplog.at_level(logging.WARNING):
        runs = read_runs(sweep)
    assert [run.folder.name for run in runs] == ["0"]
    assert f"{sweep / '3'} is left out: it has no predictions.csv." in caplog.text
    assert f"{broken} is left out: {broken / 'metrics.json'} is damaged" in caplog.text
    assert f"{sweep / '1'} is left out: it is not finished." in caplog.text
    assert f"{sweep / '2'} is left out: it classifies nothing (a GAN alone)." in caplog.text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("metrics.json", '{"test/track/acc'),
        ("metrics.json", '{"test/segment/accuracy": 0.5}'),
        (".hydra/overrides.yaml", "]"),
        (".hydra/hydra.yaml", "5"),
        (".hydra/config.yaml", "- 5"),
    ],
)
def test_damaged_runs_are_named_and_left_out(
    sweep: Path, caplog: pytest.LogCaptureFixture, name: str, text: str
) -> None:
    (sweep / "2" / name).write_text(text)
    with caplog.at_level(logging.WARNING):
        assert len(read_runs(sweep)) == 3
    assert f"{sweep / '2'} is left out: {sweep / '2' / name}" in caplog.text


def test_damaged_runs_alone_are_an_error(sweep: Path) -> None:
    for path in sweep.glob("*/metrics.json"):
        path.write_text("[")
    with pytest.raises(MusicGenreError, match=r"0/metrics\.json is damaged"):
        read_runs(sweep)


def test_runs_are_a_sequence(sweep: Path) -> None:
    runs = read_runs(sweep)
    assert len(runs) == 4
    assert runs[0] == Run(sweep / "0") and runs[-1] in runs
    assert isinstance(runs[1:3], Runs)
    assert [run.folder.name for run in runs[1:3]] == ["1", "2"]
    assert len(Runs([])) == 0 and Runs([]).labels == []
    assert repr(runs[10:]) == "no runs" and "<th>seed</th>" in runs[10:]._repr_html_()
    assert runs[10:].columns == runs.columns[:8] and runs[10:]["seed"].tolist() == []


def test_runs_have_a_table(sweep: Path) -> None:
    runs = read_runs(sweep)
    frame = runs.frame
    assert runs.columns[:6] == ["run", "data", "split", "seed", "leak", "folder"]
    assert frame.run.tolist() == ["optimizer=adam"] * 2 + ["optimizer=sgd"] * 2
    assert frame.seed.tolist() == [1, 2, 1, 2]
    assert set(frame.data) == {"folder tapes"} and set(frame.split) == {"stratified"} and set(frame.leak) == {""}
    assert runs["test/track/accuracy"].tolist() == [1.0, 0.75, 0.5, 0.25]
    assert runs["folder"].tolist() == [str(sweep / number) for number in "0123"]
    with pytest.raises(MusicGenreError, match="The runs have no column 'accuracy': choose one of run, data"):
        runs["accuracy"]


def test_runs_are_indexed_as_their_table_is(sweep: Path) -> None:
    runs = read_runs(sweep)
    assert runs[["run", "seed"]].equals(runs.frame[["run", "seed"]])
    assert runs[runs["seed"] == 1]["test/track/accuracy"].tolist() == [1.0, 0.5]
    second: Any = int_(1)
    assert runs[second] == runs[1]


def test_leaks_and_other_texts_of_the_metrics(tmp_path: Path) -> None:
    write_run(tmp_path / "0", leak="all of it")
    write_run(tmp_path / "1")
    metrics = json.loads((tmp_path / "1" / "metrics.json").read_text())
    (tmp_path / "1" / "metrics.json").write_text(json.dumps(metrics | {"tested": "best.ckpt"}))
    frame = read_runs(tmp_path).frame
    assert frame.leak.tolist() == ["all of it", ""]
    assert "tested" not in frame


def test_runs_on_other_data_are_told_apart_by_a_column(tmp_path: Path) -> None:
    for number, root in enumerate(("/music/a", "/music/b", "/disk/a")):
        asked = ("data=folder", f"data.root={root}")
        write_run(tmp_path / str(number), config={"data": {"root": root}}, overrides=asked)
    runs = read_runs(tmp_path)
    assert runs["data"].tolist() == ["folder a", "folder b", "folder a"]
    assert runs.labels == ["defaults"] * 3


def test_runs_are_named_as_in_a_report(tmp_path: Path) -> None:
    for number, (rate, asked) in enumerate(((0.1, ("optimizer.lr=0.10",)), (0.1, ()), (0.2, ("optimizer.lr=0.2",)))):
        write_run(tmp_path / str(number), config={"optimizer": {"lr": rate}}, overrides=("model=fcnn", *asked))
    assert read_runs(tmp_path).labels == ["optimizer.lr=0.1"] * 2 + ["optimizer.lr=0.2"]


def test_folds_share_a_name(tmp_path: Path) -> None:
    for fold in (0, 1):
        write_run(tmp_path / str(fold), overrides=("split=artist_kfold", f"split.fold={fold}"))
    runs = read_runs(tmp_path)
    assert runs.labels == ["defaults"] * 2
    assert runs["split"].tolist() == ["stratified fold=0", "stratified fold=1"]


def test_runs_show_ten_lines_at_most(tmp_path: Path) -> None:
    write_sweep(tmp_path, adam=(4, 3, 2, 1, 0), sgd=(4, 3, 2, 1))
    lines = repr(read_runs(tmp_path)).splitlines()
    assert len(lines) == 10
    assert lines[0].split()[:4] == ["run", "data", "split", "seed"]
    assert lines[1].split()[:5] == ["optimizer=adam", "folder", "tapes", "stratified", "1"]
    assert lines[1].split()[-5:] == ["1.000", "1.000", "2", "100", "0.500"]
    write_run(tmp_path / "9", predictions(), overrides=("optimizer=sgd", "seed=5"))
    lines = repr(read_runs(tmp_path)).splitlines()
    assert len(lines) == 10
    assert lines[-1] == "... and 2 more"


def test_runs_are_a_table_in_a_notebook(sweep: Path) -> None:
    page = read_runs(sweep)._repr_html_()
    assert page.count("<tr") == 5
    for text in ("<th>test/track/accuracy</th>", "<td>optimizer=sgd</td>", "<td>0.250</td>"):
        assert text in page
    assert str(sweep) not in page  # the folder is in the frame


def test_tags_and_notes_stand_in_the_table_and_change_no_name(tmp_path: Path) -> None:
    write_run(tmp_path / "0", config={"run": {"tags": ["baseline", "night"], "notes": "warm, and slow"}})
    write_run(tmp_path / "1", overrides=("run.tags=[x]",))  # as by a version that kept none
    runs = read_runs(tmp_path)
    assert runs[0].tags == ("baseline", "night") and runs[1].tags == ()
    assert runs["tags"].tolist() == ["baseline, night", ""] and runs["notes"].tolist() == ["warm, and slow", ""]
    assert len(set(runs.labels)) == 1
    assert signature({"seed": 1, "run": {"tags": ["x"], "notes": None}}, "d") == signature({"seed": 1}, "d")
