import json
from pathlib import Path

import pandas as pd
import pytest
import torch
from command_line import TINY, fails, musicgenre, train

from musicgenre.cli.configs import conf_dir

BAD = {
    "segments=3": ["segments is 3, but has keys of its own", "segments.length=3"],
    "segments=null": ["segments is null, but has keys of its own"],
    "segments.length=0": ["segment length is 0 s"],
    "segments.overlap=1": ["segment overlap is 1"],
    "segments.short=nonsense": ["short is 'nonsense'", "'pad', 'repeat' or 'drop'"],
    "features.n_mels=9999": ["mel filters are empty", "lower n_mels"],
    "features.n_fft=0": ["n_fft is 0"],
    "optimizer.lr=-1": ["optimizer", "Invalid learning rate: -1"],
    "optimizer.lr=1e30": ["diverged", "epoch 1", "optimizer.lr"],
    "trainer.precision=nonsense": ["Precision 'nonsense' is invalid", "32-true"],
    "trainer.accelerator=nonsense": ["accelerator", "nonsense", "cpu"],
    "monitor=nonsense": ["monitor is 'nonsense'", "val/track/accuracy"],
    "sample_rate=0": ["sample_rate is 0 Hz"],
    "split.fractions=[1,1,1]": ["add up to 3"],
    "split.fractions=[0,0.5,0.5]": ["train"],
    "split=artist_kfold": ["artist"],
    "split=filtered": ["this is not GTZAN", "split=stratified"],
    "model.pool_after=[9]": ["pool_after is (9,)"],
    "model.channels=3": ["model", "CNN"],
    "model.hidden=0": ["is empty", "a width among model.* is 0"],
    "augment.freq_mask=7": ["freq_mask is 7"],
    "optimizer._target_=torch.optim.Nope": ["torch.optim.Nope"],
}


@pytest.mark.parametrize(("override", "fragments"), BAD.items(), ids=BAD.keys())
def test_impossible_setting(tmp_path: Path, corpus_root: Path, override: str, fragments: list[str]) -> None:
    text = fails(train(tmp_path, corpus_root, override), *fragments)
    assert text.count("[ERROR]") == 1
    assert not (tmp_path / "metrics.json").exists()


@pytest.mark.parametrize("override", ["gan=s4", "gan_run=here", "wave_augment=waveform", "ckpt_path=a", "debug=fdr"])
def test_what_only_networks_take(tmp_path: Path, corpus_root: Path, override: str) -> None:
    arguments = ("model=logistic", "data=folder", f"data.root={corpus_root}", f"hydra.run.dir={tmp_path}")
    fails(musicgenre("train", *arguments, override), "cannot go with a classical model", "choose a network")
    assert not (tmp_path / "metrics.json").exists()


def test_a_networks_settings_are_said_to_be_idle_with_a_classical_model(tmp_path: Path, corpus_root: Path) -> None:
    data = ("data=folder", f"data.root={corpus_root}", "segments.length=1", f"hydra.run.dir={tmp_path}")
    idle = ("optimizer.lr=0.1", "batch_size=8", "trainer.gradient_clip_val=2", "milestones=[5]", "select=last")
    by_a_search = "+callbacks.pruning=null"
    result = musicgenre(
        "train", *data, "model=logistic", "trainer=cpu", *idle, by_a_search, "figures=false", "logger=csv"
    )
    assert result.status == 0, result.text
    assert (
        "optimizer.lr, batch_size, trainer.gradient_clip_val, milestones, select: no effect on a classical model"
        in " ".join(result.text.split())
    )
    assert "callbacks.pruning" not in result.text


@pytest.mark.parametrize("key", ["trainer", "features", "logger"])
def test_what_has_keys_of_its_own_is_no_single_value(tmp_path: Path, key: str) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text(f"# @package _global_\n{key}: 3\n")
    own = ("--config-dir", str(tmp_path), "experiment=mine", f"hydra.run.dir={tmp_path / 'run'}")
    fails(musicgenre("train", *own), f"{key} is 3, but has keys of its own")


def test_null_among_a_sweeps_options(tmp_path: Path) -> None:
    fails(musicgenre("train", "-m", "gan=null,s4", f"hydra.sweep.dir={tmp_path}"), "null in a sweep", "gan=none")


def test_clipping_under_mixed_precision(tmp_path: Path, corpus_root: Path) -> None:
    clipped = ("trainer.precision=bf16-mixed", "trainer.gradient_clip_val=1", "trainer.max_epochs=1")
    fails(train(tmp_path / "a", corpus_root, *clipped), "add optimizer.fused=false")
    result = train(tmp_path / "b", corpus_root, *clipped, "optimizer.fused=false")
    assert result.status == 0, result.text


def test_limits_that_let_nothing_through_give_no_figures(tmp_path: Path, corpus_root: Path) -> None:
    result = train(tmp_path, corpus_root, "trainer.limit_test_batches=0", "trainer.max_epochs=1")
    assert result.status == 0, result.text
    assert not {name for name in json.loads((tmp_path / "metrics.json").read_text()) if name.startswith("test/")}
    assert set(pd.read_csv(tmp_path / "predictions.csv").split) == {"val"}
    assert not (tmp_path / "embeddings").exists()  # the projector shows test segments


@pytest.mark.parametrize(
    ("argument", "fragments"),
    [
        ("model=smal_cnn", ["no model=smal_cnn", "Did you mean small_cnn?", "bilstm, cnn, cnn_bn, dilated_cnn"]),
        ("optimizer=adamm", ["no optimizer=adamm", "Did you mean adam", "adam, adamw, rmsprop, sgd"]),
        ("experiment=none_such", ["Options of experiment", "net5_bilstm"]),
        ("modle=cnn", ["modle", "model"]),
        ("optimizer.lrr=1", ["optimizer.lrr", "Did you mean optimizer.lr", "optimizer.weight_decay"]),
        ("optimiser.lr=1", ["optimiser", "Did you mean optimizer or optimizer.lr"]),
        ("btach_size=1", ["btach_size", "Did you mean batch_size?"]),
        ("data.rot=/music", ["data.rot", "Did you mean data.root"]),
    ],
)
def test_mistyped_argument_is_answered_with_a_suggestion(
    tmp_path: Path, corpus_root: Path, argument: str, fragments: list[str]
) -> None:
    fails(train(tmp_path / "run", corpus_root, argument), *fragments)
    assert not (tmp_path / "run" / "metrics.json").exists()


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        ((), "data.root goes with data=folder or data=gtzan"),
        (("-m", "experiment=images_cnn1,images_cnn2"), "A sweep over experiments does not see the data"),
    ],
)
def test_a_root_without_its_kind_of_data(tmp_path: Path, arguments: tuple[str, ...], fragment: str) -> None:
    folders = (f"hydra.run.dir={tmp_path}", f"hydra.sweep.dir={tmp_path}")
    fails(musicgenre("train", *arguments, f"data.root={tmp_path}", *folders), "data.root", fragment)


def test_mistyped_command(capsys: pytest.CaptureFixture[str]) -> None:
    result = musicgenre("trian")
    assert result.status == 1
    assert "no command 'trian'. Did you mean train?" in result.err


@pytest.mark.parametrize("arguments", [(), ("--help",)])
def test_usage_names_every_command(arguments: tuple[str, ...]) -> None:
    result = musicgenre(*arguments)
    assert result.status == 0
    assert all(name in result.out for name in ("train", "evaluate", "prepare"))


def test_help_of_a_command_lists_groups_and_values() -> None:
    result = musicgenre("train", "--help")
    assert result.status == 0
    models = sorted(path.stem for path in (conf_dir() / "model").glob("*.yaml"))
    assert f"model: {', '.join(models)}" in " ".join(result.out.split()).replace("*", "")
    assert "batch_size: 32" in result.out


def test_cfg_job_prints_the_config_without_running(tmp_path: Path) -> None:
    result = musicgenre("train", *TINY, f"hydra.run.dir={tmp_path / 'run'}", "--cfg", "job")
    assert result.status == 0
    assert "lr: 0.02" in result.out
    assert not (tmp_path / "run").exists()


def test_worst_epoch_is_warned_of(tmp_path: Path, corpus_root: Path) -> None:
    result = train(tmp_path, corpus_root, "monitor=val/track/accuracy", "debug=fdr")
    assert result.status == 0
    assert "mode=max" in result.text
    assert "mode=max" not in train(tmp_path, corpus_root, "monitor=val/track/accuracy", "mode=max", "debug=fdr").text


ABSENT = [
    name
    for name, there in (("cuda", torch.cuda.is_available()), ("mps", torch.backends.mps.is_available()))
    if not there
]


@pytest.mark.parametrize("name", ABSENT)
def test_absent_accelerator(tmp_path: Path, corpus_root: Path, name: str) -> None:
    text = fails(train(tmp_path, corpus_root, f"trainer={name}"), f"no {name} device", "trainer=cpu")
    assert len(text.strip().splitlines()) == 1


def test_sweep_goes_on_past_absent_accelerators(tmp_path: Path, corpus_root: Path) -> None:
    jobs = [*ABSENT, "cpu"]  # no machine has both
    sweep = ("-m", f"trainer={','.join(jobs)}", "trainer.max_epochs=1", f"hydra.sweep.dir={tmp_path}")
    text = fails(train(tmp_path / "unused", corpus_root, *sweep), f"{len(ABSENT)} of the sweep's jobs failed")
    assert [name for name in jobs if (tmp_path / name / "metrics.json").exists()] == ["cpu"]
    for name in ABSENT:
        assert f"no {name} device" in text
        assert f"\n{name}: " in text.split("jobs failed")[1]
