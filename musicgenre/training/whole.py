"""Checkpoints that are written atomically, wherever the run folder is."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.plugins.io import CheckpointIO, TorchCheckpointIO

from musicgenre.files import draft_of
from musicgenre.training.objects import make_object


class WholeCheckpoints(TorchCheckpointIO):
    """Writes a checkpoint under a temporary name in its folder, then renames it.

    Lightning writes it to TMPDIR; on another file system it is then copied over the existing one, and a run killed
    meanwhile has neither.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any | None = None) -> None:  # noqa: ANN401
        """Write a checkpoint."""
        write_checkpoint(checkpoint, Path(path))


def write_checkpoint(checkpoint: Mapping[str, Any], path: Path) -> None:
    """Write a checkpoint atomically."""
    content = io.BytesIO()
    torch.save(dict(checkpoint), content)
    with draft_of(path) as draft:
        draft.write_bytes(content.getbuffer())


def with_whole_checkpoints(plugins: Any) -> list[Any]:  # noqa: ANN401  # as a config has them
    """Build a Trainer's plugins and return them, with ours added if none of them writes checkpoints."""
    asked = plugins if isinstance(plugins, list) else [] if plugins is None else [plugins]
    made = [make_object(node, "Lightning refuses a plugin") if isinstance(node, Mapping) else node for node in asked]
    return made if any(isinstance(plugin, CheckpointIO) for plugin in made) else [*made, WholeCheckpoints()]
