"""What an interrupted run has left of work that will be done again."""

from contextlib import suppress
from pathlib import Path

from musicgenre.errors import MusicGenreError
from musicgenre.modules.checkpoint import read_checkpoint
from musicgenre.runs.folder import RunFolder


def start_afresh(folder: RunFolder) -> None:
    """Remove curves, checkpoints and milestones of a run that starts again from its first epoch."""
    left = [folder.history_csv, *folder.checkpoints.glob("*.ckpt"), *folder.path.glob("epoch_*/checkpoints/*.ckpt")]
    for path in [*left, *folder.path.glob("events.out.tfevents.*")]:
        path.unlink(missing_ok=True)


def remove_later(folder: RunFolder, point: Path, epochs: int) -> None:
    """Remove checkpoints of epochs that will be trained again: the new ones would be saved beside them.

    Args:
        folder: The run folder.
        point: The checkpoint that the run resumes from.
        epochs: Number of finished epochs.
    """
    for path in set(folder.checkpoints.glob("*.ckpt")) - {point, folder.best_ckpt, folder.last_ckpt}:
        with suppress(MusicGenreError):  # an unreadable one is not ours
            if int(read_checkpoint(path)["epoch"]) >= epochs:
                path.unlink()
