import json
import re
from pathlib import Path

import pandas as pd
import pytest
from command_line import TINY, fails, musicgenre, needs_fork, shell, train, trained
from made_runs import job
from omegaconf import OmegaConf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from musicgenre.runs.find import read_runs
from musicgenre.training.board import hyperparameters

JOBS = ("adam", "sgd")
SWEEP = ("optimizer=adam,sgd", "seed=1", "logger=[tensorboard,csv]", "trainer.max_epochs=1")
DDP = ("trainer=ddp", "trainer.accelerator=cpu", "trainer.devices=2", "trainer.max_epochs=1")


def hparams_of(folder: Path) -> tuple[dict[str, object], set[str]]:
    """Return the run's line in the HPARAMS tab: hyperparameters and names of metrics."""
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    found: dict[str, object] = {}
    metrics: set[str] = set()
    events = EventAccumulator(str(folder)).Reload()
    for content in events.summary_metadata.values():
        if content.plugin_data.plugin_name == "hparams":
            data = HParamsPluginData.FromString(content.plugin_data.content)
            for name, value in data.session_start_info.hparams.items():
                found[name] = getattr(value, value.WhichOneof("kind"))
            metrics |= {info.name.tag for info in data.experiment.metric_infos}
    return found, metrics


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory, corpus_root: Path) -> Path:
    """Two optimizers, with TensorBoard."""
    folder = tmp_path_factory.mktemp("sweep")
    result = train(folder / "unused", corpus_root, *SWEEP, f"hydra.sweep.dir={folder}", "-m")
    assert result.status == 0, result.text
    return folder


def test_sweep_writes_a_run_folder_a_job(sweep: Path) -> None:
    assert {path.name for path in sweep.iterdir()} == {*JOBS, "multirun.yaml"}
    for name, method in zip(JOBS, ("Adam", "SGD"), strict=True):
        config = OmegaConf.load(sweep / name / ".hydra/config.yaml")
        assert OmegaConf.select(config, "optimizer._target_") == f"torch.optim.{method}"
        assert "test/track/accuracy" in json.loads((sweep / name / "metrics.json").read_text())
    signatures = {json.loads((sweep / name / "environment.json").read_text())["signature"] for name in JOBS}
    assert len(signatures) == 2


def test_a_trained_sweep_is_read_as_a_table(sweep: Path) -> None:
    runs = read_runs(sweep)
    assert sorted(runs.labels) == ["optimizer=adam", "optimizer=sgd"]
    assert {run.name for run in runs} == {"small_cnn adam seed=1", "small_cnn sgd seed=1"}
    assert {run.data.split()[0] for run in runs} == {"folder"}
    assert runs[1].config["callbacks"]["best"]["monitor"] == "val/segment/loss"  # interpolations are resolved
    assert " of 3 test tracks (" in repr(runs[1])
    assert len(runs[1].history) == 1 and len(runs[1].predictions) == 27


def test_a_trained_sweep_is_reported(sweep: Path, tmp_path: Path) -> None:
    result = musicgenre("report", f"runs={sweep}", f"hydra.run.dir={tmp_path}")
    assert result.status == 0, result.text
    shared = {"accuracies", "accuracies_segments", "convergence", "cost", "differences", "reliability"}
    matrices = {f"confusion_{level}optimizer={name}" for level in ("", "segments_") for name in JOBS}
    assert {path.stem for path in (tmp_path / "figures").iterdir()} == shared | matrices
    reports = (tmp_path / "classification_reports.txt").read_text()
    assert reports.count("test tracks of 1 run\n") == 2
    assert reports.count("test segments of 1 run\n") == 2
    assert reports.count("macro avg") == 4


def test_hparams_tab_shows_of_a_classical_run_only_what_it_uses(tmp_path: Path) -> None:
    of_nets = ("optimizer.lr=0.1", "augment=none", "trainer.max_epochs=3", "monitor=val/track/accuracy", "mode=max")
    asked = ("model=logistic", *of_nets, "features.n_mels=32")
    chosen = {"model": "logistic", "features": "logmel", "augment": "none", "loss": "cross_entropy"}
    made = job(tmp_path, overrides=asked, choices=chosen, config={"features": {"n_mels": 32}})
    used = {"experiment": "none", "model": "logistic", "features": "logmel", "seed": 1, "features.n_mels": 32}
    assert hyperparameters(made, trained=False) == used
    more = {"augment", "loss", "optimizer", "scheduler", "optimizer.lr", "batch_size", "trainer.max_epochs"}
    more |= {"monitor", "mode"}
    assert set(hyperparameters(made, trained=True)) == {*used, *more}


def test_hparams_tab_joins_runs_of_unlike_settings(sweep: Path, finished_run: Path) -> None:
    found = [hparams_of(sweep / name) for name in JOBS]
    assert {(values["optimizer"], values["seed"]) for values, _ in found} == {("adam", 1), ("sgd", 1)}
    values, columns = hparams_of(finished_run)  # of another sweep
    assert columns == set()  # TensorBoard would show one run's own list for all runs
    assert {"model", "features", "augment", "optimizer", "optimizer.lr", "batch_size", "seed"} <= set(values)
    assert not {"figures", "logger", "data.root"} & set(values)


def test_board_shows_curves_figures_and_results(finished_run: Path) -> None:
    events = EventAccumulator(str(finished_run), size_guidance={"scalars": 0, "images": 0}).Reload()
    tags = events.Tags()
    table = pd.read_csv(finished_run / "metrics.csv")
    curves = {"loss/train": "train/segment/loss", "acc/val": "val/segment/accuracy"}
    for tag, name in (curves | {"acc/val_tracks": "val/track/accuracy"}).items():
        curve = events.Scalars(tag)
        assert [point.step for point in curve] == [1, 2, 3], name
        assert [point.value for point in curve] == pytest.approx(list(table[name]), abs=1e-6)
    assert sorted(tags["scalars"])[:6] == [
        *("acc/train", "acc/val", "acc/val_tracks"),
        *("best/test_acc", "best/val_acc", "best/val_loss"),
    ]  # the first five are the columns that HPARAMS opens with
    figures = {"confusion_test", "confusion_val", "genres_test", "genres_val", "inputs", "curves"}
    assert {f"figures/{name}" for name in figures} == set(tags["images"])
    assert max(events.Images(tag)[-1].width for tag in tags["images"]) <= 3.7 * 120
    metrics = json.loads((finished_run / "metrics.json").read_text())
    assert events.Scalars("best/val_acc")[-1].value == pytest.approx(metrics["val/track/accuracy"], abs=1e-6)
    assert events.Scalars("best/test_acc")[-1].value == pytest.approx(metrics["test/track/accuracy"], abs=1e-6)


def test_board_has_text_and_sounds(finished_run: Path) -> None:
    events = EventAccumulator(str(finished_run), size_guidance={"audio": 0, "tensors": 0}).Reload()
    texts = {
        tag.split("/")[1]: events.Tensors(tag)[0].tensor_proto.string_val[0].decode()
        for tag in events.Tags()["tensors"]
        if tag.startswith("run/")
    }
    assert {"command", "config", "card", "layers", "sounds"} == set(texts)
    assert "trainer.max_epochs=3" in texts["command"] and "max_epochs: 3" in texts["config"]
    metrics = json.loads((finished_run / "metrics.json").read_text())
    assert f"| test accuracy (tracks) | {100 * metrics['test/track/accuracy']:.1f} %" in texts["card"]
    predictions = pd.read_csv(finished_run / "predictions.csv")
    tested = predictions[predictions.split == "test"]
    columns = [name for name in tested if str(name).startswith("p_")]
    right = tested[columns].to_numpy().argmax(1) == tested.label
    names = {tag.split("/")[1] for tag in events.Tags()["audio"]}
    kinds = {"correct": min(2, tested.track[right].nunique()), "wrong": min(2, tested.track[~right].nunique())}
    assert names == {f"{kind}_{n}" for kind, most in kinds.items() for n in range(1, most + 1)}


def test_sweep_started_again_skips_what_is_complete(sweep: Path, corpus_root: Path) -> None:
    (sweep / "sgd" / "metrics.json").unlink()  # as if the sweep had been stopped in the second job, after its training
    result = train(sweep / "unused", corpus_root, "-m", *SWEEP, f"hydra.sweep.dir={sweep}")
    assert result.status == 0, result.text
    assert result.text.count("was already complete: validation") == 1
    assert f"Going on from {sweep / 'sgd/checkpoints/last.ckpt'}" in (sweep / "sgd" / "musicgenre.log").read_text()
    assert (sweep / "sgd" / "metrics.json").exists()


def check_ddp_run(folder: Path, devices: int = 2) -> None:
    """Check that every validation and test segment is there once, and that the folder looks as from one process."""
    predictions, split = pd.read_csv(folder / "predictions.csv"), pd.read_csv(folder / "split.csv")
    keys = ["split", "track", "start"]
    wanted = split[split.split.isin(["val", "test"])]
    assert sorted(map(tuple, predictions[keys].values)) == sorted(map(tuple, wanted[keys].values))
    assert len(pd.read_csv(folder / "metrics.csv")) == 1
    assert json.loads((folder / "environment.json").read_text())["processes"] == devices
    names = {path.name for path in folder.iterdir()}
    assert {"metrics.json", "musicgenre.log", ".hydra", "checkpoints"} <= names
    assert not [name for name in names if name.startswith("train_ddp")]


@needs_fork
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_two_processes_train_one_run_and_then_another(tmp_path: Path, corpus_root: Path) -> None:
    data = ("data=folder", f"data.root={corpus_root}")
    exact = ("augment=none", "model.batch_norm=false", "batch_size=1000", "segments.length=1.5")
    folder = trained(tmp_path / "one", corpus_root, "trainer.max_epochs=1", *exact)
    sweep = tmp_path / "sweep"
    result = shell(
        tmp_path / "shown",
        "train",
        *TINY,
        *data,
        *DDP,
        *exact,
        "-m",
        "optimizer.lr=1e30,0.02",
        f"hydra.sweep.dir={sweep}",
    )
    text = fails(result, "1 of the sweep's jobs failed")
    assert "Warning" not in text
    assert text.count("diverged") == 2  # where it happened, and in the list at the end
    assert len(re.findall(r"GLOBAL_RANK: 1, MEMBER: 2/2", text)) == 2
    check_ddp_run(sweep / "optimizer.lr=0.02")
    alone, together = (json.loads((run / "metrics.json").read_text()) for run in (folder, sweep / "optimizer.lr=0.02"))
    names = [name for name in alone if name.startswith(("train/", "val/", "test/"))]
    assert len(names) > 20
    assert {name: together[name] for name in names} == pytest.approx({name: alone[name] for name in names}, abs=1e-6)
    assert not (sweep / "optimizer.lr=1e+30" / "metrics.json").exists()
    assert {path.name for path in sweep.iterdir()} == {"optimizer.lr=1e+30", "optimizer.lr=0.02", "multirun.yaml"}
