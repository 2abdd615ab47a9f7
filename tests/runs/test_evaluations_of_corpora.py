"""Runs that were tested again, of several corpora or on several ones, in comparisons."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from made_runs import predictions, write_run

from musicgenre.runs.compare import compare
from musicgenre.runs.run import Run
from musicgenre.runs.settings import names_together

ACCURACY = ["test/track/accuracy"]


def train(folder: Path, right: int, *asked: str, **config: Any) -> Path:
    """Write a run with the settings typed for it, which `config` holds by group; a seed of 0 if it has none."""
    values = dict(text.split("=") for text in asked)
    optimizer, seed = values.get("optimizer", "adam"), int(values.get("seed", 0))
    given: dict[str, Any] = {"choices": {"data": values["data"], "optimizer": optimizer}, "config": config}
    return write_run(folder, predictions(right), seed=seed, overrides=asked, **given)


def again(
    folder: Path,
    run: Path,
    right: int,
    *asked: str,
    data: str = "",
    of: str = "",
    split: str = "stratified",
    config: dict[str, Any] | None = None,
) -> None:
    """Write an evaluation of a run on its own test (`of` its data, with its split), or on other `data`."""
    config = {"run": str(run), "seed": 0, "data": {}, "trainer": {"precision": "32-true"}} | (config or {})
    typed = (f"run={run}", *([f"data={data}"] if data else []), *asked)
    given: dict[str, Any] = {"choices": {"data": data or None}, "config": config, "overrides": typed}
    write_run(folder, predictions(right), command="evaluate", **given)
    (folder / "environment.json").unlink()  # an evaluation has none
    metrics = json.loads((folder / "metrics.json").read_text())
    about = {"evaluated": names_together([Run(run)]), "data": of or data, "split": split if of else "all tracks"}
    (folder / "metrics.json").write_text(json.dumps(metrics | about))


def differences(folder: Path, by: str, reference: str) -> list[list[float]]:
    table = compare(folder, by, folder.parent / "out", metrics=ACCURACY, reference=reference)
    return table[["difference", "pairs"]].to_numpy().tolist()


@pytest.mark.parametrize("corpora", [(1,), (1, 2)])
def test_trained_runs_are_paired_with_evaluations_on_their_own_test_and_not_with_those_on_other_data(
    tmp_path: Path, corpora: tuple[int, ...]
) -> None:
    whole, half = {"precision": "32-true"}, {"precision": "bf16-mixed"}
    for seed, corpus in product((1, 2), corpora):
        name, of = f"{seed}{corpus}", f"synthetic corpus_seed={corpus}"
        asked = ("data=synthetic", f"data.corpus_seed={corpus}", f"seed={seed}", "trainer.precision=32-true")
        run = train(tmp_path / "all" / f"r{name}", 4, *asked, data={"corpus_seed": corpus}, trainer=whole)
        again(tmp_path / "all" / f"h{name}", run, 3, "trainer.precision=bf16-mixed", of=of, config={"trainer": half})
        again(tmp_path / "all" / f"g{name}", run, 2, data="gtzan")
    assert differences(tmp_path / "all", "trainer.precision", "32-true") == [[-0.25, 2 * len(corpora)]]


def test_evaluations_of_runs_on_several_corpora_are_pairs_as_these_are(tmp_path: Path) -> None:
    for optimizer, corpus in product(("adam", "sgd"), (1, 2, 3)):
        name, right = f"{optimizer}{corpus}", 4 - (optimizer == "sgd") * corpus
        asked = ("data=synthetic", f"data.corpus_seed={corpus}", f"optimizer={optimizer}")
        run = train(tmp_path / "runs" / name, right, *asked, data={"corpus_seed": corpus})
        again(tmp_path / "own" / name, run, right, of=f"synthetic corpus_seed={corpus}")
        again(tmp_path / "other" / name, run, right, data="gtzan")
        longer, config = (f"data.corpus_seed={corpus}", "data.seconds=10"), {"data": {"corpus_seed": corpus}}
        again(tmp_path / "longer" / name, run, right, *longer, data="synthetic", config=config)
    for folder in ("runs", "own", "other", "longer"):
        assert differences(tmp_path / folder, "optimizer", "adam") == [[-0.5, 3]]


def test_evaluations_on_several_corpora_are_told_apart_and_averaged(tmp_path: Path) -> None:
    for precision, corpus in product(("32-true", "bf16-mixed"), (1, 2)):
        name, right, trainer = f"{precision}{corpus}", 4 - (precision != "32-true"), {"precision": precision}
        asked = ("data=synthetic", f"data.corpus_seed={corpus}", f"trainer.precision={precision}")
        run = train(tmp_path / "all" / name, right, *asked, data={"corpus_seed": corpus}, trainer=trainer)
        for other in (7, 8):
            place, config = tmp_path / "all" / f"{name}-{other}", {"data": {"corpus_seed": other}, "trainer": trainer}
            typed = (f"data.corpus_seed={other}", f"trainer.precision={precision}")
            again(place, run, right, *typed, data="synthetic", config=config)
    assert differences(tmp_path / "all", "trainer.precision", "32-true") == [[-0.25, 2]]


@pytest.mark.parametrize(
    ("tested", "mean", "pairs"),
    [
        ({1: (1, 9), 2: (2, 9), 3: (3, 9)}, -0.375, 6),  # pairs are seeds and corpora
        ({1: (1, 2, 3), 2: (1, 2, 3), 3: (1, 2, 3)}, -0.5, 2),  # each other data: no corpus has the same settings
        ({1: (2, 3), 2: (1, 3), 3: (1, 2)}, -0.5, 2),
    ],
)
def test_all_evaluations_on_the_corpora_of_several_runs_count(
    tmp_path: Path, tested: dict[int, tuple[int, ...]], mean: float, pairs: int, capsys: pytest.CaptureFixture[str]
) -> None:
    for optimizer, seed, corpus in product(("adam", "sgd"), (1, 2), tested):
        name, root = f"{optimizer}{seed}{corpus}", {"root": f"/music/c{corpus}"}
        asked = ("data=folder", f"data.root=/music/c{corpus}", f"optimizer={optimizer}", f"seed={seed}")
        run = train(tmp_path / "runs" / name, 3, *asked, seed=seed, data=root)
        for other in tested[corpus]:
            worse, own = {9: 1}.get(other, other), other == corpus
            config = {"data": {} if own else {"root": f"/music/c{other}"}}
            place, of = tmp_path / "all" / f"{name}-{other}", f"folder c{corpus}" if own else ""
            right = 4 - (optimizer == "sgd") * worse
            again(place, run, right, data="" if own else "folder", of=of, config=config)
    assert differences(tmp_path / "all", "optimizer", "adam") == [[mean, pairs]]
    said = " ".join(capsys.readouterr().out.split())
    assert "left out" not in said and "and data and data" not in said and "tested data" in said


@pytest.mark.parametrize(("by", "data"), [("data.root", "folder"), ("data.corpus_seed", "synthetic")])
def test_by_their_data_evaluations_of_one_run_are_paired(by: str, data: str, tmp_path: Path) -> None:
    rights = {("7", "7"): 4, ("7", "8"): 1, ("8", "7"): 3, ("8", "8"): 4}
    configs = {value: {by.removeprefix("data."): value} for value in ("7", "8")}
    for (trained, tested), seed in product(rights, (1, 2)):
        asked = (f"data={data}", f"{by}={trained}", f"seed={seed}")
        run = train(tmp_path / "runs" / f"{trained}{seed}", 4, *asked, data=configs[trained])
        place, given = tmp_path / "tests" / f"{trained}{tested}{seed}", {"data": configs[tested]}
        again(place, run, rights[trained, tested], f"{by}={tested}", data=data, config=given)
    assert differences(tmp_path / "tests", by, "7") == [[-0.25, 2]]  # of -3/4 and 1/4
    assert differences(tmp_path / "runs", by, "7") == [[0, 2]]


@pytest.mark.parametrize("by", ["run", "split"])
def test_what_is_compared_does_not_keep_evaluations_apart(by: str, tmp_path: Path) -> None:
    folders = {}
    for split, corpus, own, other in (("stratified", "A", 4, 1), ("artist_kfold", "B" if by == "run" else "A", 3, 3)):
        given: dict[str, Any] = {"choices": {"split": split}, "config": {"data": {"root": f"/music/{corpus}"}}}
        run = folders[split] = write_run(tmp_path / "runs" / split, **given)
        for tested, right in {"A": own, "C": other}.items():
            config = {"data": {"root": f"/music/{tested}"}}
            again(tmp_path / "tests" / f"{split}{tested}", run, right, data="folder", config=config)
        if by == "split":
            again(tmp_path / "tests" / f"{split}own", run, own, of="folder A", split=split)
    reference = str(folders["stratified"]) if by == "run" else "stratified"
    expected = {"run": (-1 + 2) / 4 / 2, "split": (-1 - 1 + 2) / 4 / 3}
    assert differences(tmp_path / "tests", by, reference) == [[expected[by], 1]]


def test_lost_evaluations_on_other_data_leave_the_corpora_pairs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for optimizer, corpus in product(("adam", "sgd"), (1, 2, 3)):
        name, right = f"{optimizer}{corpus}", 4 - (optimizer == "sgd") * corpus
        asked = ("data=synthetic", f"data.corpus_seed={corpus}", f"optimizer={optimizer}")
        run = train(tmp_path / "runs" / name, right, *asked, data={"corpus_seed": corpus})
        again(tmp_path / "tests" / f"{name}own", run, right, of=f"synthetic corpus_seed={corpus}")
        if corpus != 3:
            again(tmp_path / "tests" / f"{name}other", run, right, data="gtzan")
    assert differences(tmp_path / "tests", "optimizer", "adam") == [[-0.5, 3]]
    said = " ".join(capsys.readouterr().out.split())
    assert "left out (adam tested data=gtzan and sgd tested data=gtzan), as not every seed" in said


def test_by_run_own_tests_are_paired_beside_those_on_other_data(tmp_path: Path) -> None:
    for split, right in (("stratified", 4), ("artist_kfold", 3)):
        run = write_run(tmp_path / "runs" / split, choices={"split": split})
        again(tmp_path / "tests" / f"{split}own", run, right, of="folder tapes", split=split)
        again(tmp_path / "tests" / f"{split}other", run, 1, data="gtzan")
    assert differences(tmp_path / "tests", "run", str(tmp_path / "runs" / "stratified")) == [[-0.125, 1]]
