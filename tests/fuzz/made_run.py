"""A complete run folder to damage: settings, tables, a network's checkpoint and a GAN's."""

from pathlib import Path

import pandas as pd
import torch
from made_models import checkpoint, gan_checkpoint
from made_runs import write_run

from musicgenre.runs.folder import RunFolder


def write_original(folder: Path) -> Path:
    """Write the run, with its hashes as in a finished run."""
    for path, content in (("checkpoints/best.ckpt", checkpoint()), ("gan/checkpoints/gan.ckpt", gan_checkpoint())):
        (folder / path).parent.mkdir(parents=True)
        torch.save(content, folder / path)
    asked = ("data=folder", "optimizer=adam", "seed=1")
    write_run(folder, overrides=asked)
    run = RunFolder(folder)
    tracks = run.predictions_csv.read_text().splitlines()[1:]
    rows = [(*line.split(",")[1:3], "drone", line.split(",")[0], str(place)) for place, line in enumerate(tracks)]
    run.write_table("split.csv", pd.DataFrame(rows, columns=["track", "start", "genre", "split", "content"]))
    return folder
