from collections.abc import Iterable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any, cast

import lightning as L
import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss
from torch import Tensor, nn
from torch.optim import LBFGS

from musicgenre.augment.mixup import Mixed
from musicgenre.data.loader import BatchLoader
from musicgenre.errors import MusicGenreError
from musicgenre.features import LogMel, Standardize
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.modules.faster import ChannelsLast
from musicgenre.modules.schedule import Schedule
from musicgenre.modules.shape import require_answers
from musicgenre.nets import CNN

GENRES = ("drone", "hum", "whistle")
N_ROWS = 24


class Table(L.LightningDataModule):
    """Two rows per track, features whose mean tells the genre; the same rows for training, validation and test."""

    def __init__(self, batch_size: int = 5) -> None:
        super().__init__()
        self.batch_size = batch_size
        generator = torch.Generator().manual_seed(0)
        self.labels = torch.arange(N_ROWS) // 2 % 3
        self.features = torch.randn(N_ROWS, 1, 2, 4, generator=generator) + self.labels[:, None, None, None]

    def loader(self, shuffle: bool = False) -> BatchLoader:
        rows = torch.arange(N_ROWS)
        return BatchLoader(self.features, self.labels, rows // 2, rows, batch_size=self.batch_size, shuffle=shuffle)

    def train_dataloader(self) -> Iterable[Any]:
        return self.loader(shuffle=True)

    def val_dataloader(self) -> Iterable[Any]:
        return self.loader()

    def test_dataloader(self) -> Iterable[Any]:
        return self.loader()


def make_net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(8, 3))


def make_classifier(net: nn.Module | None = None, **settings: Any) -> GenreClassifier:
    net = net or make_net()
    return GenreClassifier(net, genres=GENRES, **settings)


def make_trainer(epochs: int = 1) -> L.Trainer:
    return L.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        logger=False,
        num_sanity_val_steps=0,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=1,
    )


def expected_probs(classifier: GenreClassifier, table: Table) -> Any:
    with torch.inference_mode():
        return classifier.eval()(table.features).softmax(-1).numpy()


def test_validation_metrics_are_those_of_the_whole_epoch() -> None:
    table, classifier, trainer = Table(), make_classifier(), make_trainer()
    trainer.fit(classifier, datamodule=table)
    probs, labels = expected_probs(classifier, table), table.labels.numpy()  # validated after the epoch's last step
    logged = {name: float(value) for name, value in trainer.callback_metrics.items()}
    assert logged["val/segment/loss"] == pytest.approx(log_loss(labels, probs), abs=1e-5)
    assert logged["val/segment/accuracy"] == pytest.approx(accuracy_score(labels, probs.argmax(1)))
    tracks, truth = probs.reshape(-1, 2, 3).mean(1), labels[::2]
    assert logged["val/track/loss"] == pytest.approx(log_loss(truth, tracks), abs=1e-5)
    assert logged["val/track/accuracy"] == pytest.approx(accuracy_score(truth, tracks.argmax(1)))
    assert logged["val/loss"] == logged["val/segment/loss"]
    assert logged["val/acc"] == logged["val/segment/accuracy"]


def test_training_loss_is_the_mean_over_segments_not_over_batches() -> None:
    table = Table()
    frozen = make_classifier(optimizer=lambda parameters: torch.optim.SGD(parameters, lr=0.0))
    trainer = make_trainer()
    trainer.fit(frozen, datamodule=table)  # 24 rows by 5: the last batch has 4
    probs = expected_probs(frozen, table)
    logged = trainer.callback_metrics
    assert float(logged["train/segment/loss"]) == pytest.approx(log_loss(table.labels.numpy(), probs), abs=1e-5)
    accuracy = accuracy_score(table.labels.numpy(), probs.argmax(1))
    assert float(logged["train/segment/accuracy"]) == pytest.approx(accuracy)
    assert float(logged["train/lr"]) == 0.0


class Turned(nn.Module):
    """A mixture without randomness: negated inputs, with a share of a quarter and the rest for the partner."""

    def forward(self, x: Tensor) -> Mixed:
        return Mixed(-x, torch.arange(len(x)).flip(0), 0.25)


def test_the_loss_of_a_training_step_is_that_of_the_mixture() -> None:
    x, label = Table().features[:5], torch.tensor([0, 1, 2, 2, 1])
    mixing: Any = Turned()
    classifier = make_classifier(mix=mixing)
    logits = classifier(-x)
    own, other = (nn.functional.cross_entropy(logits, genre) for genre in (label, label.flip(0)))
    torch.testing.assert_close(classifier.training_step((x, label), 0), 0.25 * own + 0.75 * other)
    assert abs(own - other) > 0.01


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int32])
def test_labels_are_whole_numbers_of_any_size(dtype: torch.dtype) -> None:
    x, label = Table().features[:5], torch.tensor([0, 1, 2, 2, 1])
    for loss in (None, nn.CrossEntropyLoss()):
        classifier = make_classifier(loss=loss)
        assert classifier.training_step((x, label.to(dtype)), 0) == classifier.training_step((x, label), 0)


def test_predictions_hold_every_row_in_order() -> None:
    table, classifier, trainer = Table(), make_classifier(), make_trainer()
    (found,) = trainer.test(classifier, datamodule=table, verbose=False)
    predictions = classifier.predictions
    assert predictions.start.tolist() == list(range(N_ROWS))
    probs = predictions[[f"p_{genre}" for genre in GENRES]].to_numpy()
    assert np.allclose(probs, expected_probs(classifier, table), atol=1e-6)
    assert found["test/segment/accuracy"] == pytest.approx((probs.argmax(1) == predictions.label).mean())


def test_penalty_of_a_net_is_trained_on_and_not_reported() -> None:
    class Penalised(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = make_net()

        def forward(self, x: Tensor) -> Tensor:
            logits: Tensor = self.inner(x)
            return logits

        def size(self) -> Tensor:
            return sum((p.square().sum() for p in self.parameters()), torch.zeros(()))

        def l2_penalty(self) -> Tensor:
            return 100 * self.size()

    table, net = Table(), Penalised()
    classifier = make_classifier(net, optimizer=lambda parameters: torch.optim.SGD(parameters, lr=1e-3))
    before = net.size().item()
    loss = classifier.training_step(next(iter(table.loader())), 0)
    plain = make_classifier().training_step(next(iter(table.loader())), 0)
    assert loss.item() == pytest.approx(plain.item() + 100 * before, rel=1e-5)
    trainer = make_trainer()
    trainer.fit(make_classifier(net, optimizer=classifier.make_optimizer), datamodule=table)
    assert net.size().item() < before
    assert float(trainer.callback_metrics["train/segment/loss"]) < 10


def test_diverged_training_stops_with_what_to_do() -> None:
    net = make_net()
    with torch.no_grad():
        next(net.parameters()).fill_(torch.nan)
    with pytest.raises(MusicGenreError, match=r"validation loss is nan in epoch 1.*optimizer\.lr"):
        make_trainer().fit(make_classifier(net), datamodule=Table())


def test_plateau_lowers_the_rate_by_what_is_monitored() -> None:
    def plateau(optimizer: torch.optim.Optimizer) -> Any:
        return torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", factor=0.5, patience=0, eps=0)

    frozen = make_classifier(
        optimizer=lambda parameters: torch.optim.SGD(parameters, lr=1e-9),
        scheduler=Schedule(plateau, monitor="val/track/accuracy"),
    )
    trainer = make_trainer(4)
    trainer.fit(frozen, datamodule=Table())
    assert trainer.optimizers[0].param_groups[0]["lr"] == pytest.approx(1e-9 / 8)  # best in the first epoch of four


def test_probabilities_of_audio_go_through_front_end_and_standardisation() -> None:
    front_end = LogMel(8000, n_fft=512, n_mels=8)
    waveform = torch.randn(2, 4000)
    features = front_end(waveform)  # (2, 1, 8, frames)
    shape = (1, 8, features.shape[3])
    standardize = Standardize("coefficient", shape).fit([features])
    net = nn.Sequential(nn.Flatten(), nn.Linear(8 * shape[2], 3))
    classifier = GenreClassifier(net, genres=GENRES)
    classifier.front_end, classifier.standardize = front_end, standardize
    expected = net(standardize(features)).softmax(-1)
    assert torch.allclose(classifier.probabilities(waveform), expected, atol=1e-6)
    assert torch.allclose(classifier.probabilities(waveform).sum(-1), torch.ones(2))


@pytest.mark.parametrize("n_channels", [1, 3])
def test_inputs_lie_channels_last_and_weights_as_optimizers_take_them(n_channels: int) -> None:
    seen: list[Tensor] = []

    net = CNN((n_channels, 5, 6), 3, channels=(4,), pool_after=(1,), hidden=4)
    net.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    classifier = make_classifier(net)
    x = torch.randn(2, n_channels, 5, 6)
    classifier(x)
    assert torch.equal(seen[0], x)
    assert seen[0].stride()[1] == 1
    assert next(classifier.made_net.parameters()).is_contiguous()


@pytest.mark.parametrize("n_channels", [1, 3])
def test_a_net_of_ones_own_may_view_what_its_convolutions_give(n_channels: int) -> None:
    class Views(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.output = nn.Conv2d(n_channels, 4, 3), nn.Linear(4 * 3 * 4, 3)

        def forward(self, x: Tensor) -> Tensor:
            logits: Tensor = self.output(self.conv(x).view(x.size(0), -1))
            return logits

    net, x = Views(), torch.randn(2, 6, 5, n_channels).transpose(1, 3)  # another memory order, as of some front ends
    require_answers(net, (n_channels, 5, 6), 3)
    assert torch.equal(make_classifier(net)(x), net(x.contiguous()))

    class ViewsToo(CNN):
        forward = Views.forward

    own = ViewsToo((n_channels, 5, 6), 3, channels=(4,), pool_after=(1,), hidden=4)
    own.conv, own.output = net.conv, net.output
    assert torch.equal(make_classifier(own)(x), net(x.contiguous()))


def test_channels_last_is_refused_where_a_net_views_what_its_convolutions_give() -> None:
    class Views(nn.Sequential):
        def forward(self, x: Tensor) -> Tensor:
            out: Tensor = self[1](self[0](x).view(x.size(0), -1))
            return out

    model = make_classifier(Views(nn.Conv2d(3, 4, 2), nn.Linear(16, 3)))
    card: Any = SimpleNamespace(net_shape=(3, 3, 3), genres=("a", "b", "c"))
    model.card, trainer = card, cast(Any, SimpleNamespace(optimizers=[]))
    require_answers(model.made_net, (3, 3, 3), 3)
    with pytest.raises(MusicGenreError, match="does not take the data's inputs of"):
        ChannelsLast().on_train_start(trainer, model)


@pytest.mark.parametrize(
    ("n_channels", "stride", "groups", "wrong"),
    [(15, 2, 1, True), (4, (1, 2), 1, True), (16, 2, 1, False), (8, 2, 2, False), (4, 1, 1, False)],
)
def test_channels_last_is_refused_where_gradients_would_be_wrong(
    n_channels: int, stride: Any, groups: int, wrong: bool
) -> None:
    net = nn.Sequential(nn.Conv2d(n_channels, 8, 1, stride, groups=groups))
    trainer = cast(Any, SimpleNamespace(optimizers=[]))
    with pytest.raises(MusicGenreError, match=r"for net\.0, a strided 1x1") if wrong else nullcontext():
        ChannelsLast().on_train_start(trainer, make_classifier(net))


def test_lbfgs_trains() -> None:
    torch.manual_seed(0)
    table = Table(batch_size=N_ROWS)  # it assumes a function that does not change from step to step
    classifier = make_classifier(nn.Sequential(nn.Conv2d(1, 3, 2), nn.Flatten(), nn.Linear(9, 3)), optimizer=LBFGS)
    trainer = make_trainer(3)
    trainer.fit(classifier, datamodule=table)
    assert float(trainer.callback_metrics["val/segment/accuracy"]) > 0.9


class Fails(L.Callback):
    """Fails in the second training batch or the first validation batch."""

    def __init__(self, where: str) -> None:
        self.where = where

    def on_validation_batch_end(self, *_: Any) -> None:
        if self.where == "val":
            raise RuntimeError("out of memory")

    def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        if self.where == "train" and batch_idx == 1:
            raise RuntimeError("out of memory")


def test_what_was_broken_off_is_no_part_of_the_next_pass() -> None:
    table = Table()
    classifier = make_classifier(optimizer=lambda parameters: torch.optim.SGD(parameters, lr=0.0))
    for where, run in (("val", "validate"), ("train", "fit")):
        failing = make_trainer()
        failing.callbacks.append(Fails(where))  # type: ignore[attr-defined]  # which Lightning declares nowhere
        with pytest.raises(RuntimeError, match="out of memory"):
            getattr(failing, run)(classifier, datamodule=table)
    trainer = make_trainer()
    trainer.test(classifier, datamodule=table, verbose=False)
    assert len(classifier.predictions) == N_ROWS
    trainer.fit(classifier, datamodule=table)
    expected = log_loss(table.labels.numpy(), expected_probs(classifier, table))
    assert float(trainer.callback_metrics["train/segment/loss"]) == pytest.approx(expected, abs=1e-5)


@pytest.mark.filterwarnings("ignore:Found . module.s. in eval mode")  # Lightning's own, which says just that
def test_layers_that_are_kept_in_evaluation_mode_stay_in_it() -> None:
    net = nn.Sequential(nn.BatchNorm2d(1), nn.Flatten(), nn.Linear(8, 3))
    net[0].eval()
    classifier = make_classifier(net)
    for _ in ("at first", "and again"):
        make_trainer().fit(classifier, datamodule=Table())
        assert torch.equal(net.state_dict()["0.running_mean"], torch.zeros(1))
        assert not net.training
    net.train()
    make_trainer().fit(classifier, datamodule=Table())
    assert not torch.equal(net.state_dict()["0.running_mean"], torch.zeros(1))
