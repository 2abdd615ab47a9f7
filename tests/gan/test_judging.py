"""Figures that judge generated sequences: against formulas, and on samples whose answer is known."""

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from scipy import stats
from scipy.linalg import sqrtm
from torch import nn

from musicgenre import GenreDataModule, folder
from musicgenre.data.corpus.tracks import Corpus
from musicgenre.data.splits import Assignment
from musicgenre.evaluation.paired import paired_difference
from musicgenre.features import MFCC
from musicgenre.gan.generated_only import accuracy, learn
from musicgenre.gan.judging import (
    diversity_by_genre,
    frechet_by_genre,
    frechet_distance,
    near_copies,
    nearest_tracks,
    sequence_statistics,
)
from musicgenre.gan.samples import generated_only, judge, some_real
from musicgenre.training.build import Plan

RNG = np.random.default_rng(0)


def all_for_training(corpus: Corpus, segments: pd.DataFrame) -> Assignment:
    return np.full(len(segments), "train")


def sequences(n: int, level: float = 0.0, spread: float = 1.0, seed: int = 0) -> NDArray[np.float64]:
    """Sequences (n, 1, 3, 20) of white noise, each around its own level."""
    rng = np.random.default_rng(seed)
    return level + spread * rng.standard_normal((n, 1, 3, 1)) + 0.5 * rng.standard_normal((n, 1, 3, 20))


def test_frechet_distance_is_the_formula() -> None:
    a, b = RNG.standard_normal((50, 6)), RNG.standard_normal((40, 6)) @ RNG.standard_normal((6, 6)) + 2
    cov_a, cov_b = np.cov(a.T), np.cov(b.T)
    expected = np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(cov_a + cov_b - 2 * sqrtm(cov_a @ cov_b).real)
    assert frechet_distance(a, b) == pytest.approx(expected)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a))
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)


def test_frechet_distance_of_fewer_sequences_than_statistics() -> None:
    few = RNG.standard_normal((4, 9))
    assert np.isfinite(frechet_distance(few, RNG.standard_normal((5, 9))))


def test_statistics_are_level_spread_and_speed() -> None:
    still = np.full((1, 1, 2, 8), 3.0)
    np.testing.assert_array_equal(sequence_statistics(still), [[3, 3, 0, 0, 0, 0]])
    assert sequence_statistics(RNG.standard_normal((5, 1, 13, 130))).shape == (5, 39)


def test_a_single_frame_has_no_speed() -> None:
    np.testing.assert_array_equal(sequence_statistics(np.full((2, 1, 2, 1), 3.0)), [[3, 3, 0, 0, 0, 0]] * 2)


def test_silence_in_every_track_singles_none_out() -> None:
    silent, tracks = np.zeros((6, 1, 3, 4)), np.arange(6).astype(str).astype(object)
    assert near_copies(silent, silent, tracks) == {"share": 0, "near": 0, "generated": 0, "real": 0}


@pytest.mark.parametrize("n_tracks", [1, 2])
def test_too_few_tracks_tell_of_no_copies(n_tracks: int) -> None:
    tracks = np.array([f"t{i % n_tracks}" for i in range(6)], dtype=object)
    assert near_copies(sequences(4), sequences(6), tracks) == {}


def test_segments_of_a_recordings_other_parts_are_no_yardstick(corpus_root: Path, tmp_path: Path) -> None:
    for place, path in enumerate(sorted(corpus_root.glob("*/*.wav"))[:6]):
        part = tmp_path / "jazz" / f"jazz.{place // 3:05}.{place % 3}.wav"
        part.parent.mkdir(exist_ok=True)
        shutil.copy2(path, part)
    data = GenreDataModule(folder(tmp_path), MFCC(n_mfcc=5), length=1.0, split=all_for_training)
    plan = SimpleNamespace(data=data)
    found = judge(cast(Plan, plan), some_real(data), 0)
    assert "gan/frechet_train/jazz" in found
    assert not [name for name in found if "near_copies" in name]  # there are only two recordings, in six files


def test_judged_sequences_are_compared_with_the_segments_that_the_names_say(audio: GenreDataModule) -> None:
    audio.setup()
    samples = some_real(audio)
    found = judge(cast(Plan, SimpleNamespace(data=audio)), samples, 0)
    (ours, label), (train, train_label), (val, val_label) = (
        (audio.standardize(torch.from_numpy(features)).numpy(), labels)
        for features, labels in (
            (samples.features, samples.labels),
            *((audio.features[audio.rows[name]], audio.labels.numpy()[audio.rows[name]]) for name in ("train", "val")),
        )
    )
    for name, expected in {
        "frechet_train": frechet_by_genre(ours, label, train, train_label, audio.genres),
        "frechet_val": frechet_by_genre(ours, label, val, val_label, audio.genres),
        "frechet_real": frechet_by_genre(train, train_label, val, val_label, audio.genres),
        "diversity": diversity_by_genre(ours, label, train, train_label, audio.genres),
    }.items():
        assert {each: found[f"gan/{name}/{each}"] for each in audio.genres} == pytest.approx(expected)
        assert found[f"gan/{name}/mean"] == pytest.approx(sum(expected.values()) / 3)


class Started(nn.Module):
    """A net that starts from weights with which it knows one genre alone."""

    def __init__(self, in_shape: tuple[int, ...], n_classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(int(np.prod(in_shape)), n_classes)

    def start(self) -> None:
        nn.init.zeros_(self.linear.weight)
        self.linear.bias.data = torch.tensor([1e9, 0.0, 0.0])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.linear(x.flatten(1))
        return out


def test_a_net_that_judges_starts_from_its_published_weights(audio: GenreDataModule) -> None:
    audio.setup()
    samples = some_real(audio)
    plan = cast(Plan, SimpleNamespace(data=audio, model=Started, seed=0))
    found = generated_only(plan, samples.features, samples.labels, 1)
    assert found["generated_only/val_accuracy"] == float((audio.labels[audio.rows["val"]] == 0).float().mean())


def test_a_genre_made_like_another_is_far() -> None:
    labels = np.repeat([0, 1], 60)
    real = np.concatenate([sequences(60, seed=1), sequences(60, level=4, seed=2)])
    right = np.concatenate([sequences(60, seed=3), sequences(60, level=4, seed=4)])
    genres = ("low", "high", "absent")
    near = frechet_by_genre(right, labels, real, labels, genres)
    swapped = frechet_by_genre(right, 1 - labels, real, labels, genres)
    assert near.keys() == {"low", "high"}
    assert max(near.values()) < 1 < 40 < min(swapped.values())


def test_nearest_tracks_by_hand() -> None:
    references = np.array([0.0, 1.0, 5.0]).reshape(3, 1, 1, 1)
    queries = np.array([0.9, 4.0]).reshape(2, 1, 1, 1)
    tracks = np.array(["a", "a", "b"], dtype=object)
    first, second = nearest_tracks(queries, references, tracks)
    np.testing.assert_allclose(first, [0.1, 1.0])
    np.testing.assert_allclose(second, [4.1, 3.0])
    first, second = nearest_tracks(queries, references, tracks, np.array(["a", "b"], dtype=object))
    np.testing.assert_allclose(first, [4.1, 3.0])
    assert np.isinf(second).all()


def test_near_copies_are_found_and_neither_fresh_nor_blurred_ones_are_taken_for_them() -> None:
    real = sequences(300, seed=5)
    tracks = np.repeat([f"t{i}" for i in range(100)], 3).astype(object)
    copies = real[:100] + 0.01 * RNG.standard_normal((100, 1, 3, 20))
    blurred = np.repeat(real.mean(0, keepdims=True), 100, 0)
    assert near_copies(copies, real, tracks)["share"] == 1
    assert near_copies(sequences(300, seed=6), real, tracks)["share"] < 0.04
    assert near_copies(blurred, real, tracks)["share"] == 0
    half = near_copies(np.concatenate([copies, sequences(100, seed=7)]), real, tracks)
    assert half["share"] == pytest.approx(0.5, abs=0.03)
    assert half["real"] > 0.4


def test_diversity_is_one_for_real_ones_and_nothing_for_one_repeated() -> None:
    labels = np.repeat([0, 1], 80)
    real = sequences(160, seed=8)
    mixed = np.concatenate([sequences(80, seed=9), np.repeat(real[:1], 80, 0)])
    found = diversity_by_genre(mixed, labels, real, labels, ("varied", "repeated"))
    assert found["varied"] == pytest.approx(1, abs=0.1)
    assert found["repeated"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("batch_size", [32, 1])  # batch norm cannot take one item, so two are used
def test_a_net_learns_from_one_set_and_is_tested_on_another(batch_size: int) -> None:
    torch.manual_seed(0)
    labels = torch.arange(65) % 2  # the last batch would hold a single item
    x = torch.randn(65, 1, 3, 4) + 2 * labels[:, None, None, None]
    net = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(12), nn.Linear(12, 2))
    learn(net, x, labels, epochs=20, batch_size=batch_size, lr=0.01)
    real = torch.randn(400, 1, 3, 4) + 2 * (torch.arange(400) % 2)[:, None, None, None]
    assert accuracy(net, real, torch.arange(400) % 2) > 0.95
    assert accuracy(net, real, 1 - torch.arange(400) % 2) < 0.05


def test_paired_difference_is_scipys() -> None:
    a, b = RNG.random(6), RNG.random(6)
    found, expected = paired_difference(a, b, confidence=0.9), stats.ttest_rel(b, a)
    interval = expected.confidence_interval(0.9)
    assert found.p_value == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.pairs == 6
    assert np.isnan(paired_difference([0.5], [0.6]).low)
