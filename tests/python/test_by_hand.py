"""Training by hand: Lightning's Trainer with our DataModule and classifier, and each of these with third-party ones."""

import copy
import pickle
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import lightning as L
import numpy as np
import pandas as pd
import pytest
import torch
from made_audio import RATE, make_track
from made_table import make_table, write_table
from PIL import Image
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from musicgenre import GenreClassifier, GenreDataModule, MusicGenreError, features_table, folder, mel_images, splits
from musicgenre.classical import ClassicalNet, segment_rows
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.evaluation.intervals import groups_of
from musicgenre.features import MFCC, FrontEnd, LogMel, MelImage
from musicgenre.nets import CNN, FCNN, BiLSTM

TinyBiLSTM = partial(BiLSTM, hidden=4)
TinyCNN = partial(CNN, channels=(4,), pool_after=(1,), hidden=4)
SPLIT = splits.stratified(fractions=(0.5, 0.25, 0.25))


def make_trainer(folder: Path, epochs: int = 1, **more: Any) -> L.Trainer:
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False}
    return L.Trainer(max_epochs=epochs, accelerator="cpu", default_root_dir=str(folder), **(quiet | more))


@pytest.fixture
def pictures(tmp_path: Path) -> GenreDataModule:
    for genre, grey in (("drone", 60), ("hum", 200)):
        (tmp_path / "pictures" / genre).mkdir(parents=True)
        for number in range(8):
            picture = Image.effect_noise((24, 20), 30).point(lambda v, grey=grey: v // 4 + grey)
            picture.save(tmp_path / "pictures" / genre / f"{genre}.{number:05}.png")
    return GenreDataModule(mel_images(tmp_path / "pictures"), MelImage(size=16), split=SPLIT)


@pytest.fixture
def table(tmp_path: Path) -> GenreDataModule:
    return GenreDataModule(features_table(write_table(make_table(8), tmp_path)), split=SPLIT)


@pytest.mark.parametrize(("data", "net"), [("audio", TinyBiLSTM), ("pictures", TinyCNN), ("table", FCNN)])
def test_the_example_runs_on_every_kind_of_data(
    data: str, net: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    module: GenreDataModule = request.getfixturevalue(data)
    model = GenreClassifier(net, lr=0.01)
    trainer = make_trainer(tmp_path)
    trainer.fit(model, module)
    (validated,), (tested,) = trainer.validate(model, module, verbose=False), trainer.test(model, module, verbose=False)
    for split, found in (("val", validated), ("test", tested)):
        assert {f"{split}/{level}/{name}" for level in ("segment", "track") for name in ("accuracy", "loss")} <= set(
            found
        )
    table = model.predictions
    genres = [f"p_{genre}" for genre in module.genres]
    assert list(table.columns) == ["split", "track", "start", "genre", "label", *genres]
    assert len(table) == len(module.test)
    right = table[genres].to_numpy().argmax(1) == table.label
    assert tested["test/segment/accuracy"] == pytest.approx(right.mean())
    assert not model.training


def test_prediction_gives_probabilities_with_track_and_start(audio: GenreDataModule, tmp_path: Path) -> None:
    model, trainer = GenreClassifier(TinyBiLSTM), make_trainer(tmp_path)
    trainer.fit(model, audio)
    trainer.test(model, audio, verbose=False)
    predicted = pd.concat(cast(list[pd.DataFrame], trainer.predict(model, audio)), ignore_index=True)
    columns = ["track", "start", *(f"p_{genre}" for genre in audio.genres)]
    assert list(predicted.columns) == columns
    pd.testing.assert_frame_equal(predicted, model.predictions[columns])


def test_predictions_name_artists_where_they_are_known(corpus: Corpus, tmp_path: Path) -> None:
    tracks = [replace(track, artist=("Ann", "ANN", None, "Bob")[i % 4]) for i, track in enumerate(corpus.tracks)]
    data = GenreDataModule(replace(corpus, tracks=tuple(tracks)), MFCC(n_mfcc=5), length=1.0, split=SPLIT)
    model, trainer = GenreClassifier(TinyBiLSTM), make_trainer(tmp_path)
    trainer.fit(model, data)
    trainer.test(model, data, verbose=False)
    found = model.predictions
    assert list(found.columns)[:6] == ["split", "track", "start", "genre", "label", "artist"]
    artist = {track.id: track.artist for track in tracks}
    assert found.artist.fillna("").tolist() == [artist[track] or "" for track in found.track]
    assert found.artist.fillna("").nunique() > 2
    groups = {"Ann": "artist ann", "ANN": "artist ann", "Bob": "artist bob"}  # what accuracy_intervals draws
    assert groups_of(found).tolist() == [groups.get(str(artist[t]), f"track {t}") for t in found.track]
    (batch, *_) = cast(list[pd.DataFrame], trainer.predict(model, data))
    assert list(batch.columns) == ["track", "start", *(f"p_{genre}" for genre in data.genres)]


def test_a_segment_of_a_dataset(audio: GenreDataModule) -> None:
    segment = audio.train[0]
    row = audio.rows["train"][0]
    expected = audio.standardize(torch.tensor(audio.features[row])[None])[0]
    assert torch.equal(segment.features, expected)
    table = audio.segments.iloc[row]
    assert (segment.label, segment.track, segment.start) == (table.label, table.track, table.start)
    batch = next(iter(DataLoader(audio.train, batch_size=4)))
    assert batch.features.shape == (4, *audio.in_shape)
    assert batch.track[0] == segment.track
    assert len(audio.train) + len(audio.val) + len(audio.test) == len(audio.segments)


def test_batches_are_standardised_and_augmented_outside_a_trainer_too(audio: GenreDataModule) -> None:
    torch.manual_seed(0)
    x = torch.cat([batch.x for batch in audio.train_dataloader()])
    assert (x == 0).float().mean() > 0.02  # SpecAugment's masks
    whole = torch.cat([batch.x for batch in audio.val_dataloader()])
    expected = torch.stack([audio.val[place].features for place in range(len(audio.val))])
    assert torch.allclose(whole, expected, atol=1e-6)


def test_a_checkpoint_stands_alone(audio: GenreDataModule, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    model, trainer = GenreClassifier(TinyBiLSTM, lr=0.02), make_trainer(tmp_path)
    trainer.fit(model, audio)
    with caplog.at_level("INFO"):
        trainer.save_checkpoint(tmp_path / "some.ckpt")
    assert caplog.messages == []
    again = GenreClassifier.load_from_checkpoint(tmp_path / "some.ckpt", strict=True, weights_only=True)
    waveform = torch.from_numpy(make_track("hum", 1, seconds=1.0))[None]
    assert torch.allclose(again.probabilities(waveform), model.probabilities(waveform), atol=1e-6)
    assert not again.training
    assert again.listen(waveform[0], sample_rate=RATE).probabilities.to_dict() == pytest.approx(
        model.listen(waveform[0], sample_rate=RATE).probabilities.to_dict(), abs=1e-6
    )
    (ours,), (its,) = (make_trainer(tmp_path).test(each, audio, verbose=False) for each in (model, again))
    assert its == pytest.approx(ours, abs=1e-6)


def test_a_made_net_is_kept_with_its_settings(audio: GenreDataModule, tmp_path: Path) -> None:
    model, trainer = GenreClassifier(BiLSTM(audio.in_shape, 3, hidden=6)), make_trainer(tmp_path)
    trainer.fit(model, audio)
    trainer.save_checkpoint(tmp_path / "some.ckpt")
    again = GenreClassifier.load_from_checkpoint(tmp_path / "some.ckpt")
    assert {name: value.shape for name, value in again.state_dict().items() if isinstance(value, Tensor)} == {
        name: value.shape for name, value in model.state_dict().items() if isinstance(value, Tensor)
    }


class OwnNet(nn.Module):
    def __init__(self, in_shape: tuple[int, ...], n_classes: int, width: int = 3) -> None:
        super().__init__()
        n_inputs = in_shape[0] * in_shape[1]
        self.layers = nn.Sequential(nn.Linear(n_inputs, width), nn.Linear(width, n_classes))

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layers(x.mean(-1).flatten(1))
        return logits


@pytest.mark.parametrize("made", [False, True])
def test_a_net_of_ones_own_is_named_and_passed(audio: GenreDataModule, tmp_path: Path, made: bool) -> None:
    net = OwnNet(audio.in_shape, 3, width=5) if made else partial(OwnNet, width=5)
    model, trainer = GenreClassifier(net), make_trainer(tmp_path)
    trainer.fit(model, audio)
    path = tmp_path / "some.ckpt"
    trainer.save_checkpoint(path)
    with pytest.raises(MusicGenreError, match=r"OwnNet.*net="):
        GenreClassifier.load_from_checkpoint(path)
    given = OwnNet(audio.in_shape, 3, width=5) if made else OwnNet
    again = GenreClassifier.load_from_checkpoint(path, net=given)
    waveform = torch.from_numpy(make_track("hum", 1, seconds=1.0))[None]
    assert torch.allclose(again.probabilities(waveform), model.probabilities(waveform), atol=1e-6)


def test_a_checkpoint_of_another_program_or_version_says_so(tmp_path: Path) -> None:
    torch.save({"state_dict": {}, "hyper_parameters": {"config": {}}}, tmp_path / "old.ckpt")
    with pytest.raises(MusicGenreError, match=r"old\.ckpt.*musicgenre 0\.1"):
        GenreClassifier.load_from_checkpoint(tmp_path / "old.ckpt")
    with pytest.raises(MusicGenreError, match="There is no checkpoint"):
        GenreClassifier.load_from_checkpoint(tmp_path / "none.ckpt")


def bare(n_items: int = 12) -> TensorDataset:
    labels = torch.arange(n_items) % 3
    return TensorDataset(labels[:, None, None, None].float() + torch.zeros(n_items, 1, 2, 4), labels)


def test_anybodys_batches_of_features_and_labels_train_the_classifier(tmp_path: Path) -> None:
    model = GenreClassifier(FCNN, genres=("a", "b", "c"), lr=0.05)
    trainer = make_trainer(tmp_path, epochs=30)
    trainer.fit(model, DataLoader(bare(), batch_size=4, shuffle=True), DataLoader(bare(), batch_size=5))
    (found,) = trainer.test(model, DataLoader(bare(), batch_size=5), verbose=False)
    assert found["test/segment/accuracy"] == 1
    assert not any("track" in name for name in found)
    assert list(model.predictions.columns) == ["split", "genre", "label", "p_a", "p_b", "p_c"]
    trainer.save_checkpoint(tmp_path / "some.ckpt")
    again = GenreClassifier.load_from_checkpoint(tmp_path / "some.ckpt")
    x = bare().tensors[0]
    assert torch.allclose(again(x), model(x), atol=1e-6)


def test_a_track_beside_the_label_gives_track_metrics(tmp_path: Path) -> None:
    items = [(x, int(y), f"track {place // 4}") for place, (x, y) in enumerate(zip(*bare().tensors, strict=True))]
    one_track = [(x, 0, track) for x, _, track in items]
    model, trainer = GenreClassifier(FCNN((1, 2, 4), 3)), make_trainer(tmp_path)
    loader: DataLoader[Any] = DataLoader(one_track, batch_size=5)  # type: ignore[arg-type]  # a list is a dataset
    (found,) = trainer.test(model, loader, verbose=False)
    probs = model.predictions[["p_0", "p_1", "p_2"]].to_numpy()
    by_track = probs.reshape(3, 4, 3).mean(1)
    assert found["test/track/accuracy"] == pytest.approx((by_track.argmax(1) == 0).mean())
    assert set(model.predictions.track) == {"track 0", "track 1", "track 2"}


def test_a_net_class_without_genres_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(MusicGenreError, match=r"give GenreClassifier genres="):
        make_trainer(tmp_path).fit(GenreClassifier(FCNN), DataLoader(bare()), DataLoader(bare()))


class Anybodys(L.LightningModule):
    """A LightningModule that knows nothing of musicgenre."""

    def __init__(self, n_inputs: int) -> None:
        super().__init__()
        self.net = nn.Linear(n_inputs, 3)
        self.seen: list[Tensor] = []

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        x, label, *_ = batch
        self.seen.append(x.detach())
        return F.cross_entropy(self.net(x.flatten(1)), label)

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        self.log("val_loss", F.cross_entropy(self.net(batch.x.flatten(1)), batch.label))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.01)


def test_anybodys_lightning_module_trains_on_our_data(audio: GenreDataModule, tmp_path: Path) -> None:
    module, trainer = Anybodys(int(np.prod(audio.in_shape))), make_trainer(tmp_path)
    trainer.fit(module, audio)
    x = torch.cat(module.seen)
    assert x.device == module.device
    assert (x == 0).float().mean() > 0.02  # masked
    assert x[x != 0].mean().abs() < 0.2  # standardised: MFCC's level is some hundred below 0
    assert "val_loss" in trainer.callback_metrics


def test_nothing_predicts_in_training_mode(audio: GenreDataModule, tmp_path: Path) -> None:
    model = GenreClassifier(partial(BiLSTM, hidden=4, dropout=0.9))
    make_trainer(tmp_path).fit(model, audio)
    waveform = torch.from_numpy(make_track("hum", 1, seconds=1.0))[None]
    expected = model.probabilities(waveform)
    listener = model.audio_classifier()
    model.train()
    assert torch.equal(model.probabilities(waveform), expected)
    assert model.training  # as it was
    heard = listener(waveform[0], sample_rate=RATE)
    assert heard.probabilities[list(audio.genres)].to_numpy() == pytest.approx(expected[0].numpy(), abs=1e-6)


class Untouched(FrontEnd):
    """Returns waveforms unchanged, without reading their values."""

    def __call__(self, waveform: Tensor) -> Tensor:
        return self.forward(waveform)

    def forward(self, waveform: Tensor) -> Tensor:
        return waveform[:, None, None]

    def output_shape(self, n_samples: int) -> tuple[int, int, int]:
        return 1, 1, n_samples


def test_what_hears_audio_leaves_training_as_it_is_and_follows_the_model(
    audio: GenreDataModule, tmp_path: Path
) -> None:
    class Listens(L.Callback):
        def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
            self.modes = [part.training for part in pl_module.modules()]
            self.listener = cast(GenreClassifier, pl_module).audio_classifier()
            self.listener(wave, sample_rate=RATE)
            self.modes_after = [part.training for part in pl_module.modules()]

    wave, listens = make_track("hum", 1, seconds=1.0), Listens()
    model = GenreClassifier(TinyBiLSTM)
    make_trainer(tmp_path, callbacks=[listens]).fit(model, audio)
    assert any(listens.modes)
    assert listens.modes_after == listens.modes
    model.front_end, model.standardize = Untouched(RATE), None
    listener = model.audio_classifier()
    model.to("meta")  # as the end of a test moves it to another device
    assert listener.features(torch.from_numpy(wave)[None]).device.type == "meta"


def test_what_hears_audio_is_copied_and_sent_to_another_process(audio: GenreDataModule, tmp_path: Path) -> None:
    model = GenreClassifier(TinyBiLSTM)
    make_trainer(tmp_path).fit(model, audio)
    listener, wave = model.audio_classifier(), make_track("hum", 1, seconds=1.0)
    expected = listener(wave, sample_rate=RATE).probabilities
    others = [copy.deepcopy(listener), pickle.loads(pickle.dumps(listener))]
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    assert not listener(wave, sample_rate=RATE).probabilities.equals(expected)  # it shares the model's weights
    for other in others:
        assert other(wave, sample_rate=RATE).probabilities.equals(expected)


def test_a_classical_model_is_saved_in_no_checkpoint(audio: GenreDataModule, tmp_path: Path) -> None:
    x = segment_rows(torch.from_numpy(np.array(audio.features)))
    net = ClassicalNet(LogisticRegression().fit(x, audio.labels), 3, nn.Identity())
    model, trainer = GenreClassifier(net, genres=audio.genres), make_trainer(tmp_path)
    model.prepare(audio)
    trainer.test(model, audio, verbose=False)
    with pytest.raises(MusicGenreError, match=r"is saved in its run's checkpoints/model\.joblib"):
        trainer.save_checkpoint(tmp_path / "model.ckpt")
    assert not (tmp_path / "model.ckpt").exists()


def test_the_sample_rate_is_given_once(corpus: Corpus) -> None:
    data = GenreDataModule(corpus, LogMel(8000, n_fft=512, n_mels=16), length=1.0, split=SPLIT)
    assert data.segmenter.sample_rate == 8000
    assert data.segmenter.n_samples == 8000
    assert data.in_shape == (1, 16, 16)


def test_data_of_other_genres_or_shape_is_refused_by_a_trained_model(
    audio: GenreDataModule, corpus: Corpus, corpus_root: Path, tmp_path: Path
) -> None:
    model, trainer = GenreClassifier(TinyBiLSTM), make_trainer(tmp_path)
    trainer.fit(model, audio)
    two = folder(corpus_root, genres=["drone", "hum"])
    with pytest.raises(MusicGenreError, match=r"genres are drone, hum, whistle, but the data's are drone, hum"):
        trainer.test(model, GenreDataModule(two, MFCC(n_mfcc=5), length=1.0, split=SPLIT), verbose=False)
    with pytest.raises(MusicGenreError, match=r"takes inputs of \(1, 5, 44\).*\(1, 6, 44\)"):
        trainer.test(model, GenreDataModule(corpus, MFCC(n_mfcc=6), length=1.0, split=SPLIT), verbose=False)
