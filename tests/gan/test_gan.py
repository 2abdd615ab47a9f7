"""The GAN's training: who learns from what, what is logged, what an average and a divergence do."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import lightning as L
import numpy as np
import pytest
import torch
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.plugins.precision import MixedPrecision
from torch import Tensor, nn
from torch.amp.grad_scaler import GradScaler

from musicgenre.data.loader import BatchLoader
from musicgenre.data.samples import Samples
from musicgenre.errors import MusicGenreError
from musicgenre.features import MFCC, Standardize, make_scaling
from musicgenre.gan import MLPDiscriminator, MLPGenerator
from musicgenre.gan.figures import sequences_figure
from musicgenre.gan.losses import HingeLoss
from musicgenre.gan.module import ConditionalGAN
from musicgenre.gan.record import GanRecord
from musicgenre.gan.samples import draw_samples
from musicgenre.gan.training import _figures
from musicgenre.training.metrics_table import MetricsTable

SHAPE = (1, 2, 6)
RECORD = GanRecord({}, {}, {}, {}, genres=("low", "high"), in_shape=SHAPE, tracks=(), leaks="", epochs=2, ema=None)
LEVELS = torch.tensor([-40.0, 60.0])  # of the two genres


def real_features(n: int = 64) -> tuple[Tensor, Tensor]:
    labels = torch.arange(n) % 2
    generator = torch.Generator().manual_seed(0)
    return LEVELS[labels].view(-1, 1, 1, 1) + 5 * torch.randn(n, *SHAPE, generator=generator), labels


def make_gan(ema: float | None = None, lr: float = 2e-3) -> ConditionalGAN:
    torch.manual_seed(0)
    x, _ = real_features()
    return ConditionalGAN(
        MLPGenerator(SHAPE, 2, noise=4, embedding=4, hidden=(16,)),
        MLPDiscriminator(SHAPE, 2, embedding=4, hidden=(32,), dropout=0),
        record=RECORD,
        standardize=Standardize("coefficient", SHAPE).fit([x]),
        loss=HingeLoss(),
        generator_lr=lr,
        discriminator_lr=lr,
        ema=ema,
    )


def fit(
    gan: ConditionalGAN, folder: Path, epochs: int = 2, scale: float | None = None, *callbacks: L.Callback
) -> dict[str, float]:
    x, labels = real_features()
    loader = BatchLoader(x, labels, torch.arange(len(x)), torch.arange(len(x)), batch_size=16, shuffle=True)
    table = MetricsTable(folder)
    halves = None if scale is None else MixedPrecision("16-mixed", "cpu", GradScaler("cpu", init_scale=scale))
    trainer = L.Trainer(
        accelerator="cpu", max_epochs=epochs, logger=table, log_every_n_steps=1, default_root_dir=folder,
        plugins=halves, callbacks=[*callbacks], enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(gan, loader)
    return table.rows[epochs - 1]


def test_both_sides_learn_and_every_epoch_is_logged(tmp_path: Path) -> None:
    gan = make_gan()
    before = {name: value.clone() for name, value in gan.state_dict().items() if isinstance(value, Tensor)}
    logged = fit(gan, tmp_path)
    assert logged.keys() == {
        "gan/loss_discriminator", "gan/loss_generator", "gan/accuracy_real", "gan/accuracy_generated",
        "gan/gradient_norm_discriminator", "gan/gradient_norm_generator",
    }  # fmt: skip
    assert logged["gan/gradient_norm_generator"] > 0
    for name, parameter in gan.named_parameters():
        assert parameter.requires_grad
        assert parameter.ndim < 2 or not torch.equal(parameter, before[name]), name
    assert torch.equal(gan.state_dict()["standardize.mean"], before["standardize.mean"])


@pytest.mark.parametrize("logit", [0.5, -0.5])
def test_accuracies_are_the_shares_that_are_told_rightly(logit: float, tmp_path: Path) -> None:
    gan = make_gan(lr=0.0)
    assert isinstance(gan.discriminator, MLPDiscriminator) and isinstance(gan.discriminator.layers[-1], nn.Linear)
    nn.init.zeros_(gan.discriminator.layers[-1].weight)
    nn.init.constant_(gan.discriminator.layers[-1].bias, logit)  # all is called real, or nothing
    logged = fit(gan, tmp_path, 1)
    assert (logged["gan/accuracy_real"], logged["gan/accuracy_generated"]) == ((1, 0) if logit > 0 else (0, 1))


def test_half_precision_logs_the_same_gradients_and_no_step_that_it_skips(tmp_path: Path) -> None:
    whole, half = (fit(make_gan(), tmp_path / name, 1, scale) for name, scale in (("whole", None), ("half", 2.0**14)))
    assert half == pytest.approx(whole, rel=0.2, abs=0.1)
    overflowing = fit(make_gan(), tmp_path / "overflowing", 1, 2.0**120)
    assert half.keys() - overflowing.keys() == {"gan/gradient_norm_discriminator", "gan/gradient_norm_generator"}


def test_it_learns_the_levels_of_the_genres(tmp_path: Path) -> None:
    gan = make_gan(lr=5e-3)
    fit(gan, tmp_path, epochs=60)
    made = gan.sample(torch.tensor([0, 1]).repeat_interleave(50))
    assert made[:50].mean().item() == pytest.approx(-40, abs=15)
    assert made[50:].mean().item() == pytest.approx(60, abs=15)


def test_samples_are_those_of_the_seed_and_leave_the_generators_alone() -> None:
    gan, label = make_gan().train(), torch.tensor([0, 1, 0])
    state = torch.get_rng_state()
    made = gan.sample(label, 3)
    assert torch.equal(torch.get_rng_state(), state)
    assert gan.training
    assert torch.equal(gan.sample(label, 3), made)
    assert not torch.equal(gan.sample(label, 4), made)
    noise = torch.randn(3, 4, generator=torch.Generator().manual_seed(3))
    standardize = gan.eval().standardize
    torch.testing.assert_close(standardize(made), gan(noise, label))


def test_samples_are_of_the_genres_asked_for_each_once() -> None:
    gan = make_gan()
    samples = draw_samples(gan, ("high", "low", "high"), 2, seed=3)
    assert samples.labels.tolist() == [1, 1, 0, 0]
    np.testing.assert_array_equal(samples.features, gan.sample(torch.tensor([1, 1, 0, 0]), 3))


@pytest.mark.parametrize("kept", [0, 1, 200, -30])
def test_damaged_samples_are_one_sentence(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "samples.npz"
    draw_samples(make_gan(), ("low", "high"), 2, seed=5).save(path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(MusicGenreError, match=r"samples\.npz holds no segments that can be read"):
        Samples.load(path)


@pytest.mark.parametrize("name", ["coefficient", "global", "element", "minmax"])
def test_samples_come_in_the_units_of_the_features(name: str) -> None:
    gan, (x, _) = make_gan().eval(), real_features()
    gan.standardize = make_scaling(name, SHAPE).fit([x])
    noise = torch.randn(2, 4, generator=torch.Generator().manual_seed(0))
    label = torch.tensor([0, 1])
    torch.testing.assert_close(gan.standardize(gan.sample(label)), gan(noise, label), atol=1e-5, rtol=1e-5)


def test_a_standardisation_without_a_way_back_is_refused() -> None:
    gan = make_gan()
    with pytest.raises(MusicGenreError, match=r"standardize is BatchNorm2d, which has no inverse\(features\)"):
        ConditionalGAN(gan.generator, gan.discriminator, record=RECORD, standardize=nn.BatchNorm2d(1))


class Steps(L.Callback):
    """Records the generator's weights and statistics after every step."""

    def __init__(self) -> None:
        self.states: list[dict[str, Tensor]] = []

    def on_train_batch_end(self, trainer: L.Trainer, pl_module: L.LightningModule, *_: object) -> None:
        assert isinstance(pl_module, ConditionalGAN)
        self.states.append({name: value.clone() for name, value in pl_module.generator.state_dict().items()})


def test_the_average_follows_the_generator_at_a_distance(tmp_path: Path) -> None:
    gan, steps = make_gan(ema=0.8), Steps()
    fit(gan, tmp_path, 1, None, steps)
    assert gan.average is not None
    averaged, last = gan.average.module.state_dict(), gan.generator.state_dict()
    assert not torch.equal(averaged["layers.0.weight"], last["layers.0.weight"])
    for name in ("layers.0.weight", "embedding.weight", "layers.1.running_var"):
        by_hand = steps.states[0][name]
        for state in steps.states[1:]:
            by_hand = 0.8 * by_hand + 0.2 * state[name]
        torch.testing.assert_close(averaged[name], by_hand)
    noise, label = torch.randn(8, 4), torch.zeros(8, dtype=torch.long)
    gan.eval()
    torch.testing.assert_close(gan(noise, label), gan.average.module(noise, label))


def test_a_diverged_gan_says_so(tmp_path: Path) -> None:
    gan = make_gan()
    for parameter in gan.generator.parameters():
        nn.init.constant_(parameter, float("nan"))
    with pytest.raises(MusicGenreError, match="not finite"):
        gan.sample(torch.tensor([0]))
    with pytest.raises(MusicGenreError, match=r"diverged in epoch 1 .*loss_discriminator.*gan=improved"):
        fit(gan, tmp_path)


@pytest.mark.parametrize(("every", "epochs"), [(1, [1, 2, 3, 4, 5]), (2, [2, 4, 5]), (9, [5])])
def test_figures_are_drawn_every_so_many_epochs_and_at_the_last(every: int, epochs: list[int]) -> None:
    gan, (x, labels) = make_gan(), real_features()
    data: Any = SimpleNamespace(
        features=x.numpy(), labels=labels, rows={"train": np.arange(len(x))}, front_end=MFCC(n_mfcc=5),
        corpus=SimpleNamespace(kind="audio"), segmenter=SimpleNamespace(length=1.0),
    )  # fmt: skip
    plan: Any = SimpleNamespace(figure_every=every)
    figures, board = _figures(plan, data), Mock(spec=TensorBoardLogger)
    for epoch in range(5):
        trainer: Any = SimpleNamespace(current_epoch=epoch, max_epochs=5, loggers=[board])
        figures.on_train_epoch_end(trainer, gan)
    assert [call.args[2] for call in board.experiment.add_image.call_args_list] == epochs


@pytest.mark.parametrize(
    ("scaling", "scale"), [("coefficient", "standardised value"), ("minmax", "value"), (None, "value")]
)
def test_sequences_are_drawn_in_deviations_where_they_are(scaling: str | None, scale: str) -> None:
    gan, (x, labels) = make_gan(), real_features()
    gan.standardize = nn.Identity() if scaling is None else make_scaling(scaling, SHAPE).fit([x])
    assert sequences_figure(gan, x[:2], labels[:2], "", None, "bin").axes[-1].get_ylabel() == scale
