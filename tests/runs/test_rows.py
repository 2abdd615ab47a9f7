"""Runs that make one row, and what it says where they differ in more than was intended."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_runs import predictions, write_run, write_sweep
from sklearn.metrics import f1_score
from statsmodels.stats.proportion import proportion_confint

from musicgenre.runs.comparisons import comparisons, not_comparable, unequal
from musicgenre.runs.convergence import curves_of
from musicgenre.runs.find import survey
from musicgenre.runs.labels import label_of
from musicgenre.runs.leak_gap import leak_gap
from musicgenre.runs.measured import keep_runs, read_measured
from musicgenre.runs.repeats import doubts, lacking, without_copies
from musicgenre.runs.report import report
from musicgenre.runs.report_build import results_table
from musicgenre.runs.rows import Row, check_predictions, rows_of
from musicgenre.runs.run import Run


def rows_in(folder: Path) -> list[Row]:
    runs = [Run(path) for path in sorted(folder.iterdir())]
    return rows_of(runs, [run.predictions for run in runs])


def write_fold(folder: Path, fold: int, right: int, tracks: int, *more: str, seed: int = 1) -> None:
    """Write a fold with its own tracks."""
    table = predictions(right, tracks)
    table["track"] = table["track"].str.replace(".wav", f"_{fold}.wav")
    asked = ("split=artist_kfold", f"split.fold={fold}", *more)
    place = folder / "-".join([str(fold), *more, str(seed)])
    write_run(place, table, overrides=asked, choices={"split": "artist_kfold"}, seed=seed)


def test_the_accuracy_of_unequal_folds_is_that_of_all_tracks(tmp_path: Path) -> None:
    sizes = ((8, 8), (10, 10), (24, 60))  # right, tracks: 100, 100 and 40 %
    for fold, (right, tracks) in enumerate(sizes):
        write_fold(tmp_path / "runs", fold, right, tracks)
    (row,) = rows_in(tmp_path / "runs")
    found = row.summary()
    low, high = proportion_confint(42, 78, method="wilson")
    for level in ("track", "segment"):
        assert found[f"{level} accuracy %"] == pytest.approx(100 * 42 / 78)
        assert np.isnan(found[f"{level} accuracy % sd"])  # of one repeat
    assert [found[f"track accuracy % {end}"] for end in ("low", "high")] == pytest.approx([100 * low, 100 * high])
    answers = row.tracks[["p_drone", "p_hum"]].to_numpy().argmax(axis=1)
    assert found["macro-F1 %"] == pytest.approx(100 * f1_score(row.tracks["label"], answers, average="macro"))
    (path,) = keep_runs([row], tmp_path / "kept")
    kept = read_measured(path)
    for level in ("track", "segment"):
        ends = [found[f"{level} accuracy % {end}"] for end in ("low", "high")]
        assert [kept.accuracy(level), *kept.interval(level)] == pytest.approx([100 * 42 / 78, *ends])


def test_a_repeated_cross_validation_is_the_mean_of_its_repeats(tmp_path: Path) -> None:
    for seed, rights in ((1, (8, 24)), (2, (6, 60))):  # of 8 and of 60 tracks
        for fold, (right, tracks) in enumerate(zip(rights, (8, 60), strict=True)):
            write_fold(tmp_path / f"{seed}", fold, right, tracks, f"seed={seed}", seed=seed)
            also = ("run.notes=night", "optimizer=adam") if fold else ()  # which does not make it another run
            write_fold(tmp_path / "both", fold, right, tracks, f"seed={seed}", *also, seed=seed)
    (both,) = rows_in(tmp_path / "both")
    each = [rows_in(tmp_path / seed)[0] for seed in "12"]
    assert [len(row.runs) for row in (both, *each)] == [4, 2, 2]
    assert both.accuracy("track").accuracy == pytest.approx((32 / 68 + 66 / 68) / 2)
    assert both.macro_f1 == pytest.approx(sum(row.macro_f1 for row in each) / 2)
    shown = both.summary()
    for name in ("track accuracy %", "segment accuracy %", "macro-F1 %"):
        values = [float(row.summary()[name]) for row in each]
        assert (shown[name], shown[f"{name} sd"]) == pytest.approx((np.mean(values), np.std(values, ddof=1)))
    assert np.isnan([each[0].summary()[f"{name} sd"] for name in ("track accuracy %", "macro-F1 %")]).all()
    (path,) = keep_runs([both], tmp_path / "kept")
    kept, found = read_measured(path), both.summary()
    for level in ("track", "segment"):
        ends = [found[f"{level} accuracy %{end}"] for end in ("", " low", " high")]
        assert [kept.accuracy(level), *kept.interval(level)] == pytest.approx(ends)


def test_validation_is_pooled_as_tests_are(tmp_path: Path) -> None:
    runs = ((1, 0, 8, 8), (1, 1, 24, 60), (2, 0, 5, 10))  # seed, fold, right, tracks: the second repeat is incomplete
    for seed, fold, right, tracks in runs:
        write_fold(tmp_path, fold, right, tracks, seed=seed)
        path = tmp_path / f"{fold}-{seed}" / "metrics.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"train/track/accuracy": 0.6 + 0.2 * fold}))
    (row,) = rows_in(tmp_path)
    found, expected = row.summary(), 100 * (32 / 68 + 5 / 10) / 2
    assert found["track accuracy %"] == pytest.approx(expected) == found["val track accuracy %"]
    assert found["train track accuracy %"] == pytest.approx(100 * (0.7 + 0.6) / 2)  # folds alike, their tracks unknown
    assert found["top-2 %"] == 100
    only_tests = tuple(table[table["split"] == "test"] for table in row.predictions)
    assert np.isnan(replace(row, predictions=only_tests).validation)
    some = (row.predictions[0], only_tests[1], row.predictions[2])  # fold 0 of the second seed has no validation
    assert [run.folder.name for run in row.runs] == ["0-1", "0-2", "1-1"]
    assert replace(row, predictions=some).validation == pytest.approx(32 / 68)


def test_validation_of_folds_is_pooled_where_nothing_was_tested(tmp_path: Path) -> None:
    for seed, fold, right, tracks in ((1, 0, 10, 10), (1, 1, 0, 2), (2, 0, 5, 10)):
        write_fold(tmp_path, fold, right, tracks, seed=seed)
    (row,) = rows_in(tmp_path)
    untested = tuple(table[table["split"] == "val"] for table in row.predictions)
    assert replace(row, predictions=untested).validation == pytest.approx((10 / 12 + 5 / 10) / 2)


def test_top_2_counts_repeats_alike(tmp_path: Path) -> None:
    genres = ("drone", "hum", "whistle")
    write_run(tmp_path / "1", predictions(4, 4, genres), seed=1)
    table = predictions(0, 12, genres)
    last = {f"p_{genre}": table["genre"].map(lambda true, own=genre: 0.0 if true == own else 0.5) for genre in genres}
    write_run(tmp_path / "2", table.assign(**last), seed=2)
    assert rows_in(tmp_path)[0].summary()["top-2 %"] == pytest.approx(50)


def test_a_genre_that_one_fold_lacks_counts_once_in_the_macro_f1(tmp_path: Path) -> None:
    for fold, genre in enumerate(("drone", "hum")):
        table = predictions(3)
        write_run(
            tmp_path / str(fold),
            table[table.genre == genre],
            overrides=("split=artist_kfold", f"split.fold={fold}"),
            choices={"split": "artist_kfold"},
        )
    found = rows_in(tmp_path)[0].summary()  # two drones are right, one hum of two is taken for a drone
    assert found["macro-F1 %"] == pytest.approx(100 * (4 / 5 + 2 / 3) / 2) and found["macro-F1 genres"] == 2


def test_the_leak_gap_is_between_the_accuracies_of_the_rows(tmp_path: Path) -> None:
    for fold, (right, tracks) in enumerate(((4, 4), (6, 12))):
        write_fold(tmp_path, fold, right, tracks)
    write_run(tmp_path / "2", predictions(18, 20), overrides=("split=stratified",))
    gap = leak_gap(rows_in(tmp_path)).set_index("split")
    assert gap["accuracy"].to_dict() == pytest.approx({"stratified": 90, "artist_kfold": 62.5})
    assert gap.loc["stratified", "gap"] == pytest.approx(27.5)


def test_a_copied_run_counts_once_and_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = write_run(tmp_path / "runs" / "a", overrides=("seed=1",))
    copy = tmp_path / "runs" / "a_backup"
    shutil.copytree(first, copy)
    write_run(tmp_path / "runs" / "b", seed=2, overrides=("seed=2",))  # predicts the same, but is another run
    row = report(tmp_path / "runs", tmp_path / "report").iloc[0]
    assert (row["runs"], row["segments"]) == (2, 16)
    left_out = pd.read_csv(tmp_path / "report" / "left_out.csv")
    reason = f"it has the settings and predictions of {first}"
    assert left_out.to_numpy().tolist() == [[str(copy), reason]]
    assert "the same seed" not in capsys.readouterr().out


def test_only_equal_settings_and_predictions_make_a_copy(tmp_path: Path) -> None:
    write_run(tmp_path / "0", seed=1, config={"data": {"root": "/x/a"}}, overrides=("data.root=/x/a",))
    write_run(tmp_path / "1", seed=1, config={"data": {"root": "/y/a"}}, overrides=("data.root=/y/a",))  # a copy
    write_run(tmp_path / "2", seed=1, choices={"optimizer": "sgd"})
    write_run(tmp_path / "3", predictions(2), seed=1)
    write_run(tmp_path / "4", seed=1, config={"data": {"root": "/x/b"}})
    for number in (5, 6):  # evaluations of two runs
        write_run(tmp_path / str(number), command="evaluate", config={"run": f"/runs/{number}"})
    found, copies = without_copies(survey(tmp_path, check_predictions)[0])
    assert [run.folder.name for run, _ in found] == ["0", "2", "3", "4", "5", "6"] and list(copies) == [tmp_path / "1"]


def test_runs_of_one_seed_are_named(tmp_path: Path) -> None:
    for number, (seed, right) in enumerate(((1, 3), (1, 2), (2, 3))):
        write_run(tmp_path / str(number), predictions(right), seed=seed)
    (row,) = rows_in(tmp_path)
    expected = "have the same seed and split.fold, but count as repeats."
    assert doubts(row) == [f"{tmp_path / '0'} and {tmp_path / '1'} {expected}"]
    assert doubts(row, ["optimizer", "seed"])[0].endswith("have the same optimizer and seed, but count as repeats.")


def test_two_collections_of_one_name_are_named(tmp_path: Path) -> None:
    for number, root in enumerate(("/x/genres", "/y/genres", "/x/genres")):
        table = predictions()
        table["track"] += str(number % 2)
        write_run(tmp_path / str(number), table, seed=number, config={"data": {"root": root}})
    (row,) = rows_in(tmp_path)
    (said,) = doubts(row)
    assert said.startswith(f"{tmp_path / '0'} and {tmp_path / '1'} have no track in common")


def test_seeds_that_test_other_tracks_of_one_collection_are_not(tmp_path: Path) -> None:
    every = pd.DataFrame({"track": ["drone/0", "drone/1"], "split": ["train", "test"]})
    for seed in (0, 1):
        folder = write_run(tmp_path / str(seed), predictions(tracks=2).assign(track=f"drone/{seed}"), seed=seed)
        every.to_csv(folder / "split.csv", index=False)
    (row,) = rows_in(tmp_path)
    assert doubts(row) == []
    (tmp_path / "0" / "split.csv").unlink()
    (tmp_path / "1" / "split.csv").write_text("track")  # damaged
    assert "have no track in common" in doubts(row)[0]


def test_folds_have_tracks_of_their_own(tmp_path: Path) -> None:
    for fold in (0, 1):
        write_fold(tmp_path, fold, 3, 4)
    (row,) = rows_in(tmp_path)
    assert doubts(row) == []


def test_missing_seeds_and_folds_are_named(tmp_path: Path) -> None:
    def folds(name: str, width: int, seed: int, *those: int) -> None:
        for fold in those:
            write_fold(tmp_path / name, fold, 3, 4, f"width={width}", "split.folds=3", seed=seed)

    folds("whole", 1, 1, 0, 1, 2)
    assert lacking(rows_in(tmp_path / "whole")) == []
    folds("grid", 1, 1, 0, 1, 2)
    folds("grid", 1, 2, 0, 1)
    folds("grid", 2, 1, 0)
    grid = rows_in(tmp_path / "grid")
    assert lacking(grid) == [
        "width=1 lacks seed 2 fold 2.",
        "width=2 lacks seed 1 fold 1, seed 1 fold 2, seed 2 fold 0 and seed 2 fold 1.",
    ]
    assert lacking(grid[1:]) == []  # a single fold is a split by itself
    for width in (1, 2, 3):
        folds("none", width, 1, 0, 1)  # the last fold is in no row
    assert lacking(rows_in(tmp_path / "none")) == ["width=1, width=2 and width=3 lack seed 1 fold 2."]


def test_rows_lack_seeds_of_others_if_they_share_some(tmp_path: Path) -> None:
    for optimizer, seeds in (("adam", (10, *range(1, 7))), ("sgd", (1,)), ("rmsprop", (11,))):
        for seed in seeds:
            settings: dict[str, Any] = {"overrides": (f"optimizer={optimizer}",), "choices": {"optimizer": optimizer}}
            write_run(tmp_path / f"{optimizer}{seed}", seed=seed, **settings)
    assert lacking(rows_in(tmp_path)) == ["optimizer=sgd lacks seed 2, seed 3, seed 4, seed 5, seed 6 and 1 other."]


def test_rows_are_compared_by_as_many_runs(tmp_path: Path) -> None:
    few, many = rows_in(write_sweep(tmp_path / "a", adam=(2,), sgd=(3, 4, 4)))[::-1]
    assert (few.name, few.runs[0].seed, len(many.runs)) == ("optimizer=adam", 1, 3)
    assert comparisons([few, many])["difference %"].tolist() == [25]  # seed 1; all three together recognise all four
    (said,) = unequal([few, many])
    assert "those with the same seed and fold, or else the first ones" in said
    write_run(tmp_path / "b", predictions(1), seed=9)
    (other,) = rows_of([Run(tmp_path / "b")], [predictions(1)])
    assert comparisons([other, many])["difference %"].tolist() == [50]
    assert unequal([few, other]) == []


def test_equally_many_runs_of_other_seeds_and_folds_are_no_partners(tmp_path: Path) -> None:
    for width, without in ((1, (2, 1)), (2, (1, 2))):
        for seed in (1, 2):
            for fold in range(3):
                right = 4 if (width, seed, fold) == (2, 2, 1) else 2  # the run that the other row lacks
                if (seed, fold) != without:
                    write_fold(tmp_path, fold, right, 4, f"width={width}", seed=seed)
    rows = rows_in(tmp_path)
    assert [len(row.runs) for row in rows] == [5, 5]
    assert comparisons(rows)[["tracks", "difference %"]].to_numpy().tolist() == [[12, 0]]
    (said,) = unequal(rows)
    assert said.startswith("Rows with different runs are compared by equally many of each: those with the same seed")


def test_rows_are_compared_by_shared_seeds_and_folds_also_where_the_others_test_other_tracks(tmp_path: Path) -> None:
    for folds in (False, True):
        for width, rights in ((1, (4, 3, 2)), (2, (2, 3))):
            for number, right in enumerate(rights):
                table = predictions(right)
                table["track"] = table["track"].str.replace(".wav", f"_{number}.wav")
                asked = (f"width={width}", *((f"split.fold={number}",) if folds else ()))
                place = tmp_path / str(folds) / f"{width}{number}"
                write_run(place, table, seed=7 if folds else number, overrides=asked)
        rows = rows_in(tmp_path / str(folds))
        assert [len(row.tracks) for row in rows] == [12, 8]
        assert comparisons(rows)[["a", "tracks", "difference %"]].to_numpy().tolist() == [["width=1", 8, -25]]
        assert results_table(rows)["to first"].tolist() == ["first", "tie"]
        assert not_comparable(rows) == [] and len(unequal(rows)) == 1
        assert lacking(rows) == [f"width=2 lacks seed {'7 fold 2' if folds else '2'}."]
    other = rows_of([Run(tmp_path / "True" / "12")], [Run(tmp_path / "True" / "12").predictions])
    (said,) = not_comparable([rows[1], *other])  # folds 0 and 1, and fold 2
    assert "on 2 different sets of tracks (stratified: 8 tracks; stratified: 4 tracks): only rows" in said


def test_several_runs_of_one_seed_are_compared_by_as_many(tmp_path: Path) -> None:
    sure = predictions(4).replace({0.9: 0.99, 0.1: 0.01})
    for width, tables in ((1, (predictions(0), sure, predictions(0))), (2, (predictions(0), sure))):
        for number, table in enumerate(tables):
            write_run(tmp_path / f"{width}{number}", table, overrides=(f"width={width}", f"own={number}"))
    runs = [Run(path) for path in sorted(tmp_path.iterdir())]
    pairs = comparisons(rows_of(runs, [run.predictions for run in runs], ["own"]))
    assert pairs[["accuracy a %", "accuracy b %"]].to_numpy().tolist() == [[100, 100]]  # the first two of each


def test_seeds_that_test_no_track_twice_have_a_spread(tmp_path: Path) -> None:
    for seed, right in ((1, 4), (2, 2)):
        write_fold(tmp_path, 0, right, 4, seed=seed)
        path = tmp_path / f"0-{seed}" / "predictions.csv"
        path.write_text(path.read_text().replace("_0.wav", f"_{seed}.wav"))
    (row,) = rows_in(tmp_path)
    found = row.summary()
    assert row.is_tested_once and row.repeats == [0, 0]
    for level in ("track", "segment"):
        assert found[f"{level} accuracy %"] == pytest.approx(75)
        assert found[f"{level} accuracy % sd"] == pytest.approx(np.std([100, 50], ddof=1))
    low, high = proportion_confint(6, 8, method="wilson")
    assert [found[f"track accuracy % {end}"] for end in ("low", "high")] == pytest.approx([100 * low, 100 * high])


def test_rows_stay_whole_where_fewer_runs_would_test_fewer_tracks(tmp_path: Path) -> None:
    for fold in (0, 1):
        write_fold(tmp_path / "folds", fold, 4, 4)
    (folds,) = rows_in(tmp_path / "folds")
    table = pd.concat(folds.predictions, ignore_index=True)
    choices = {"split": "artist_kfold"}
    write_run(tmp_path / "one", table.assign(p_drone=table.p_hum, p_hum=table.p_drone), choices=choices)
    (one,) = rows_of([Run(tmp_path / "one")], [Run(tmp_path / "one").predictions])
    assert comparisons([folds, one])[["tracks", "difference %"]].to_numpy().tolist() == [[8, -100]]


def test_some_runs_know_recordings_and_artists(tmp_path: Path) -> None:
    plain = predictions()
    parts = plain.assign(recording=plain["track"].replace("drone/test2.wav", "drone/test0.wav"), artist="x")
    for seed, table in enumerate((plain, parts), start=1):
        write_run(tmp_path / str(seed), table, seed=seed, overrides=(f"seed={seed}",))
    (row,) = rows_in(tmp_path)
    assert row.tracks.groupby("run")["track"].nunique().tolist() == [4, 3]
    assert row.segments["recording"].notna().all() and set(row.segments["artist"]) == {"", "x"}
    found = row.summary()
    assert found["track accuracy %"] == pytest.approx(100 * (3 / 4 + 2 / 3) / 2)


def write_curves(folder: Path) -> None:
    curves = {"epoch": [0], "val/segment/loss": [2.0], "val/track/accuracy": [0.5]}
    pd.DataFrame(curves).to_csv(folder / "metrics.csv", index=False)


def test_curves_have_whole_labels_and_none_is_lost(tmp_path: Path) -> None:
    for number, fractions in enumerate(("[0.5, 0.25, 0.25]", "[0.6, 0.2, 0.2]")):
        for optimizer in ("adam", "sgd"):
            asked = (f"split.fractions={fractions}", f"optimizer={optimizer}")
            folder = tmp_path / f"{number}{optimizer}"
            write_curves(write_run(folder, overrides=asked, choices={"optimizer": optimizer}))
    splits = ("stratified fractions=[0.5, 0.25, 0.25]", "stratified fractions=[0.6, 0.2, 0.2]")
    expected = [f"optimizer={name}, {split}" for split in splits for name in ("adam", "sgd")]
    assert list(curves_of(rows_in(tmp_path))[0]) == expected


def test_rows_of_one_name_and_other_genres_are_told_apart(tmp_path: Path) -> None:
    lists = (("drone", "hum"), ("hum", "whistle"), ("drone", "hum", "whistle"))
    for number, genres in enumerate(lists):
        write_curves(write_run(tmp_path / str(number), predictions(genres=genres)))
    rows = rows_in(tmp_path)
    labels = [f"defaults, {said}" for said in ("drone, hum", "hum, whistle", "3 genres")]
    assert [label_of(row, rows) for row in rows] == list(curves_of(rows)[0]) == labels


def test_a_leak_gap_is_between_runs_of_the_same_genres(tmp_path: Path) -> None:
    few, more = ("drone", "hum"), ("drone", "hum", "whistle", "ring")
    for number, (split, genres) in enumerate((("stratified", few), ("artist_kfold", more), ("stratified", more))):
        given: dict[str, Any] = {"overrides": (f"split={split}",), "choices": {"split": split}}
        write_run(tmp_path / str(number), predictions(number, genres=genres), **given)
    gap = leak_gap(rows_in(tmp_path))
    assert gap[["run", "split", "gap"]].to_numpy().tolist() == [
        ["defaults, 4 genres", "stratified", 25.0],
        ["defaults, 4 genres", "artist_kfold", 0.0],
    ]


def test_null_and_an_empty_text_are_two_settings(tmp_path: Path) -> None:
    for number, (typed, value) in enumerate((("null", None), ("''", ""), ("x", "x"))):
        write_run(tmp_path / str(number), overrides=(f"model.drop={typed}",), config={"model": {"drop": value}})
    write_run(tmp_path / "3", seed=2)  # by a version without the setting
    assert [(row.name, len(row.runs)) for row in rows_in(tmp_path)] == [
        ("model.drop=null", 2),
        ("model.drop=''", 1),
        ("model.drop=x", 1),
    ]


def test_values_that_look_like_keys_are_two_settings(tmp_path: Path) -> None:
    for number, model in enumerate(({"a": "1 model.b=2", "b": None}, {"a": 1, "b": 2})):
        write_run(tmp_path / str(number), overrides=("model.a=1", "model.b=2"), config={"model": model})
    assert [row.name for row in rows_in(tmp_path)] == ["model.a='1 model.b=2'", "model.a='1' model.b='2'"]


def test_pairs_of_rows_under_several_splits_are_told_apart(tmp_path: Path) -> None:
    for split, rights in (("stratified", (8, 0)), ("random", (0, 8))):
        for optimizer, right in zip(("adam", "sgd"), rights, strict=True):
            table = predictions(right, tracks=8)
            table["track"] = table["track"].where(table["split"] == "val", split + table["track"])
            table.loc[table["split"] == "val", ["p_drone", "p_hum"]] = 0.5
            given: dict[str, Any] = {
                "overrides": (f"optimizer={optimizer}",),
                "choices": {"optimizer": optimizer, "split": split},
            }
            write_run(tmp_path / f"{split}{optimizer}", table, **given)
    rows = rows_in(tmp_path)
    pairs = comparisons(rows)
    assert pairs[["a", "b", "difference %"]].to_numpy().tolist() == [
        ["optimizer=adam (random)", "optimizer=sgd (random)", 100],
        ["optimizer=adam (stratified)", "optimizer=sgd (stratified)", -100],
    ]
    assert results_table(rows)["to first"].tolist() == ["first", "+100.0", "first", "-100.0"]
