"""Several runs as one."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from made_runs import job, predictions, write_run, write_sweep

from musicgenre.errors import MusicGenreError
from musicgenre.evaluation.ensemble import mean_predictions
from musicgenre.evaluation.metrics import all_metrics
from musicgenre.runs.ensemble import ensemble as write_ensemble
from musicgenre.runs.measured import keep_runs, read_measured
from musicgenre.runs.report import report
from musicgenre.runs.rows import rows_of
from musicgenre.runs.run import Run, load_run
from musicgenre.runs.same_names import under_one_name


def ensemble(runs: Path | Sequence[Path], folder: Path, **given: Any) -> dict[str, float | str]:
    return write_ensemble(runs, job(folder, "ensemble", choices={"optimizer": None}, **given))


def test_an_ensemble_is_a_run_of_its_own(tmp_path: Path) -> None:
    sweep = write_sweep(tmp_path / "sweep", adam=(4, 3, 1), sgd=(0,))
    members = [sweep / name for name in "012"]
    metrics = ensemble(members, tmp_path / "out")
    mean = pd.read_csv(tmp_path / "out" / "predictions.csv")
    tables = [pd.read_csv(member / "predictions.csv") for member in members]
    assert mean.p_drone.to_numpy() == pytest.approx(sum(table.p_drone.to_numpy() for table in tables) / 3)
    assert metrics["members"] == 3
    member = Run(members[0])
    assert (
        (metrics["data"], metrics["split"]) == (Run(tmp_path / "out").data, member.split) == (member.data, member.split)
    )
    assert metrics["test/track/accuracy"] == all_metrics(mean)["test/track/accuracy"] == 0.75  # two of three know hum 1
    assert "leak" not in metrics
    assert json.loads((tmp_path / "out" / "metrics.json").read_text()) == metrics
    assert (tmp_path / "out" / "figures" / "confusion_test.png").is_file()


def test_an_ensemble_is_reported_and_read_as_any_other(tmp_path: Path) -> None:
    sweep = write_sweep(tmp_path / "runs", adam=(4, 3))
    both = [sweep / "0", sweep / "1"]
    for _ in range(2):  # again, over its own results
        ensemble(both, sweep / "both", overrides=(f"runs=[{both[0]},{both[1]}]",))
    found = report(sweep, tmp_path / "report")
    assert sorted(found["run"]) == ["ensemble of 2 x optimizer=adam", "optimizer=adam"]
    assert load_run(sweep / "both").name == "ensemble"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "predictions.csv").write_text("mine")
    with pytest.raises(MusicGenreError, match=r"holds predictions\.csv, which musicgenre ensemble did not write"):
        ensemble(both, tmp_path / "mine")


def test_an_ensemble_is_called_after_its_members_and_not_their_folders(tmp_path: Path) -> None:
    sweep = write_sweep(tmp_path / "sweep", adam=(4, 3, 1), sgd=(0,))
    pairs = [(sweep / "0", sweep / "3"), (sweep / "1", sweep / "3")]  # another seed of Adam, the same of SGD
    for number, pair in enumerate(pairs):
        out = tmp_path / "found" / str(number)
        ensemble(pair, out, overrides=(f"runs=[{pair[0]},{pair[1]}]",))
    assert ensemble(sweep, tmp_path / "all")["ensemble"] == "3 x optimizer=adam + optimizer=sgd"
    runs = [Run(path) for path in sorted((tmp_path / "found").iterdir())]
    tables = [run.predictions for run in runs]
    (row,) = rows_of(runs, tables, over=["runs"])
    assert (row.name, len(row.runs)) == ("ensemble of optimizer=adam + optimizer=sgd", 2)
    (path,) = keep_runs([row], tmp_path / "kept")
    assert path.stem == "ensemble-optimizer=adam-optimizer=sgd_stratified_folder"
    about = read_measured(path).about
    assert about["command"] == "musicgenre ensemble runs=[RUN,RUN]"
    assert str(tmp_path) not in str(about)
    assert sorted(row.name for row in rows_of(runs, tables)) == [
        f"ensemble of optimizer=adam + optimizer=sgd runs=[{a},{b}]" for a, b in pairs
    ]


def test_ensembles_on_several_splits_are_one_row_where_their_members_name_the_split_in_two_ways(tmp_path: Path) -> None:
    runs = []
    for seed in (1, 2):
        first = write_run(tmp_path / f"{seed}a", overrides=[f"seed={seed}"], seed=seed)
        second = write_run(tmp_path / f"{seed}b", overrides=["seed=10", f"split.seed={seed}"], seed=10)
        inner, outer = tmp_path / f"{seed}c", tmp_path / "found" / str(seed)
        for members, out in (([first, second], inner), ([inner, first], outer)):
            asked = f"runs=[{members[0]},{members[1]}]"
            write_ensemble(
                members, job(out, "ensemble", choices=dict.fromkeys(("optimizer", "split")), overrides=(asked,))
            )
        runs.append(Run(outer))
    assert [run.split for run in runs] == ["stratified + stratified seed=1", "stratified + stratified seed=2"]
    (row,) = rows_of(runs, [run.predictions for run in runs], over=["runs", "split.seed"])
    assert (row.split, len(row.runs)) == ("stratified", 2)


def test_what_a_member_went_without_is_part_of_its_name(tmp_path: Path) -> None:
    asked = ("experiment=short_chunk_resnet", "mix=null", "callbacks.ema=null", "seed=1")
    runs = [write_run(tmp_path / str(n), overrides=asked[: 1 + 3 * n], seed=n) for n in (0, 1)]
    name = "short_chunk_resnet + short_chunk_resnet callbacks.ema=null mix=null"
    assert ensemble(runs, tmp_path / "out")["ensemble"] == name


def test_an_ensemble_that_is_refused_leaves_the_one_before(tmp_path: Path) -> None:
    runs, out = [write_run(tmp_path / str(seed), seed=seed) for seed in (1, 2)], tmp_path / "out"
    ensemble(runs, out, config={"runs": "ab"})
    with pytest.raises(MusicGenreError, match="an ensemble needs two or more"):
        ensemble(runs[:1], out, config={"runs": "a"})
    assert Run(out).config["runs"] == "ab" and Run(out).is_finished


def test_all_runs_of_a_folder_and_what_they_leak(tmp_path: Path) -> None:
    for number, leak in enumerate(("artists", "", "tracks", "artists")):
        write_run(tmp_path / "sweep" / str(number), leak=leak, seed=number)
    metrics = ensemble(tmp_path / "sweep", tmp_path / "out")
    assert (metrics["members"], metrics["leak"]) == (4, "artists. tracks")


def test_a_run_counts_once_and_its_milestones_are_it_earlier(tmp_path: Path) -> None:
    sweep = tmp_path / "sweep"
    for name, right in (("a", 4), ("a/epoch_50", 0), ("b", 2)):
        write_run(sweep / name, predictions(right))
    mean = mean_predictions([predictions(4), predictions(2)])
    named: tuple[Path | list[Path], ...] = (sweep, [sweep / "a", sweep / "b" / ".." / "a", sweep / "b"])
    for number, runs in enumerate(named):
        assert ensemble(runs, tmp_path / str(number))["members"] == 2
        written = pd.read_csv(tmp_path / str(number) / "predictions.csv")
        assert written.p_drone.to_numpy() == pytest.approx(mean.p_drone.to_numpy())
    assert ensemble([sweep / "a", sweep / "a" / "epoch_50"], tmp_path / "2")["members"] == 2  # named explicitly


def test_a_run_that_is_there_twice_counts_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for number, (name, typed) in enumerate({"seed=1": (), "adam,seed=1": ("optimizer=adam",), "seed=2": ()}.items()):
        write_run(tmp_path / "runs" / name, predictions(4 - number // 2), overrides=typed, seed=1 + number // 2)
    assert ensemble(tmp_path / "runs", tmp_path / "out")["members"] == 2
    written = pd.read_csv(tmp_path / "out" / "predictions.csv")
    assert written.p_drone.to_numpy() == pytest.approx(
        mean_predictions([predictions(4), predictions(3)]).p_drone.to_numpy()
    )
    assert "seed=1 is left out: it has the settings and predictions of" in caplog.text
    with pytest.raises(MusicGenreError, match="runs names 1 run besides copies: an ensemble needs two or more"):
        ensemble([tmp_path / "runs" / name for name in ("seed=1", "adam,seed=1")], tmp_path / "out")


def test_ensembles_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    one, out = write_run(tmp_path / "one"), tmp_path / "out"
    other = write_run(tmp_path / "other", predictions(tracks=6))
    with pytest.raises(MusicGenreError, match="runs names 1 run: an ensemble needs two or more"):
        ensemble([one, tmp_path / "other" / ".." / "one"], out)
    with pytest.raises(MusicGenreError, match="runs names 1 run"):
        ensemble(one, out)
    with pytest.raises(MusicGenreError, match="runs names 0 run"):
        ensemble([], out)
    with pytest.raises(MusicGenreError, match=r"none is not a finished run \(no such folder\)"):
        ensemble([one, tmp_path / "none"], out)
    with pytest.raises(MusicGenreError, match=r"is not a finished run \(no metrics\.json in it\)"):
        ensemble([one, tmp_path], out)
    with pytest.raises(MusicGenreError, match="have different tracks"):
        ensemble([one, other], out)
    with pytest.raises(MusicGenreError, match="have different genres"):
        ensemble([one, write_run(tmp_path / "jazz", predictions(genres=("jazz", "rock")))], out)
    with pytest.raises(MusicGenreError, match="holds a training run, whose results would be overwritten"):
        ensemble([one, other], one)
    (other / "predictions.csv").write_text("split")
    with pytest.raises(MusicGenreError, match=r"other/predictions\.csv is damaged"):
        ensemble([one, other], out)
    assert not out.exists()


def renamed(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the table with its tracks renamed; `name` may hold `{genre}` and `{n}`."""
    number = table.track.str.extract(r"(\d+)\D*$")[0]
    tracks = [name.format(genre=genre, n=n) for genre, n in zip(table.genre, number, strict=True)]
    return table.assign(track=tracks, recording=tracks)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("{genre}/{n}.wav", "{genre}/{n}.wav.png"),
        ("{genre}/{genre}.0000{n}.au", "{genre}.0000{n}.wav"),
        ("{genre}/{genre}.0000{n}.wav", "{genre}.0000{n}.wav"),
        ("{genre}/{genre}.0000{n}.wav", "{genre}/{genre}0000{n}.png"),
        ("{genre}.0000{n}.wav", "{genre}/{genre}.0000{n}.png"),
    ],
)
def test_forms_of_one_collection_go_together(ours: str, theirs: str) -> None:
    first, other = renamed(predictions(), ours), renamed(predictions(), theirs)
    found = under_one_name([first, other])[1]
    pd.testing.assert_frame_equal(found, first)
    assert len(mean_predictions([first, found])) == len(first)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("{genre}/Mr.Smith {n}.wav", "{genre}/Mr.Jones {n}.png"),
        ("{genre}/a/{n}.wav", "{genre}/b/{n}.png"),
        ("{genre}/a/{n}.wav", "{genre}/b/{n}.wav"),
        ("{genre}/{n}/a.wav", "a.wav"),
    ],
)
def test_other_recordings_stay_apart(ours: str, theirs: str) -> None:
    first, other = renamed(predictions(), ours), renamed(predictions(), theirs)
    assert under_one_name([first, other])[1] is other
