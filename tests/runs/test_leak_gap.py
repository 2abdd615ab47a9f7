"""What a split leaks, how rows converge, and what their sources published: from made-up runs."""

import io
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
from made_runs import predictions, write_run
from rich.console import Console
from statsmodels.stats.proportion import confint_proportions_2indep

from musicgenre.runs.convergence import convergence_table, curves_of
from musicgenre.runs.identity import REPEATED
from musicgenre.runs.leak_gap import leak_gap
from musicgenre.runs.published import published_of
from musicgenre.runs.report_text import gap_tables
from musicgenre.runs.rows import Row, rows_of
from musicgenre.runs.run import Run


def rows_in(folder: Path, over: Sequence[str] = REPEATED) -> list[Row]:
    runs = [Run(path) for path in sorted(folder.iterdir())]
    return rows_of(runs, [run.predictions for run in runs], over)


@pytest.mark.usefixtures("built")
def test_the_gap_is_to_the_split_by_artist(tmp_path: Path) -> None:
    for number, (split, right) in enumerate((("artist_kfold", 12), ("stratified", 18), ("segment_random", 20))):
        folder = write_run(
            tmp_path / str(number), predictions(right, 20), overrides=(f"split={split}",), choices={"split": split}
        )
        table = pd.DataFrame(
            {"track": ["a", "a", "b"], "start": 0, "genre": "hum", "split": ["train", "train", "test"]}
        )
        table.to_csv(folder / "split.csv", index=False)
    gap = leak_gap(rows_in(tmp_path)).set_index("split")
    assert list(gap.index) == ["segment_random", "stratified", "artist_kfold"]
    assert gap["gap"].tolist() == pytest.approx([40, 30, 0])
    low, high = confint_proportions_2indep(18, 20, 12, 20, compare="diff", method="newcomb")
    assert [gap["gap low"].iloc[1], gap["gap high"].iloc[1]] == pytest.approx([100 * low, 100 * high])
    assert gap["training tracks"].tolist() == [1, 1, 1]
    console = Console(width=80, file=io.StringIO(), color_system=None)
    console.print(*gap_tables(gap.reset_index().assign(leaks="segments 140, artists 142")))
    lines = [line.split() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]
    assert ["segment_random", "1", "20", "100.0"] in [line[:4] for line in lines] and ["artists", "142"] in lines


@pytest.mark.usefixtures("built")
def test_of_two_splits_by_artist_the_one_that_tests_more_is_the_reference(tmp_path: Path) -> None:
    for number, (split, right, tracks) in enumerate(
        (("artist_kfold split.folds=3", 12, 20), ("artist_kfold split.folds=5", 9, 12), ("stratified", 18, 20))
    ):
        chosen, *typed = split.split()
        overrides = (f"split={chosen}", *typed)
        table = predictions(right, tracks)
        write_run(tmp_path / str(number), table, overrides=overrides, choices={"split": chosen})
    gap = leak_gap(rows_in(tmp_path)).set_index("split")["gap"]
    assert gap["stratified"] == pytest.approx(30)
    assert gap["artist_kfold folds=3"] == 0
    assert gap["artist_kfold folds=5"] == pytest.approx(100 * (9 / 12 - 12 / 20))


def test_a_damaged_split_table_ends_no_report(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for split in ("artist_kfold", "stratified"):
        for seed in (1, 2):
            typed = (f"split={split}", f"seed={seed}")
            folder = write_run(tmp_path / f"{split}{seed}", overrides=typed, choices={"split": split}, seed=seed)
            (folder / "split.csv").write_text("split,track\ntrain,a\n")
    (tmp_path / "stratified2" / "split.csv").write_text("")
    gap = leak_gap(rows_in(tmp_path)).set_index("split")
    assert gap["training tracks"].tolist() == [1, 1]
    assert f"The training tracks of {tmp_path / 'stratified2'} are not counted" in caplog.text


def test_one_split_has_no_gap(tmp_path: Path) -> None:
    write_run(tmp_path / "0")
    assert leak_gap(rows_in(tmp_path)).empty


def test_there_is_no_gap_between_folds(tmp_path: Path) -> None:
    def write(split: str, right: int, tracks: int, *typed: str) -> None:
        asked = (f"split={split}", *typed)
        write_run(
            tmp_path / "-".join(asked), predictions(right, tracks), overrides=asked, choices={"split": split}, seed=1
        )

    for fold in (0, 1, 2):
        write("artist_kfold", 12 + fold, 20 + fold, f"split.fold={fold}")
    for over in (["seed"], [], ["model"]):
        assert leak_gap(rows_in(tmp_path, over)).empty
    write("stratified", 18, 20)
    gap = leak_gap(rows_in(tmp_path, ["seed"]))
    assert gap["split"].tolist() == ["stratified", "artist_kfold fold=2"]  # of the folds, the one that tests most
    assert gap["gap"].tolist() == pytest.approx([100 * (18 / 20 - 14 / 22), 0])
    assert leak_gap(rows_in(tmp_path))["split"].tolist() == ["stratified", "artist_kfold"]


def test_curves_count_epochs_from_one_and_the_table_says_when(tmp_path: Path) -> None:
    for seed, accuracies in ((1, (0.4, 0.6, 0.7)), (2, (0.5, 0.56, 0.58))):
        folder = write_run(tmp_path / str(seed), overrides=(f"seed={seed}",), seed=seed)
        table = {"epoch": [0, 1, 2], "val/segment/loss": [2.0, 1.0, 1.5], "val/track/accuracy": accuracies}
        pd.DataFrame(table).to_csv(folder / "metrics.csv", index=False)
    curves, level = curves_of(rows_in(tmp_path))
    assert level == "track" and list(curves) == ["defaults"]
    row = convergence_table(curves).iloc[0]
    assert (row["best epoch"], row["best loss"], row["to 50 %"], row["runs to 60 %"]) == (2, 1.0, 1.5, 1)
    assert pd.isna(row["to 60 %"]) and row["highest accuracy %"] == pytest.approx(64)
    assert row["epochs to 95 % of last accuracy"] == 2.5  # 0.7 in the third epoch, 0.56 of 0.58 in the second
    assert row["seconds to 95 % of last accuracy"] == pytest.approx(2.5 * 0.5 / 2)


def test_a_published_figure_names_what_differs(tmp_path: Path) -> None:
    choices = {"experiment": "mfcc_cnn", "split": "stratified", "data": "gtzan"}
    typed = ("experiment=mfcc_cnn", "trainer.max_epochs=3", "trainer.precision=bf16-mixed", "data.seconds=6")
    write_run(tmp_path / "0", overrides=typed, choices=choices, config={"protocol": "honest"})
    found = published_of(rows_in(tmp_path)[0])
    assert found is not None and (found.accuracy, found.level) == (72.1, "segment")
    expected = ("split stratified, not segment_random", "4 test tracks, not 999", "2 genres")
    assert found.differences == (*expected, "trainer.max_epochs=3", "data.seconds=6")


def test_each_of_several_seeds_may_test_as_many_tracks_as_the_source(tmp_path: Path) -> None:
    choices = {"experiment": "net1_fcnn", "split": "stratified", "data": "mel_images"}
    config = {"protocol": "honest", "trainer": {"max_epochs": 100}}
    for seed in (0, 1):  # each draws other tracks
        table = predictions(60, tracks=100)
        table["track"] = f"{seed}-" + table.track
        write_run(tmp_path / str(seed), table, choices=choices, config=config, seed=seed)
    (row,) = rows_in(tmp_path)
    assert len(row.tracks) == 200
    found = published_of(row)
    assert found is not None and found.differences == ("2 genres",)
