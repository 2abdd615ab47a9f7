"""How a row differs from the source of its published figure."""

import json
from pathlib import Path

import pandas as pd
import pytest
from made_runs import write_run

from musicgenre.runs.published import published_of
from musicgenre.runs.rows import rows_of
from musicgenre.runs.run import Run

GENRES = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")
XGBOOST = {"experiment": "features_xgboost", "data": "features_table", "split": "random_70_30", "model": "xgboost"}


def recognised(segments: int = 1) -> pd.DataFrame:
    """Return 300 test tracks of ten genres, all classified correctly."""
    rows = [
        {"split": "test", "track": f"{GENRES[n % 10]}/{n}.wav", "start": 3.0 * part, "genre": GENRES[n % 10]}
        | {"label": n % 10}
        | {f"p_{genre}": float(genre == GENRES[n % 10]) for genre in GENRES}
        for n in range(300)
        for part in range(segments)
    ]
    return pd.DataFrame(rows)


def differences(*folders: Path, over: tuple[str, ...] = ("seed", "split.fold")) -> tuple[str, ...]:
    runs = [Run(folder) for folder in folders]
    (row,) = rows_of(runs, [run.predictions for run in runs], over)
    found = published_of(row)
    assert found is not None and found.accuracy == 74
    return found.differences


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("data.table=/kaggle/features_30_sec.csv", "split.seed=3", "seed=3"), ()),
        (("split.fractions=[0.1,0.6,0.3]",), ("split.fractions=[0.1,0.6,0.3]",)),
        (("callbacks.last.every_n_epochs=5", "~callbacks.last"), ()),  # how often a state is saved
        (("+data.aliases={rap: hiphop}",), ("data.aliases={rap: hiphop}",)),
    ],
)
def test_what_was_typed_of_data_or_split_counts(tmp_path: Path, typed: tuple[str, ...], said: tuple[str, ...]) -> None:
    asked = ("experiment=features_xgboost", "split=random_70_30", *typed)
    write_run(tmp_path / "0", recognised(), choices=XGBOOST, overrides=asked, config={"protocol": "as_published"})
    assert differences(tmp_path / "0") == said


def test_a_table_with_several_rows_a_track_differs(tmp_path: Path) -> None:
    config = {"protocol": "as_published", "data": {"table": "/kaggle/features_3_sec.csv"}}
    asked = ("experiment=features_xgboost", "data.table=/kaggle/features_3_sec.csv")
    write_run(tmp_path / "0", recognised(3), choices=XGBOOST, overrides=asked, config=config)
    assert differences(tmp_path / "0") == ("several rows per track",)


def test_every_run_of_a_row_is_judged(tmp_path: Path) -> None:
    folders = []
    for seed, protocol in ((1, "as_published"), (2, "honest")):
        asked = ("experiment=features_xgboost", f"protocol={protocol}", f"model.depth={seed}")
        config = {"protocol": protocol}
        folders.append(
            write_run(tmp_path / str(seed), recognised(), choices=XGBOOST, overrides=asked, config=config, seed=seed)
        )
    assert differences(*folders, over=("seed", "protocol", "model.depth")) == (
        "protocol honest, not as_published",
        "model.depth=1",
        "model.depth=2",
    )


def test_an_evaluation_of_a_published_systems_run_is_none(tmp_path: Path) -> None:
    run = write_run(tmp_path / "0", recognised(), choices=XGBOOST, config={"protocol": "as_published"})
    again = write_run(tmp_path / "1", recognised(), command="evaluate", config={"run": str(run)})
    told = {"evaluated": "features_xgboost", "data": "features_table", "split": "random_70_30"}
    (again / "metrics.json").write_text(json.dumps(json.loads((again / "metrics.json").read_text()) | told))
    rows = [rows_of([each], [each.predictions])[0] for each in map(Run, (run, again))]
    assert [published_of(row) is None for row in rows] == [False, True]
