"""The README's program runs as written; here with fewer and shorter tracks, and one epoch."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from musicgenre.runs.run import Run

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
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
