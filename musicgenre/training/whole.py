"""Checkpoints that are there whole or not at all, wherever the run folder lies."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.plugins.io import CheckpointIO, TorchCheckpointIO

from musicgenre.files import draft_of
from musicgenre.training.objects import make_object


class WholeCheckpoints(TorchCheckpointIO):
    """Writes a checkpoint beside its place and renames it.

    Lightning's own writes it to TMPDIR: from there to another file system it is copied over the one that is there, and
    whoever is killed meanwhile has neither.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any | None = None) -> None:  # noqa: ANN401
        """Write a checkpoint."""
        write_checkpoint(checkpoint, Path(path))


def write_checkpoint(checkpoint: Mapping[str, Any], path: Path) -> None:
    """Write a checkpoint, whole or not at all."""
    content = io.BytesIO()
    torch.save(dict(checkpoint), content)
    with draft_of(path) as draft:
        draft.write_bytes(content.getbuffer())


def with_whole_checkpoints(plugins: Any) -> list[Any]:  # noqa: ANN401  # as a config has them
    """Return a Trainer's plugins, made, with ours where none of them writes checkpoints."""
    asked = plugins if isinstance(plugins, list) else [] if plugins is None else [plugins]
    made = [make_object(node, "Lightning refuses a plugin") if isinstance(node, Mapping) else node for node in asked]
    return made if any(isinstance(plugin, CheckpointIO) for plugin in made) else [*made, WholeCheckpoints()]
