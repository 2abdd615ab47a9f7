"""What is written into a run folder, and under which names."""

import json
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from made_runs import begin_run, job
from PIL import Image

from musicgenre.data.store.fingerprint import hash_values
from musicgenre.errors import MusicGenreError
from musicgenre.runs.environment import commit_of
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.identity import signature
from musicgenre.runs.other_results import refuse_training_run


def test_where_the_data_lies_does_not_tell_runs_apart() -> None:
    config = {"seed": 0, "data": {"table": "a.csv", "root": "a", "genres": None}}
    moved = {"seed": 0, "data": {"table": "/b/a.csv", "root": "b", "genres": None}}
    assert signature(config, "key") == signature(moved, "key") != signature(config, "another")
    assert signature(config, "key") != signature(config | {"seed": 1}, "key")


def test_signature_is_the_hash_of_what_counts() -> None:
    counted = {"seed": 0, "trainer": {"max_epochs": 2}, "data": {"genres": None}, "embed": {"run": None}}
    counted["callbacks"] = {"best": None}
    config = {
        **counted,
        "trainer": {"max_epochs": 2, "accelerator": "cpu", "devices": 1, "profiler": None},
        "data": {"genres": None, "root": "a", "table": "b", "artists": "c"},
        "logger": {"csv": True},
        "ckpt_path": None,
        "gan_run": "folder",
        "embed": {"run": "folder"},
        "callbacks": {"best": None, "last": {"every_n_epochs": 5}},
    }
    assert signature(config, "key") == hash_values(counted, "key")


def test_results_of_the_same_run_are_found_again(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    assert run.signature() is None
    assert run.finished_metrics("0" * 32) is None
    begin_run(run.path)
    own = run.signature()
    assert own == signature(job(run.path).config, "data")
    assert run.finished_metrics(own) is None  # not finished
    run.write_metrics({"test/track/accuracy": 0.5, "leak": "all"})
    assert run.finished_metrics(own) == {"test/track/accuracy": 0.5, "leak": "all"}
    with pytest.raises(MusicGenreError, match=r"run holds another run: choose another hydra\.run\.dir"):
        run.finished_metrics("0" * 32)


def test_a_refused_folder_says_what_its_run_has_in_other_ways(tmp_path: Path) -> None:
    run, loader = begin_run(tmp_path), {"hydra/launcher": "joblib"}

    def refusal(*more: str, **given: Any) -> str:
        with pytest.raises(MusicGenreError, match="choose another") as raised:
            run.finished_metrics("0" * 32, job(tmp_path, **given), ("other data", *more))
        return str(raised.value).partition(" holds ")[2].partition(": choose")[0]

    elsewhere = {"data": {"root": "/elsewhere"}, "logger": {"csv": True}}
    assert refusal(seed=2, choices=loader, config=elsewhere) == "a run with seed=1, but this run sets seed=2"
    sgd: dict[str, Any] = {"choices": {"optimizer": "sgd"}, "config": {"optimizer": {"lr": 0.1, "momentum": 0.9}}}
    assert refusal(**sgd) == "a run with optimizer=adam, but this run sets optimizer=sgd"
    assert refusal(config={"width": None}) == "a run without width=null, which this run sets"
    many = {f"k{number}": number for number in range(9)}
    assert refusal(config=many).endswith("k3=3, which this run sets (and 5 more)")
    assert refusal("another split file") == ("a run with the same settings, but other data or another split file")
    several = {"trainer": {"devices": 2}, "gan_run": "runs/gan"}
    run.write_config(job(tmp_path, config=several))
    assert refusal(config=several).endswith("but other data, another run in gan_run or another number of processes")


@pytest.mark.parametrize("name", ["split.csv", "tracks.csv", "checkpoints/mine.ckpt", "events.out.tfevents.1.host"])
def test_files_of_somebody_elses_are_not_written_over(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    with pytest.raises(MusicGenreError, match=f"not a run folder but holds {re.escape(name)}: they would be"):
        RunFolder(tmp_path).finished_metrics("0" * 32)
    RunFolder(tmp_path).write_config(job(tmp_path))  # a run interrupted as it began
    assert RunFolder(tmp_path).finished_metrics("0" * 32) is None


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"device": "cpu"}', '{"signature": 5}'])
def test_a_damaged_record_is_named(tmp_path: Path, text: str) -> None:
    run = begin_run(tmp_path)
    run.environment_json.write_text(text)
    for read in (run.signature, lambda: refuse_training_run(run), lambda: run.finished_metrics("0")):
        with pytest.raises(MusicGenreError, match=r"environment\.json is damaged \(.+\): repair or remove it\."):
            read()
    assert run.recorded("signature") is None  # which only tells runs apart where no results are at stake


def test_config_is_written_as_it_is(tmp_path: Path) -> None:
    shared = [4, 8]
    config = {"seed": 0, "lr": 1e-5, "name": "Dvořák: ${x}", "a": shared, "b": shared, "none": None, "yes": "yes"}
    asked = replace(job(tmp_path), config=config, overrides=("model.channels=[4,8]", "+x='a b'"))
    run = RunFolder(tmp_path)
    run.write_config(asked)
    text = run.config_yaml.read_text(encoding="utf-8")
    assert yaml.safe_load(text) == config
    assert list(yaml.safe_load(text)) == list(config)  # in the order of the config
    assert "&" not in text and "Dvořák" in text
    assert yaml.safe_load(run.overrides_yaml.read_text()) == ["model.channels=[4,8]", "+x='a b'"]
    assert run.hydra_yaml.read_text() == asked.hydra


def test_environment_names_versions_and_device(tmp_path: Path) -> None:
    command = ("musicgenre", "train", "run.notes='a b'")
    RunFolder(tmp_path).write_environment("abc", "cuda:0", 7, device_name="A GPU", command=command)
    record = json.loads((tmp_path / "environment.json").read_text())
    assert (record["signature"], record["device"], record["processor_threads"]) == ("abc", "cuda:0", 7)
    assert record["processes"] == 1
    assert record["packages"]["numpy"] == np.__version__
    assert {"musicgenre", "torch", "lightning", "hydra-core", "ruff"} <= set(record["packages"])
    assert (record["device_name"], shlex.split(record["command"])) == ("A GPU", list(command))
    assert record["command_line"] == shlex.join(sys.orig_argv)
    started = datetime.fromisoformat(record["started"])
    assert timedelta(0) <= datetime.now(UTC) - started < timedelta(minutes=5)


def test_the_commit_is_that_of_the_folder_one_works_in(tmp_path: Path) -> None:
    assert commit_of(tmp_path) is None
    mine = tmp_path / "mine"
    mine.mkdir()
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    for arguments in (("init", "-q"), ("add", "."), (*identity, "commit", "-q", "--allow-empty", "-m", "first")):
        (mine / "net.py").write_text("one")
        subprocess.run(["git", "-C", str(mine), *arguments], check=True)
    head = subprocess.run(["git", "-C", str(mine), "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    assert commit_of(mine) == {"commit": head.stdout.strip(), "changed": False}
    (mine / "net.py").write_text("another")
    commit_of.cache_clear()
    assert commit_of(mine) == {"commit": head.stdout.strip(), "changed": True}


def test_tables_have_nine_digits_and_figures_are_pictures(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    run.write_table("a.csv", pd.DataFrame({"x": [1 / 3], "y": [2]}))
    assert (tmp_path / "a.csv").read_text() == "x,y\n0.333333333,2\n"
    run.write_figure("deep/red", np.full((2, 3, 3), (255, 0, 0), np.uint8))
    with Image.open(tmp_path / "figures" / "deep" / "red.png") as picture:
        assert picture.size == (3, 2)
        assert picture.getpixel((0, 0)) == (255, 0, 0)
