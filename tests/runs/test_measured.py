"""Measured runs kept in small files, and the ledger and the README regenerated from them."""

import csv
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_runs import predictions, write_run

from musicgenre.errors import MusicGenreError
from musicgenre.evaluation.metrics import probabilities_of, probability_columns, track_probabilities
from musicgenre.evaluation.same_tracks import compare_on_tracks, independent_difference
from musicgenre.runs.ledger import ledger, verdict
from musicgenre.runs.measured import keep_runs, read_measured
from musicgenre.runs.report import report
from musicgenre.runs.rows import rows_of
from musicgenre.runs.run import Run

TOP = Path(__file__).parents[2]
KEPT = TOP / "docs" / "measured"


def test_a_kept_row_gives_the_reports_figures_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for seed in (1, 2):
        table = predictions(tracks=20).assign(artist=lambda t: t.track.str[-6:])
        p = rng.random(len(table))
        table = table.assign(p_drone=p, p_hum=1 - p)
        asked = ("experiment=mfcc_cnn", "data=gtzan", "data.root=/my/music", f"seed={seed}")
        write_run(tmp_path / str(seed), table, overrides=asked, choices={"experiment": "mfcc_cnn"}, seed=seed)
    runs = [Run(tmp_path / "1"), Run(tmp_path / "2")]
    (row,) = rows_of(runs, [run.predictions for run in runs])
    (path,) = keep_runs([row], tmp_path / "kept")
    kept, summary = read_measured(path), row.summary()
    assert path.name == "mfcc_cnn_stratified_folder.npz"
    for level in ("track", "segment"):
        low, high = kept.interval(level)
        assert kept.accuracy(level) == pytest.approx(summary[f"{level} accuracy %"])
        assert low == pytest.approx(summary[f"{level} accuracy % low"])
        assert high == pytest.approx(summary[f"{level} accuracy % high"])
    assert kept.about["command"] == "musicgenre train -m experiment=mfcc_cnn data=gtzan data.root=DIR seed=1,2"
    assert "my/music" not in str(kept.about)


def test_rounding_that_would_change_an_answer_is_not_done(tmp_path: Path) -> None:
    near = 0.5 + 1e-5  # 0.5 in float16
    table = predictions().assign(p_drone=1 - near, p_hum=near)
    write_run(tmp_path / "0", table)
    (row,) = rows_of([Run(tmp_path / "0")], [table])
    (path,) = keep_runs([row], tmp_path / "kept")
    assert read_measured(path).accuracy() == 50.0
    with np.load(path) as kept:
        assert kept["probs"].dtype == np.float32


@pytest.mark.parametrize("damage", ["no zip", "empty", "cut", "header", "content", "method"])
def test_what_is_no_kept_row_is_refused(tmp_path: Path, damage: str) -> None:
    whole = next(KEPT.glob("pca_mfcc*.npz")).read_bytes()
    flipped = bytearray(whole)
    place = {"header": whole.rfind(b"PK\5\6") + 16, "content": 200, "method": whole.find(b"PK\1\2") + 10}.get(damage, 0)
    flipped[place] ^= 4
    content = {"no zip": b"no zip", "empty": b"", "cut": whole[:-30]}.get(damage, bytes(flipped))
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(MusicGenreError, match=r"a\.npz is not a measured run"):
        ledger(tmp_path)


@pytest.mark.parametrize(
    ("published", "differs", "said"),
    [(62, "", "agrees"), (50, "", "differs"), (62, "split filtered", "not comparable"), (None, "", "not comparable")],
)
def test_verdicts(published: float | None, differs: str, said: str) -> None:
    assert verdict(published, 56.4, 67.3, differs)[0] == said


@pytest.mark.parametrize(("named", "tested"), [("features_logistic", 300), ("net5_bilstm", 100)])
def test_report_keeps_rows_and_writes_the_ledger(tmp_path: Path, named: str, tested: int) -> None:
    write_run(tmp_path / "runs" / "0", overrides=(f"experiment={named}",), choices={"experiment": named})
    report(tmp_path / "runs", tmp_path / "report", keep=tmp_path / "docs")
    table = pd.read_csv(tmp_path / "docs" / "reproduction.csv", keep_default_na=False).set_index("system")
    row = table.loc[named.removesuffix("_bilstm")]
    assert (row["measured"], row["verdict"], row["tested"]) == ("75.0", "not comparable", "4")
    assert "data folder" in row["why"] and f"4 test tracks, not {tested}" in row["why"] and "2 genres" in row["why"]
    assert table.loc["net6", "verdict"] == "not measured"
    kept = next((tmp_path / "docs" / "measured").glob("*.npz"))
    (own,) = pd.read_csv(tmp_path / "docs" / "kept.csv", keep_default_na=False).to_dict("records")  # published or not
    results = pd.read_csv(tmp_path / "report" / "results.csv").iloc[0]
    assert (own["kept"], own["data"], own["split"], own["tested"]) == (kept.name, "folder tapes", "stratified", 4)
    for name in ("track accuracy %", "track accuracy % low", "segment accuracy %", "segment accuracy % high"):
        assert own[name] == pytest.approx(results[name], abs=0.05)
    kept.with_name(f"{kept.stem}_2.npz").write_bytes(kept.read_bytes())  # as if measured again on other data
    assert {*ledger(kept.parent)["kept"]} == {"", f"{kept.stem}_2.npz"}


def test_the_projects_ledger_is_what_its_kept_runs_give() -> None:
    made = list(csv.DictReader(io.StringIO(ledger(KEPT).to_csv(index=False))))
    with (TOP / "docs" / "reproduction.csv").open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    assert written == made
    assert {row["verdict"] for row in written} <= {"agrees", "differs", "not comparable", "not measured"}
    assert sum(row["verdict"] != "not measured" for row in written) >= 4


def test_the_readmes_figures_are_what_the_kept_runs_give() -> None:
    lines = [line for line in (TOP / "README.md").read_text(encoding="utf-8").splitlines() if ".npz" in line]
    assert len(lines) >= 5
    for line in lines:
        name = re.search(r"docs/measured/([^)]+\.npz)", line)
        assert name is not None
        kept = read_measured(KEPT / name[1])
        low, high = kept.interval()
        assert f"{kept.accuracy():.1f} ({low:.1f} to {high:.1f})" in line, line
        assert f"{kept.segments['track'].nunique()} tracks" in line, line


def test_the_readmes_leak_is_what_the_kept_runs_give() -> None:
    random, artists = (
        read_measured(KEPT / f"features_xgboost_{split}_features_table.npz") for split in ("stratified", "artist_kfold")
    )
    a, b = artists.accuracy() / 100, random.accuracy() / 100
    low, high = independent_difference(a, artists.segments["track"].nunique(), b, random.segments["track"].nunique())
    said = f"it gains {100 * (b - a):.0f} points ({100 * low:.0f} to {100 * high:.0f}) over a split by"
    assert said in " ".join((TOP / "README.md").read_text(encoding="utf-8").split())


def rightness(path: Path, runs: tuple[int, ...] | None = None) -> pd.Series:
    """Return, for each track, whether the mean probabilities of some runs of a kept row are right."""
    table = read_measured(path).segments.drop(columns="group")
    tracks = track_probabilities(table if runs is None else table[table["run"].isin(runs)])
    genres = [name.removeprefix("p_") for name in tracks.columns if name.startswith("p_")]
    means = tracks.groupby(["track", "label"])[probability_columns(genres)].mean().reset_index()
    return pd.Series(probabilities_of(means).argmax(axis=1) == means["label"], name=path.name)


def test_what_is_said_of_s4s_statements_is_what_the_kept_runs_give() -> None:
    paths = sorted(KEPT.glob("net[1-4]_*_mel_images.npz"))
    answers = [rightness(path, runs) for path in paths for runs in (None, (0,))]
    pairs = [compare_on_tracks(a.to_numpy(), b.to_numpy()) for a in answers for b in answers if len(a) == len(b)]
    given = {f"{100 * pair.difference:+.1f} ({100 * pair.low:.1f} to {100 * pair.high:.1f})" for pair in pairs}
    page = (TOP / "docs" / "experiments.md").read_text(encoding="utf-8")
    statements = page.partition("S4's claims about its networks")[2].partition("## S3")[0]
    said = re.findall(r"[+-][\d.]+ \([-\d.]+ to [\d.]+\)", statements.replace(" points", ""))
    assert len(said) >= 9 and set(said) <= given


def test_what_is_kept_is_small_and_names_no_place() -> None:
    paths = list(KEPT.glob("*.npz"))
    assert sum(path.stat().st_size for path in paths) < 2_000_000
    for path in paths:
        assert not re.search(r"=/|hydra\.", str(read_measured(path).about)), path.name


def test_a_figure_on_the_page_of_systems_is_kept_or_marked() -> None:
    runs = map(read_measured, KEPT.glob("*.npz"))
    kept = sorted(runs, key=lambda run: run.segments["group"].nunique())  # equal ones share their bootstrap's draws
    counted = [(run.accuracy(level), *run.interval(level)) for run in kept for level in ("track", "segment")]
    figures = [f"{accuracy:.1f} ({low:.1f} to {high:.1f})" for accuracy, low, high in counted]
    page = (TOP / "docs" / "experiments.md").read_text(encoding="utf-8")
    systems = "\n".join(re.findall(r"^## (?:S\d:|From scratch).*?(?=^## )", page, re.DOTALL | re.MULTILINE))
    checked = 0
    for table in re.findall(r"^(?:\|.*\n)+", systems, re.MULTILINE):
        head, _, *rows = ([cell.strip() for cell in line.split("|")] for line in table.splitlines())
        for row in rows if "measured" in head else []:
            measured = row[head.index("measured")]
            for figure in re.findall(r"[\d.]+ \([\d.]+ to [\d.]+\)|^[\d.]+", measured):
                assert (figure in figures) == ("†" not in measured), row
                checked += 1
    assert checked > 40
