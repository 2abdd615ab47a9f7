"""`data.downmix` applies in training, its saved value in prediction, and inverted stereo is reported."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from command_line import fails, train, trained
from made_audio import RATE, make_track

import musicgenre as package


@pytest.fixture(scope="module")
def stereo_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two genres that differ on the left, with the same hum on the right; one track's channels cancel each other."""
    root = tmp_path_factory.mktemp("stereo")
    for genre in ("drone", "whistle"):
        (root / genre).mkdir()
        for number in range(6):
            left, right = make_track(genre, number), make_track("hum", number)
            if (genre, number) == ("drone", 0):
                right = -left
            sf.write(root / genre / f"{genre}.{number:05}.wav", np.stack([left, right], axis=1), RATE)
    return root


def test_the_downmix_of_training_is_kept_and_heard_again(stereo_root: Path, tmp_path: Path) -> None:
    run = package.load_run(trained(tmp_path / "left", stereo_root, "data.downmix=left", "trainer.max_epochs=1"))
    assert run.classifier.segmenter.downmix == "left"
    stereo, _ = sf.read(stereo_root / "whistle" / "whistle.00001.wav")
    found = run.classifier(stereo, RATE).probabilities
    alone = run.classifier(stereo[:, 0], RATE).probabilities
    pd.testing.assert_series_equal(found, alone)
    tested = run.predictions.query("split == 'test'")
    track = tested.track.iloc[0]
    of_file = run.classifier(stereo_root / track).segments
    columns = ["start", "p_drone", "p_whistle"]
    of_run = tested[tested.track == track][columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(of_run, of_file[columns], check_dtype=False, atol=1e-4)


def test_channels_that_cancel_are_told_in_the_log_and_in_tracks_csv(stereo_root: Path, tmp_path: Path) -> None:
    result = train(tmp_path / "mean", stereo_root, "trainer.max_epochs=1")
    assert result.status == 0, result.text
    said = "its channels cancel out in 3.0 of 3.0 s: only one is used there"
    assert f"drone/drone.00000.wav: {said}" in result.text
    tracks = pd.read_csv(tmp_path / "mean" / "tracks.csv").set_index("file")
    assert tracks.note["drone/drone.00000.wav"] == said
    assert tracks.note.notna().sum() == 1
    assert (tracks.channels == 2).all()
    assert (tracks.seconds_heard == 3.0).all()
    assert package.load_run(tmp_path / "mean").classifier.segmenter.downmix == "mean"


def test_an_unknown_downmix_is_refused(stereo_root: Path, tmp_path: Path) -> None:
    fails(train(tmp_path / "bad", stereo_root, "data.downmix=middle"), "downmix is 'middle'")
