"""Settings that users of Lightning type work as there, or are refused by name."""

from pathlib import Path

import pandas as pd
import pytest
from command_line import Result, fails, train

CALLBACKS = "lightning.pytorch.callbacks"


def went_well(result: Result) -> Result:
    assert result.status == 0, result.text
    return result


@pytest.mark.parametrize(
    "override",
    [
        f"+callbacks.rate={{_target_: {CALLBACKS}.LearningRateMonitor}}",
        f"+callbacks.stats={{_target_: {CALLBACKS}.DeviceStatsMonitor}}",
        "+trainer.val_check_interval=0.5",
    ],
)
def test_metrics_csv_has_a_row_an_epoch_whatever_else_is_logged(
    tmp_path: Path, corpus_root: Path, override: str
) -> None:
    went_well(train(tmp_path, corpus_root, override, "batch_size=8"))
    table = pd.read_csv(tmp_path / "metrics.csv")
    assert table.epoch.tolist() == [0, 1]
    assert table[["train/segment/loss", "val/segment/loss", "train/lr"]].notna().all(axis=None)
    if "LearningRateMonitor" in override:
        assert table["lr-Adam"].tolist() == pytest.approx([0.02, 0.02])


@pytest.mark.parametrize(
    "overrides",
    [
        ("+trainer.max_time={minutes: 5}",),
        (
            f"+callbacks.swa={{_target_: {CALLBACKS}.StochasticWeightAveraging, swa_lrs: [0.01]}}",
            "trainer.max_epochs=3",
        ),
        (f"+callbacks.finder={{_target_: {CALLBACKS}.LearningRateFinder, num_training_steps: 5}}",),
        ("optimizer._target_=torch.optim.LBFGS", "~optimizer.fused", "~optimizer.weight_decay", "trainer.max_epochs=1"),
        ("+trainer.max_steps=4", "trainer.max_epochs=-1"),
        ("+trainer.accumulate_grad_batches=2",),
        ("trainer.gradient_clip_val=0.5", "optimizer.fused=false"),
    ],
    ids=lambda overrides: overrides[0][:40],
)
def test_containers_and_callbacks_of_lightning_work(
    tmp_path: Path, corpus_root: Path, overrides: tuple[str, ...]
) -> None:
    went_well(train(tmp_path, corpus_root, *overrides, "batch_size=24"))
    assert (tmp_path / "metrics.json").is_file()


def test_what_a_run_sets_for_itself_is_a_default(tmp_path: Path, corpus_root: Path) -> None:
    shown = went_well(train(tmp_path / "a", corpus_root, "+trainer.enable_model_summary=true", "trainer.max_epochs=1"))
    assert "Trainable params" in shown.text
    went_well(train(tmp_path / "b", corpus_root, "+trainer.num_sanity_val_steps=1", "trainer.max_epochs=1"))
    assert pd.read_csv(tmp_path / "b" / "metrics.csv").epoch.tolist() == [0]
    went_well(train(tmp_path / "c", corpus_root, "+trainer.logger=false", "trainer.max_epochs=1"))
    assert not (tmp_path / "c" / "metrics.csv").exists()
    listed = f"+trainer.callbacks=[{{_target_: {CALLBACKS}.ModelSummary}}]"
    assert "Trainable params" in went_well(train(tmp_path / "d", corpus_root, listed, "trainer.max_epochs=1")).text
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
            ("no epoch was validated", "check_val_every_n"),
        ),
        (("+trainer.enable_checkpointing=false",), ("enable_checkpointing",)),
        (
            (f"+callbacks.more={{_target_: {CALLBACKS}.EarlyStopping, monitor: val_loss}}",),
            ("callbacks.more.monitor is 'val_loss'", "val/segment/loss"),
        ),
    ],
    ids=lambda value: str(value[0])[:30],
)
def test_what_cannot_be_is_said_in_one_sentence(
    tmp_path: Path, corpus_root: Path, overrides: tuple[str, ...], fragments: tuple[str, ...]
) -> None:
    fails(train(tmp_path, corpus_root, *overrides), *fragments)
