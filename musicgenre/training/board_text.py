"""The text tab of TensorBoard: what was typed, the config, and the model in short."""

import shlex
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
import yaml

from musicgenre.data.datamodule import GenreDataModule
from musicgenre.runs.job import Job
from musicgenre.training.board_audio import Sound
from musicgenre.words import counted

_SIDES = ("train", "val", "test")


def board_texts(
    job: Job,
    data: GenreDataModule,
    metrics: Mapping[str, float | str],
    layers: pd.DataFrame | None = None,
    sounds: Sequence[Sound] = (),
) -> dict[str, str]:
    """Return texts in Markdown, by name: command, config, card and, where there are any, layers and sounds.

    Args:
        job: What was asked for, and the run folder.
        data: The run's.
        metrics: What is in `metrics.json`.
        layers: See `musicgenre.nets.inspection.layer_table`.
        sounds: Segments to listen to.
    """
    command = shlex.join(["musicgenre", job.command, *job.overrides])
    config = yaml.safe_dump(dict(job.config), sort_keys=False, allow_unicode=True)
    texts = {"command": _code(command), "config": _code(config), "card": _card(job, data, metrics)}
    if layers is not None:
        texts["layers"] = _table(tuple(layers.columns), layers.astype(str).itertuples(index=False))
    if sounds:
        head = ("sound", "track", "from", "genre", "taken for")
        texts["sounds"] = _table(head, [(sound.name, *sound.about) for sound in sounds])
    return texts


def _card(job: Job, data: GenreDataModule, metrics: Mapping[str, float | str]) -> str:
    """Say what the model is, what it was trained on, how well it does, and how it is used."""
    rows = data.rows
    counts = [f"{len(rows[side])} for {side}" for side in _SIDES if side in rows]
    facts = {
        "model": str(job.choices.get("model")),
        "parameters": f"{int(metrics['parameters']):,}" if "parameters" in metrics else "",
        "genres": ", ".join(data.genres),
        "data": f"{counted(len(data.corpus.tracks), 'track')}; segments: {', '.join(counts)}",
        "split": str(job.choices.get("split")),
        "features": str(job.choices.get("features")),
        "epochs": f"{metrics['epochs']}, tested: {metrics.get('tested_epoch', '-')}" if metrics["epochs"] else "",
        **{f"{side} accuracy of tracks": _accuracy(metrics, side) for side in _SIDES},
        "leak": str(metrics.get("leak") or "none known"),
        "to use it": f"`musicgenre predict run={job.folder} audio=FILE`",
    }
    return _table(("", ""), [(name, text) for name, text in facts.items() if text])


def _accuracy(metrics: Mapping[str, float | str], side: str) -> str:
    name = f"{side}/track/accuracy"
    if not isinstance(metrics.get(name), int | float):
        return ""
    bounds = [metrics.get(f"{name}_{bound}") for bound in ("low", "high")]
    shown = [f"{100 * bound:.0f}" for bound in bounds if isinstance(bound, int | float)]
    return f"{100 * float(metrics[name]):.1f} %" + (f" (95 %: {' to '.join(shown)})" if shown else "")


def _code(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', '/') for cell in line)} |" for line in lines)
