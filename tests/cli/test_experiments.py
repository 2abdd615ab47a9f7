from pathlib import Path

import pandas as pd
import pytest
from command_line import musicgenre
from made_audio import write_corpus
from PIL import Image


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("music"), ("drone", "hum"), tracks=5, seconds=2.0)


@pytest.mark.parametrize(
    ("experiment", "overrides"),
    [
        ("net1_fcnn", ["features.size=16"]),
        ("net2_cnn", ["features.size=16", "model.hidden=8"]),
        ("net3_cnn_bn", ["features.size=16", "model.hidden=8"]),
        ("net4_cnn_bn_rmsprop", ["features.size=16", "model.hidden=8"]),
        ("net5_bilstm", ["segments.length=0.5", "model.hidden=8"]),
    ],
)
def test_experiment_goes_through(tmp_path: Path, root: Path, experiment: str, overrides: list[str]) -> None:
    data = ("data=folder", f"data.root={root}", f"hydra.run.dir={tmp_path}", "trainer=cpu")
    result = musicgenre("train", f"experiment={experiment}", *data, *overrides, "debug=fdr")
    assert result.status == 0, result.text
    assert "fast_dev_run: one batch of everything went through" in result.text
    assert "epoch 1/1  val loss" in result.text
    assert not (tmp_path / "metrics.json").exists()


def test_pictures_train_as_the_audio_they_were_made_from(tmp_path: Path) -> None:
    for genre, grey in (("drone", 60), ("hum", 200)):
        (tmp_path / "pictures" / genre).mkdir(parents=True)
        for number in range(5):
            picture = Image.effect_noise((24, 20), 30).point(lambda v, grey=grey: v // 4 + grey)
            picture.save(tmp_path / "pictures" / genre / f"{genre}.{number:05}.png")
    data = ("data=mel_images", f"data.root={tmp_path / 'pictures'}", f"hydra.run.dir={tmp_path / 'run'}", "trainer=cpu")
    small = ("features.size=16", "trainer.max_epochs=1", "logger=csv", "figures=false", "optimizer.lr=0.001")
    result = musicgenre("train", "experiment=net1_fcnn", *data, *small)
    assert result.status == 0, result.text
    predictions = pd.read_csv(tmp_path / "run" / "predictions.csv")
    assert (predictions.start == 0).all()
    assert predictions.track.str.endswith(".png").all()
    again = musicgenre("evaluate", f"run={tmp_path / 'run'}", f"hydra.run.dir={tmp_path / 'again'}", "trainer=cpu")
    assert again.status == 0, again.text


def test_overfitting_learns_three_batches_by_heart(tmp_path: Path, root: Path) -> None:
    data = ("data=folder", f"data.root={root}", f"hydra.run.dir={tmp_path}", "trainer=cpu", "segments.length=0.5")
    few = (
        "debug=overfit",
        "trainer.max_epochs=30",
        "batch_size=4",
        "model=fcnn",
        "model.hidden=[16]",
        "features.n_mels=16",
    )
    result = musicgenre("train", *data, *few, "logger=csv", "figures=false")
    assert result.status == 0, result.text
    assert "Warning" not in result.text
    table = pd.read_csv(tmp_path / "metrics.csv")
    assert table["train/segment/accuracy"].iloc[-1] == 1
    assert table["train/segment/loss"].iloc[-1] < 0.1


def test_profile_writes_its_table(tmp_path: Path, root: Path) -> None:
    data = ("data=folder", f"data.root={root}", f"hydra.run.dir={tmp_path}", "trainer=cpu", "segments.length=0.5")
    result = musicgenre(
        "train", *data, "debug=profile", "model=fcnn", "model.hidden=[8]", "logger=csv", "figures=false"
    )
    assert result.status == 0, result.text
    [profile] = tmp_path.glob("fit-profile*")
    assert "run_training_epoch" in profile.read_text()
    assert len(pd.read_csv(tmp_path / "metrics.csv")) == 2


def test_prepare_computes_what_training_reads(tmp_path: Path, root: Path) -> None:
    data = (
        "data=folder",
        f"data.root={root}",
        "segments.length=0.25",
        "features.n_mels=20",
        f"hydra.run.dir={tmp_path}",
    )
    first = musicgenre("prepare", *data)
    assert first.status == 0, first.text
    assert "10 tracks of 2 genres, 80 segments of 1 x 20 x 11" in first.out
    assert "computed in" in first.out
    assert "found in the cache" in musicgenre("prepare", *data).out
    result = musicgenre("train", *data, "trainer=cpu", "model=fcnn", "debug=fdr")
    assert result.status == 0, result.text
    assert "Computing features" not in result.text
