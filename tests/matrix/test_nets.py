"""Every net that `conf/model` lists: it learns, is stored, hears audio and is exported."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch
from listed import NETS, RATE, listed, option
from made_audio import make_track
from narrow import narrow
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from musicgenre import GenreClassifier, GenreDataModule, MusicGenreError, folder, splits
from musicgenre.data.audio.segments import Segmenter
from musicgenre.features import MFCC, FrontEnd, LogMel, MelImage, MusicnnMel, Waveform
from musicgenre.modules.shape import make_net
from musicgenre.nets import BiLSTM
from musicgenre.prediction import AudioClassifier
from musicgenre.prediction.export import export
from musicgenre.training.objects import factory_of

GENRES = ("drone", "hum", "whistle")


_LOG_MEL = LogMel(RATE, n_fft=1024, hop_length=1024, n_mels=32)


@dataclass(frozen=True)
class Small:
    """How a net is tested: trained with Adam on one-second segments.

    Attributes:
        model: Overrides of its config that make it cheap.
        front_end: Its front end.
        steps: Steps within which it has to memorise ten segments.
        lr: Adam's learning rate.
    """

    model: tuple[str, ...] = ()
    front_end: FrontEnd = _LOG_MEL
    steps: int = 30
    lr: float = 1e-3


# What makes known nets cheap, or suits them; others are tested as configured.
_NARROW = ("model.channels=[4,8,8,8]", "model.hidden=8")
SMALL = {
    "alexnet": Small(front_end=MelImage(RATE, size=67, n_fft=4096), steps=8, lr=5e-4),
    "bilstm": Small(("model.hidden=8",), MFCC(RATE, n_mfcc=8, n_mels=32, hop_length=8192), steps=60, lr=1e-2),
    "cnn": Small(_NARROW, MelImage(RATE, size=24, n_fft=1024), lr=1e-2),
    "cnn_bn": Small(_NARROW, MelImage(RATE, size=24, n_fft=1024), steps=60, lr=1e-2),
    "dilated_cnn": Small(front_end=MFCC(RATE, n_mfcc=8, n_mels=32, n_fft=1024, hop_length=32), lr=1e-2),
    "fcnn": Small(("model.hidden=[16]",)),
    "gabor_cnn": Small(("model.n_filters=16", "model.n_fft=1024", "model.hop_length=1024"), Waveform(RATE), steps=16),
    "images_cnn1": Small(front_end=MelImage(RATE, size=24, n_fft=1024), steps=12),
    "images_cnn2": Small(front_end=MelImage(RATE, size=24, n_fft=1024), steps=12),
    "musicnn": Small(("model.sizes=[4,3,4,16,5]", "model.dropout=0.1"), MusicnnMel(RATE), steps=12, lr=3e-2),
    "short_chunk_resnet": Small(("model.channels=[4,8]", "model.dropout=0"), steps=60, lr=1e-2),
    "small_cnn": Small(("model.channels=[4,8,8,8]", "model.hidden=8"), steps=60, lr=1e-2),
    "unet_lite": Small(("model.dropout=0.1",), LogMel(RATE, n_fft=1024, hop_length=2048, n_mels=16), steps=14, lr=2e-2),
}


def factory(net: str) -> Callable[..., nn.Module]:
    """The factory of a net."""
    made: Callable[..., nn.Module] = factory_of(option("model", net, *SMALL.get(net, Small()).model), "model")
    return made


# One batch


def without_gradient(net: nn.Module) -> set[str]:
    """Parameters whose gradient may be zero.

    BiLSTM reads both directions at the last frame, where the backward one starts from a state of 0.
    """
    return {f"lstms.{len(net.lstms) - 1}.weight_hh_l0_reverse"} if isinstance(net, BiLSTM) else set()


@pytest.mark.parametrize("net", NETS)
def test_one_batch_gives_every_parameter_a_gradient(net: str) -> None:
    torch.manual_seed(0)
    shape = SMALL.get(net, Small()).front_end.output_shape(RATE)
    model = GenreClassifier(made := factory(net)(shape, 3), genres=GENRES)
    loss = model.training_step((torch.randn(6, *shape), torch.arange(6) % 3), 0)
    torch.autograd.backward(loss)
    assert loss.isfinite()
    for name, parameter in made.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), name
        assert parameter.grad.any() or name in without_gradient(made), name


HEARD = [name for name in listed("features") if name != "huggingface"]  # its shape is the encoder's
_ANY_SHAPE = ("bilstm", "fcnn", "features_cnn1d")
_LARGE = ("alexnet", "images_cnn1", "images_cnn2", "unet_lite")  # only their shapes are tested, without values
_SECONDS = {"dilated_cnn": 30.0, "gabor_cnn": 1.0}  # of audio; other nets get 1 s, or 0.1 s of samples


@pytest.mark.parametrize("net", NETS)
def test_a_net_takes_a_front_ends_features_or_says_why_not(net: str) -> None:
    torch.manual_seed(0)
    taken = set()
    for name in HEARD:
        front_end: FrontEnd = factory_of(option("features", name), "features")(RATE)
        seconds = _SECONDS.get(net, 0.1 if isinstance(front_end, Waveform) else 1.0)
        shape = front_end.output_shape(round(seconds * RATE))
        with torch.device("meta" if net in _LARGE else "cpu"):
            try:
                made = make_net(factory(net), shape, 3)
            except MusicGenreError as error:
                assert len(str(error)) > 20
                continue
            logits = made(torch.randn(2, *shape))
            assert logits.shape == (2, 3)
            torch.autograd.backward(F.cross_entropy(logits, torch.arange(2)))
        gradients = [parameter.grad for parameter in made.parameters()]
        assert all(each is not None and (each.is_meta or each.isfinite().all()) for each in gradients)
        taken.add(name)
    assert taken
    if net in _ANY_SHAPE:
        assert taken == set(HEARD)


# One net, trained once: what is learnt, stored, heard and exported


@dataclass(frozen=True)
class Learnt:
    """A classifier that has learnt ten segments, and the segments."""

    model: GenreClassifier
    trainer: L.Trainer
    x: Tensor
    y: Tensor


@pytest.fixture(scope="module", params=NETS)
def learnt(request: pytest.FixtureRequest, corpus_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Learnt:
    small = SMALL.get(request.param, Small())
    data = GenreDataModule(folder(corpus_root), small.front_end, length=1.0, split=splits.stratified())
    train = data.train
    segments = [train[place] for place in range(0, len(train), len(train) // 10)][:10]
    x, y = torch.stack([each.features for each in segments]), torch.tensor([each.label for each in segments])
    L.seed_everything(0, verbose=False)
    model = GenreClassifier(factory(request.param), lr=small.lr)
    with pytest.MonkeyPatch.context() as patch:
        narrow(patch)
        model.prepare(data)
    trainer = make_trainer(tmp_path_factory.mktemp("learnt"))
    repeated = TensorDataset(torch.cat([x] * small.steps), y.repeat(small.steps))  # an epoch per step would cost more
    trainer.fit(model, DataLoader(repeated, batch_size=10))
    return Learnt(model, trainer, x, y)


def make_trainer(folder: Path) -> L.Trainer:
    off: Any = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    return L.Trainer(max_epochs=1, accelerator="cpu", default_root_dir=folder, **off)


@torch.no_grad()
def training_loss(model: GenreClassifier, x: Tensor, y: Tensor) -> float:
    """The training loss without randomness: batch norm over the batch, no dropout."""
    model.train()
    for layer in model.modules():
        if isinstance(layer, nn.Dropout):
            layer.eval()
    loss = F.cross_entropy(model(x), y)
    model.eval()
    return float(loss)


def test_ten_segments_are_learnt_by_heart(learnt: Learnt) -> None:
    assert set(learnt.y.tolist()) == {0, 1, 2}
    assert training_loss(learnt.model, learnt.x, learnt.y) < 0.1


def test_a_checkpoint_gives_the_same_probabilities(
    learnt: Learnt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow(monkeypatch)
    learnt.trainer.save_checkpoint(tmp_path / "some.ckpt", weights_only=True)
    again = GenreClassifier.load_from_checkpoint(tmp_path / "some.ckpt")
    waveforms = torch.stack([torch.from_numpy(make_track(genre, 40, 1.0)) for genre in GENRES])
    expected = learnt.model.probabilities(waveforms)
    assert torch.allclose(again.probabilities(waveforms), expected, rtol=0, atol=1e-6)
    assert expected.std(0).max() > 1e-4  # they are not constant


def test_audio_is_heard_in_segments(learnt: Learnt) -> None:
    model, track = learnt.model, torch.from_numpy(make_track("hum", 41, 3.0))
    heard = model.listen(track, RATE)
    found = torch.tensor(heard.segments[[f"p_{genre}" for genre in GENRES]].to_numpy())
    assert torch.allclose(found.float(), model.probabilities(track.view(3, RATE)), atol=1e-6)
    assert heard.genre == heard.probabilities.idxmax()


@pytest.mark.filterwarnings("ignore:The given buffer is not writable")  # from torch.export.load
def test_the_exported_net_gives_the_same(learnt: Learnt, tmp_path: Path) -> None:
    shape = learnt.x.shape[1:]
    unflatten, segmenter = nn.Unflatten(1, shape), Segmenter(shape.numel(), length=1.0)  # features in place of samples
    listen = AudioClassifier(unflatten, learnt.model.made_net, GENRES, segmenter)
    assert export(listen, unflatten, learnt.model.made_net, tmp_path / "model.pt2") < 1e-4
