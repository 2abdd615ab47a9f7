"""Fingerprints of recordings, such that copies are found by correlation.

A fingerprint is the loudness of 48 semitones, 16 times a second, with slow changes removed: level, equalisation, room
and codec hardly affect it, a shift in pitch moves it by whole bands, an offset by frames. Two tracks are compared by
the best normalised cross-correlation over all offsets, over pitch shifts of a semitone, and over changes of speed of up
to a semitone, as of a tape that runs faster; all pairs at once, by Fourier transforms and matrix products.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

RATE = 22050  # Hz
FRAME_RATE = 16.0  # frames a second
SECONDS = 120.0  # of a track that are compared, from its beginning
BANDS = 48  # semitones
_N_FFT, _HOP = 4096, 1378
_LOWEST = 110.0  # Hz
_CHUNK = 480  # frames, 30 s
_SMOOTH = 17  # frames, 1 s: slower changes are removed
_FLOOR = 1e-6  # 60 dB below the loudest band
# Shift in semitones, and speed: unchanged; shifted; played faster or slower, like a tape. In steps of a third of a
# semitone, a step's speed is at most 1 % from any other, which shifts the end of 30 s by 0.3 s.
_CHANGES = (
    *((shift, 1.0) for shift in (0, 1, -1)),
    *((thirds / 3, 2 ** (thirds / 36)) for thirds in (1, -1, 2, -2, 3, -3)),
)
SHORTEST = 64  # frames, 4 s, that two tracks must share


def fingerprint(waveform: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the fingerprint `(BANDS + 2, T')` of a waveform `(T,)` at 22,050 Hz; the outer bands are for shifts.

    Example:
        >>> fingerprint(np.random.default_rng(0).standard_normal(5 * RATE).astype(np.float32)).shape
        (50, 81)
    """
    wave = torch.from_numpy(np.ascontiguousarray(waveform[: round(SECONDS * RATE)]))
    if len(wave) < _N_FFT:
        wave = torch.nn.functional.pad(wave, (0, _N_FFT - len(wave)))
    spectrum = torch.stft(wave, _N_FFT, _HOP, window=torch.hann_window(_N_FFT), return_complex=True).abs().square()
    bands = _semitones() @ spectrum  # (BANDS + 2, T')
    loudness = torch.log10(bands / bands.max().clamp(min=1e-20) + _FLOOR)
    kernel = torch.ones(1, 1, _SMOOTH) / _SMOOTH
    padded = torch.nn.functional.pad(loudness[:, None], (_SMOOTH // 2, _SMOOTH // 2), mode="replicate")
    sharp = loudness - torch.nn.functional.conv1d(padded, kernel)[:, 0]
    sharp = sharp - sharp.mean(0)  # a drum is in all bands; differences between them are left
    found: NDArray[np.float32] = sharp.clamp(-1, 1).numpy()
    return found


def _semitones() -> torch.Tensor:
    """Return triangular filters of the semitones `(BANDS + 2, N_FFT / 2 + 1)`."""
    hertz = torch.arange(_N_FFT // 2 + 1) * RATE / _N_FFT
    pitch = 12 * torch.log2(hertz.clamp(min=1.0) / _LOWEST)
    return (1 - (pitch[None] - torch.arange(-1, BANDS + 1)[:, None]).abs()).clamp(min=0)


@dataclass(frozen=True)
class Match:
    """Two tracks that sound alike.

    Attributes:
        first: Index of the first.
        second: Index of the second.
        score: Correlation of what they share, up to 1.
        seconds: Length of what they share, s.
        semitones: Pitch of the second above the first.
    """

    first: int
    second: int
    score: float
    seconds: float
    semitones: float


def find_matches(prints: list[NDArray[np.float32]], *, threshold: float = 0.4, block: int = 64) -> list[Match]:
    """Find all pairs of tracks that share at least four seconds of sound; shorter tracks are left out.

    Args:
        prints: Fingerprints, see `fingerprint`.
        threshold: Minimum correlation of what two tracks share.
        block: Number of chunks compared with all others at a time.

    Returns:
        The pairs, the highest score first.
    """
    best: dict[tuple[int, int], Match] = {}
    for match in _candidates(prints, threshold, block):
        pair = (match.first, match.second)
        if pair not in best or best[pair].score < match.score:
            best[pair] = match
    return sorted(best.values(), key=lambda match: -match.score)


def _candidates(prints: list[NDArray[np.float32]], threshold: float, block: int) -> Iterator[Match]:
    chunks, owner = _chunks(prints)
    if len(chunks) < 2:
        return
    size = 2 * _CHUNK
    others = torch.fft.rfft(torch.stack([_normalised(chunk[1:-1]) for chunk in chunks]), size)  # (N, BANDS, F)
    others = others.permute(2, 1, 0).contiguous()  # (F, BANDS, N)
    for semitones, speed in _CHANGES:
        for first in range(0, len(chunks), block):
            part = [_normalised(_changed(chunk, semitones, speed)) for chunk in chunks[first : first + block]]
            spectra = torch.fft.rfft(torch.stack(part), size).permute(2, 0, 1).conj()  # (F, B, BANDS)
            later = others[..., first:]  # a track is compared with those after it
            scores = torch.fft.irfft(torch.bmm(spectra, later).permute(1, 2, 0), size)  # (B, N - first, lags)
            peaks, lags = scores.max(-1)
            for row, column in torch.nonzero(peaks > 0.1).tolist():
                one, other = owner[first + row], owner[first + column]
                if one < other:
                    lag = int(lags[row, column])
                    lag = lag - size if lag > _CHUNK else lag
                    score, frames = _score(part[row], _normalised(chunks[first + column][1:-1]), lag)
                    if frames >= SHORTEST and score > threshold:
                        yield Match(one, other, score, frames / FRAME_RATE, semitones)


def _chunks(prints: list[NDArray[np.float32]]) -> tuple[list[torch.Tensor], list[int]]:
    """Cut fingerprints into chunks of 4 to 30 s, and return them with the index of each one's track."""
    chunks, owner = [], []
    for place, found in enumerate(prints):
        for start in range(0, found.shape[1] - SHORTEST + 1, _CHUNK):
            piece = torch.from_numpy(found[:, start : start + _CHUNK])
            chunks.append(torch.nn.functional.pad(piece, (0, _CHUNK - piece.shape[1])))
            owner.append(place)
    return chunks, owner


def _normalised(chunk: torch.Tensor) -> torch.Tensor:
    norm: torch.Tensor = chunk.norm().clamp(min=1e-6)
    return chunk / norm


def _changed(chunk: torch.Tensor, semitones: float, speed: float) -> torch.Tensor:
    """Return `(BANDS, _CHUNK)` as if played at another pitch and speed."""
    whole = math.floor(semitones)
    moved = chunk[1 - whole : 1 - whole + BANDS]
    if semitones > whole:
        moved = moved.lerp(chunk[-whole : BANDS - whole], semitones - whole)
    if speed == 1:
        return moved
    frames = round(_CHUNK / speed)
    played = torch.nn.functional.interpolate(moved[None], size=frames, mode="linear", align_corners=False)[0]
    return torch.nn.functional.pad(played, (0, max(_CHUNK - frames, 0)))[:, :_CHUNK]


def _score(one: torch.Tensor, other: torch.Tensor, lag: int) -> tuple[float, int]:
    """Return the correlation of the frames that two chunks share at a lag, and their number."""
    a = one[:, max(0, -lag) : _CHUNK - max(0, lag)]
    b = other[:, max(0, lag) : _CHUNK - max(0, -lag)]
    both = (a.abs().sum(0) > 0) & (b.abs().sum(0) > 0)
    a, b = a[:, both], b[:, both]
    norms = float(a.norm() * b.norm())
    return (float((a * b).sum()) / norms if norms > 0 else 0.0), int(both.sum())
