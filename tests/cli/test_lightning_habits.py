"""Settings familiar to Lightning users work as they do there, or are refused by name."""

import json
from pathlib import Path

import pandas as pd
import pytest
from command_line import Result, fails, train
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from musicgenre import load_model
from musicgenre.training.tensorboard import curve_tag

CALLBACKS = "lightning.pytorch.callbacks"


def went_well(result: Result) -> Result:
    assert result.status == 0, result.text
    return result


def test_curves_have_a_value_an_epoch_whatever_else_is_logged(tmp_path: Path, corpus_root: Path) -> None:
    more = (
        f"+callbacks.rate={{_target_: {CALLBACKS}.LearningRateMonitor}}",
        f"+callbacks.stats={{_target_: {CALLBACKS}.DeviceStatsMonitor}}",
        "+trainer.val_check_interval=0.5",
    )
    went_well(train(tmp_path, corpus_root, *more, "batch_size=8", "logger=[tensorboard,csv]"))
    table = pd.read_csv(tmp_path / "metrics.csv")
    assert table.epoch.tolist() == [0, 1]
    assert table[["train/segment/loss", "val/segment/loss", "train/lr"]].notna().all(axis=None)
    assert table["lr-Adam"].tolist() == pytest.approx([0.02, 0.02])
    board = EventAccumulator(str(tmp_path), size_guidance={"scalars": 0}).Reload()
    for name in (name for name in table if name != "epoch" and "weighted" not in str(name)):
        points = board.Scalars(curve_tag(str(name)))
        assert [point.step for point in points] == [1, 2], name
        assert [point.value for point in points] == pytest.approx(table[name].tolist(), rel=1e-5), name


@pytest.mark.parametrize(
    "overrides",
    [
        (
            *("+trainer.max_time={minutes: 5}", "+trainer.accumulate_grad_batches=2", "trainer.max_epochs=1"),
            *("trainer.gradient_clip_val=0.5", "optimizer.fused=false"),
        ),
        (
            f"+callbacks.swa={{_target_: {CALLBACKS}.StochasticWeightAveraging, swa_lrs: [0.01]}}",
            "trainer.max_epochs=3",
        ),
        (
            f"+callbacks.finder={{_target_: {CALLBACKS}.LearningRateFinder, num_training_steps: 5}}",
            "trainer.max_epochs=1",
        ),
        ("optimizer._target_=torch.optim.LBFGS", "~optimizer.fused", "~optimizer.weight_decay", "trainer.max_epochs=1"),
        ("select=last", "callbacks.early_stopping=null", "+trainer.check_val_every_n_epoch=100"),  # nothing needs it
    ],
    ids=lambda overrides: overrides[0][:40],
)
def test_containers_and_callbacks_of_lightning_work(
    tmp_path: Path, corpus_root: Path, overrides: tuple[str, ...]
) -> None:
    went_well(train(tmp_path, corpus_root, *overrides, "batch_size=24"))
    assert (tmp_path / "metrics.json").is_file()


def test_what_a_run_sets_for_itself_is_a_default(tmp_path: Path, corpus_root: Path) -> None:
    asked = ("+trainer.enable_model_summary=true", "+trainer.num_sanity_val_steps=1", "trainer.max_epochs=1")
    assert "Trainable params" in went_well(train(tmp_path / "a", corpus_root, *asked)).text
    assert pd.read_csv(tmp_path / "a" / "metrics.csv").epoch.tolist() == [0]
    listed = f"+trainer.callbacks=[{{_target_: {CALLBACKS}.ModelSummary}}]"
    shown = went_well(train(tmp_path / "b", corpus_root, "+trainer.logger=false", listed, "trainer.max_epochs=1"))
    assert "Trainable params" in shown.text
    assert not (tmp_path / "b" / "metrics.csv").exists()
    fails(train(tmp_path / "e", corpus_root, "+trainer.default_root_dir=/elsewhere"), "hydra.run.dir=FOLDER")
    fails(train(tmp_path / "f", corpus_root, "+trainer.logger=true"), "logger=[tensorboard,csv]")


def test_what_lightning_says_of_the_training_is_heard(tmp_path: Path, corpus_root: Path) -> None:
    stopping = (
        f"callbacks.early_stopping={{_target_: {CALLBACKS}.EarlyStopping, monitor: val/segment/loss, verbose: true}}"
    )
    result = went_well(train(tmp_path, corpus_root, stopping))
    assert "Metric val/segment/loss improved" in result.text
    for advertised in ("GPU available", "Tip", "Restoring states"):
        assert advertised not in result.text


@pytest.mark.parametrize(
    ("overrides", "fragments"),
    [
        (
            ("+trainer.check_val_every_n_epoch=2", "trainer.max_epochs=1"),
            ("trainer.check_val_every_n_epoch is 2 and trainer.max_epochs 1", "no epoch would be validated"),
        ),
        (("+trainer.enable_checkpointing=false",), ("enable_checkpointing",)),
        (
            (f"+callbacks.more={{_target_: {CALLBACKS}.EarlyStopping, monitor: val_loss}}",),
            ("callbacks.more.monitor is 'val_loss'", "val/segment/loss"),
        ),
        (("+trainer.check_val_every_n_epoch=0",), ("check_val_every_n_epoch is 0", "of at least 1")),
        (("+trainer.accumulate_grad_batches=0",), ("accumulate_grad_batches is 0", "of at least 1")),
        (("+trainer.val_check_interval=100",), ("val_check_interval is 100", "give at most 2")),
        (("+trainer.max_steps=1",), ("trainer.max_steps is 1", "give at least 2")),
        (
            ("+trainer.accumulate_grad_batches=3", "+trainer.check_val_every_n_epoch=2", "+trainer.max_steps=1"),
            ("trainer.max_steps is 1", "give at least 2"),  # an epoch of two batches ends with a step
        ),
        (
            ("segments.window=0.5", "segments.windows=3", "+trainer.val_check_interval=7"),
            ("val_check_interval is 7", "an epoch has 6 batches of training: give at most 6"),
        ),
        (
            ("segments.window=0.5", "segments.windows=3", "+trainer.max_steps=5"),
            ("trainer.max_steps is 5", "give at least 6"),
        ),
        (
            ("+trainer.val_check_interval=5", "+trainer.check_val_every_n_epoch=null"),
            ("training has 4 batches (trainer.max_epochs is 2)", "give at most 4, or more epochs"),
        ),
        (("+trainer.overfit_batches=0.5",), ("trainer.overfit_batches is 0.5", "no batch of val")),
        (("trainer.limit_train_batches=0",), ("limit_train_batches is 0", "give 1 or more")),
        (("trainer.limit_val_batches=0.1",), ("limit_val_batches is 0.1", "no batch of val")),
        (("trainer.limit_test_batches=0.1",), ("limit_test_batches is 0.1", "no batch of test")),
        (("trainer.limit_val_batches=0", "scheduler=plateau"), ("limit_val_batches=0 leaves", "scheduler=plateau")),
        (("+trainer.max_time={second: 3}",), ("trainer.max_time has second", "seconds")),
        (("+trainer.max_time=5",), ("trainer.max_time is 5: give a time such as {minutes: 90}",)),
        (("+trainer.barebones=true",), ("trainer.barebones is true",)),
        (
            ("trainer.devices=2", "split=random_80_20", "split.fractions=[0.92,0.04,0.04]", "segments.length=3"),
            ("1 segment for val, and each of the run's 2 processes needs one", "trainer.devices=1"),
        ),
        (("+trainer.strategy=ddp_spawn",), ("trainer.strategy is ddp_spawn", "trainer=ddp")),
        (("+trainer.strategy=ddp_fork",), ("trainer.strategy is ddp_fork", "trainer=ddp")),
        (
            (f"+callbacks.thaw={{_target_: {CALLBACKS}.BackboneFinetuning}}",),
            ("BackboneFinetuning unfreezes", "leave it out"),
        ),
        (("+trainer.callbacks=5",), ("trainer.callbacks is 5", "give a list")),
        (
            ("callbacks.best=null", "+callbacks.last.monitor=val/track/loss"),
            ("callbacks.last.monitor is 'val/track/loss'", "set callbacks.best.monitor"),
        ),
        (("+callbacks.x=1",), ("callbacks.x is 1", "_target_")),
        (("+logger.x=1",), ("logger.x is 1", "_target_")),
        (("+trainer.nope=1",), ("'nope'", "Trainer takes", "max_epochs")),
        (("scheduler=plateau", "scheduler.monitor=nope"), ("scheduler.monitor is 'nope'", "val/segment/loss")),
        (("optimizer._target_=torch.optim.LBFGS",), ("does not take weight_decay or fused", "~optimizer.fused")),
        (("+optimizer.learning_rate=1",), ("does not take learning_rate", "It takes params, lr")),
        (("~callbacks", "callbacks.best.save_top_k=2"), ("~callbacks removes what", "leave out one of the two")),
        (("model=5",), ("name of one of its options",)),
    ],
    ids=lambda value: str(value[0])[:30],
)
def test_what_cannot_be_is_said_in_one_sentence(
    tmp_path: Path, corpus_root: Path, overrides: tuple[str, ...], fragments: tuple[str, ...]
) -> None:
    shown = fails(train(tmp_path, corpus_root, "batch_size=24", *overrides), *fragments)
    assert "Run folder" not in shown
    assert "site-packages" not in shown  # no raw warning either


def prune(more: str) -> str:
    return f"+callbacks.prune={{_target_: {CALLBACKS}.ModelPruning, pruning_fn: l1_unstructured, amount: 0.5, {more}}}"


@pytest.mark.parametrize("permanent", ["true", "false"])
def test_the_pruned_net_is_what_is_tested_and_kept(tmp_path: Path, corpus_root: Path, permanent: str) -> None:
    pruning = prune(f"make_pruning_permanent: {permanent}, apply_pruning: true, use_global_unstructured: true")
    went_well(train(tmp_path, corpus_root, pruning, "trainer.max_epochs=1"))
    weights = [p for p in load_model(tmp_path).made_net.parameters() if p.ndim > 1]
    zeros = sum(int((weight == 0).sum()) for weight in weights)
    assert zeros > 0.3 * sum(weight.numel() for weight in weights)


def test_averaged_weights_are_what_is_tested(tmp_path: Path, corpus_root: Path) -> None:
    mean = f"+callbacks.mean={{_target_: {CALLBACKS}.WeightAveraging}}"
    went_well(train(tmp_path, corpus_root, mean, "mode=max"))  # the loss falls, so the first epoch is tested
    validated = pd.read_csv(tmp_path / "metrics.csv")["val/segment/loss"].dropna().tolist()
    assert validated[0] > validated[-1] + 1e-3
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["val/segment/loss"] == pytest.approx(validated[0], rel=1e-4)  # of the weights that were saved


def test_validation_can_be_switched_off(tmp_path: Path, corpus_root: Path) -> None:
    result = went_well(train(tmp_path, corpus_root, "trainer.limit_val_batches=0", "trainer.max_epochs=1"))
    assert "trainer.limit_val_batches=0 leaves nothing for validation: the last epoch is tested" in result.text
    assert "could not find the monitored key" not in result.text


def test_what_is_shown_is_true(tmp_path: Path, corpus_root: Path) -> None:
    shown = went_well(train(tmp_path / "a", corpus_root, "+trainer.fast_dev_run=2", "batch_size=8")).text
    assert "2 batches of everything ran through" in shown
    shown = went_well(train(tmp_path / "b", corpus_root, "+trainer.max_steps=4", "trainer.max_epochs=-1")).text
    assert "epoch 1  train loss" in shown
    shown = went_well(
        train(tmp_path / "c", corpus_root, "+trainer.enable_progress_bar=false", "trainer.max_epochs=1")
    ).text
    assert "epoch 1" not in shown


@pytest.mark.parametrize(
    "typed",
    [
        ("hydra/job_logging=disabled",),
        ("hydra/job_logging=stdout", "hydra/hydra_logging=none"),
        ("hydra/job_logging=none",),
    ],
)
def test_logging_as_hydra_has_it(tmp_path: Path, corpus_root: Path, typed: tuple[str, ...]) -> None:
    went_well(train(tmp_path, corpus_root, *typed, "hydra.output_subdir=null", "trainer.max_epochs=1"))
    assert (tmp_path / "metrics.json").is_file()
