"""`musicgenre generate`: sequences of a trained GAN to look at, listen to and load."""

from pathlib import Path
from typing import Any

import soundfile
import torch
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf
from rich.console import Console
from torch.utils.tensorboard import SummaryWriter

from musicgenre.data.samples import Samples
from musicgenre.errors import MusicGenreError
from musicgenre.features import MFCC
from musicgenre.features.inverse import mfcc_to_audio
from musicgenre.gan.build import find_gan, load_gan
from musicgenre.gan.module import ConditionalGAN
from musicgenre.gan.samples import draw_samples
from musicgenre.training.build import build_front_end
from musicgenre.visual.render import draw, write_png
from musicgenre.visual.samples import samples_figure


def run(cfg: DictConfig) -> None:
    """Draw sequences by genre and seed; write samples.npz, a figure and audio into this command's own folder."""
    folder = Path(HydraConfig.get().runtime.output_dir)
    gan = load_gan(find_gan(cfg.run))
    genres = gan.genres if cfg.genres is None else tuple(cfg.genres)
    samples = draw_samples(gan, genres, cfg.count, cfg.seed)
    samples.save(folder / "samples.npz")
    standardised = gan.standardize(torch.from_numpy(samples.features)).numpy()
    pixels = draw(samples_figure(standardised, samples.labels, gan.genres))
    write_png(folder / "figures" / "samples.png", pixels)
    with SummaryWriter(str(folder)) as board:
        board.add_image("generated/samples", pixels, dataformats="HWC")
        if cfg.audio:
            _write_audio(gan, samples, cfg, folder, board)
    text = f"{len(samples.labels)} sequences of {len(genres)} genres in {folder / 'samples.npz'}"
    heard = f"; audio, only approximate (phases and fine pitch are guessed), in {folder / 'audio'}" if cfg.audio else ""
    Console().print(text + heard + ".", soft_wrap=True, highlight=False)


def _write_audio(gan: ConditionalGAN, samples: Samples, cfg: DictConfig, folder: Path, board: SummaryWriter) -> None:
    """Write the first `audio` sequences of each genre as WAV files and into TensorBoard's audio tab."""
    record: dict[str, Any] = dict(gan.hparams)
    front_end = build_front_end(OmegaConf.create(record["config"]))
    if not isinstance(front_end, MFCC):
        raise MusicGenreError(
            f"Only MFCC are turned into audio, and this GAN makes features of {type(front_end).__name__}: set audio=0."
        )
    (folder / "audio").mkdir(exist_ok=True)
    for genre, place in _first(samples, cfg.audio):
        waveform = mfcc_to_audio(samples.features[place, 0], front_end, seed=cfg.seed)
        name = f"{genre}_{place}"
        soundfile.write(folder / "audio" / f"{name}.wav", waveform, front_end.sample_rate)
        board.add_audio(f"approximate/{name}", torch.from_numpy(waveform)[None], sample_rate=front_end.sample_rate)


def _first(samples: Samples, count: int) -> list[tuple[str, int]]:
    """Genre and place of the first `count` samples of each genre."""
    found: list[tuple[str, int]] = []
    for label in sorted(set(samples.labels.tolist())):
        places = (samples.labels == label).nonzero()[0][:count]
        found += [(samples.genres[label], int(place)) for place in places]
    return found
