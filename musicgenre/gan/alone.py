"""Train a GAN on its own, evaluate it, and save it for later runs."""

import logging

import lightning as L
import pandas as pd
from lightning.pytorch.utilities.seed import isolate_rng

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.errors import MusicGenreError
from musicgenre.features.front_end import bins_of
from musicgenre.gan.build import GanPlan
from musicgenre.gan.figures import sequences_figure
from musicgenre.gan.module import ConditionalGAN
from musicgenre.gan.samples import REAL, draw_samples, judge, judging_net, some_real
from musicgenre.gan.training import first_of_each, require_its_own, train_gan
from musicgenre.runs.folder import RunFolder
from musicgenre.runs.identity import override_key
from musicgenre.runs.job import Job
from musicgenre.training.begin import begin
from musicgenre.training.build import Plan
from musicgenre.training.chance import kept_chance
from musicgenre.training.leaks import announced_leaks
from musicgenre.training.trainer import TrainerPlan, check_accelerator
from musicgenre.transcript import show
from musicgenre.visual.gan_curves import gan_curves
from musicgenre.visual.render import draw
from musicgenre.visual.tables import judged_table
from musicgenre.words import counted

log = logging.getLogger(__name__)


@kept_chance()
def train_gan_alone(plan: Plan, job: Job) -> None:
    """Train a GAN on the training segments, draw samples, evaluate them, and write the run folder.

    With `fast_dev_run` it only trains.

    Args:
        plan: What the run is made of; its config has a `gan` group.
        job: The request and the run folder.

    Raises:
        MusicGenreError: It diverged, or cannot be made as requested.
    """
    check_accelerator(str(plan.trainer.settings.get("accelerator")))
    typed = {override_key(text) for text in job.overrides}
    require_its_own({name: value for name, value in plan.trainer.settings.items() if f"trainer.{name}" in typed})
    if plan.is_classical and GanPlan.of(plan.config).judge_epochs:
        raise MusicGenreError(
            "model is a classical one, but samples are judged by networks trained on them: choose a network, such as "
            "model=bilstm, or gan.judge_epochs=0."
        )
    L.seed_everything(plan.seed, workers=True, verbose=False)
    data, folder, gan_plan = plan.data, RunFolder(job.folder), GanPlan.of(plan.config)
    data.setup()
    device = TrainerPlan(plan.trainer.settings, {}, {}).build(folder.path).strategy.root_device
    if metrics := begin(job, data, str(device), leaks=plan.leaks):
        _show(metrics, folder)
        return
    if gan_plan.judge_epochs:
        with isolate_rng():
            judging_net(plan)  # once, to say what it lacks before a GAN is trained
    gan = train_gan(gan_plan, plan, folder.path)
    if plan.trainer.fast_dev_run:
        plan.trainer.say_nothing_is_kept()
        return
    log.info("Drawing %s per genre.", counted(gan_plan.per_genre, "sequence"))
    samples = draw_samples(gan, gan.genres, gan_plan.per_genre, plan.seed)
    samples.save(folder.path / "samples.npz")
    some_real(data).save(folder.path / REAL)
    if plan.figures:
        _write_figures(gan, data, folder, f"epoch {gan_plan.epochs}")
    n_parameters = sum(p.numel() for p in gan.generator.parameters())
    leaks = announced_leaks(data, plan.leaks)
    judged = judge(plan, samples, gan_plan.judge_epochs)
    found: dict[str, float | str] = {"parameters": n_parameters, **judged, **({"leak": leaks} if leaks else {})}
    folder.write_metrics(found)
    _show(found, folder)


def _write_figures(gan: ConditionalGAN, data: GenreDataModule, folder: RunFolder, title: str) -> None:
    bins = bins_of(data.front_end, data.corpus.kind)
    sequences = sequences_figure(gan, *first_of_each(data), title, data.segmenter.length, bins)
    folder.write_figure("sequences", draw(sequences))
    if folder.history_csv.is_file():
        folder.write_figure("curves", draw(gan_curves(pd.read_csv(folder.history_csv))))


def _show(metrics: dict[str, float | str], folder: RunFolder) -> None:
    numbers = {name: value for name, value in metrics.items() if isinstance(value, int | float)}
    show(judged_table(numbers), f"Run folder: {folder.path}")
