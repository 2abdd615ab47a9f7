"""The classifier that ships with musicgenre: what it keeps, what it predicts, and the weights it needs."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from command_line import musicgenre
from made_audio import RATE, make_track

from musicgenre import folder
from musicgenre.errors import MissingFileError
from musicgenre.features import Musicnn
from musicgenre.prediction.head import Head, default_classifier, read_head, write_head
from musicgenre.training.head import fit_head


@pytest.fixture(scope="module")
def head(corpus_root: Path) -> Head:
    """A head fitted on the features of the tests' tiny network."""
    return fit_head(folder(corpus_root))


def test_the_one_that_travels_is_whole() -> None:
    head = read_head()
    assert head.genres == (
        "blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock",
    )  # fmt: skip
    assert (head.weight.shape, head.mean.shape, head.std.shape, head.bias.shape) == ((10, 200), (200,), (200,), (10,))
    assert (head.model, head.layer, head.seconds) == ("MSD_musicnn", "penultimate", 3.0)


def test_what_was_fitted_is_kept_and_heard(head: Head, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_head(head, tmp_path / "head.json")
    monkeypatch.setattr("musicgenre.prediction.head.files", lambda package: tmp_path)
    again = read_head()
    np.testing.assert_allclose(again.weight, head.weight, rtol=1e-5)
    track = make_track("hum", 50, 7.0)
    heard = default_classifier(head=again)(track, RATE)
    assert list(heard.segments.start) == [0.0, 3.0]
    rows = Musicnn(16000, layer="penultimate")(torch.from_numpy(resampled(track)[:48000])[None]).flatten().double()
    logits = head.weight @ ((rows.numpy() - head.mean) / head.std) + head.bias
    expected = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    np.testing.assert_allclose(
        heard.segments.loc[0, ["p_drone", "p_hum", "p_whistle"]].to_numpy(float), expected, atol=1e-4
    )


def resampled(track: np.ndarray) -> np.ndarray:
    import soxr

    found: np.ndarray = soxr.resample(track, RATE, 16000, quality="HQ").astype(np.float32)
    return found


def test_genres_are_told_apart_even_in_a_second(head: Head) -> None:
    listen = default_classifier(head=head)
    for genre in head.genres:
        assert listen(make_track(genre, 60, 3.0), RATE).genre == genre
    assert listen(make_track("hum", 61, 1.0), RATE).segments.seconds.tolist() == [3.0]  # repeated


def test_how_far_it_sounds_is_measured_in_training_deviations(head: Head) -> None:
    listen = default_classifier(head=head)
    rows = Musicnn(16000, layer="penultimate")(torch.from_numpy(resampled(make_track("hum", 0)))[None]).flatten()
    z = (rows.double().numpy() - head.mean) / head.std
    along = head.directions @ z
    off = (along**2 / head.variances).sum() + ((z**2).sum() - (along**2).sum()) / head.rest
    heard = listen(make_track("hum", 0), RATE)
    assert heard.distance == pytest.approx(np.sqrt(off / len(z)) * 1.5 / head.limit, rel=1e-2)


def test_without_weights_one_sentence_says_which_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path / "cache"))
    with pytest.raises(MissingFileError, match=r"fetch them once .*musicgenre prepare features=musicnn"):
        default_classifier()
    monkeypatch.setattr("musicgenre.wheels._download", lambda wheel, folder: "no network")
    result = musicgenre("predict", f"audio={tmp_path}", f"hydra.run.dir={tmp_path}/out")
    assert result.status == 1
    assert "cannot be downloaded (no network): download it" in result.text
    assert "pip download --no-deps musicnn==0.1.0" in result.text


def test_weights_of_another_size_are_named(corpus_root: Path, tmp_path: Path) -> None:
    result = musicgenre("predict", f"audio={corpus_root}", f"hydra.run.dir={tmp_path}")
    assert result.status == 1
    assert "The head reads 200 features, but musicnn's weights give 16" in result.text


def test_predict_needs_no_run(head: Head, corpus_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musicgenre.prediction.head.read_head", lambda: head)
    audio = corpus_root / "hum" / "hum.00000.wav"
    result = musicgenre("predict", f"audio={audio}", "figures=false", "save=json", f"hydra.run.dir={tmp_path}")
    assert result.status == 0, result.text
    assert json.loads((tmp_path / "predictions.json").read_text())[0]["genre"] == "hum"
