"""The README's program runs, here with fewer and shorter tracks and one epoch, and so does the library's example."""

import re
from pathlib import Path
from typing import Any

import lightning as L
import pandas as pd
import pytest
from made_audio import write_track
from made_runs import predictions, write_run

from musicgenre.runs.find import read_runs
from musicgenre.runs.run import Run

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
LIBRARY = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
SMALLER = {
    "synthetic(seconds=10)": 'synthetic(5, 3.0, genres=["metal", "pop"])',
    "max_epochs=5)": 'max_epochs=1, accelerator="cpu", enable_progress_bar=False, enable_model_summary=False)',
    '"trainer.max_epochs=5"': '"trainer.max_epochs=1", "trainer=cpu", "figures=false", "model.hidden=4", '
    '"data.genres=[metal,pop]", "data.tracks_per_genre=5", "data.seconds=3"',
}


def test_the_program_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    for text, smaller in SMALLER.items():
        assert text in program
        program = program.replace(text, smaller)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(program, "README.md", "exec"), names)
    assert {"metal", "pop"} == set(names["model"].genres)
    assert isinstance(names["run"], Run)
    assert (tmp_path / "genres.ckpt").is_file()
    assert isinstance(names["musicgenre"].read_runs("outputs").frame, pd.DataFrame)


def test_a_folder_is_heard_as_shown(tmp_path: Path, finished_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.wav", "album/b.flac"):
        write_track(tmp_path / "music" / name, "hum", 50, seconds=2.0)
    (tmp_path / "music" / "c.mp3").write_text("not music")
    (tmp_path / "music" / "cover.jpg").touch()
    blocks = re.findall(r"^```python\n(.*?)^```", LIBRARY, re.DOTALL | re.MULTILINE)
    (block,) = (block for block in blocks if "find_audio" in block)
    *lines, last = block.strip().splitlines()
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"run": Run(finished_run)}
    exec(compile("\n".join([*lines, f"table = {last}"]), "python.md", "exec"), names)
    table = names["table"]
    assert table.index.tolist() == [Path("music/a.wav"), Path("music/album/b.flac")]
    assert {*table.columns} == {"drone", "hum", "whistle"} and table.sum(axis=1).tolist() == pytest.approx([1, 1])
    assert [*names["left_out"]] == [Path("music/c.mp3")] and names["others"] == {".jpg": 1}


def test_what_is_composed_is_trained_as_shown(tmp_path: Path, corpus_root: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", LIBRARY, re.DOTALL | re.MULTILINE)
    (block,) = (block for block in blocks if "compose(" in block)
    smaller = f'"data=folder", "data.root={corpus_root}", "segments.length=1", "model.hidden=4", "split=stratified"'
    names: dict[str, Any] = {"trainer": L.Trainer(fast_dev_run=True, accelerator="cpu")}
    exec(compile(block.replace('"optimizer.lr=1e-4"', f'"optimizer.lr=1e-4", {smaller}'), "python.md", "exec"), names)
    model = names["trainer"].lightning_module
    assert model.lr == 1e-4 and set(model.genres) == {"drone", "hum", "whistle"}
    assert model.config["model"]["hidden"] == 4 and type(model.config["model"]) is dict


def test_runs_are_grouped_pooled_and_compared_as_shown(tmp_path: Path) -> None:
    for number, model in enumerate(("cnn", "fcnn")):
        write_run(tmp_path / str(number), predictions(3 - number), seed=number, choices={"model": model})
    blocks = re.findall(r"^```python\n(.*?)^```", LIBRARY, re.DOTALL | re.MULTILINE)
    (block,) = (block for block in blocks if "compare_on_tracks" in block)
    *lines, last = block.strip().splitlines()
    names: dict[str, Any] = {"runs": read_runs(tmp_path)}
    exec(compile("\n".join([*lines, f"compared = {last}"]), "python.md", "exec"), names)
    assert names["table"]["model"].tolist() == ["cnn", "fcnn"]
    assert names["repeats"] == [0, 1] and len(names["tracks"]) == 8
    assert (names["compared"].difference, names["compared"].only_a) == (-0.25, 1)
