"""TensorBoard's projector: the test segments as the net sees them, in the colours of their genres.

embeddings/tensors.tsv    the penultimate layer's output, a row a segment
embeddings/metadata.tsv   genre, predicted, track and start (s) of the same rows
embeddings/points.png     a ring for each of them in its genre's colour: the projector itself opens without colours
projector_config.pbtxt    tells TensorBoard of the three
"""

import io
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from musicgenre.cells import csv_text
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.errors import MusicGenreError
from musicgenre.evaluation.metrics import genres_of, probabilities_of
from musicgenre.files import replace_text
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.modules.shape import of_net
from musicgenre.nets.inspection import embeddings
from musicgenre.visual.render import write_png
from musicgenre.visual.rings import genre_rings

log = logging.getLogger(__name__)

_MOST = 1000  # points: what the projector's t-SNE can still turn over, and a few MB of text
_BATCH = 64  # segments at a time
_POINT = 32  # pixels
_CONFIG = f"""\
embeddings {{
  tensor_name: "test segments"
  tensor_path: "embeddings/tensors.tsv"
  metadata_path: "embeddings/metadata.tsv"
  sprite {{
    image_path: "embeddings/points.png"
    single_image_dim: {_POINT}
    single_image_dim: {_POINT}
  }}
}}
"""


def write_embeddings(folder: Path, classifier: GenreClassifier, data: GenreDataModule, tested: pd.DataFrame) -> None:
    """Write the penultimate layer's output of the test segments into a run folder.

    Of more than 1000 segments every so-and-so-many-th is taken, so that all tracks are there. A net that has no such
    layer is left without a projector.

    Args:
        folder: The run folder.
        classifier: With the weights that were tested.
        data: Its data.
        tested: The predictions table of the test segments, in the data's order.
    """
    dataset = data.test
    places = range(0, len(tested), -(-len(tested) // _MOST))  # as many as the trainer's limits let through
    classifier.eval()
    points = []
    with torch.no_grad():
        for first in range(0, len(places), _BATCH):
            x = torch.stack([dataset[place].features for place in places[first : first + _BATCH]])
            try:
                points.append(embeddings(classifier.made_net, x.to(**of_net(classifier.made_net))).cpu())
            except MusicGenreError as error:
                log.info("TensorBoard's projector shows no test segments: %s", error)
                return
    rows = tested.iloc[list(places)]
    genres = genres_of(rows)
    table = rows[["genre", "track", "start"]].round({"start": 2})
    table.insert(1, "predicted", [genres[label] for label in probabilities_of(rows).argmax(-1)])
    tensors = io.StringIO()
    np.savetxt(tensors, torch.cat(points).float().numpy(), fmt="%.5g", delimiter="\t")
    (folder / "embeddings").mkdir(exist_ok=True)
    replace_text(folder / "embeddings" / "tensors.tsv", tensors.getvalue())
    replace_text(folder / "embeddings" / "metadata.tsv", csv_text(table, sep="\t"))
    write_png(folder / "embeddings" / "points.png", genre_rings(list(table.genre), _POINT))
    replace_text(folder / "projector_config.pbtxt", _CONFIG)
