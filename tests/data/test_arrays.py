from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_audio import write_corpus
from made_pictures import write_pictures
from made_table import make_table, write_table
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_score

from musicgenre import GenreDataModule, features, features_table, folder, mel_images, splits, to_sklearn
from musicgenre.data.corpus.artists import with_artists
from musicgenre.errors import MusicGenreError
from musicgenre.features import MFCC, FrontEnd, HandMade, HuggingFace
from musicgenre.features.hand_made import COLUMNS


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_corpus(tmp_path_factory.mktemp("arrays"), ("drone", "hum"), tracks=6, seconds=1.0)
    for genre in ("drone", "hum"):  # the first two files of each genre become parts of one recording
        for number in (0, 1):
            file = root / genre / f"{genre}.{number:05}.wav"
            file.rename(file.with_name(f"{genre}.00000.{number}.wav"))
    return root


def test_features_labels_and_recordings(root: Path) -> None:
    data = GenreDataModule(folder(root), MFCC(n_mfcc=4), length=0.5, split=splits.stratified())
    arrays = to_sklearn(data)
    assert arrays.X.shape == (24, int(np.prod(data.in_shape)))
    np.testing.assert_array_equal(arrays.X, data.features.reshape(24, -1).astype(np.float64))
    assert arrays.y.tolist() == [0] * 12 + [1] * 12
    assert arrays.groups[:6].tolist() == ["drone/drone.00000"] * 4 + ["drone/drone.00002.wav"] * 2
    scores = cross_val_score(LogisticRegression(), arrays.X, arrays.y, groups=arrays.groups, cv=GroupKFold(5))
    assert scores.mean() == 1


KINDS = [getattr(features, name) for name in features.__all__]
FRONT_ENDS = [kind for kind in KINDS if isinstance(kind, type) and issubclass(kind, FrontEnd) and kind is not FrontEnd]


def check(data: GenreDataModule) -> None:
    arrays = to_sklearn(data)
    assert arrays.X.shape == (len(data.segments), int(np.prod(data.in_shape)))
    np.testing.assert_array_equal(arrays.X, data.features.reshape(len(data.segments), -1).astype(np.float64))
    assert [data.genres[label] for label in arrays.y] == data.segments.genre.tolist()
    assert arrays.groups.tolist() == data.segments.recording.tolist()


@pytest.mark.parametrize("kind", [kind for kind in FRONT_ENDS if "audio" in kind.reads and kind is not HuggingFace])
def test_arrays_of_every_front_end(kind: type[FrontEnd], root: Path) -> None:
    check(GenreDataModule(folder(root), kind(), length=0.2, max_segments=1))


@pytest.mark.parametrize("kind", [kind for kind in FRONT_ENDS if "picture" in kind.reads])
def test_arrays_of_pictures(kind: type[FrontEnd], tmp_path: Path) -> None:
    check(GenreDataModule(mel_images(write_pictures(tmp_path / "pictures", tracks=5)), kind()))


def test_arrays_of_a_table(tmp_path: Path) -> None:
    table = make_table(5)
    data = GenreDataModule(features_table(write_table(table, tmp_path)), HandMade())
    check(data)
    np.testing.assert_allclose(to_sklearn(data).X, table[list(COLUMNS)].to_numpy(), rtol=1e-6)


def test_figures_by_track_are_figures_by_recording(root: Path) -> None:
    data = GenreDataModule(folder(root), MFCC(n_mfcc=4), length=0.5, split=splits.stratified())
    assert len(set(data.track_numbers.tolist())) == 10
    first = data.segments[data.segments.recording == "hum/hum.00000"]
    assert set(first.track) == {"hum/hum.00000.0.wav", "hum/hum.00000.1.wav"}
    assert len(set(data.assignment[first.index])) == 1


def test_groups_of_artists(root: Path) -> None:
    corpus = folder(root)
    data = GenreDataModule(corpus, MFCC(n_mfcc=4), length=0.5)
    with pytest.raises(MusicGenreError, match=r"no track in .* has a known artist"):
        to_sklearn(data, groups="artist")
    with pytest.raises(MusicGenreError, match="groups is 'album'"):
        to_sklearn(data, groups="album")
    known = with_artists(corpus, {"drone.00000": "Ann", "hum.00005": "Ann"})
    groups = to_sklearn(GenreDataModule(known, MFCC(n_mfcc=4), length=0.5), groups="artist").groups
    assert groups.tolist().count("ann") == 6
    assert "hum/hum.00002.wav" in groups


def test_copies_are_one_group_where_the_split_draws_them_apart(tmp_path: Path) -> None:
    table = make_table(tracks_per_genre=3)
    copies = table.assign(filename="copy_of_" + table.filename)
    corpus = features_table(write_table(pd.concat([table, copies]), tmp_path))
    arrays = to_sklearn(GenreDataModule(corpus, split=splits.random_tracks(copies="apart")))
    assert len(set(arrays.groups)) == len(table)
    assert len(arrays.groups) == 2 * len(table)
