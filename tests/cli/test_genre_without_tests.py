"""A genre that a split leaves without validation or test tracks: the run reports it and goes on."""

import json
from pathlib import Path

import pandas as pd
import pytest
from command_line import fails, musicgenre, train
from made_audio import write_corpus


@pytest.mark.usefixtures("built")
def test_from_training_to_report(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "data", tracks=6, seconds=1.0)
    for path in sorted((root / "hum").iterdir())[1:]:
        path.unlink()  # one is left, to train on
    run = tmp_path / "runs" / "one"
    result = train(run, root, "split=stratified", "figures=true", "trainer.max_epochs=1")
    assert result.status == 0, result.text
    assert "leaves no track of hum in val: its metrics say nothing about them" in result.text
    assert "leaves no track of hum in test" in result.text
    genres = pd.read_csv(run / "genres.csv")
    assert set(genres.genre) == {"drone", "hum", "whistle"}
    assert genres[genres.genre == "hum"].isna().any(axis=None)
    metrics = json.loads((run / "metrics.json").read_text())
    again = musicgenre("evaluate", f"run={run}", "trainer=cpu", f"hydra.run.dir={tmp_path / 'again'}")
    assert again.status == 0, again.text
    assert metrics["test/track/macro_genres"] == 2
    own = json.loads((tmp_path / "again" / "metrics.json").read_text())
    assert own["test/track/macro_f1"] == metrics["test/track/macro_f1"]
    report = musicgenre("report", f"runs={run.parent}", f"hydra.run.dir={tmp_path / 'report'}")
    assert report.status == 0, report.text
    assert "nan" not in (tmp_path / "report" / "results.md").read_text()


def test_genre_without_training_tracks_is_refused(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "data", tracks=3, seconds=1.0)
    lists = tmp_path / "lists.csv"
    rows = [
        f"{path.relative_to(root)},{'test' if path.parent.name == 'hum' else subset}"
        for genre in sorted(root.iterdir())
        for path, subset in zip(sorted(genre.iterdir()), ("train", "val", "test"), strict=True)
    ]
    lists.write_text("\n".join(["track,subset", *rows]))
    result = train(tmp_path / "run", root, "split=lists", f"split.file={lists}")
    fails(result, "leaves no track of hum to train on")
