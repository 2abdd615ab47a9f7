"""TensorBoard's text tab: the command, the config and a summary of the model."""

import shlex
from collections.abc import Mapping, Sequence

import pandas as pd
import yaml

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.runs.job import Job
from musicgenre.runs.report_text import markdown
from musicgenre.training.board_audio import Sound
from musicgenre.training.model_card import card_facts


def board_texts(
    job: Job,
    data: GenreDataModule,
    metrics: Mapping[str, float | str],
    layers: pd.DataFrame | None = None,
    sounds: Sequence[Sound] = (),
) -> dict[str, str]:
    """Return texts in Markdown, by name: command, config, card and, if there are any, layers and sounds.

    Args:
        job: The request and the run folder.
        data: The run's data.
        metrics: The content of `metrics.json`.
        layers: See `musicgenre.nets.inspection.layer_table`.
        sounds: Segments to listen to.
    """
    command = shlex.join(["musicgenre", job.command, *job.overrides])
    config = yaml.safe_dump(dict(job.config), sort_keys=False, allow_unicode=True)
    texts = {
        "command": _code(command),
        "config": _code(config),
        "card": markdown(("", ""), card_facts(job, data, metrics)),
    }
    if layers is not None:
        texts["layers"] = markdown(tuple(layers.columns), layers.astype(str).itertuples(index=False))
    if sounds:
        head = ("sound", "track", "from", "genre", "predicted as")
        texts["sounds"] = markdown(head, [(sound.name, *sound.about) for sound in sounds])
    return texts


def _code(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())
