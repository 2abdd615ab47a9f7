"""Generators and discriminators: shapes, what the genre and the noise change, spectral norm, losses by hand."""

import math

import pytest
import torch
from torch import nn

from musicgenre.augment import SequenceAugment
from musicgenre.errors import MusicGenreError
from musicgenre.gan import ConvDiscriminator, ConvGenerator, MLPDiscriminator, MLPGenerator
from musicgenre.gan.losses import CrossEntropyLoss, HingeLoss

SHAPE = (1, 13, 130)
GENERATORS = [MLPGenerator, ConvGenerator]
DISCRIMINATORS = [MLPDiscriminator, ConvDiscriminator]


@pytest.mark.parametrize("build", GENERATORS)
@pytest.mark.parametrize("shape", [SHAPE, (1, 20, 43), (2, 5, 16)])
def test_a_generator_makes_its_shape_from_noise_and_genre(
    build: type[MLPGenerator] | type[ConvGenerator], shape: tuple[int, ...]
) -> None:
    torch.manual_seed(0)
    generator = build(shape, 4)
    for parameter in generator.parameters():  # the genres' scales and shifts start out alike
        nn.init.normal_(parameter, 0, 0.1)
    generator.eval()
    noise = torch.randn(2, generator.noise_size)
    of_two_genres = generator(noise[[0, 0]], torch.tensor([0, 3]))
    of_two_noises = generator(noise, torch.tensor([1, 1]))
    assert of_two_genres.shape == (2, *shape)
    for pair in (of_two_genres, of_two_noises):
        assert not torch.allclose(pair[0], pair[1])


def test_the_last_frames_have_noise_of_their_own() -> None:
    torch.manual_seed(0)
    generator = ConvGenerator(SHAPE, 2).eval()
    noise = torch.randn(1, generator.noise_size).repeat(2, 1)
    noise[1, -136:] += 1  # 17 * 8 frames: the noise of the last block
    a, b = generator(noise, torch.tensor([0, 0]))
    assert not torch.allclose(a, b)


@pytest.mark.parametrize("build", DISCRIMINATORS)
def test_a_discriminator_looks_at_sequence_and_genre(
    build: type[MLPDiscriminator] | type[ConvDiscriminator],
) -> None:
    torch.manual_seed(0)
    discriminator = build(SHAPE, 3).eval()
    x = torch.randn(2, *SHAPE)
    logits = discriminator(x, torch.tensor([0, 0]))
    assert logits.shape == (2,)
    assert logits[0] != logits[1]
    assert not torch.allclose(logits, discriminator(x, torch.tensor([1, 1])))


def test_spectral_norm_bounds_every_layer() -> None:
    torch.manual_seed(0)
    discriminator = ConvDiscriminator(SHAPE, 3, widths=(8, 8))
    for _ in range(50):  # each pass in training is one step of the power iteration
        discriminator(torch.randn(2, *SHAPE), torch.tensor([0, 1]))
    for module in (discriminator.layers[0], discriminator.layers[2], discriminator.linear, discriminator.embedding):
        weight = module.weight
        assert isinstance(weight, torch.Tensor)
        assert torch.linalg.matrix_norm(weight.flatten(1), 2).item() == pytest.approx(1, abs=0.02)


def test_too_few_frames_are_named() -> None:
    with pytest.raises(MusicGenreError, match="7 frames are too few for 3 convolutions"):
        ConvDiscriminator((1, 13, 7), 2)


def test_an_even_kernel_is_named() -> None:
    with pytest.raises(MusicGenreError, match=r"kernel_size is 4: give an odd number"):
        ConvGenerator(SHAPE, 2, kernel_size=4)


def test_losses_by_hand() -> None:
    real, generated = torch.tensor([3.0, 0.0]), torch.tensor([-1.0, 2.0])

    def softplus(*values: float) -> float:
        return sum(math.log1p(math.exp(value)) for value in values) / len(values)

    cross_entropy = CrossEntropyLoss()
    assert cross_entropy.discriminator(real, generated).item() == pytest.approx(softplus(-3, 0) + softplus(-1, 2))
    assert cross_entropy.generator(generated).item() == pytest.approx(softplus(1, -2))
    assert HingeLoss().discriminator(real, generated).item() == pytest.approx((0 + 1) / 2 + (0 + 3) / 2)
    assert HingeLoss().generator(generated).item() == pytest.approx(-0.5)


def test_sequence_augment_shifts_cuts_and_lets_gradients_pass() -> None:
    torch.manual_seed(0)
    x = torch.arange(1.0, 101).expand(64, 2, 3, 100).clone().requires_grad_()
    shifted = SequenceAugment(shift=0.1, cut=0)(x)
    offsets = set()
    for item in shifted.detach():
        kept = item[0, 0] != 0
        offset = torch.unique(torch.arange(1.0, 101)[kept] - item[0, 0][kept])
        assert len(offset) == 1
        offsets.add(int(offset))
        assert torch.equal(item, item[:1, :1].expand_as(item))
    assert min(offsets) >= -10
    assert max(offsets) <= 10
    assert len(offsets) > 10
    cut = SequenceAugment(shift=0, cut=0.25)(x)
    assert torch.equal((cut == 0).sum(-1), torch.full((64, 2, 3), 25))
    cut.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, (cut != 0).float())
    with pytest.raises(MusicGenreError, match="shift is 2"):
        SequenceAugment(shift=2)
