"""What a run that was broken off has left of work that will be done again."""

from contextlib import suppress
from pathlib import Path

from musicgenre.errors import MusicGenreError
from musicgenre.modules.checkpoint import read_checkpoint
from musicgenre.runs.folder import RunFolder


def start_afresh(folder: RunFolder) -> None:
    """Remove curves, checkpoints and milestones of a run that begins once more from its first epoch."""
    left = [folder.history_csv, *folder.checkpoints.glob("*.ckpt"), *folder.path.glob("epoch_*/checkpoints/*.ckpt")]
    for path in [*left, *folder.path.glob("events.out.tfevents.*")]:
        path.unlink(missing_ok=True)


def remove_later(folder: RunFolder, point: Path, epochs: int) -> None:
    """Remove checkpoints of epochs that will be trained again: the new ones would get a second name beside them.

    Args:
        folder: The run folder.
        point: The checkpoint that the run goes on from.
        epochs: Epochs that lie behind.
    """
    for path in set(folder.checkpoints.glob("*.ckpt")) - {point, folder.best_ckpt, folder.last_ckpt}:
        with suppress(MusicGenreError):  # one that cannot be read is somebody else's
            if int(read_checkpoint(path)["epoch"]) >= epochs:
                path.unlink()
