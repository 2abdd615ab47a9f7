"""`musicgenre compare` on made-up runs, without training."""

from pathlib import Path

import pandas as pd
import pytest
from command_line import fails, musicgenre
from made_runs import write_run, write_sweep


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two optimizers with three seeds each; read-only."""
    return write_sweep(tmp_path_factory.mktemp("sweep"), adam=(4, 3, 3), sgd=(2, 2, 0))


def test_compare_pairs_runs_by_seed(tmp_path: Path, sweep: Path) -> None:
    arguments = ("compare", f"runs={sweep}", "by=optimizer", "reference=sgd", f"hydra.run.dir={tmp_path}")
    result = musicgenre(*arguments, "metrics=[test/track/accuracy,val/track/loss]", "confidence=0.9")
    assert result.status == 0, result.text
    table = pd.read_csv(tmp_path / "differences.csv")
    assert table.metric.tolist() == ["test/track/accuracy", "val/track/loss"]
    assert (table.value[0], table.difference[0], table.pairs[0]) == ("adam", 0.5, 3)
    shown = " ".join(result.out.split())
    assert "difference from sgd" in shown and "90 % interval" in shown and "adam +50.0" in shown
    assert f"Differences: {tmp_path / 'differences.csv'}" in shown


@pytest.mark.parametrize(
    ("key", "values", "reference", "named"),
    [
        ("batch_norm", (True, False), "false", "false"),
        ("hidden", ([512, 256], 64), "[512,256]", "[512,256]"),
        ("hidden", (64, None), "null", "null"),
    ],
)
def test_what_is_compared_with_may_be_of_any_kind(
    tmp_path: Path, key: str, values: tuple[object, ...], reference: str, named: str
) -> None:
    for number, value in enumerate(values):
        write_run(tmp_path / "runs" / str(number), config={"model": {key: value}})
    asked = (f"by=model.{key}", f"reference={reference}", f"hydra.run.dir={tmp_path}")
    result = musicgenre("compare", f"runs={tmp_path / 'runs'}", *asked)
    assert result.status == 0, result.text
    assert f"difference from {named}" in " ".join(result.out.split())


def test_mistakes_are_explained(tmp_path: Path, sweep: Path) -> None:
    def attempt(*overrides: str) -> str:
        return fails(musicgenre("compare", f"runs={sweep}", "by=optimizer", f"hydra.run.dir={tmp_path}", *overrides))

    assert "No run has optimizer=adm: set reference to one of adam, sgd" in attempt("reference=adm")
    assert "has no group and no value optimizr" in attempt("by=optimizr")
    assert "metrics.json has no test/accuracy: choose other metrics=[...]" in attempt("metrics=[test/accuracy]")
    assert "metrics is []: give a list of at least one, in brackets, each a name in" in attempt("metrics=[]")
    assert "confidence is 2: give a number between 0 and 1" in attempt("confidence=2")
    assert "There is no folder" in attempt("runs=nowhere")
