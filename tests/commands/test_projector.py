"""The projector's files hold the test segments as the net sees them."""

from pathlib import Path

import numpy as np
import pandas as pd
from torch import nn

import musicgenre


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
    last = [each for each in run.trained.classifier.net.modules() if isinstance(each, nn.Linear)][-1]
    logits = points @ last.weight.detach().numpy().T + last.bias.detach().numpy()
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(expected, probs, atol=1e-3)
    config = (finished_run / "projector_config.pbtxt").read_text()
    for path in ("embeddings/tensors.tsv", "embeddings/metadata.tsv"):
        assert f'"{path}"' in config
        assert (finished_run / path).is_file()
