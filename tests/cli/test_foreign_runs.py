"""Run folders from strangers: nothing that they name is built, and nothing is written outside."""

import csv
import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from command_line import fails, musicgenre
from made_models import checkpoint, gan_checkpoint, small_config, write_net
from made_runs import GENRES, job, write_run

from musicgenre import GenreClassifier, load_run, read_runs
from musicgenre.classical import keep_model, read_model
from musicgenre.errors import MusicGenreError, UntrustedError
from musicgenre.explore.inputs import inputs_of
from musicgenre.features import MFCC
from musicgenre.gan.build import load_gan
from musicgenre.gan.generate import generate
from musicgenre.gan.record import CHECKPOINT
from musicgenre.runs.compare import compare
from musicgenre.runs.ensemble import ensemble
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.report_page import audio_link
from musicgenre.training.build import MADE
from musicgenre.training.evaluate import evaluate
from musicgenre.training.trained import load_model, load_network
from musicgenre.training.trainer import TrainerPlan
from musicgenre.trust import Trust

TRAINER = TrainerPlan({"_target_": "lightning.Trainer", "accelerator": "cpu"}, {}, {})


class Evil:
    """An object that writes a file when unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def targets(tmp: Path) -> dict[str, dict[str, Any]]:
    """Return, by name, nodes that Hydra would build, each of which leaves `ran` behind."""
    mark, evil = str(tmp / "ran"), str(tmp / "evil")
    (tmp / "evil").write_bytes(pickle.dumps(Evil(tmp / "ran")))
    return {
        "open": {"_target_": "builtins.open", "file": mark, "mode": "w"},
        "exec": {"_target_": "builtins.exec", "_args_": [f"open({mark!r}, 'w')"]},
        "eval": {"_target_": "builtins.eval", "_args_": [f"open({mark!r}, 'w')"]},
        "system": {"_target_": "os.system", "command": f"touch {mark}"},
        "popen": {"_target_": "subprocess.check_call", "_args_": [["touch", mark]]},
        "makedirs": {"_target_": "os.makedirs", "name": mark},
        "copyfile": {"_target_": "shutil.copyfile", "src": evil, "dst": mark},
        "touch": {"_target_": "pathlib.Path.touch", "_args_": [{"_target_": "pathlib.Path", "_args_": [mark]}]},
        "pickle": {"_target_": "joblib.load", "filename": evil},
        "pandas": {"_target_": "pandas.read_pickle", "filepath_or_buffer": evil},
        "numpy": {"_target_": "numpy.load", "file": evil, "allow_pickle": True},
        "torch": {"_target_": "torch.load", "f": evil, "weights_only": False},
        "hub": {"_target_": "torch.hub.load", "repo_or_dir": str(tmp), "model": "x", "source": "local"},
        "own joblib": {"_target_": "musicgenre.classical.kept.joblib.load", "filename": evil},
        "own read": {"_target_": "musicgenre.classical.read_model", "path": evil, "trust": True},
        "own write": {"_target_": "musicgenre.files.replace_text", "path": mark, "text": "x"},
        "hydra": {"_target_": "hydra.utils.instantiate", "_args_": [{"_target_": "os.mkdir", "_args_": [mark]}]},
        "import": {"_target_": "importlib.import_module", "name": "this"},
        "of another group": {"_target_": "torch.optim.Adam", "params": []},
        "no text": {"_target_": ["os.system"], "command": f"touch {mark}"},
    }


NAMES = [
    *(
        [
            "open",
            "exec",
            "eval",
            "system",
            "popen",
            "makedirs",
            "copyfile",
            "touch",
            "pickle",
            "pandas",
            "numpy",
            "torch",
            "hub",
        ]
    ),
    *(["own joblib", "own read", "own write", "hydra", "import", "of another group", "no text"]),
]


def each_name(place: str, *others: str) -> list[tuple[str, str]]:
    """Return each name with one place that a record has for it, and a few with the other places."""
    few = ("system", "pickle", "of another group", "no text")
    return [*((name, place) for name in NAMES), *((name, other) for other in others if other != place for name in few)]


def one_sentence(error: pytest.ExceptionInfo[MusicGenreError], tmp: Path) -> str:
    """Check that nothing ran and that the message is one sentence; return the message."""
    assert not (tmp / "ran").exists()
    text = str(error.value)
    assert "\n" not in text
    assert text.endswith((".", ")"))
    return text


# Names in a record's config


@pytest.mark.parametrize(("name", "group"), each_name("data", *MADE))
def test_evaluate_makes_nothing_that_a_record_names(tmp_path: Path, name: str, group: str) -> None:
    config = small_config() | {group: targets(tmp_path)[name]}
    run = write_net(tmp_path / "run", checkpoint(config))
    with pytest.raises(UntrustedError) as error:
        evaluate(run, job(tmp_path / "out", "evaluate"), TRAINER)
    assert f"for {group}" in one_sentence(error, tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_nor_what_stands_inside_what_is_known(tmp_path: Path, name: str) -> None:
    config = small_config()
    config["data"]["root"] = [{"deep": targets(tmp_path)[name]}]
    run = write_net(tmp_path / "run", checkpoint(config))
    with pytest.raises(UntrustedError) as error:
        evaluate(run, job(tmp_path / "out", "evaluate"), TRAINER)
    one_sentence(error, tmp_path)


@pytest.mark.parametrize(("name", "group"), each_name("wave_augment", "augment"))
def test_explore_makes_no_augmentation_that_a_record_names(tmp_path: Path, name: str, group: str) -> None:
    run = write_net(tmp_path / "run", checkpoint(small_config() | {group: targets(tmp_path)[name]}))
    corpus: Any = None
    with pytest.raises(UntrustedError) as error:
        inputs_of(load_network(run), corpus, run)
    one_sentence(error, tmp_path)


@pytest.mark.parametrize("text", ["${oc.env:HOME}", "${hydra:job.name}", "a${now:%Y}", "${oc.decode:'1'}", "\\${seed}"])
@pytest.mark.parametrize("group", ["data", "split", "features"])
def test_nothing_is_filled_in_from_this_machine(tmp_path: Path, text: str, group: str) -> None:
    config = small_config()
    config[group]["more"] = {"of it": [text]}
    run = write_net(tmp_path / "run", checkpoint(config))
    with pytest.raises(UntrustedError, match="filled in from this machine") as error:
        evaluate(run, job(tmp_path / "out", "evaluate"), TRAINER)
    one_sentence(error, tmp_path)


def test_a_record_in_itself_has_no_end(tmp_path: Path) -> None:
    config = small_config()
    config["data"]["again"] = config["data"]
    content = checkpoint(small_config())
    content["musicgenre"]["config"] = config
    run = write_net(tmp_path / "run", content)
    with pytest.raises(MusicGenreError, match="nested too deeply"):
        evaluate(run, job(tmp_path / "out", "evaluate"), TRAINER)


def test_with_trust_what_is_named_is_made(tmp_path: Path) -> None:
    """Show why all of the above is refused: with trust, the same folder runs."""
    run = write_net(tmp_path / "run", checkpoint(small_config() | {"data": targets(tmp_path)["makedirs"]}))
    with pytest.raises(Exception):  # noqa: B017  # a folder is no corpus; that it was made is the point
        evaluate(run, replace(job(tmp_path / "out", "evaluate"), trust=Trust(everything=True)), TRAINER)
    assert (tmp_path / "ran").is_dir()


# Names of parts


@pytest.mark.parametrize(("name", "part"), each_name("net", "front_end", "standardize"))
def test_no_part_of_another_name_is_made(tmp_path: Path, name: str, part: str) -> None:
    node = dict(targets(tmp_path)[name])
    content = checkpoint()
    content["musicgenre"][part] = {
        "name": node.pop("_target_"),
        "settings": {k: v for k, v in node.items() if k[0] != "_"},
    }
    run = write_net(tmp_path / "run", content)
    for read in (load_model, lambda run: GenreClassifier.load_from_checkpoint(run / "checkpoints" / "best.ckpt")):
        with pytest.raises(MusicGenreError) as error:
            read(run)
        one_sentence(error, tmp_path)


def test_all_that_is_not_trusted_is_named_at_once(tmp_path: Path) -> None:
    content = checkpoint(small_config() | {"split": {"_target_": "own.by_year"}, "augment": {"_target_": "own.Roll"}})
    for part, name in (("net", "own.Net"), ("front_end", "own.Octaves")):
        content["musicgenre"][part] = {"name": name, "settings": {}}
    run = write_net(tmp_path / "run", content)
    with pytest.raises(UntrustedError, match=r"^own.Net and own.Octaves are none of .*trusted=\[own.Net,own.Octaves\]"):
        load_model(run)
    with pytest.raises(UntrustedError, match=r"trusted=\[own.Net,own.Octaves,own.by_year,own.Roll\]") as error:
        evaluate(run, job(tmp_path / "out", "evaluate"), TRAINER)
    assert "own.Net for its model, own.Octaves for its model, own.by_year for split" in str(error.value)


@pytest.mark.parametrize("part", ["generator", "discriminator", "standardize"])
@pytest.mark.parametrize("name", ["open", "system", "pickle", "own joblib", "hydra"])
def test_no_part_of_a_gan_of_another_name_is_made(tmp_path: Path, name: str, part: str) -> None:
    node = dict(targets(tmp_path)[name])
    content = gan_checkpoint()
    content["musicgenre_gan"][part] = {"name": node.pop("_target_"), "settings": node}
    path = tmp_path / CHECKPOINT
    path.parent.mkdir()
    torch.save(content, path)
    with pytest.raises(UntrustedError) as error:
        load_gan(path)
    one_sentence(error, tmp_path)


# Pickles


def evil_pickle(path: Path, tmp: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    joblib.dump({"model": Evil(tmp / "ran"), "record": {}}, path)


READERS: dict[str, Callable[[Path], Any]] = {
    "load_model": load_model,
    "load_network": load_network,
    "Run.model": lambda run: load_run(run).model,
    "Run.classifier": lambda run: load_run(run).classifier,
    "evaluate": lambda run: evaluate(run, job(run.parent / "out", "evaluate"), TRAINER),
    "read_model": lambda run: read_model(run / "checkpoints" / "model.joblib"),
}


@pytest.mark.parametrize("reader", READERS)
def test_no_pickled_model_of_a_stranger_is_read(tmp_path: Path, reader: str) -> None:
    run = write_run(tmp_path / "run")
    evil_pickle(run / "checkpoints" / "model.joblib", tmp_path)
    with pytest.raises(UntrustedError, match="was not written by your runs on this machine") as error:
        READERS[reader](run)
    one_sentence(error, tmp_path)


@pytest.mark.parametrize("name", ["best.ckpt", "tested.ckpt"])
@pytest.mark.parametrize("old", [False, True])
def test_no_pickle_in_a_checkpoint_is_read(tmp_path: Path, name: str, old: bool) -> None:
    path = tmp_path / "run" / "checkpoints" / name
    path.parent.mkdir(parents=True)
    torch.save({"state_dict": Evil(tmp_path / "ran")}, path, _use_new_zipfile_serialization=not old)
    for read in (load_model, GenreClassifier.load_from_checkpoint):
        with pytest.raises(MusicGenreError) as error:
            read(path)
        one_sentence(error, tmp_path)


def test_a_pickled_model_beside_a_checkpoint_is_not_looked_at(tmp_path: Path) -> None:
    run = write_net(tmp_path / "run")
    evil_pickle(run / "checkpoints" / "model.joblib", tmp_path)
    assert load_model(run).n_parameters > 0
    assert not (tmp_path / "ran").exists()


def test_ones_own_pickled_model_is_known_wherever_it_lies_and_with_trust_any_other_too(tmp_path: Path) -> None:
    from sklearn.dummy import DummyClassifier

    own = tmp_path / "own.joblib"
    keep_model(own, DummyClassifier(), {"seed": 0})
    assert read_model(own.rename(tmp_path / "moved.joblib"))[1] == {"seed": 0}
    joblib.dump({"model": DummyClassifier(), "record": {"seed": 1}}, own)  # another's, in its place
    with pytest.raises(UntrustedError, match="trust=true"):
        read_model(own)
    assert read_model(own, trust=True)[1] == {"seed": 1}


# Paths


ODD = ("../../../x", "/abs", "a/b", "..", ".hid", "x" * 300, "b[red]", "блюз", "=1", "$\\frac$")


def test_genres_of_a_gan_lead_to_no_other_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MFCC, "to_audio", lambda *_, seed: np.zeros(100, np.float32))  # the slowest step
    path = tmp_path / "in" / "run" / CHECKPOINT
    path.parent.mkdir(parents=True)
    torch.save(gan_checkpoint(ODD), path)
    before = {file for file in tmp_path.rglob("*") if file.is_file()}
    generate(tmp_path / "in" / "run", tmp_path / "in" / "out", count=1, audio=1)
    written = {file for file in tmp_path.rglob("*") if file.is_file()} - before
    assert all(file.is_relative_to(tmp_path / "in" / "out") for file in written)
    assert len([file for file in written if file.suffix == ".wav"]) == len(ODD)


# Settings of runs that are read without their models


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
)
MERGES = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 9))
TEXTS = {
    "aliases": BOMB,
    "merges": MERGES,
    "python": "seed: !!python/object/apply:os.system [touch ran]",
    "deep": "[" * 100_000,
    "long number": "seed: " + "1:" * 100_000 + "1",
    "much": "seed: " + "x" * (1 << 25),
}
FOLDER_READERS: dict[str, Callable[[Path], Any]] = {
    "config": lambda run: load_run(run).config,
    "value": lambda run: load_run(run).value("optimizer.lr"),
    "compare": lambda run: compare(run, "seed", run.parent / "out"),
    "read_runs": read_runs,
}


@pytest.mark.parametrize(
    ("text", "reader"),
    [*((text, "config") for text in TEXTS), *(("aliases", reader) for reader in FOLDER_READERS if reader != "config")],
)
def test_a_yaml_file_that_unfolds_without_end_is_refused_at_once(tmp_path: Path, text: str, reader: str) -> None:
    run = write_run(tmp_path / "run")
    for name in ("config.yaml", "hydra.yaml", "overrides.yaml"):
        (run / ".hydra" / name).write_text(TEXTS[text])
    with pytest.raises(MusicGenreError) as error:
        FOLDER_READERS[reader](run)
    one_sentence(error, tmp_path)


def test_what_a_config_would_fill_in_stays_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "hunter2")
    runs = [write_run(tmp_path / name, config={"optimizer": {"lr": "${oc.env:SECRET}"}}) for name in "ab"]
    assert load_run(runs[0]).value("optimizer.lr") == "${oc.env:SECRET}"


@pytest.mark.parametrize(
    "text", ["=HYPERLINK(1)", "+1+1", "-1+1", "@SUM(A1)", "\tx", "\rx", "'=1", "''@x", "-5", "NA", "007"]
)
def test_no_cell_is_a_formula_and_all_are_read_as_they_were(tmp_path: Path, text: str) -> None:
    rows = {"split": "test", "track": [text, f"{text}/b.wav"], "start": 0.5, "genre": [text, "hum"], "label": [0, 1]}
    table = pd.DataFrame(rows | {f"p_{text}": [0.9, 0.2], "p_hum": [0.1, 0.8]})
    run = RunFolder(write_run(tmp_path / "run"))
    run.write_table("predictions.csv", table)
    with run.predictions_csv.open(newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "@", "\t", "\r", "+", "-")) and cell != "-5"]
    pd.testing.assert_frame_equal(load_run(run.path).predictions, table)


def test_an_ensemble_of_foreign_runs_reads_tables_alone(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / name, seed=place) for place, name in enumerate("ab")]
    for run in runs:
        evil_pickle(run / "checkpoints" / "model.joblib", tmp_path)
    assert ensemble(runs, job(tmp_path / "out", "ensemble"))["members"] == 2
    assert not (tmp_path / "ran").exists()


# The commands themselves


@pytest.mark.parametrize(
    "command",
    [
        ("predict", "run={run}", "audio={audio}"),
        ("demo", "run=[{run},{run}]", "port=0", "browser=false"),
        ("evaluate", "run={run}", "trainer=cpu"),
        ("export", "run={run}", "format=pt2"),
        ("explore", "run={run}", "data.root={corpus}"),
        ("train", "model=logistic", "data=folder", "data.root={corpus}", "+embed={{run: {run}, model: null}}"),
    ],
    ids=lambda command: command[0],
)
def test_commands_read_no_pickle_of_a_stranger(
    tmp_path: Path, corpus_root: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = write_run(tmp_path / "run")
    evil_pickle(run / "checkpoints" / "model.joblib", tmp_path)
    audio = next(corpus_root.rglob("*.wav"))
    arguments = [text.format(run=run, audio=audio, corpus=corpus_root) for text in command]
    text = fails(musicgenre(*arguments, f"hydra.run.dir={tmp_path / 'out'}"))
    assert "trust=true" in " ".join(text.split())
    assert not (tmp_path / "ran").exists()


def test_trust_is_true_or_false(tmp_path: Path) -> None:
    run = write_net(tmp_path / "run")
    out = f"hydra.run.dir={tmp_path / 'out'}"
    fails(musicgenre("export", f"run={run}", "trust=yes please", out), "trust is 'yes please'")


def test_names_are_known_by_group_alone_in_configs_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine.yaml").write_text("_target_: mine.corpus\n")
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "e.yaml").write_text("# @package _global_\nsplit:\n  _target_: mine.split\n")
    trust = Trust(configs=(tmp_path,))
    assert "mine.corpus" in trust.of("data")
    assert "mine.split" in trust.of("split")
    assert not any(name in trust.of("features") for name in ("mine.corpus", "mine.split", "mine"))


def test_results_of_earlier_tables_are_the_same(tmp_path: Path) -> None:
    run = load_run(write_run(tmp_path))
    assert list(run.predictions.filter(like="p_").columns) == [f"p_{genre}" for genre in GENRES]
    assert np.isfinite(run.metrics["test/track/accuracy"])
    assert json.loads((tmp_path / "metrics.json").read_text()) == run.metrics


@pytest.mark.parametrize("track", ["../../secret.wav", "/etc/secret.wav", "a/../../secret.wav"])
def test_a_reports_page_links_to_no_file_outside_the_data(tmp_path: Path, track: str) -> None:
    (tmp_path / "data" / "in" / "a").mkdir(parents=True)
    (tmp_path / "data" / "secret.wav").touch()
    run = load_run(write_run(tmp_path / "run", config={"data": {"root": str(tmp_path / "data" / "in")}}))
    assert audio_link(run, track) == ""
