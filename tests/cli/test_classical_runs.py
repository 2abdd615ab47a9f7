import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from command_line import Result, fails, musicgenre
from made_audio import write_corpus
from made_pictures import write_pictures
from made_table import make_table, write_table

import musicgenre as package
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.run import Run
from musicgenre.runs.settings import names_together, trained_on
from musicgenre.runs.tested import where_tested

QUIET = ("trainer=cpu", "logger=csv", "figures=false")
SMALL_MFCC = (
    "features.n_mfcc=8",
    "features.n_mels=32",
    "features.n_fft=1024",
    "segments.length=3",
    "data.genres=null",
    "data=folder",
    *QUIET,
)
# Two seconds at a short hop: enough frames for the dilated CNN's two pools.
EMBEDDED = ("features.hop_length=64", "segments.length=2", "trainer.max_epochs=2")


def fit(folder: Path, *arguments: str) -> dict[str, Any]:
    result = musicgenre("train", *arguments, f"hydra.run.dir={folder}")
    assert result.status == 0, result.text
    metrics: dict[str, Any] = json.loads((folder / "metrics.json").read_text())
    return metrics


def same_again(run: Path, folder: Path) -> None:
    """Check that `evaluate` reproduces the run's test figures and probabilities."""
    result = musicgenre("evaluate", f"run={run}", "trainer=cpu", f"hydra.run.dir={folder}")
    assert result.status == 0, result.text
    first, again = (json.loads((each / "metrics.json").read_text()) for each in (run, folder))
    assert again.pop("leak", None) == first.get("leak")
    assert again.pop("evaluated") == names_together([Run(run)])
    assert again.pop("signature") == RunFolder(run).signature()
    assert again.pop("trained_on") == trained_on(Run(run))
    assert again.pop("seed") == str(Run(run).seed)
    assert {name: again.pop(name) for name in ("data", "split")} == where_tested([Run(run)])
    kept = ("test/", "leaks/", "tested_epoch")
    assert again == pytest.approx({name: value for name, value in first.items() if name.startswith(kept)}, abs=1e-6)
    predictions = pd.read_csv(run / "predictions.csv")
    expected = predictions[predictions.split == "test"].reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.read_csv(folder / "predictions.csv"), expected, atol=1e-6)


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_table(make_table(tracks_per_genre=8), tmp_path_factory.mktemp("table"))


@pytest.fixture(scope="session")
def dilated_run(tmp_path_factory: pytest.TempPathFactory, corpus_root: Path) -> Path:
    folder = tmp_path_factory.mktemp("dilated")
    fit(folder, "experiment=dilated_cnn", *SMALL_MFCC, *EMBEDDED, f"data.root={corpus_root}")
    return folder


@pytest.fixture(scope="session")
def mfcc_run(tmp_path_factory: pytest.TempPathFactory, corpus_root: Path) -> Path:
    """A finished logistic regression on MFCC; read-only."""
    folder = tmp_path_factory.mktemp("logistic")
    cut = ("segments.length=1", "segments.max_segments=null")  # three segments per track
    fit(folder, "experiment=raw_mfcc", "split=stratified", *SMALL_MFCC, *cut, f"data.root={corpus_root}")
    return folder


def on_table(folder: Path, table: Path, *arguments: str) -> dict[str, Any]:
    return fit(folder, "data=features_table", f"data.table={table}", *QUIET, *arguments)


FOREST = ("experiment=features_xgboost", "model=random_forest", "model.estimator.n_estimators=5")
UNSEEDED = (*FOREST, "model.estimator.random_state=null", "seed=3")


@pytest.fixture(scope="module")
def forest(tmp_path_factory: pytest.TempPathFactory, table: Path) -> tuple[Path, dict[str, Any]]:
    """The folder of a finished random forest, and its metrics."""
    folder = tmp_path_factory.mktemp("forest")
    return folder, on_table(folder, table, *UNSEEDED)


def test_as_published_is_announced_and_recorded(tmp_path: Path, table: Path) -> None:
    arguments = ("experiment=features_logistic", "protocol=as_published", "data=features_table", f"data.table={table}")
    result = musicgenre("train", *arguments, f"hydra.run.dir={tmp_path}/run")
    assert result.status == 0, result.text
    assert "LEAK: protocol=as_published fits scaling and principal components on ALL rows" in result.text
    assert "as_published" in json.loads((tmp_path / "run" / "metrics.json").read_text())["leak"]
    assert (tmp_path / "run" / "figures" / "confusion_test.png").is_file()
    same_again(tmp_path / "run", tmp_path / "again")
    fails(musicgenre("train", *arguments, "protocol=sly", f"hydra.run.dir={tmp_path}/x"), "protocol is 'sly'")


def test_a_classical_run_hears_audio_as_it_was_tested(mfcc_run: Path, corpus_root: Path) -> None:
    run = package.load_run(mfcc_run)
    tested = run.predictions[run.predictions.split == "test"]
    own = tested[tested.track == tested.track.iloc[0]]
    heard = run.classifier(corpus_root / own.track.iloc[0])
    columns = [name for name in own.columns if name.startswith("p_")]
    np.testing.assert_allclose(heard.segments[columns], own[columns], atol=1e-5)
    assert heard.distance is not None and heard.distance < 2


def test_networks_and_classical_models_predict_together(
    mfcc_run: Path, finished_run: Path, corpus_root: Path, tmp_path: Path
) -> None:
    both = (f"run=[{mfcc_run},{finished_run}]", f"audio={corpus_root}/hum/hum.00001.wav", "device=cpu")
    result = musicgenre("predict", *both, "save=csv", f"hydra.run.dir={tmp_path}")
    assert result.status == 0, result.text
    assert set(pd.read_csv(tmp_path / "segments.csv").run) == {0, 1}


def test_a_classical_run_is_tested_on_other_audio(mfcc_run: Path, tmp_path: Path) -> None:
    other = ("data=folder", f"data.root={write_corpus(tmp_path / 'other', tracks=2)}", "trainer=cpu")
    result = musicgenre("evaluate", f"run={mfcc_run}", *other, f"hydra.run.dir={tmp_path}/out")
    assert result.status == 0, result.text
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert metrics["test/track/accuracy"] > 0.6
    assert len(pd.read_csv(tmp_path / "out" / "predictions.csv").track.unique()) == 6


def test_what_takes_a_nets_layers_refuses_a_classical_run(mfcc_run: Path, corpus_root: Path, tmp_path: Path) -> None:
    for arguments in (("export", "format=pt2"), ("explore", f"data.root={corpus_root}")):
        result = musicgenre(*arguments, f"run={mfcc_run}", f"hydra.run.dir={tmp_path}")
        fails(result, "holds a classical model of scikit-learn, which has no layers")


def test_folders_with_results_and_no_model_are_refused(mfcc_run: Path, tmp_path: Path) -> None:
    (tmp_path / "older").mkdir()
    shutil.copy(mfcc_run / "metrics.json", tmp_path / "older")
    again = musicgenre("evaluate", f"run={tmp_path}/older", f"hydra.run.dir={tmp_path}/again")
    fails(again, "it holds results but no model")


def test_a_finished_classical_run_is_left_as_it_is(forest: tuple[Path, dict[str, Any]], table: Path) -> None:
    folder, first = forest

    def changed_at() -> dict[Path, int]:
        files = [path for path in folder.rglob("*") if path.name not in ("musicgenre.log", ".lock")]
        return {path: path.stat().st_mtime_ns for path in files}

    before = changed_at()
    assert on_table(folder, table, *UNSEEDED) == first
    assert changed_at() == before


def test_a_classical_run_on_pictures_is_tested_on_others_and_hears_no_audio(tmp_path: Path, corpus_root: Path) -> None:
    pictures, others = (write_pictures(tmp_path / name, tracks=n) for name, n in (("pictures", 8), ("others", 2)))
    run = tmp_path / "run"
    fit(run, "experiment=images_logistic", f"data.root={pictures}", "features.size=[8,12]", *QUIET)
    other = ("data=mel_images", f"data.root={others}", "trainer=cpu")
    result = musicgenre("evaluate", f"run={run}", *other, f"hydra.run.dir={tmp_path}/out")
    assert result.status == 0, result.text
    assert json.loads((tmp_path / "out" / "metrics.json").read_text())["test/track/accuracy"] == 1
    heard = musicgenre("predict", f"run={run}", f"audio={corpus_root}", f"hydra.run.dir={tmp_path}/heard")
    fails(heard, "which cannot be computed from audio")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("features=picture", "features.size=[8,12]", "model.statistics=8"), "is 8, but the features are 3 x 8 x 12"),
        (("features.size=16", "model.statistics=8"), "is 8, but the features are 1 x 16 x 16"),  # rows that would go on
    ],
)
def test_statistics_are_of_one_channel_by_its_bins(tmp_path: Path, asked: tuple[str, ...], said: str) -> None:
    data = ("data=mel_images", f"data.root={write_pictures(tmp_path / 'pictures')}", "split=stratified")
    result = musicgenre("train", "experiment=mel_statistics", *data, *asked, *QUIET, f"hydra.run.dir={tmp_path}/run")
    fails(
        result, f"model.statistics {said} (channels, bins, frames): it must be the number of bins, of a single channel."
    )


def test_the_seed_is_that_of_an_estimator_without_one_of_its_own(
    forest: tuple[Path, dict[str, Any]], tmp_path: Path, table: Path
) -> None:
    same = on_table(tmp_path / "same", table, *UNSEEDED)
    assert same["test/track/loss"] == forest[1]["test/track/loss"]
    other = on_table(tmp_path / "other", table, *UNSEEDED, "seed=4")
    assert other["test/track/loss"] != same["test/track/loss"]


def test_more_components_than_rows_are_refused(tmp_path: Path, corpus_root: Path) -> None:
    with_too_many = ("experiment=pca_mfcc", *SMALL_MFCC, f"data.root={corpus_root}", f"hydra.run.dir={tmp_path}")
    fails(musicgenre("train", *with_too_many), "cannot be fitted on 18 training rows")


def embed(folder: Path, root: Path, *arguments: str) -> Result:
    settings = ("experiment=cnn_features", *SMALL_MFCC, *EMBEDDED, f"data.root={root}", f"hydra.run.dir={folder}")
    return musicgenre("train", *settings, *arguments)


def test_cnn_features_of_a_run_and_of_a_net_trained_now(tmp_path: Path, corpus_root: Path, dilated_run: Path) -> None:
    net = shutil.copytree(dilated_run, tmp_path / "net")
    for name, choice in (("given", f"embed.run={net}"), ("now", "embed.run=null")):
        result = embed(tmp_path / name, corpus_root, choice)
        assert result.status == 0, result.text
    given, now = (pd.read_csv(tmp_path / name / "predictions.csv") for name in ("given", "now"))
    pd.testing.assert_frame_equal(given, now, rtol=1e-4, atol=1e-6)  # the same net, trained with the same seed
    assert (tmp_path / "now" / "cnn" / "metrics.json").is_file()
    net = net.rename(tmp_path / "moved")
    again = embed(tmp_path / "given", corpus_root, f"embed.run={net}")
    assert "already holds this run, complete" in again.text and again.status == 0, again.text
    RunFolder(net).tested_ckpt.write_bytes(b"of other weights")
    fails(
        embed(tmp_path / "given", corpus_root, f"embed.run={net}"),
        "holds a run with the same settings, but other data or another run in embed.run: choose",
    )
    shutil.rmtree(net)  # the run has its own copy
    fails(embed(tmp_path / "given", corpus_root, f"embed.run={net}"), f"{net} is not a trained run")
    for name in ("given", "now"):
        same_again(tmp_path / name, tmp_path / "again" / name)


def test_cnn_features_of_a_run_that_does_not_fit(
    tmp_path: Path, corpus_root: Path, dilated_run: Path, finished_run: Path
) -> None:
    choice = f"embed.run={dilated_run}"
    fails(
        embed(tmp_path / "a", corpus_root, choice, "features.n_mfcc=9"), "features of shape (1, 8, 690)", "(1, 9, 690)"
    )
    fails(embed(tmp_path / "b", corpus_root, choice, "split.seed=1"), "has seen", "of the tracks that this run")
    shapes = (
        "features=logmel",
        "~features.n_mfcc",
        "~features.max_frames",
        "features.n_mels=16",
        "features.hop_length=512",
        "segments.length=1",
    )
    fails(embed(tmp_path / "c", corpus_root, f"embed.run={finished_run}", *shapes), "holds a CNN")


def test_kinds_of_data_and_features_that_do_not_fit(tmp_path: Path, table: Path, corpus_root: Path) -> None:
    folder = f"hydra.run.dir={tmp_path}"
    audio = ("data=folder", f"data.root={corpus_root}")
    on_audio = musicgenre("train", *audio, "features=picture", folder)
    fails(on_audio, "holds audio, but Picture takes pictures")
    fails(musicgenre("train", "data=features_table", f"data.table={table}", folder), "choose features=table")
    fails(musicgenre("train", "experiment=features_logistic", "data=features_table", folder), "data.table is not set")
