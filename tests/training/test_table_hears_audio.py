"""A run on a table of hand-made features hears the songs behind such a table, and others."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
import torch
from command_line import fails, musicgenre
from made_audio import RATE, make_track, write_corpus

import musicgenre as package
from musicgenre import GenreDataModule, MusicGenreError, features_table, folder
from musicgenre.data.store.feature_table import kaggle_table
from musicgenre.features import HandMade
from musicgenre.features.hand_made import COLUMNS

SECONDS = 0.5
ON_TABLE = ("data=features_table", "split=stratified", "trainer=cpu", "logger=csv", "figures=false")
MODELS = {"classical": ("experiment=features_logistic",), "network": ("experiment=features_cnn1d", "batch_size=4")}


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("songs"), ("drone", "hiss"), tracks=6, seconds=SECONDS)


@pytest.fixture(scope="module")
def table(songs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The songs' features in Kaggle's format."""
    path = tmp_path_factory.mktemp("table") / "features.csv"
    kaggle_table(GenreDataModule(folder(songs), HandMade(), length=None).store).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module", params=list(MODELS))
def run(request: pytest.FixtureRequest, table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp(request.param)
    short = ("trainer.max_epochs=2",) if request.param == "network" else ()
    arguments = (*MODELS[request.param], *ON_TABLE, f"data.table={table}", *short, f"hydra.run.dir={made}")
    result = musicgenre("train", *arguments)
    assert result.status == 0, result.text
    return made


def columns_of(predictions: pd.DataFrame) -> np.ndarray:
    found: np.ndarray = predictions.filter(like="p_").to_numpy()
    return found


def test_songs_are_heard_as_their_rows_were_tested(run: Path, songs: Path) -> None:
    tested = package.load_run(run).predictions
    listen = package.load_run(run).classifier
    for row in tested.index:
        heard = listen(songs / tested.track[row])
        np.testing.assert_allclose(columns_of(heard.segments), columns_of(tested.loc[[row]]), atol=1e-4)


def test_it_is_tested_on_the_songs(run: Path, songs: Path, tmp_path: Path) -> None:
    result = musicgenre(
        "evaluate", f"run={run}", "data=folder", f"data.root={songs}", "trainer=cpu", f"hydra.run.dir={tmp_path}"
    )
    assert result.status == 0, result.text
    seen = package.load_run(run).files.split_csv
    n_seen = int(pd.read_csv(seen).split.isin(["train", "val"]).sum())
    assert f"LEAK: {n_seen} of the 12 tested tracks have the names of those that the run was trained" in result.text
    own = package.load_run(run).predictions.set_index("track")
    again = pd.read_csv(tmp_path / "predictions.csv").set_index("track")
    assert len(again) == 12
    np.testing.assert_allclose(columns_of(again.loc[own.index]), columns_of(own), atol=1e-4)


def test_longer_songs_are_heard_in_pieces_as_long_as_a_row(run: Path, tmp_path: Path) -> None:
    listen = package.load_run(run).classifier
    assert listen.segmenter.window == pytest.approx(SECONDS)
    for seconds, starts in ((0.52, [0.0]), (1.0, [0.0, 0.25, 0.5])):
        heard = listen(make_track("hiss", 50, seconds), RATE)
        assert heard.segments.start.tolist() == pytest.approx(starts, abs=1e-3)
        assert heard.segments.seconds.iloc[0] == pytest.approx(0.52 if seconds == 0.52 else SECONDS)
    root = write_corpus(tmp_path / "long", ("drone", "hiss"), tracks=1, seconds=1.0)
    data = ("data=folder", f"data.root={root}", "trainer=cpu", f"hydra.run.dir={tmp_path}/out")
    result = musicgenre("evaluate", f"run={run}", *data)
    assert result.status == 0, result.text
    tested = pd.read_csv(tmp_path / "out" / "predictions.csv")
    assert tested[tested.genre == "hiss"].start.tolist() == pytest.approx([0.0, 0.25, 0.5], abs=1e-3)
    heard = listen(root / "hiss" / "hiss.00000.wav")
    np.testing.assert_allclose(columns_of(heard.segments), columns_of(tested[tested.genre == "hiss"]), atol=1e-5)


def test_a_short_clip_counts_as_long_as_the_rows() -> None:
    clip = torch.from_numpy(make_track("hum", 0, 0.2))[None]
    place = COLUMNS.index("length")
    own, counted = HandMade(RATE)(clip), HandMade(RATE).expecting(11025)(clip)
    assert own[0, 0, place, 0] == 4410
    assert counted[0, 0, place, 0] == 11025
    others = [i for i in range(len(COLUMNS)) if i != place]
    assert torch.equal(own[:, :, others], counted[:, :, others])
    near = HandMade(RATE).expecting(4500)(clip)  # the rows of a table are never of exactly the same length
    assert near[0, 0, place, 0] == 4410


def test_a_short_clip_is_answered_alike_as_a_waveform_and_as_a_recording(run: Path) -> None:
    model, clip = package.load_run(run).model, make_track("hiss", 0, 0.2)
    heard = model.listen(clip, RATE).probabilities[list(model.genres or ())]
    np.testing.assert_allclose(model.probabilities(torch.from_numpy(clip)[None])[0], heard, atol=1e-6)


def test_the_model_from_python_hears_any_rate(run: Path, tmp_path: Path) -> None:
    model = package.load_run(run).model
    wave = make_track("drone", 0, SECONDS)
    sf.write(tmp_path / "stereo.flac", np.stack([wave, wave], axis=1), RATE)
    assert model.listen(tmp_path / "stereo.flac").genre == model.listen(wave, RATE).genre
    assert model.listen(np.repeat(wave, 2), 2 * RATE).probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_what_cannot_be_is_said(run: Path, table: Path, tmp_path: Path) -> None:
    rows = pd.read_csv(table)
    lacking = tmp_path / "lacking.csv"
    rows.drop(columns=["tempo", "mfcc3_var"]).to_csv(lacking, index=False)
    with pytest.raises(MusicGenreError, match=r"lacks the columns tempo, mfcc3_var: it needs filename, label, and the"):
        features_table(lacking)
    with pytest.raises(MusicGenreError, match=r"sample_rate is 16000 Hz, but the columns of .* at 22050 Hz"):
        GenreDataModule(features_table(table), HandMade(16000))
    out = f"hydra.run.dir={tmp_path}/x"
    why = "has no layers" if "classical" in run.name else "features come from HandMade, which cannot"
    assert why in " ".join(fails(musicgenre("export", f"run={run}", "format=pt2", out)).split())


def test_other_columns_of_a_table_are_named(table: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = pd.read_csv(table).assign(loudness=1.0, danceability=0.5)
    rows.to_csv(tmp_path / "more.csv", index=False)
    features_table(tmp_path / "more.csv")
    assert "columns loudness, danceability are left out: they are not among the 58 features" in caplog.text
