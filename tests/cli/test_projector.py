"""The projector's files hold the test segments as the net sees them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import TINY, trained
from PIL import Image
from torch import nn

import musicgenre
from musicgenre.visual.style import genre_colour


def test_test_segments_stand_in_the_projector(finished_run: Path) -> None:
    folder = finished_run / "embeddings"
    points = np.loadtxt(folder / "tensors.tsv", delimiter="\t")
    table = pd.read_csv(folder / "metadata.tsv", sep="\t")
    run = musicgenre.load_run(finished_run)
    tested = run.predictions[run.predictions.split == "test"].reset_index(drop=True)
    assert table[["track", "genre"]].equals(tested[["track", "genre"]])
    columns = [name for name in tested.columns if name.startswith("p_")]
    probs = tested[columns]
    assert table.predicted.tolist() == [str(name).removeprefix("p_") for name in probs.idxmax(axis=1)]
    last = [each for each in run.model.made_net.modules() if isinstance(each, nn.Linear)][-1]
    logits = points @ last.weight.detach().numpy().T + last.bias.detach().numpy()
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(expected, probs, atol=1e-3)
    config = (finished_run / "projector_config.pbtxt").read_text()
    for path in ("embeddings/tensors.tsv", "embeddings/metadata.tsv", "embeddings/points.png"):
        assert f'"{path}"' in config
        assert (finished_run / path).is_file()


def test_points_have_their_genres_colours_and_a_white_middle(finished_run: Path) -> None:
    genres = pd.read_csv(finished_run / "embeddings" / "metadata.tsv", sep="\t").genre
    picture = np.asarray(Image.open(finished_run / "embeddings" / "points.png"))
    side = int(np.ceil(np.sqrt(len(genres))))
    size = len(picture) // side
    assert picture.shape == (side * size, side * size, 4)
    for i, genre in enumerate(genres):
        cell = picture[i // side * size :, i % side * size :][:size, :size]
        assert cell[0, 0, 3] == 0  # nothing in the corners
        assert cell[size // 2, size // 2].tolist() == [255] * 4
        assert bytes(cell[size // 2, size // 8, :3]).hex() == genre_colour(genre)[1:]
    assert f"single_image_dim: {size}" in (finished_run / "projector_config.pbtxt").read_text()


@pytest.mark.parametrize("asked", ["trainer.precision=bf16-true", "trainer.precision=64-true standardize=null"])
def test_a_net_of_another_precision_has_its_points_too(tmp_path: Path, corpus_root: Path, asked: str) -> None:
    run = trained(tmp_path, corpus_root, *asked.split(), "trainer.max_epochs=1", "logger=[tensorboard,csv]")
    points = np.loadtxt(run / "embeddings" / "tensors.tsv", delimiter="\t")
    assert points.shape == (len(pd.read_csv(run / "embeddings" / "metadata.tsv", sep="\t")), 8)
    assert np.isfinite(points).all()


OWN = """
from torch import nn


class Pointwise(nn.Module):
    def __init__(self, in_shape, n_genres):
        super().__init__()
        self.last = nn.Conv2d(in_shape[0], n_genres, 1)

    def forward(self, x):
        return self.last(x).mean((2, 3))
"""


def test_a_net_without_a_fully_connected_layer_ends_without_a_projector(
    tmp_path: Path, corpus_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pointwise_net.py").write_text(OWN)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "conf" / "model").mkdir(parents=True)
    (tmp_path / "conf" / "model" / "pointwise.yaml").write_text("_target_: pointwise_net.Pointwise\n_partial_: true\n")
    own = ("--config-dir", str(tmp_path / "conf"), "model=pointwise", "logger=[tensorboard,csv]")
    sizes = tuple(size for size in TINY if not size.startswith("model."))
    folder = trained(tmp_path / "run", corpus_root, *own, "trainer.max_epochs=1", sizes=sizes)
    assert (folder / "metrics.json").is_file()
    assert "projector shows no test segments: Pointwise has no fully" in (folder / "musicgenre.log").read_text()
    assert not (folder / "projector_config.pbtxt").exists()
