"""How well Gabor filters and log-mel work in short floating-point formats: errors, gradients, range, failing steps.

Both front ends are `10 log10 (|X|^2 W)`: a frame's power spectrum, weighted by a bank of filters, in decibels. Here
every stage is computed in the format under test (the transform, which no library offers in 16 bits, in float32 and then
rounded), and compared with float64; the net stays in float32, so that all failures are the front end's. The front ends
that musicgenre trains with stay in float32 whatever the trainer's precision: this shows why.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from musicgenre.errors import MusicGenreError
from musicgenre.features import Gabor
from musicgenre.features.decibels import AMIN
from musicgenre.features.mel import mel_filters
from musicgenre.nets import SimpleCNN

FORMATS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
N_FFT, HOP, N_FILTERS = 2048, 512, 64
_SECONDS = 1.0  # of each recording
_STEPS = 10
_BATCH = 4


@dataclass(frozen=True)
class Bank:
    """A front end's filters.

    Attributes:
        name: Name of the front end.
        gabor: The Gabor filterbank; None for mel filters.
        fixed: Mel filters `(n_filters, n_fft // 2 + 1)`; None for Gabor filters.
    """

    name: str
    gabor: Gabor | None
    fixed: Tensor | None

    def weights(self, dtype: torch.dtype) -> Tensor:
        """Return the filters `(n_filters, n_fft // 2 + 1)`, computed in a format."""
        if self.gabor is None:
            assert self.fixed is not None  # one of the two
            return self.fixed.to(dtype)
        # Like `self.gabor.to(dtype)`, if front ends allowed half precision.
        responses: Tensor = nn.Module._apply(self.gabor, lambda value: value.to(dtype)).responses()  # type: ignore[no-untyped-call]
        return responses

    def learnt(self) -> list[nn.Parameter]:
        """Return the learnt parameters."""
        return [] if self.gabor is None else list(self.gabor.parameters())


def banks(sample_rate: int) -> Iterator[Bank]:
    """Yield the compared front ends: log-mel, Gabor filters, learnable Gabor filters."""
    yield Bank("log-mel", None, mel_filters(sample_rate, N_FFT, N_FILTERS, 0.0, sample_rate / 2))
    for learnable in (False, True):
        name = "Gabor, learnt" if learnable else "Gabor"
        yield Bank(name, Gabor(sample_rate, n_fft=N_FFT, n_filters=N_FILTERS, learnable=learnable), None)


def powers(waves: Tensor, bank: Bank, dtype: torch.dtype) -> Tensor:
    """Return the power that each filter passes `(B, n_filters, frames)` of waveforms `(B, T)`, computed in a format."""
    wide = dtype if dtype in (torch.float32, torch.float64) else torch.float32
    frames = waves.to(wide).unfold(-1, N_FFT, HOP) * torch.hann_window(N_FFT, dtype=wide)
    spectrum = torch.fft.rfft(frames)
    real, imaginary = spectrum.real.to(dtype), spectrum.imag.to(dtype)
    passed: Tensor = (real.square() + imaginary.square()) @ bank.weights(dtype).T  # (B, frames, n_filters)
    return passed.transpose(1, 2)


def levels(power: Tensor) -> Tensor:
    """Return powers in decibels, in their own format: 1e-10, the usual floor, is 0 in float16."""
    return 10 * torch.log10(power.clamp(min=AMIN))


def stability_table(waves: Sequence[NDArray[np.float32]], labels: Sequence[int], sample_rate: int) -> pd.DataFrame:
    """Measure log-mel and Gabor filters in float32, bfloat16 and float16.

    Args:
        waves: Recordings `(T,)` in [-1, 1].
        labels: Their genres, from 0.
        sample_rate: Sample rate of the recordings in Hz.

    Returns:
        A row per front end and format. feature_error: the largest relative error of a filter's power, among those that
        are finite and not 0 in float64. gradient_error: the largest error of the mean level's gradient by the samples
        (for learnt filters, by their centres and widths too), relative to the largest gradient. range_db: from the
        smallest to the largest power. under, over: shares of the powers that the format cannot represent. bad_features:
        share of levels that are not finite. bad_steps: share of training steps with a loss or gradient that is not.

    Raises:
        MusicGenreError: The recordings are too short or silent.
    """
    x = _stretches(waves, sample_rate)
    target = torch.tensor(list(labels))
    rows = []
    for name in FORMATS:
        for bank in banks(sample_rate):
            rows.append({"front_end": bank.name, "format": name} | _row(x, target, bank, FORMATS[name]))
    return pd.DataFrame(rows)


def _row(x: Tensor, target: Tensor, bank: Bank, dtype: torch.dtype) -> dict[str, float]:
    exact, exact_gradients = _with_gradients(x, bank, torch.float64)
    found, gradients = _with_gradients(x, bank, dtype)
    positive = exact > 0
    held = positive & found.isfinite()
    relative = ((found - exact).abs() / exact)[held]
    pairs = [(own, true) for own, true in zip(gradients, exact_gradients, strict=True) if true.abs().max() > 0]
    errors = [float((own - true).abs().nan_to_num(torch.inf).max() / true.abs().max()) for own, true in pairs]
    limits = torch.finfo(dtype)
    return {
        "feature_error": float(relative.max()) if len(relative) else float("nan"),
        "gradient_error": max(errors, default=float("nan")),
        "range_db": float(10 * torch.log10(exact.max() / exact[positive].min())),
        "under": float((exact[positive] < limits.smallest_normal).double().mean()),
        "over": float((exact > limits.max).double().mean()),
        "bad_features": float((~levels(found.to(dtype)).isfinite()).double().mean()),
        "bad_steps": _bad_steps(x, target, bank, dtype),
    }


def _with_gradients(x: Tensor, bank: Bank, dtype: torch.dtype) -> tuple[Tensor, list[Tensor]]:
    """Return powers and the gradients of the mean level, both as float64."""
    waves = x.to(torch.float64 if dtype == torch.float64 else torch.float32).requires_grad_()
    power = powers(waves, bank, dtype)
    mean = levels(power).mean()
    gradients = torch.autograd.grad(mean, [waves, *bank.learnt()])
    return power.detach().double(), [gradient.double() for gradient in gradients]


def _bad_steps(x: Tensor, target: Tensor, bank: Bank, dtype: torch.dtype) -> float:
    """Train the simple CNN in float32 on the front end; return the share of failing steps, which are skipped."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        shape = (1, *powers(x[:1], bank, torch.float32).shape[1:])
        net = SimpleCNN(shape, int(target.max()) + 1).train()
        optimizer = torch.optim.SGD([*net.parameters(), *bank.learnt()], lr=1e-3)
        bad = 0
        for _ in range(_STEPS):
            rows = torch.randint(len(x), (min(_BATCH, len(x)),))
            features = levels(powers(x[rows], bank, dtype)) / 20  # to a standard deviation of about 1
            loss = F.cross_entropy(net(features[:, None].float()), target[rows])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
            if loss.isfinite() and all(bool(gradient.isfinite().all()) for gradient in gradients):
                optimizer.step()
            else:
                bad += 1
    return bad / _STEPS


def _stretches(waves: Sequence[NDArray[np.float32]], sample_rate: int) -> Tensor:
    """Return the middle of each recording, `(B, T)`."""
    n = round(_SECONDS * sample_rate)
    cut = [wave[(first := (len(wave) - n) // 2) : first + n] for wave in waves if len(wave) >= n]
    if len(cut) != len(waves) or not any(np.abs(wave).max() > 0 for wave in cut):
        raise MusicGenreError(f"stability=true needs recordings of at least {_SECONDS:g} s that are not silent.")
    return torch.from_numpy(np.stack(cut))
