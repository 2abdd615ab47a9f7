"""TensorBoard's projector: the net's embeddings of the test segments, coloured by genre.

embeddings/tensors.tsv    the penultimate layer's output, a row for each segment
embeddings/metadata.tsv   genre, predicted, track and start (s) of the same rows
embeddings/points.png     a ring in its genre's colour for each: by default the projector shows no colours
projector_config.pbtxt    points TensorBoard to the three
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
from musicgenre.training.spared import spared
from musicgenre.visual.render import write_png
from musicgenre.visual.rings import genre_rings

log = logging.getLogger(__name__)

_MOST = 1000  # points: as many as the projector's t-SNE can handle, and a few MB of text
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


@spared("What TensorBoard's projector shows")
def write_embeddings(folder: Path, classifier: GenreClassifier, data: GenreDataModule, tested: pd.DataFrame) -> None:
    """Write the penultimate layer's output of the test segments into a run folder.

    Of more than 1000 segments every n-th is taken, so that all tracks are represented. Nothing is written for a net
    without such a layer.

    Args:
        folder: The run folder.
        classifier: The model with the tested weights.
        data: Its data.
        tested: The predictions table of the test segments, in the data's order.
    """
    dataset = data.test
    places = range(0, len(tested), -(-len(tested) // _MOST))  # those that the trainer's limits left
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
