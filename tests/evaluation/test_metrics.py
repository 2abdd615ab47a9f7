"""Metrics against scikit-learn, torch and values worked out by hand."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import classification_report, confusion_matrix, log_loss
from torch.nn.functional import cross_entropy

from musicgenre.errors import MusicGenreError
from musicgenre.evaluation import (
    all_metrics,
    confusion,
    genre_table,
    genres_of,
    probabilities_of,
    segment_metrics,
    track_probabilities,
)
from musicgenre.evaluation.metrics import track_means

GENRES = ("blues", "jazz", "rock")

# by hand: predicted blues, blues, jazz, rock, jazz
PROBS = np.array([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.3, 0.4, 0.3]])
LABELS = np.array([0, 1, 1, 2, 2])


def predictions(n_tracks: int = 12, n_segments: int = 4, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = n_tracks * n_segments
    label = np.repeat(np.arange(n_tracks) % 3, n_segments)
    table = pd.DataFrame(
        {
            "split": np.repeat(np.where(np.arange(n_tracks) < n_tracks // 2, "val", "test"), n_segments),
            "track": np.repeat([f"t{i:02}" for i in range(n_tracks)], n_segments),
            "start": np.tile(np.arange(n_segments) * 3.0, n_tracks),
            "genre": np.array(GENRES)[label],
            "label": label,
        }
    )
    probs = rng.dirichlet(np.ones(3), size=rows).astype(np.float32)
    return table.assign(**{f"p_{genre}": probs[:, i] for i, genre in enumerate(GENRES)})


def test_metrics_by_hand() -> None:
    metrics = segment_metrics(PROBS, LABELS)
    assert metrics["accuracy"] == metrics["micro_f1"] == pytest.approx(3 / 5)
    assert metrics["loss"] == pytest.approx(-np.log([0.7, 0.3, 0.8, 0.6, 0.3]).mean())
    # blues: precision 1/2, recall 1; jazz: 1/2, 1/2; rock: 1, 1/2
    assert metrics["macro_f1"] == pytest.approx((2 / 3 + 1 / 2 + 2 / 3) / 3)


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 40), k=st.integers(2, 10))
@settings(max_examples=40, deadline=None)
def test_metrics_agree_with_sklearn_and_torch(seed: int, n: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    logits, labels = 4 * rng.standard_normal((n, k)), rng.integers(k, size=n)
    probs = torch.softmax(torch.from_numpy(logits), dim=1).numpy()
    metrics = segment_metrics(probs, labels)
    assert (confusion(probs, labels, k) == confusion_matrix(labels, probs.argmax(axis=1), labels=range(k))).all()
    present = sorted(set(labels.tolist()))
    report = classification_report(labels, probs.argmax(axis=1), labels=present, zero_division=0, output_dict=True)
    assert metrics["macro_f1"] == pytest.approx(report["macro avg"]["f1-score"])
    assert metrics["macro_genres"] == len(present)
    for name, column in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score")):
        assert metrics[f"weighted_{name}"] == pytest.approx(report["weighted avg"][column])
    assert metrics["accuracy"] == metrics["micro_f1"] == pytest.approx((probs.argmax(1) == labels).mean())
    assert metrics["loss"] == pytest.approx(log_loss(labels, probs, labels=range(k)))
    assert metrics["loss"] == pytest.approx(cross_entropy(torch.from_numpy(logits), torch.from_numpy(labels)).item())


def test_a_probability_of_zero_costs_a_finite_loss() -> None:
    loss = segment_metrics(np.array([[1.0, 0.0]], dtype=np.float32), np.array([1]))["loss"]
    assert loss == pytest.approx(126 * np.log(2))  # float32's smallest normal number is 2 ** -126


def test_macro_f1_is_over_the_genres_that_have_examples() -> None:
    probs, labels = np.array([[0.9, 0.1, 0.0], [0.1, 0.9, 0.0], [0.1, 0.1, 0.8]]), np.array([0, 1, 1])
    metrics = segment_metrics(probs, labels)
    assert metrics["macro_f1"] == pytest.approx((1 + 2 / 3) / 2)
    assert metrics["macro_genres"] == 2


def test_genre_table_by_hand() -> None:
    table = genre_table(PROBS, LABELS, GENRES)
    assert table["genre"].tolist() == list(GENRES)
    assert table["precision"].tolist() == [0.5, 0.5, 1.0]
    assert table["recall"].tolist() == [1.0, 0.5, 0.5]
    assert table["f1"].tolist() == pytest.approx([2 / 3, 1 / 2, 2 / 3])
    assert table["support"].tolist() == [1, 2, 2]


def test_a_genre_without_an_example_has_no_score() -> None:
    table = genre_table(PROBS[:3], LABELS[:3], GENRES)
    assert table["support"].tolist() == [1, 2, 0]
    assert table[["precision", "recall", "f1"]].isna().all(axis=1).tolist() == [False, False, True]


def test_confusion_has_the_truth_in_rows_and_every_genre() -> None:
    assert confusion(PROBS, LABELS, 4).tolist() == [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]]


def test_track_probabilities_are_the_means_of_the_segments() -> None:
    table = predictions()
    tracks = track_probabilities(table)
    assert tracks.columns.tolist() == ["split", "track", "genre", "label", "p_blues", "p_jazz", "p_rock"]
    assert tracks["track"].tolist() == list(dict.fromkeys(table["track"]))
    by_hand = probabilities_of(table).reshape(12, 4, 3).mean(axis=1)
    np.testing.assert_allclose(probabilities_of(tracks), by_hand, rtol=1e-6)


def test_a_track_split_over_its_segments_has_a_row_in_each_split() -> None:
    table = predictions(n_tracks=1, n_segments=4).assign(split=["train", "test", "test", "train"])
    tracks = track_probabilities(table)
    assert tracks["split"].tolist() == ["train", "test"]
    np.testing.assert_allclose(probabilities_of(tracks)[1], probabilities_of(table)[1:3].mean(axis=0), rtol=1e-6)


@pytest.mark.parametrize("artists", [("Ann", None), (None, "Ann"), ("Ann", "ANN"), (None, None)])
def test_a_recording_is_one_row_whatever_its_parts_say_of_the_artist(artists: tuple[str | None, str | None]) -> None:
    table = predictions(n_tracks=2, n_segments=4)
    table.insert(0, "artist", [artist for artist in artists for _ in range(4)])
    tracks = track_probabilities(table.assign(split="test", label=1, genre="jazz", recording="whole"))
    assert tracks["track"].tolist() == ["whole"]
    np.testing.assert_allclose(probabilities_of(tracks)[0], probabilities_of(table).mean(axis=0))
    known = [artist for artist in artists if artist]
    assert tracks["artist"].dropna().tolist() == known[:1]


def test_tracks_without_a_genre_are_kept() -> None:
    table = predictions(n_tracks=2).drop(columns=["split", "label"]).assign(genre=None)
    assert track_probabilities(table)["track"].tolist() == ["t00", "t01"]


def test_genres_stand_in_the_order_of_their_columns() -> None:
    assert genres_of(predictions()) == list(GENRES)
    assert genres_of(pd.DataFrame(columns=["track", "p_hip_hop", "p_p_pop"])) == ["hip_hop", "p_pop"]


def test_all_metrics_names_every_split_level_and_metric() -> None:
    table = predictions()
    metrics = all_metrics(table)
    names = {"accuracy", "loss", "micro_f1", "macro_f1", "macro_genres"}
    names |= {"weighted_precision", "weighted_recall", "weighted_f1"}
    assert set(metrics) == {f"{s}/{lvl}/{n}" for s in ("val", "test") for lvl in ("segment", "track") for n in names}
    test_rows = table[table["split"] == "test"]
    test_tracks = track_probabilities(test_rows)
    by_segment = segment_metrics(probabilities_of(test_rows), test_rows["label"].to_numpy())
    by_track = segment_metrics(probabilities_of(test_tracks), test_tracks["label"].to_numpy())
    for name in names:
        assert metrics[f"test/segment/{name}"] == by_segment[name]
        assert metrics[f"test/track/{name}"] == by_track[name]
    assert by_segment != by_track


def test_a_column_of_ones_own_splits_no_track() -> None:
    table = predictions()
    right = probabilities_of(table).argmax(1) == table["label"]
    assert right.groupby(table["track"]).nunique().max() == 2  # segments of one track differ in it
    own = table.assign(right=right, note=pd.Series([None, "a", "b", "c"] * 12))
    assert all_metrics(own) == all_metrics(table)
    tracks = track_probabilities(own)
    pd.testing.assert_frame_equal(tracks.drop(columns=["right", "note"]), track_probabilities(table))
    assert tracks["note"].tolist() == ["a"] * 12  # the first known value
    twice = pd.concat([table.assign(run=0), table.assign(run=1)])
    assert len(track_probabilities(twice)) == 24


def test_several_predictions_of_a_segment_are_told_apart_by_their_run() -> None:
    once = pd.DataFrame({"track": ["a", "b"], "start": 0.0, "label": 0, "p_x": [0.9, 0.2], "p_y": [0.1, 0.8]})
    both = pd.concat([once.assign(seed=seed) for seed in (1, 2)])
    for told in (both, both.drop(columns="seed"), both.drop(columns="seed").assign(split="test")):
        with pytest.raises(MusicGenreError, match=r"hold 2 segments more than once, such as a at 0\.0 s.*a column run"):
            track_probabilities(told)
    assert len(track_probabilities(both.rename(columns={"seed": "run"}))) == 4


def test_the_figures_of_pooled_runs_are_their_mean_and_those_of_folds_need_no_run() -> None:
    one, other = predictions(seed=1), predictions(seed=2)
    with pytest.raises(MusicGenreError, match=r"hold 48 segments more than once, such as t00 at 0\.0 s of val"):
        all_metrics(pd.concat([one, other]))
    apart, name = [all_metrics(table) for table in (one, other)], "test/track/accuracy"
    pooled = all_metrics(pd.concat([one.assign(run=0), other.assign(run=1)]))
    assert pooled[name] == pytest.approx((apart[0][name] + apart[1][name]) / 2)
    assert all_metrics(pd.concat([one.iloc[:24], one.iloc[24:]])) == all_metrics(one)


def test_predictions_of_no_tracks_have_figures_a_segment_alone() -> None:
    table = predictions()
    bare = all_metrics(table.drop(columns=["track", "start"]))
    assert bare == {name: value for name, value in all_metrics(table).items() if "/segment/" in name}
    with pytest.raises(MusicGenreError, match="no column track"):
        track_probabilities(table.drop(columns="track"))


def test_track_means_of_arrays_are_those_of_the_table() -> None:
    rng = np.random.default_rng(0)
    tracks = rng.permutation(np.repeat([f"t{i}" for i in range(5)], [1, 4, 2, 3, 6])).astype(object)
    labels = np.array([int(track[1]) % 3 for track in tracks])
    probs = rng.dirichlet(np.ones(3), size=16).astype(np.float32)
    means, track_labels = track_means(probs, labels, tracks)
    names = list(dict.fromkeys(tracks))
    expected = [probs[tracks == name].astype(np.float64).mean(axis=0) for name in names]
    np.testing.assert_allclose(means, expected, rtol=1e-12)
    assert track_labels.tolist() == [int(name[1]) % 3 for name in names]


def test_pooled_tracks_without_a_recording_stay_apart() -> None:
    table = pd.DataFrame({"run": ["a", "b", "b"], "track": ["x", "y", "z"], "recording": ["song", None, None]})
    pooled = track_probabilities(table.assign(split="test", start=0.0, label=0, p_jazz=[0.2, 0.4, 0.6]))
    assert pooled.track.tolist() == ["song", "y", "z"] and pooled.p_jazz.tolist() == [0.2, 0.4, 0.6]
