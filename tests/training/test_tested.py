"""Which epoch is tested, and that it is the one that is kept, whatever the settings of Lightning's checkpoints."""

import json
from pathlib import Path

import lightning as L
import pandas as pd
import pytest
import torch
from command_line import fails, musicgenre, train, trained

from musicgenre import load_model
from musicgenre.runs.find import find_runs

FIRST_IS_BEST = ("mode=max", "optimizer.lr=0.005", "trainer.max_epochs=2")  # the loss falls: its maximum is the first


@pytest.fixture(scope="module")
def last(tmp_path_factory: pytest.TempPathFactory, corpus_root: Path) -> Path:
    """A run whose last epoch was tested and whose first is its best; read-only."""
    folder = tmp_path_factory.mktemp("runs") / "last"
    return trained(folder, corpus_root, *FIRST_IS_BEST, "milestones=[2]", "select=last")


def metrics_of(folder: Path) -> dict[str, float]:
    metrics: dict[str, float] = json.loads((folder / "metrics.json").read_text())
    return metrics


def loss_by_epoch(folder: Path) -> list[float]:
    losses: list[float] = pd.read_csv(folder / "metrics.csv")["val/segment/loss"].tolist()
    return losses


def evaluated(folder: Path, out: Path) -> dict[str, float]:
    with pytest.MonkeyPatch.context() as patch:  # figures take longest
        patch.setattr("musicgenre.training.evaluate.result_figures", lambda predictions: {})
        result = musicgenre("evaluate", f"run={folder}", "trainer=cpu", f"hydra.run.dir={out}")
    assert result.status == 0, result.text
    return metrics_of(out)


def require_best_tested(run: Path, out: Path) -> None:
    metrics, losses = metrics_of(run), loss_by_epoch(run)
    best = losses.index(max(losses)) + 1
    assert (metrics["tested_epoch"], metrics["best_epoch"]) == (best, best) == (1, 1)
    assert metrics["val/segment/loss"] == pytest.approx(losses[0], abs=1e-6)
    again = evaluated(run, out)
    assert again["test/segment/loss"] == pytest.approx(metrics["test/segment/loss"], abs=1e-6)
    assert again["tested_epoch"] == 1


@pytest.mark.parametrize(
    "settings",
    [
        (),
        ("callbacks.best.filename=mine", "callbacks.best.dirpath={elsewhere}"),
        ("+callbacks.best.save_top_k=2", "callbacks.best.filename='{{epoch}}'"),
        (
            "+callbacks.more={{_target_: lightning.pytorch.callbacks.ModelCheckpoint, monitor: val/track/loss, "
            "filename: more}}",
        ),
    ],
    ids=str,
)
def test_the_best_epoch_is_tested_kept_and_evaluated(
    tmp_path: Path, corpus_root: Path, settings: tuple[str, ...]
) -> None:
    asked = [text.format(elsewhere=tmp_path / "elsewhere") for text in settings]
    require_best_tested(trained(tmp_path / "run", corpus_root, *FIRST_IS_BEST, *asked), tmp_path / "again")


def test_the_k_best_have_names_that_tell_epoch_and_loss(tmp_path: Path, corpus_root: Path) -> None:
    run = trained(tmp_path / "run", corpus_root, *FIRST_IS_BEST, "+callbacks.best.save_top_k=2")
    require_best_tested(run, tmp_path / "again")
    losses = loss_by_epoch(run)
    kept = {f"best-epoch{n}-{losses[n - 1]:.4f}.ckpt" for n in (1, 2)}
    assert kept <= {path.name for path in (run / "checkpoints").iterdir()}


def test_the_last_epoch_is_tested_where_that_is_asked_for(tmp_path: Path, last: Path) -> None:
    said = "Epoch 2 of 2 is tested, the last (select=last); by val/segment/loss the best was epoch 1."
    assert said in (last / "musicgenre.log").read_text()
    metrics = metrics_of(last)
    assert (metrics["tested_epoch"], metrics["best_epoch"], metrics["epochs"]) == (2, 1, 2)
    assert metrics["val/segment/loss"] == pytest.approx(loss_by_epoch(last)[1], abs=1e-6)
    again = evaluated(last, tmp_path / "again")
    assert again["test/segment/loss"] == pytest.approx(metrics["test/segment/loss"], abs=1e-6)
    assert again["tested_epoch"] == 2
    of_file = evaluated(last / "checkpoints/best.ckpt", tmp_path / "file")
    assert of_file["tested_epoch"] == 1
    assert of_file["test/segment/loss"] != pytest.approx(metrics["test/segment/loss"], abs=1e-3)


def test_a_milestone_is_the_run_that_ended_there(tmp_path: Path, corpus_root: Path) -> None:
    long = trained(tmp_path / "long", corpus_root, "trainer.max_epochs=3", "select=last", "milestones=[2,9]")
    short = trained(tmp_path / "short", corpus_root, "trainer.max_epochs=2", "select=last")
    stage = long / "epoch_2"
    shown = (long / "musicgenre.log").read_text()
    titles = ("Results, after epoch 2 (%)", "By genre, test tracks, after epoch 2 (%)")
    assert all(title in shown for title in (*titles, "Results (%)", "By genre, test tracks (%)"))
    timeless = [metrics_of(folder) for folder in (stage, short)]
    for metrics in timeless:
        assert metrics.pop("fit_seconds") > 0
    timeless[1].pop("best_epoch")  # of the two epochs
    assert timeless[0] == timeless[1]
    for name in ("predictions.csv", "split.csv", "metrics.csv", "genres.csv"):
        assert (stage / name).read_text() == (short / name).read_text(), name
    assert find_runs(tmp_path / "long") == [long, stage]
    assert not (long / "epoch_9").exists()
    first, second = (load_model(folder).state_dict() for folder in (stage, short))
    weights = [name for name, value in second.items() if isinstance(value, torch.Tensor)]
    assert weights and all(torch.equal(first[name], second[name]) for name in weights)


def test_a_milestone_may_be_the_last_epoch(tmp_path: Path, corpus_root: Path, last: Path) -> None:
    best = trained(tmp_path / "best", corpus_root, *FIRST_IS_BEST, "milestones=[2]")
    assert metrics_of(best)["tested_epoch"] == 1
    stage, whole = metrics_of(best / "epoch_2"), metrics_of(last)
    assert {name: value for name, value in whole.items() if name not in ("fit_seconds", "best_epoch")}.items() <= (
        stage.items()
    )
    assert not (last / "epoch_2" / "metrics.json").exists()  # the run itself has them


def test_the_end_of_an_epoch_is_no_milestone_of_weights_amid_it(tmp_path: Path, corpus_root: Path) -> None:
    asked = (*FIRST_IS_BEST[:2], "trainer.max_epochs=1", "milestones=[1]", "batch_size=4")
    run = trained(tmp_path / "amid", corpus_root, *asked, "+trainer.val_check_interval=0.5")
    whole, stage = metrics_of(run), metrics_of(run / "epoch_1")
    assert whole["tested_epoch"] == stage["tested_epoch"] == 1
    assert whole["val/segment/loss"] != pytest.approx(stage["val/segment/loss"], abs=1e-6)
    assert not (trained(tmp_path / "end", corpus_root, *asked) / "epoch_1" / "metrics.json").exists()


def test_training_figures_are_those_of_the_tested_weights_on_unchanged_segments(
    tmp_path: Path, corpus_root: Path
) -> None:
    run = trained(tmp_path / "run", corpus_root)
    metrics = metrics_of(run)
    listed = pd.read_csv(run / "split.csv")
    model = load_model(run)
    hits, losses = [], []
    for track, rows in listed[listed.split == "train"].groupby("track"):
        heard = model.listen(corpus_root / str(track)).segments
        label = (model.genres or ()).index(rows.genre.iloc[0])
        probs = heard.filter(like="p_").to_numpy()[: len(rows)]
        hits += (probs.argmax(1) == label).tolist()
        losses += (-torch.tensor(probs[:, label]).log()).tolist()
    assert len(hits) == (listed.split == "train").sum()
    assert metrics["train/segment/accuracy"] == pytest.approx(sum(hits) / len(hits), abs=1e-6)
    assert metrics["train/segment/loss"] == pytest.approx(sum(losses) / len(losses), abs=1e-4)
    assert {"train/track/accuracy", "train/track/loss"} <= set(metrics)


def test_what_cannot_be_tested_is_said(tmp_path: Path, corpus_root: Path) -> None:
    fails(train(tmp_path / "b", corpus_root, "callbacks.best=null"), "select=best needs a checkpoint callback")
    run = trained(tmp_path / "d", corpus_root, "callbacks.best=null", "select=last")
    assert "best_epoch" not in metrics_of(run)


class CountDown(L.Callback):
    """A callback of the user's own, whose metric falls: 3, 2, 1."""

    def on_validation_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        pl_module.log("val/down", 3.0 - trainer.current_epoch)


@pytest.mark.parametrize(("select", "value"), [("best", 3.0), ("last", 1.0)])
def test_an_own_callbacks_metric_can_be_the_monitor(
    tmp_path: Path, corpus_root: Path, select: str, value: float
) -> None:
    own = (f"+callbacks.own={{_target_: {__name__}.CountDown}}", "monitor=val/down", "mode=max", f"select={select}")
    for _ in range(2):  # then again, as if killed while it was tested, with no epoch left to train
        metrics = metrics_of(trained(tmp_path / "run", corpus_root, *own, "trainer.max_epochs=3"))
        assert (metrics["best_epoch"], metrics["tested_epoch"]) == (1, 1 if select == "best" else 3)
        assert metrics["val/down"] == value
        (tmp_path / "run" / "metrics.json").unlink()


def test_a_monitor_that_nothing_logs_is_one_sentence(tmp_path: Path, corpus_root: Path) -> None:
    fails(train(tmp_path / "none", corpus_root, "monitor=val/down", "mode=max"), "monitor is 'val/down': choose one of")
    own = (f"+callbacks.own={{_target_: {__name__}.CountDown}}", "monitor=val/up", "mode=max", "trainer.max_epochs=3")
    fails(train(tmp_path / "typo", corpus_root, *own), "val/up", "val/down")
    stopped = "callbacks.early_stopping={_target_: lightning.pytorch.callbacks.EarlyStopping, monitor: val/up}"
    fails(train(tmp_path / "stopped", corpus_root, *own, stopped), "metric `val/up` which is not available", "val/down")
