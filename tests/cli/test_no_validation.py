from pathlib import Path

import pandas as pd
import pytest
from command_line import fails, train, trained


def test_folders_without_validation_say_how_to_take_some(tmp_path: Path, corpus_root: Path) -> None:
    genres = sorted(path for path in corpus_root.iterdir() if path.is_dir())
    for genre in genres:
        for place, file in enumerate(sorted(genre.iterdir())):
            target = tmp_path / "music" / ("train" if place % 2 else "test") / genre.name / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    result = train(tmp_path / "run", tmp_path / "music", "split=folders", "scheduler=plateau")
    fails(result, "split.val=0.1 would take a tenth of the training tracks", "callbacks.early_stopping=null")


STOPPING = "callbacks.early_stopping={{_target_: lightning.pytorch.callbacks.EarlyStopping, monitor: {}}}"
NONE = ("split=random_80_20", "split.fractions=[0.7,0,0.3]")


def test_what_watches_training_needs_no_validation(tmp_path: Path, corpus_root: Path) -> None:
    stopping = STOPPING.format("train/segment/loss")
    plateau = ("scheduler=plateau", "scheduler.monitor=train/segment/loss", "scheduler.patience=0")
    trained(tmp_path, corpus_root, *NONE, stopping, *plateau, "scheduler.threshold=9", "trainer.max_epochs=3")
    assert pd.read_csv(tmp_path / "metrics.csv")["train/lr"].tolist() == pytest.approx([0.02, 0.02, 0.01])


def test_a_schedule_that_watches_nothing_is_not_named(tmp_path: Path, corpus_root: Path) -> None:
    leftover = ("scheduler=cosine", "+scheduler.monitor=val/segment/loss", STOPPING.format("val/segment/loss"))
    result = train(tmp_path, corpus_root, *NONE, *leftover)
    fails(result, "but early stopping needs some")
