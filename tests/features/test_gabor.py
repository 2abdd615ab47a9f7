import numpy as np
import pytest
import torch

from musicgenre.errors import MusicGenreError
from musicgenre.features import Gabor, Waveform
from musicgenre.nets import GaborCNN

RATE = 8000


@pytest.mark.parametrize("n_fft", [512, 255])
def test_energy_is_that_of_convolving_with_the_filters_in_time(n_fft: int) -> None:
    gabor = Gabor(RATE, n_fft=n_fft, n_filters=12, f_min=200, f_max=3500)
    frame = np.random.default_rng(0).normal(size=n_fft) * np.hanning(n_fft + 1)[:-1]
    energies = []
    time = (np.arange(n_fft) - n_fft // 2) / RATE  # s
    for centre, width in zip(*(values.double().numpy() for values in gabor.filters()), strict=True):
        s = 1 / (2 * np.pi * width)
        impulse = np.exp(2j * np.pi * centre * time - time**2 / (2 * s**2)) / (np.sqrt(2 * np.pi) * s * RATE)
        passed = np.fft.ifft(np.fft.fft(frame) * np.fft.fft(np.fft.ifftshift(impulse)))  # circular convolution
        energies.append((np.abs(passed) ** 2).sum() * n_fft)  # Parseval: the sum over k is n_fft times that over t
    power = np.abs(np.fft.rfft(frame)) ** 2
    np.testing.assert_allclose(gabor.responses().double().numpy() @ power, energies, rtol=1e-3)


def test_a_tone_stands_in_the_filter_around_it() -> None:
    gabor = Gabor(RATE, n_filters=32)
    centre, _ = gabor.filters()
    time = torch.arange(RATE) / RATE
    levels = gabor(torch.sin(2 * torch.pi * centre[20] * time)[None])
    assert levels.shape == (1, *gabor.output_shape(RATE))
    assert levels[0, 0, :, 8].argmax() == 20
    assert levels.max() == 0
    assert levels.min() >= -80


def test_learnt_filters_start_as_the_fixed_ones_and_get_gradients() -> None:
    waveform = torch.randn(2, RATE)
    fixed, learnt = Gabor(RATE, n_filters=16), Gabor(RATE, n_filters=16, learnable=True)
    torch.testing.assert_close(learnt(waveform), fixed(waveform))
    assert not list(fixed.parameters())
    net = GaborCNN((1, 1, RATE), 3, sample_rate=RATE, n_fft=512, n_filters=32)
    before = [values.clone() for values in net.gabor.filters()]
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
    torch.autograd.backward(torch.nn.functional.cross_entropy(net(waveform[:, None, None]), torch.tensor([0, 1])))
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in (net.gabor.shift, net.gabor.stretch))
    optimizer.step()
    assert all((old != new).any() for old, new in zip(before, net.gabor.filters(), strict=True))


@pytest.mark.parametrize("n_fft", [1000, 2000, 2048])
def test_frequencies_are_to_the_last_bit_those_of_older_runs(n_fft: int) -> None:
    found = Gabor(22050, n_fft=n_fft).frequencies
    assert torch.equal(found, torch.linspace(0, 11025, n_fft // 2 + 1))


def test_the_waveform_is_left_as_it_is() -> None:
    waveform = torch.randn(3, 50)
    features = Waveform(RATE)(waveform)
    assert features.shape[1:] == Waveform(RATE).output_shape(50)
    assert torch.equal(features.flatten(1), waveform)


@pytest.mark.parametrize("settings", [{"f_max": 9000}, {"f_min": -1}, {"n_filters": 0}, {"top_db": 0}])
def test_impossible_settings_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(MusicGenreError, match="a Gabor filterbank cannot have"):
        Gabor(RATE, **settings)  # type: ignore[arg-type]
