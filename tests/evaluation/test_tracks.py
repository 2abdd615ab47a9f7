"""The means of every epoch are those of the predictions table."""

import numpy as np
import pandas as pd

from musicgenre.evaluation import probabilities_of, track_probabilities
from musicgenre.evaluation.tracks import track_means


def test_track_means_are_those_of_the_table() -> None:
    rng = np.random.default_rng(0)
    tracks = rng.permutation(np.repeat([f"t{i}" for i in range(5)], [1, 4, 2, 3, 6])).astype(object)
    labels = np.array([int(track[1]) % 3 for track in tracks])
    probs = rng.dirichlet(np.ones(3), size=16)
    table = pd.DataFrame({"split": "val", "track": tracks, "start": 0.0, "label": labels})
    table = table.assign(p_a=probs[:, 0], p_b=probs[:, 1], p_c=probs[:, 2])
    expected = track_probabilities(table).sort_values("track")
    means, track_labels = track_means(probs, labels, tracks)
    np.testing.assert_allclose(means, probabilities_of(expected))
    assert track_labels.tolist() == expected["label"].tolist()
