"""Files of other versions of musicgenre are named as such in one sentence."""

from pathlib import Path
from typing import Any

import pytest
from command_line import fails, musicgenre
from sklearn.dummy import DummyClassifier

from musicgenre.classical import keep_model
from musicgenre.errors import MusicGenreError
from musicgenre.modules.checkpoint import ClassifierRecord
from musicgenre.training.trained import load_model

RECORD: dict[str, Any] = {"net": {}, "front_end": None, "standardize": None, "genres": None, "card": None, "config": {}}


def test_a_record_of_another_format(tmp_path: Path) -> None:
    with pytest.raises(MusicGenreError, match=r"some.ckpt was written by a later version.*update"):
        ClassifierRecord.from_plain({**RECORD, "format": 3}, tmp_path / "some.ckpt")


def test_a_fitted_pipeline_without_todays_record(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    keep_model(tmp_path / "checkpoints" / "model.joblib", DummyClassifier(), {"genres": ["jazz", "rock"], "config": {}})
    with pytest.raises(MusicGenreError, match=r"model\.joblib was written by an earlier version .* train again\.$"):
        load_model(tmp_path)
    result = musicgenre("predict", f"run={tmp_path}", f"audio={tmp_path}", f"hydra.run.dir={tmp_path / 'out'}")
    fails(result, "earlier version of musicgenre", "train again")
