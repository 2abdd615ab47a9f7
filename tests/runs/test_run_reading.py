"""Run folders as objects: what they say, and which file is to blame where one is missing or damaged."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml
from made_runs import begin_run, predictions, write_run
from made_table import make_table, write_table

from musicgenre.data.corpus.sources import features_table
from musicgenre.data.corpus.tracks import Track
from musicgenre.data.store.feature_table import table_store
from musicgenre.errors import MusicGenreError
from musicgenre.runs.read import read_history, read_predictions, read_split
from musicgenre.runs.run import Run, load_run
from musicgenre.training.trained import load_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A finished run."""
    asked = ("data=folder", "optimizer=adam", "seed=1")
    return write_run(tmp_path / "run", predictions(right=3), overrides=asked)


def test_a_run_reads_its_files(folder: Path) -> None:
    run = load_run(str(folder))
    assert run.config == {"seed": 1, "data": {"root": "/music/tapes"}, "optimizer": {"lr": 0.01}}
    assert run.overrides == ("data=folder", "optimizer=adam", "seed=1")
    assert run.choices["optimizer"] == "adam" and run.choices["experiment"] is None
    assert run.metrics["test/track/accuracy"] == 0.75
    assert run.metrics == json.loads((folder / "metrics.json").read_text())
    pd.testing.assert_frame_equal(run.predictions, predictions(right=3), check_dtype=False)
    given = (run.predictions, run.history)  # copies
    for table in given:
        table["mine"] = True
    assert "mine" not in run.predictions
    assert run.history.to_dict("list") == {"epoch": [0, 1], "val/loss": [0.7, 0.6]}
    assert run.is_finished
    assert (run.name, run.data, run.split, run.seed) == ("cnn adam seed=1", "folder tapes", "stratified", 1)


def test_a_table_with_a_hole_of_zeros_is_damaged(folder: Path) -> None:
    path = folder / "predictions.csv"
    content = path.read_bytes()
    first, last = content.find(b".wav"), content.rfind(b".wav")
    path.write_bytes(content[:first] + bytes(last - first) + content[last:])  # whole rows are zeros; one row is left
    for read in (read_predictions, read_split, read_history):
        with pytest.raises(MusicGenreError, match=r"predictions\.csv is damaged \(it contains null bytes\)"):
            read(path)


def test_a_run_in_a_few_lines(tmp_path: Path) -> None:
    table = pd.concat([predictions(right=75, tracks=100)])
    folder = write_run(tmp_path / "run", table, choices={"experiment": "net5_bilstm", "data": "gtzan"})
    metrics = json.loads((folder / "metrics.json").read_text())
    low, high = (100 * metrics[f"test/track/accuracy_{end}"] for end in ("low", "high"))
    assert repr(load_run(folder)).splitlines() == [
        "Run net5_bilstm adam seed=1",
        "  data gtzan tapes, split stratified",
        f"  accuracy 75.0 % of 100 test tracks ({low:.1f} to {high:.1f})",
        f"  folder {folder}",
    ]
    assert 64 < low < 68 and 82 < high < 85


def test_a_run_stays_where_it_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_run(tmp_path / "run", predictions(right=3))
    monkeypatch.chdir(tmp_path)
    run = Run(Path("run"))
    track = Track("jazz/a.wav", "jazz", Path("jazz/a.wav"))
    write_table(make_table(), Path())
    corpus = features_table("table.csv")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir("other")
    with pytest.raises(MusicGenreError, match=f"^{re.escape(str(tmp_path / 'run'))} is not a trained run"):
        load_model(run)  # it has no model, and is looked for where it is
    assert run.metrics and run.folder == Path("run")
    assert track.path == tmp_path / "jazz/a.wav"
    assert len(table_store(corpus).segments) == len(corpus.tracks)


def test_data_in_the_folder_of_a_run_have_its_name_whatever_became_of_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tapes").mkdir()
    monkeypatch.chdir(tmp_path / "tapes")
    run = Run(write_run(tmp_path / "run", config={"data": {"root": "."}}))
    monkeypatch.chdir(tmp_path)
    for text in ("damaged", "{}"):
        run.files.environment_json.write_text(text)
        assert run.data == "folder tapes"


def test_a_run_without_test_says_so(tmp_path: Path) -> None:
    table = predictions(right=3)
    folder = write_run(tmp_path, table[table.split == "val"], leak="everything")
    assert repr(Run(folder)).splitlines()[2].startswith("  accuracy 75.0 % of 4 validation tracks (")
    assert repr(Run(folder)).splitlines()[2].endswith("), LEAKS")


def test_an_accuracy_without_bounds_is_shown_alone(folder: Path) -> None:
    (folder / "metrics.json").write_text('{"test/track/accuracy": 0.5}')
    assert repr(Run(folder)).splitlines()[2] == "  accuracy 50.0 % of 4 test tracks"


def test_unfinished_runs_and_gans_say_so(tmp_path: Path) -> None:
    begin_run(tmp_path / "half")
    assert repr(Run(tmp_path / "half")).splitlines()[2] == "  not finished: it has no metrics.json"
    gan = begin_run(tmp_path / "gan", command="gan", choices={"gan": "improved"})
    gan.write_metrics({"gan/frechet_val/mean": 3.0})
    lines = repr(Run(tmp_path / "gan")).splitlines()
    assert (lines[0], lines[2]) == ("Run gan improved seed=1", "  no accuracy: it classifies nothing")


def test_other_commands_and_classical_models_have_their_names(tmp_path: Path) -> None:
    assert Run(write_run(tmp_path / "a", command="ensemble")).name == "ensemble"
    classical = write_run(tmp_path / "b", choices={"model": "logistic"}, config={"seed": None})
    (classical / "checkpoints").mkdir()
    (classical / "checkpoints" / "model.joblib").touch()
    assert Run(classical).name == "logistic"
    folds = write_run(
        tmp_path / "c", choices={"split": "artist_kfold"}, overrides=("split=artist_kfold", "+split.fold=2")
    )
    assert Run(folds).split == "artist_kfold fold=2"


def test_a_run_whose_settings_nobody_wrote_down_has_results(folder: Path) -> None:
    for name in ("config.yaml", "hydra.yaml"):
        (folder / ".hydra" / name).unlink()
    run = Run(folder)
    assert (run.data, run.split, run.seed, run.name) == ("", "", None, "")
    assert run.metrics["test/track/accuracy"] == 0.75
    with pytest.raises(MusicGenreError, match=r"has no hydra\.yaml"):
        _ = run.choices


def test_interpolations_of_older_runs_are_text(folder: Path) -> None:
    (folder / ".hydra" / "config.yaml").write_text(
        "monitor: val/loss\nplateau: {monitor: '${monitor}'}\nx: ${oc.env:HOME}\n"
    )
    run = Run(folder)
    assert run.config["plateau"] == {"monitor": "${monitor}"}
    assert run.value("x") == "${oc.env:HOME}"


def test_a_value_is_a_choice_or_a_setting(folder: Path) -> None:
    run = Run(folder)
    assert run.value("optimizer") == "adam"
    assert run.value("optimizer.lr") == 0.01
    assert run.value("experiment") is None
    for wrong, meant in (("optimizr", "optimizer"), ("optimizer.rl", r"optimizer\.lr")):
        with pytest.raises(MusicGenreError, match=rf"no group and no value {wrong}: name .* Did you mean {meant}\?"):
            run.value(wrong)


def test_folders_that_are_no_runs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MusicGenreError, match=r"is not a run folder \(no \.hydra/config\.yaml in it\)"):
        load_run(tmp_path)
    with pytest.raises(MusicGenreError, match=r"nowhere is not a run folder \(no such folder\)"):
        load_run(tmp_path / "nowhere")


READERS: dict[str, Callable[[Run], object]] = {
    "metrics.json": lambda run: run.metrics,
    "predictions.csv": lambda run: run.predictions,
    "metrics.csv": lambda run: run.history,
    ".hydra/config.yaml": lambda run: run.config,
    ".hydra/overrides.yaml": lambda run: run.overrides,
    ".hydra/hydra.yaml": lambda run: run.choices,
}


@pytest.mark.parametrize("name", READERS)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(
        MusicGenreError, match=rf"has no {Path(name).name}: the run has not finished, or did not keep it\."
    ):
        READERS[name](Run(folder))


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"]:{\x07", b"12"])
def test_a_damaged_file_is_named(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(MusicGenreError, match=rf"{Path(name).name} is damaged \((.|\n)+\): repair or remove it\."):
        READERS[name](Run(folder))


@pytest.mark.parametrize("name", READERS)
def test_a_folder_in_place_of_a_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    (folder / name).mkdir()
    with pytest.raises(MusicGenreError, match=r"is damaged \(a folder, not a file\)"):
        READERS[name](Run(folder))


LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("metrics.json", '{"test/track/accuracy": 0.5', "Expecting"),
        ("metrics.json", "[1, 2]", "it holds a list, not a JSON object"),
        ("metrics.json", '{"test/track/accuracy": []}', "test/track/accuracy is neither a number nor a string"),
        ("metrics.json", "[" * 100_000, "recursion"),
        (".hydra/config.yaml", "- seed", "it is not a mapping of settings"),
        (".hydra/config.yaml", "seed: !!python/object/apply:os.getcwd []", "could not determine a constructor"),
        (".hydra/config.yaml", "day: 2026-13-45", "month must be in"),
        (".hydra/config.yaml", LAUGHS, "it uses YAML aliases"),
        (".hydra/overrides.yaml", "seed: 1", "it holds no list of overrides"),
        (".hydra/overrides.yaml", "[1, 2]", "it holds no list of overrides"),
        (".hydra/hydra.yaml", "hydra: {runtime: 5}", "it holds no choices of config groups"),
        ("metrics.csv", "epoch,val/loss\n0,0.5\n,0.4\n", "rows have no epoch"),
        ("metrics.csv", "epoch,val/loss\n0,0.5\n1,x\n", "its column val/loss is not numeric"),
        ("predictions.csv", "split,track,start,genre,p_a\n", "it lacks the column label"),
        ("predictions.csv", "split,track,start,genre,label\n", "it has no column p_GENRE"),
        ("predictions.csv", "split,track,start,genre,label,p_a\n", "it has no rows"),
        ("predictions.csv", "split,track,start,genre,label,p_a\nt,a,0,a,0,1\nt,b,0,a", "row 2 is incomplete"),
        (
            "predictions.csv",
            "split,track,start,genre,label,p_a\nt,a,0,a,0,1x\n",
            "its column p_a is not numeric",
        ),
        ("predictions.csv", "split,track,start,genre,label,p_a\nt,a,0,a,1,1\n", "its labels are not all from 0 to 0"),
        ("predictions.csv", "split,track,start,genre,label,p_a\nt,a,0,a,0,1,9\n", "more fields than its header"),
        ("predictions.csv", "split,track,start,genre,label,p_a\nt,a,0,a,0,1\nt,a,0,a,0,1,9\n", "Expected 6 fields"),
    ],
)
def test_what_is_wrong_is_said(folder: Path, name: str, content: str, reason: str) -> None:
    (folder / name).write_text(content)
    with pytest.raises(MusicGenreError) as caught:
        READERS[name](Run(folder))
    assert str(caught.value).startswith(f"{folder / name} is damaged (")
    assert reason in str(caught.value)


@pytest.mark.parametrize("name", [".hydra/hydra.yaml", "metrics.json", "genres.csv"])
@pytest.mark.parametrize("content", ["5", "split,level,support\ntest,track,x\n"])
def test_a_damaged_run_is_shown_with_what_is_wrong(folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content)
    if (name, content) == ("genres.csv", "5"):
        (folder / name).unlink()
    lines = repr(Run(folder)).splitlines()
    assert lines[0] == "Run unreadable"
    assert lines[1].startswith(f"  {folder / name} is damaged (")
    assert lines[-1] == f"  folder {folder}"


def test_a_run_of_which_nothing_was_kept_is_not_finished(tmp_path: Path) -> None:
    assert repr(Run(tmp_path)).splitlines() == [
        "Run",
        "  not finished: it has no metrics.json",
        f"  folder {tmp_path}",
    ]


def test_names_that_look_like_something_else_stay_names(folder: Path) -> None:
    table = pd.DataFrame({"split": "test", "track": ["007", "NA"], "start": 0.0, "genre": ["NA", "1"], "label": [0, 1]})
    table.assign(p_NA=0.5, p_1=0.5).to_csv(folder / "predictions.csv", index=False)
    found = Run(folder).predictions
    assert found.track.tolist() == ["007", "NA"]
    assert found.genre.tolist() == ["NA", "1"]


def test_yaml_is_read_where_pyyaml_has_no_c(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(yaml, "CSafeLoader")
    assert Run(folder).seed == 1


def test_a_split_may_leave_tracks_out(tmp_path: Path) -> None:
    (tmp_path / "split.csv").write_text("track,genre,split\na.wav,rock,train\nb.wav,NA,\n")
    table = read_split(tmp_path / "split.csv")
    assert table.split.tolist() == ["train", ""] and table.genre.tolist() == ["rock", "NA"]


def test_a_run_takes_the_text_of_its_path(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "0")
    assert Run(str(folder)) == Run(folder) and Run(str(folder)).is_finished  # type: ignore[arg-type]
    with pytest.raises(MusicGenreError, match="folder is None: give the path of a folder"):
        Run(None)  # type: ignore[arg-type]
