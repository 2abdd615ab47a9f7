"""`musicgenre gan`: a GAN alone, trained, judged, and kept for later runs."""

import json
from collections.abc import Mapping
from pathlib import Path

import lightning as L
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig
from rich.console import Console

from musicgenre.data.describe import announce, write_tables
from musicgenre.errors import MusicGenreError
from musicgenre.gan.figures import sequences_figure
from musicgenre.gan.samples import draw_samples, judge
from musicgenre.gan.training import bins_of, first_of_each, train_gan
from musicgenre.runs.folder import RunFolder, signature
from musicgenre.training.build import build_corpus, build_data, plain
from musicgenre.training.checkpoints import finished_metrics
from musicgenre.training.folders import write_config, write_environment
from musicgenre.training.leaks import announce_protocol, warnings_of
from musicgenre.training.trainer import check_accelerator, chosen_device
from musicgenre.visual.render import draw, write_png


def run(cfg: DictConfig) -> None:
    """Train a GAN on the training segments, draw samples, judge them, and write the run folder."""
    folder = Path(HydraConfig.get().runtime.output_dir)
    if not cfg.get("gan"):
        raise MusicGenreError("There is no GAN to train: choose gan=s4 or gan=improved.")
    if any(text.startswith("trainer.max_epochs=") for text in HydraConfig.get().overrides.task):
        raise MusicGenreError(
            "trainer.max_epochs is a classifier's: a GAN trains for gan.epochs, such as gan.epochs=100."
        )
    check_accelerator(cfg)
    L.seed_everything(cfg.seed, workers=True, verbose=False)
    data = build_data(cfg, build_corpus(cfg))
    data.setup()
    run_signature = signature(plain(cfg), data.key)
    if done := finished_metrics(folder, run_signature):
        _show(done, folder)
        return
    announce(data)
    announce_protocol(cfg)
    write_config(folder, cfg)
    write_environment(folder, run_signature, chosen_device(cfg))
    write_tables(data, folder)
    gan = train_gan(cfg, data, folder)
    samples = draw_samples(gan, gan.genres, cfg.generated_per_genre, cfg.seed)
    samples.save(folder / "samples.npz")
    real, label = first_of_each(data)
    figure = sequences_figure(gan, real, label, f"epoch {cfg.gan.epochs}", bins_of(cfg))
    write_png(folder / "figures" / "sequences.png", draw(figure))
    metrics = {"parameters": sum(p.numel() for p in gan.generator.parameters())} | judge(cfg, gan, samples, data)
    warning = warnings_of(cfg, data.split)
    RunFolder(folder).write_metrics(metrics | ({"leak": warning} if warning else {}))
    _show(metrics, folder)


def _show(metrics: Mapping[str, float | str], folder: Path) -> None:
    console = Console()
    numbers = {name: v for name, v in metrics.items() if isinstance(v, int | float)}
    means = {name: round(v, 3) for name, v in numbers.items() if name.split("/")[-1] in _SHOWN}
    console.print_json(json.dumps(means))
    console.print(f"Run folder: {folder}", soft_wrap=True, highlight=False)


_SHOWN = ("mean", "share", "near", "val_accuracy", "test_accuracy")
