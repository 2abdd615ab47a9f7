"""Windows of segments: drawn in training, side by side in tests."""

from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import pandas as pd
import pytest
import torch
from command_line import fails, musicgenre
from made_audio import write_corpus

import musicgenre as musicgenre_package
from musicgenre import GenreClassifier, GenreDataModule, MusicGenreError
from musicgenre.classical import ClassicalNet
from musicgenre.data.corpus.scan import scan
from musicgenre.data.splits import stratified
from musicgenre.data.windows import Windows, window_starts
from musicgenre.features import LogMel
from musicgenre.modules.windowed import within
from musicgenre.nets import CNN


def test_a_window_is_a_stretch_of_its_segment_anywhere_in_it() -> None:
    torch.manual_seed(0)
    x = torch.arange(40).expand(900, 2, 3, 40) + 100 * torch.arange(900)[:, None, None, None]
    windows = Windows(0.25).draw(x)
    assert windows.shape == (900, 2, 3, 10)
    first = windows[..., :1]
    assert torch.equal(windows, (first + torch.arange(10)).expand_as(windows))
    starts = first[:, 0, 0, 0] - 100 * torch.arange(900)
    counts = torch.bincount(starts, minlength=31)
    assert len(counts) == 31 and counts.min() > 10  # all places, some 29 times each


@pytest.mark.parametrize(
    ("n_frames", "frames", "overlap", "starts"),
    [
        (180, 60, 0.0, [0, 60, 120]),
        (180, 60, 0.5, [0, 30, 60, 90, 120]),
        (181, 60, 0.0, [0, 40, 81, 121]),
        (60, 60, 0.5, [0]),
        (4, 1, 0.9, [0, 1, 2, 3]),
        (14, 10, 0.8, [0, 2, 4]),
    ],
)
def test_windows_side_by_side_reach_the_end(n_frames: int, frames: int, overlap: float, starts: list[int]) -> None:
    assert window_starts(n_frames, frames, overlap) == starts


@pytest.mark.parametrize("settings", [{"share": 0.0}, {"share": 1.0}, {"overlap": 1.0}, {"drawn": 0}])
def test_impossible_windows_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(MusicGenreError, match=r"segments\.window"):
        Windows(**{"share": 0.5, **settings})


def test_features_of_one_frame_have_no_windows() -> None:
    with pytest.raises(MusicGenreError, match=r"features have only 1: give segments\.window=null"):
        Windows(0.4).draw(torch.zeros(2, 1, 58, 1))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> GenreDataModule:
    root = write_corpus(tmp_path_factory.mktemp("music"), ("drone", "hum"), tracks=5, seconds=2.0)
    return GenreDataModule(
        scan(root),
        LogMel(n_fft=1024, hop_length=1024, n_mels=16),
        length=2.0,
        window=0.5,
        window_overlap=0.0,
        windows=3,
        split=stratified(fractions=(0.6, 0.2, 0.2)),
        batch_size=4,
    )


def test_training_draws_windows_and_tests_hear_all(data: GenreDataModule) -> None:
    frames = data.in_shape[-1]
    batches = list(data.train_dataloader())
    assert {batch.x.shape[-1] for batch in batches} == {round(frames / 2)}
    rows, counts = np.unique(torch.cat([batch.row for batch in batches]), return_counts=True)
    assert rows.tolist() == data.rows["train"].tolist() and set(counts) == {3}
    assert {batch.x.shape[-1] for batch in data.test_dataloader()} == {frames}


def test_a_trained_model_averages_its_windows_and_is_kept(data: GenreDataModule, tmp_path: Path) -> None:
    def make_net(in_shape: tuple[int, ...], n_classes: int) -> CNN:
        assert in_shape[-1] == round(data.in_shape[-1] / 2)
        return CNN(in_shape, n_classes, channels=(4,), pool_after=(1,), hidden=4)  # for one input length only

    model = GenreClassifier(make_net, lr=1e-2)
    trainer = L.Trainer(
        max_epochs=1, accelerator="cpu", logger=False, enable_progress_bar=False, enable_checkpointing=False
    )
    trainer.fit(model, datamodule=data)
    x = next(iter(data.test_dataloader())).x
    frames, net = round(x.shape[-1] / 2), within(model.made_net)
    with torch.no_grad():
        starts = window_starts(x.shape[-1], frames, 0.0)
        mean = torch.stack([net(x[..., at : at + frames]).softmax(-1) for at in starts]).mean(0)
        torch.testing.assert_close(model(x).softmax(-1), mean)
        trainer.save_checkpoint(tmp_path / "kept.ckpt")
        kept = GenreClassifier.load_from_checkpoint(tmp_path / "kept.ckpt")
        torch.testing.assert_close(kept(x), model(x))
    track = data.corpus.tracks[0].path
    np.testing.assert_array_equal(kept.listen(track).probabilities, model.listen(track).probabilities)


def test_a_classical_model_learns_from_the_windows_that_tests_average(tmp_path: Path, corpus_root: Path) -> None:
    asked = ("features.n_mels=16", "model=logistic", "model.scale=standard", "segments.window=0.5", "figures=false")
    result = musicgenre("train", "data=folder", f"data.root={corpus_root}", f"hydra.run.dir={tmp_path}", *asked)
    assert result.status == 0, result.text
    run = musicgenre_package.load_run(tmp_path)
    model, net = run.model, within(run.model.made_net)
    assert isinstance(net, ClassicalNet) and model.card is not None
    n_frames = model.card.in_shape[-1]
    starts = window_starts(n_frames, frames := round(n_frames / 2), 0.5)
    n_training = int((pd.read_csv(run.files.split_csv).split == "train").sum())
    assert net.model[0].n_samples_seen_ == len(starts) * n_training
    assert net.model.n_features_in_ == 16 * frames
    x = torch.randn(2, *model.card.in_shape)
    parts = [net(x[..., at : at + frames]).softmax(-1) for at in starts]
    torch.testing.assert_close(model.made_net(x).softmax(-1), torch.stack(parts).mean(0))


def test_a_net_of_whole_segments_gives_a_classical_model_no_windows(tmp_path: Path, corpus_root: Path) -> None:
    asked = ("experiment=cnn_features", "data=folder", f"data.root={corpus_root}", "data.genres=null")
    where = (f"hydra.run.dir={tmp_path}", "segments.window=0.5")
    fails(musicgenre("train", *asked, *where), "segments.window cannot go with the features of a net")
