"""A report over many runs: its rows, tables, figures and what is left out."""

import json
import logging
import re
import shutil
import subprocess
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from made_runs import begin_run, job, predictions, write_run, write_sweep
from PIL import Image
from shared_fixtures import leave_layout
from statsmodels.stats.proportion import proportion_confint

from musicgenre.errors import MusicGenreError
from musicgenre.runs.other_results import begin_files
from musicgenre.runs.report import _genre_report, report
from musicgenre.runs.report_latex import latex_tables

ACCURACY = "track accuracy %"


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two optimizers by two seeds."""
    return write_sweep(tmp_path_factory.mktemp("sweep"), adam=(4, 3), sgd=(2, 1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sweep: Path) -> Path:
    """The sweep's report."""
    found = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        leave_layout(patch)
        report(sweep, found)
    return found


def test_a_row_for_every_run(folder: Path, sweep: Path) -> None:
    runs = pd.read_csv(folder / "runs.csv", keep_default_na=False)
    assert runs.columns[:6].tolist() == ["run", "data", "split", "seed", "leak", "folder"]
    assert runs.seed.tolist() == [1, 2, 1, 2]
    assert runs.folder.tolist() == [str(sweep / number) for number in "0123"]
    assert runs["test/track/accuracy"].tolist() == [1.0, 0.75, 0.5, 0.25]


def test_seeds_are_one_row_with_mean_and_spread_in_percent(folder: Path) -> None:
    table = pd.read_csv(folder / "results.csv", keep_default_na=False)
    assert table.run.tolist() == ["optimizer=adam", "optimizer=sgd"]
    assert table[["data", "split"]].drop_duplicates().to_numpy().tolist() == [["folder tapes", "stratified"]]
    assert table.runs.tolist() == [2, 2] and table.tracks.tolist() == [4, 4] and table.segments.tolist() == [16, 16]
    assert table[ACCURACY].tolist() == [87.5, 37.5]
    assert table[f"{ACCURACY} sd"].tolist() == pytest.approx([12.5 * 2**0.5] * 2)
    assert (table[f"{ACCURACY} low"] < table[ACCURACY]).all() and (table[f"{ACCURACY} high"] > table[ACCURACY]).all()
    assert table["to first"].tolist() == ["first", "tie"]


def test_test_tracks_of_all_seeds_are_pooled(folder: Path) -> None:
    text = (folder / "classification_reports.txt").read_text()
    parts = text.split("optimizer=sgd: test tracks of 2 runs")
    assert parts[0].startswith("optimizer=adam: test tracks of 2 runs\n")
    assert "accuracy 0.875 8" in " ".join(parts[0].split())
    assert "accuracy 0.375 8" in " ".join(parts[1].split())


def test_a_genre_without_test_tracks_is_left_out_of_the_means_by_genre() -> None:
    table = pd.DataFrame({"label": [0, 0, 1], "p_jazz": [0.9, 0.4, 0.3], "p_rock": [0.1, 0.6, 0.7], "p_ska": 0.0})
    text = " ".join(_genre_report(table).split())
    assert "jazz 1.000 0.500 0.667 2 rock 0.500 1.000 0.667 1 accuracy 0.667 3" in text
    assert "macro avg 0.750 0.750 0.667 3 weighted avg 0.833 0.667 0.667 3" in text and "ska" not in text
    table.loc[0, "p_ska"] = 1.0
    assert _genre_report(table).endswith("\naccuracy 0.333\n")  # in place of a mean that leaves ska out


def test_segments_are_reported_as_some_sources_count_them(folder: Path, tmp_path: Path) -> None:
    text = (folder / "classification_reports.txt").read_text()
    of_segments = text.split("optimizer=sgd: test segments of 2 runs")[1]
    assert "accuracy 0.375 16" in " ".join(of_segments.split())
    whole = predictions(3)
    write_run(tmp_path / "0", whole[whole.start == 0])  # one segment per track: the same figures again
    report(tmp_path, tmp_path / "report")
    assert "segments" not in (tmp_path / "report" / "classification_reports.txt").read_text()


def test_training_accuracy_stands_beside_the_others(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "0")
    metrics = json.loads((folder / "metrics.json").read_text()) | {"train/track/accuracy": 0.925}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    assert report(tmp_path, tmp_path / "report")["train track accuracy %"].tolist() == [92.5]
    assert "| defaults | 1 | 4 | 92.5 | 75.0 |" in (tmp_path / "report" / "results.md").read_text()


def test_files(folder: Path) -> None:
    files = {path.name for path in folder.iterdir() if path.is_file()}
    assert files == {
        "results.csv", "results.md", "results.tex", "runs.csv", "comparisons.csv", "left_out.csv", "report.html",
        "classification_reports.txt",
    }  # fmt: skip
    names = {path.name for path in (folder / "figures").iterdir()}
    drawn = ("accuracies", "accuracies_segments", "cost", "reliability", "differences")
    matrices = [f"confusion_{level}optimizer={name}" for level in ("", "segments_") for name in ("adam", "sgd")]
    assert names == {f"{name}.png" for name in (*drawn, *matrices)}
    for name in names:
        with Image.open(folder / "figures" / name) as picture:
            assert min(picture.size) > 100


def test_figures_can_be_pdf(folder: Path, sweep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicgenre.runs.report_build.pdf_of", lambda figure: b"%PDF-")
    names = {path.stem for path in (folder / "figures").iterdir()}
    for ending in ("pdf", "png"):
        with begin_files(job(tmp_path, "report")):
            report(sweep, tmp_path, formats=[ending])
        assert {path.name for path in (tmp_path / "figures").iterdir()} == {f"{name}.{ending}" for name in names}
    with pytest.raises(MusicGenreError, match=r"formats is \['svg'\]: figures are written as \[png\], \[pdf\] or"):
        report(sweep, tmp_path, formats=["svg"])


def test_no_cost_is_drawn_where_none_is_known(tmp_path: Path) -> None:
    file = write_run(tmp_path / "run") / "metrics.json"
    known = json.loads(file.read_text())
    file.write_text(json.dumps({key: known[key] for key in known if key not in ("parameters", "fit_seconds")}))
    report(tmp_path / "run", tmp_path / "report")
    drawn = {path.stem for path in (tmp_path / "report" / "figures").iterdir()}
    assert "cost" not in drawn and "accuracies" in drawn


def test_markdown_and_latex(folder: Path) -> None:
    lines = (folder / "results.md").read_text().splitlines()
    assert lines[0] == "## folder tapes, stratified"
    assert lines[4].startswith("| optimizer=adam | 2 | 4 | - | 87.5 | 87.5 ±17.7 (")
    lines = [line for line in (folder / "results.tex").read_text().splitlines() if not line.startswith("%")]
    assert r"\usepackage{booktabs,longtable,tabularx}" in (folder / "results.tex").read_text().splitlines()[0]
    assert all(line.startswith("%") or "%" not in line.replace(r"\%", "") for line in lines)
    assert [line for line in lines if line.startswith(r"\label")] == [
        r"\label{tab:results}",
        r"\label{tab:comparisons}",
    ]
    assert r"optimizer & runs & tracks & accuracy & 95 \% interval & macro-F1 \\" in lines  # no empty column
    assert [line for line in lines if line.startswith("adam & 2 & 4 & 87.5 $\\pm$17.7 & ")]
    assert [line for line in lines if line.startswith("adam & sgd & $-$")]
    assert "After $\\pm$: standard deviation over repeats, such as seeds." in lines[2]


def test_latex_is_as_wide_as_the_text_and_marks_what_is_not_as_published(tmp_path: Path) -> None:
    long: dict[str, Any] = {
        "overrides": ["experiment=features_xgboost", "features.hop_length=1024"],
        "config": {"features": {}},
    }
    write_run(tmp_path / "0", leak="segments", choices={"experiment": "features_xgboost"}, **long)
    write_run(tmp_path / "1", predictions(2), overrides=["model=cnn"])
    report(tmp_path, tmp_path / "report")
    tex = (tmp_path / "report" / "results.tex").read_text()
    assert tex.count(r"\begin{tabularx}{\linewidth}{@{}>{\raggedright\arraybackslash}Xrrrrrrr@{}}") == 1
    assert r"features.\allowbreak hop\_\allowbreak length=1024" in tex
    assert (
        re.search(r"& 74\$\^\\dagger\$ & yes \\\\\n", tex)
        and "published of segments, or on other data or settings" in tex
    )


def test_what_no_page_holds_goes_on_over_pages(folder: Path, tmp_path: Path) -> None:
    result, pair = (
        pd.read_csv(folder / f"{name}.csv", keep_default_na=False).head(1) for name in ("results", "comparisons")
    )
    names = [f"experiment_{number // 2} optimizer.lr={number % 2}" for number in range(14)]
    a, b = zip(*combinations(names, 2), strict=True)
    results = pd.concat([result] * 14).assign(run=names, **{"published %": float("nan")})
    for count, tables in ((4, ["table", "table"]), (91, ["table", "longtable"])):
        pairs = pd.concat([pair] * count).assign(a=a[:count], b=b[:count])
        tex = latex_tables(results, pairs)
        assert re.findall(r"\\begin\{(table|longtable)\}", tex) == tables
        (tmp_path / f"{count}.tex").write_text(tex)
    (header,) = re.findall(r"\\usepackage{.+?}", tex)
    lines = tex.splitlines()
    assert sum(line.startswith("experiment") and line.endswith(r"\\") for line in lines) == 14 + 91
    assert lines.count(r"a & b & difference & 95 \% interval & tracks & p \\") == 2  # on the first page, and on others
    if shutil.which("pdflatex") is None:
        pytest.skip("there is no pdflatex")
    text = rf"\documentclass{{article}}{header}\begin{{document}}\input{{91.tex}}\end{{document}}"
    (tmp_path / "paper.tex").write_text(text)
    command = ("pdflatex", "-draftmode", "-halt-on-error", "paper")
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "too large" not in said and "Overfull" not in said


def test_comparisons_are_on_mean_probabilities(folder: Path) -> None:
    pair = pd.read_csv(folder / "comparisons.csv").iloc[0]
    # adam's seeds recognise four and three of four tracks and disagree on the fourth; sgd's recognise two and one
    assert pair[["accuracy a %", "accuracy b %", "difference %"]].tolist() == [75, 25, -50]  # of the runs: 87.5, 37.5
    assert (pair["a"], pair["b"], pair["tracks"], pair["verdict"]) == ("optimizer=adam", "optimizer=sgd", 4, "tie")
    assert pair["p"] == pair["p Holm"] == 2 * 0.5 ** pair["only a"]
    text = (folder / "results.md").read_text()
    assert "vs. first: difference from the table's first row in points, on the same test tracks, by mean prob" in text
    assert "accuracy: of the mean probabilities over the runs that are compared" in text
    assert "| optimizer=adam | optimizer=sgd | 4 | 75.0 | 25.0 | 2 | 0 | -50.0 | -" in text


def test_the_tables_are_printed_within_80_columns(
    sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    table = report(sweep, tmp_path)
    assert table[ACCURACY].tolist() == [87.5, 37.5]
    out = capsys.readouterr().out
    assert "1 optimizer=adam 2 4 87.5 87.5 ±17.7 (" in " ".join(out.split())
    assert f"Report: {tmp_path / 'report.html'}" in out
    assert max(len(line.rstrip()) for line in out.splitlines() if "Report:" not in line) <= 80


def test_folds_are_pooled_with_wilsons_interval(tmp_path: Path) -> None:
    for fold, right in enumerate((4, 3)):
        table = predictions(right)
        table["track"] = table["track"].str.replace(".wav", f"_{fold}.wav")
        asked = ("split=artist_kfold", f"split.fold={fold}")
        settings: dict[str, Any] = {"choices": {"split": "artist_kfold"}, "config": {"split": {"folds": 3}}}
        write_run(tmp_path / str(fold), table, overrides=asked, **settings)
    row = report(tmp_path, tmp_path / "report").iloc[0]
    assert (row["split"], row["runs"], row["tracks"]) == ("artist_kfold", 2, 8)
    expected = proportion_confint(7, 8, method="wilson")
    assert (row[f"{ACCURACY} low"], row[f"{ACCURACY} high"]) == pytest.approx([100 * bound for bound in expected])
    assert "defaults lacks seed 1 fold 2." in (tmp_path / "report" / "results.md").read_text().splitlines()
    apart = report(tmp_path, tmp_path / "apart", over=["seed"])
    assert apart["split"].tolist() == ["artist_kfold fold=0", "artist_kfold fold=1"] and apart["runs"].tolist() == [
        1,
        1,
    ]


def test_any_key_can_be_averaged_over(sweep: Path, tmp_path: Path) -> None:
    row = report(sweep, tmp_path, over=["seed", "optimizer"]).iloc[0]
    assert (row["run"], row["runs"], row[ACCURACY]) == ("defaults", 4, 62.5)
    with pytest.raises(MusicGenreError, match="over is 'seed': give a list of keys"):
        report(sweep, tmp_path, over="seed")
    with pytest.raises(MusicGenreError, match="over names nonsense, which no run has: give groups"):
        report(str(sweep), str(tmp_path), over=["seed", "nonsense"])


def test_a_default_equals_the_same_value_typed_in_another_sweep(tmp_path: Path) -> None:
    write_run(tmp_path / "a", overrides=("optimizer=adam", "seed=1"), seed=1)
    write_run(tmp_path / "b", overrides=("seed=2",), seed=2)
    write_run(tmp_path / "c", overrides=("optimizer=sgd",), choices={"optimizer": "sgd"})
    table = report(tmp_path, tmp_path / "report")
    assert dict(zip(table["run"], table["runs"], strict=True)) == {"optimizer=adam": 2, "optimizer=sgd": 1}


def test_rows_are_grouped_by_data_and_split_and_sorted_by_validation(tmp_path: Path) -> None:
    validated_best = pd.concat(
        [predictions(4)[lambda t: t.split == "val"], predictions(1)[lambda t: t.split == "test"]]
    )
    write_run(tmp_path / "0", predictions(3), overrides=("model=cnn",))
    write_run(tmp_path / "1", validated_best, overrides=("model=fcnn",), choices={"model": "fcnn"})
    write_run(tmp_path / "2", overrides=("model=cnn",), config={"data": {"root": "/music/discs"}})
    table = report(tmp_path, tmp_path / "report")
    assert table[["data", "run"]].to_numpy().tolist() == [
        ["folder tapes", "model=fcnn"], ["folder tapes", "model=cnn"], ["folder discs", "model=cnn"]
    ]  # fmt: skip
    pairs = pd.read_csv(tmp_path / "report" / "comparisons.csv")
    assert pairs[["data", "a", "b"]].to_numpy().tolist() == [["folder tapes", "model=fcnn", "model=cnn"]]


def test_other_test_tracks_are_never_compared_silently(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "0", overrides=("model=cnn",))
    write_run(tmp_path / "1", predictions(tracks=6), overrides=("model=fcnn",), choices={"model": "fcnn"})
    table = report(tmp_path, tmp_path / "report")
    assert table["to first"].tolist() == ["first", "other tracks"]
    assert len(pd.read_csv(tmp_path / "report" / "comparisons.csv")) == 0
    assert "tested on 2 different sets of tracks" in capsys.readouterr().out.replace("\n", " ")


def test_names_with_brackets_stand_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, genres in enumerate(("[drone,hum]", "[hum,drone]")):
        write_run(tmp_path / str(number), overrides=(f"model.layers={genres}",), config={"model": {"layers": genres}})
    report(tmp_path, tmp_path / "report")
    assert "model.layers=[drone,hum" in "".join(capsys.readouterr().out.split())
    assert (tmp_path / "report" / "figures" / "confusion_model.layers=_drone_hum_.png").is_file()


@pytest.mark.usefixtures("built")
def test_long_names_and_equal_file_names(tmp_path: Path) -> None:
    long = "x" * 150
    for number, value in enumerate((f"{long}1", f"{long}2", "1/2", "1 2")):
        write_run(tmp_path / str(number), overrides=(f"a={value}",), config={"a": value})
    report(tmp_path, tmp_path / "report")
    stems = [path.stem for path in (tmp_path / "report" / "figures").glob("confusion_a*")]
    start = f"confusion_a={long}"[:120]
    assert sorted(stems) == ["confusion_a=1_2", "confusion_a=1_2_2", start, f"{start}_2"]


def test_unfinished_and_damaged_runs_are_listed_and_not_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep = write_sweep(tmp_path / "sweep", adam=(4, 3, 2))
    (sweep / "1" / "predictions.csv").write_text("split,track\n")
    table = predictions().assign(p_hum=0.9)
    table.to_csv(sweep / "2" / "predictions.csv", index=False)
    begin_run(sweep / "3")
    with caplog.at_level(logging.WARNING):
        found = report(sweep, tmp_path / "report")
    assert found["runs"].tolist() == [1]
    left_out = pd.read_csv(tmp_path / "report" / "left_out.csv")
    assert left_out["folder"].tolist() == [str(sweep / number) for number in "123"]
    assert "is damaged" in left_out["reason"][0]
    assert "its probabilities are not from 0 to 1 with a sum of 1" in left_out["reason"][1]
    assert left_out["reason"][2] == "it is not finished"
    for number in "123":
        assert str(sweep / number) in caplog.text
        assert str(sweep / number) in (tmp_path / "report" / "report.html").read_text()
    assert "3 folders not counted" in capsys.readouterr().out


def test_a_folder_where_nothing_can_be_counted_says_why(tmp_path: Path) -> None:
    sweep = write_sweep(tmp_path / "sweep", adam=(4,))
    (sweep / "0" / "predictions.csv").write_text("")
    with pytest.raises(MusicGenreError, match=r"no finished run in .*predictions\.csv is damaged \(empty file"):
        report(sweep, tmp_path / "again")


def test_a_probability_that_is_no_number_is_named(tmp_path: Path) -> None:
    table = predictions()
    table.loc[3, "p_hum"] = float("nan")
    write_run(tmp_path / "0")
    table.to_csv(tmp_path / "0" / "predictions.csv", index=False)
    with pytest.raises(MusicGenreError, match=r"predictions\.csv is damaged \(row 4 is incomplete\)"):
        report(tmp_path, tmp_path / "report")


@pytest.mark.usefixtures("built")
def test_runs_on_other_genres_are_rows_of_their_own(tmp_path: Path) -> None:
    write_run(tmp_path / "0", predictions(genres=("drone", "hum")))
    write_run(tmp_path / "1", predictions(genres=("hum", "whistle")))
    found = report(tmp_path, tmp_path / "report")
    assert found["runs"].tolist() == [1, 1]
    assert len(list((tmp_path / "report" / "figures").glob("confusion*"))) == 4  # tracks and segments
    assert len(pd.read_csv(tmp_path / "report" / "comparisons.csv")) == 0


@pytest.mark.usefixtures("built")
def test_runs_without_a_test_set_are_reported_by_validation(tmp_path: Path) -> None:
    table = predictions(right=3)
    write_run(tmp_path / "0", table[table.split == "val"])
    found = report(tmp_path, tmp_path / "report")
    assert found["val track accuracy %"].tolist() == [75.0]
    assert found[ACCURACY].isna().all() and found["to first"].tolist() == ["first"]
    assert (tmp_path / "report" / "classification_reports.txt").read_text().strip() == ""


@pytest.mark.usefixtures("built")
def test_one_run_makes_a_report(tmp_path: Path) -> None:
    named: dict[str, Any] = {"overrides": ("experiment=net5_bilstm",), "choices": {"experiment": "net5_bilstm"}}
    write_run(tmp_path / "0", leak="segments", **named)
    row = report(tmp_path, tmp_path / "report").iloc[0]
    assert (row["run"], row["leaks"], row["epochs"], row["parameters"]) == ("net5_bilstm", "leaks", "2", "100")


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("right", [0, 10])
def test_all_and_none_right_make_a_report(tmp_path: Path, right: int) -> None:
    write_run(tmp_path / "0", predictions(right, tracks=10))
    row = report(tmp_path, tmp_path / "report").iloc[0]
    assert (row[ACCURACY], row[f"{ACCURACY} {'high' if right else 'low'}"]) == (10 * right, 10 * right)


def test_systems_stand_beside_their_published_figures(tmp_path: Path) -> None:
    for seed in (1, 2):
        asked = ["experiment=mfcc_cnn", f"seed={seed}"]
        write_run(tmp_path / f"{seed}", seed=seed, choices={"experiment": "mfcc_cnn"}, overrides=asked)
    choices = {"experiment": "cnn_features", "model": "logistic_3000"}
    write_run(tmp_path / "3", predictions(2), choices=choices, overrides=["experiment=cnn_features"])
    report(tmp_path, tmp_path / "report")
    [table] = re.findall(
        r"## Published systems\n\n(.*?)\n\n", (tmp_path / "report" / "results.md").read_text(), re.DOTALL
    )
    lines = table.splitlines()
    assert lines[0] == "| `experiment=` | `split=` | tested | published | measured |"
    assert lines[2].startswith("| `mfcc_cnn` | `stratified` | segments of 4 tracks, 2 runs | 72.1 | 75.0 ±0.0 (")
    assert lines[3].startswith("| `cnn_features` | `stratified` | 4 tracks, 1 run | 87 | 50.0 (")
