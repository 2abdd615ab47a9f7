from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from command_line import musicgenre
from made_audio import write_corpus

from musicgenre import GenreClassifier

SMALL = ("trainer=cpu", "segments.length=0.5", "features.n_mels=16", "logger=csv", "figures=false")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("music"), ("drone", "hum"), tracks=5, seconds=1.0)


def debug(folder: Path, root: Path, *arguments: str) -> str:
    data = ("data=folder", f"data.root={root}", f"hydra.run.dir={folder}")
    result = musicgenre("train", *data, *SMALL, *arguments)
    assert result.status == 0, result.text
    assert "Warning" not in result.text
    return result.text


def test_one_batch_of_everything_goes_through_and_nothing_is_kept(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    for name in ("training_step", "validation_step", "test_step"):
        step = getattr(GenreClassifier, name)

        def count(*args: Any, step: Any = step, name: str = name) -> Any:
            seen.append(name)
            return step(*args)

        monkeypatch.setattr(GenreClassifier, name, count)
    text = debug(tmp_path / "named", root, "experiment=net5_bilstm", "model.hidden=4", "debug=fdr")
    assert seen == ["training_step", "validation_step", "test_step"]
    assert "fast_dev_run: one batch of everything ran through" in text
    assert "epoch 1/1  train loss" in text
    assert list((tmp_path / "named").iterdir()) == []
    monkeypatch.chdir(tmp_path)
    few = ("data=folder", f"data.root={root}", "model=fcnn", "model.hidden=[8]", "+trainer.fast_dev_run=true", *SMALL)
    result = musicgenre("train", "-m", "seed=1,2", *few)
    assert result.status == 0, result.text
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_stood_in_the_folder_stays(tmp_path: Path, root: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    debug(tmp_path, root, "model=fcnn", "model.hidden=[8]", "debug=fdr")
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_overfitting_learns_three_batches_by_heart(tmp_path: Path, root: Path) -> None:
    few = (
        "debug=overfit",
        "trainer.max_epochs=8",
        "optimizer.lr=0.02",
        "batch_size=4",
        "model=fcnn",
        "model.hidden=[16]",
    )
    debug(tmp_path, root, *few)
    table = pd.read_csv(tmp_path / "metrics.csv")
    assert table["train/segment/accuracy"].iloc[-1] == 1
    assert table["train/segment/loss"].iloc[-1] < 0.1


def test_profile_writes_its_table(tmp_path: Path, root: Path) -> None:
    debug(tmp_path, root, "debug=profile", "model=fcnn", "model.hidden=[8]")
    profiles = {f"{step}-profile.txt" for step in ("fit", "validate", "test")}  # as the page on sweeps names them
    assert {path.name for path in tmp_path.glob("*profile*")} == profiles
    assert "run_training_epoch" in (tmp_path / "fit-profile.txt").read_text()
    assert len(pd.read_csv(tmp_path / "metrics.csv")) == 2
