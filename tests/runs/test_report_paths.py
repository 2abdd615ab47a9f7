"""A report from Python, with paths as typed in a shell."""

from pathlib import Path

import pandas as pd
import pytest
from made_runs import write_run

from musicgenre.errors import MusicGenreError
from musicgenre.runs.report import report


def test_the_home_folder_stands_for_itself_in_every_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    tested = write_run(tmp_path / "runs" / "first")
    folder = write_run(tmp_path / "runs" / "deformed", command="evaluate", config={"run": str(tested)})
    row = {"deformation": "noise_10", "tracks": 4} | dict.fromkeys(("accuracy", "low", "high"), 0.5)
    row |= dict.fromkeys(("difference", "difference_low", "difference_high"), 0.0)
    pd.DataFrame([row]).to_csv(folder / "deformations.csv", index=False)
    (tmp_path / "runs" / "search_history.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    report("~/runs", "~/report", keep="~/kept", audio="~/music")
    assert len(pd.read_csv(tmp_path / "report" / "deformations.csv")) == 1
    assert "Results of the search, job by job" in (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert (tmp_path / "kept" / "reproduction.csv").is_file()


def test_the_ledger_goes_over_its_own_and_over_no_other_file(tmp_path: Path) -> None:
    write_run(tmp_path / "runs" / "first")
    for _ in range(2):
        report(tmp_path / "runs", tmp_path / "report", keep=tmp_path / "kept")
    (tmp_path / "kept" / "reproduction.csv").write_text("mine")
    with pytest.raises(MusicGenreError, match=r"kept/reproduction\.csv is not from an earlier report.*another keep"):
        report(tmp_path / "runs", tmp_path / "other", keep=tmp_path / "kept")
    assert (tmp_path / "kept" / "reproduction.csv").read_text() == "mine"
    assert not (tmp_path / "other").exists()
