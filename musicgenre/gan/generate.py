"""Generate sequences with a trained GAN, to look at, listen to and load."""

import logging
from pathlib import Path

import numpy as np
import soundfile
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from musicgenre.data.samples import Samples
from musicgenre.errors import MusicGenreError
from musicgenre.features import MFCC, Standardize
from musicgenre.features.front_end import bins_of
from musicgenre.files import draft_of, file_stem
from musicgenre.gan.build import load_gan
from musicgenre.gan.module import ConditionalGAN
from musicgenre.gan.record import find_gan
from musicgenre.gan.samples import REAL, draw_samples
from musicgenre.modules.stored import damage_in
from musicgenre.parts import make
from musicgenre.transcript import console
from musicgenre.trust import Trust, as_trust
from musicgenre.visual.render import draw, write_png
from musicgenre.visual.samples import samples_figure
from musicgenre.words import counted

log = logging.getLogger(__name__)
_AUDIO = "audio"  # folder of the WAV files


def generate(
    run: str | Path,
    folder: Path,
    *,
    genres: tuple[str, ...] | None = None,
    count: int = 4,
    audio: int = 1,
    seed: int = 0,
    trust: bool | Trust = False,
) -> Samples:
    """Draw sequences by genre and seed; write samples.npz, a figure of them beside real ones, and audio.

    Args:
        run: Folder of a run that trained a GAN.
        folder: Where to write.
        genres: Genres to generate; None for all that the GAN knows.
        count: Sequences per genre.
        audio: How many of them are converted to audio, approximately.
        seed: Seed of the noise: the same seed gives the same sequences.
        trust: Whether to build whatever the run names, or what to trust: see `musicgenre.trust`.

    Raises:
        MusicGenreError: There is no finished GAN, it does not know a genre, or its features cannot become audio.
    """
    checkpoint = find_gan(run)
    gan = load_gan(checkpoint, trust)
    front_end = _front_end(gan, checkpoint, trust, needed=audio > 0)
    if audio and not isinstance(front_end, MFCC):
        raise MusicGenreError(
            f"Only MFCC can be turned into audio, but this GAN makes {type(front_end).__name__} features: set audio=0."
        )
    samples = draw_samples(gan, gan.genres if genres is None else genres, count, seed)
    waves = _to_audio(front_end, samples, audio, seed) if audio and isinstance(front_end, MFCC) else {}
    samples.save(folder / "samples.npz")
    pixels = draw(_figure(gan, samples, checkpoint.parents[1] / REAL, front_end))
    write_png(folder / "figures" / "samples.png", pixels)
    with SummaryWriter(str(folder)) as board:
        board.add_image("figures/samples", pixels, dataformats="HWC")
        for name, (waveform, rate) in waves.items():
            with draft_of(folder / _AUDIO / f"{name}.wav") as draft:
                soundfile.write(draft, waveform, rate, format="WAV")
            board.add_audio(f"audio/{name}", torch.from_numpy(waveform)[None], sample_rate=rate)
    n_genres = len(set(samples.labels.tolist()))
    text = f"{counted(len(samples.labels), 'sequence')} of {counted(n_genres, 'genre')} in {folder / 'samples.npz'}"
    heard = f"; audio, only approximate (phases and fine pitch are guessed), in {folder / _AUDIO}" if audio else ""
    console().print(text + heard + ".", soft_wrap=True, highlight=False, markup=False)
    return samples


def _front_end(gan: ConditionalGAN, checkpoint: Path, trust: bool | Trust, *, needed: bool) -> nn.Module | None:
    """Return the front end whose features the GAN generates; None if it cannot be built and is not needed."""
    try:
        with damage_in(checkpoint):
            made: nn.Module = make(gan.record.front_end, as_trust(trust).of("features"))
            return made
    except MusicGenreError:
        if needed:
            raise
        return None


def _seconds(front_end: nn.Module | None, frames: int) -> float | None:
    """Return the length of so many frames in s; None if unknown."""
    parts = [] if front_end is None else [part for part in front_end.modules() if hasattr(part, "hop_length")]
    hop, rate = getattr(next(iter(parts), None), "hop_length", None), getattr(front_end, "sample_rate", None)
    return frames * hop / rate if isinstance(hop, int) and isinstance(rate, int) else None


def _figure(gan: ConditionalGAN, samples: Samples, kept: Path, front_end: nn.Module | None) -> Figure:
    """Draw standardised sequences beside the real ones of their genres that the GAN's run saved, if any."""
    real = Samples.load(kept) if kept.is_file() else None
    if real is None:
        log.warning("The run kept no real sequences (%s): the figure shows only generated ones.", kept)
    beside = None if real is None else (_standardised(gan, real), real.labels)
    seconds = _seconds(front_end, samples.features.shape[-1])
    bins, standardised = bins_of(front_end), isinstance(gan.standardize, Standardize)
    shown = _standardised(gan, samples)
    return samples_figure(shown, samples.labels, gan.genres, beside, seconds, bins, standardised=standardised)


def _standardised(gan: ConditionalGAN, samples: Samples) -> NDArray[np.float32]:
    standardised: NDArray[np.float32] = gan.standardize(torch.from_numpy(samples.features)).numpy()
    return standardised


def _audio_name(genre: str, place: int) -> str:
    return f"{file_stem(genre)}_{place}"


def _to_audio(front_end: MFCC, samples: Samples, count: int, seed: int) -> dict[str, tuple[NDArray[np.float32], int]]:
    """Return the first `count` sequences of each genre as waveforms with their rate in Hz, by name: the slow part."""
    return {
        _audio_name(genre, place): (front_end.to_audio(samples.features[place, 0], seed=seed), front_end.sample_rate)
        for genre, place in _first(samples, count)
    }


def _first(samples: Samples, count: int) -> list[tuple[str, int]]:
    """Return genre and index of the first `count` samples of each genre."""
    found: list[tuple[str, int]] = []
    for label in sorted(set(samples.labels.tolist())):
        places = (samples.labels == label).nonzero()[0][:count]
        found += [(samples.genres[label], int(place)) for place in places]
    return found
