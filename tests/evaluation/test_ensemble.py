import numpy as np
import pandas as pd
import pytest

from musicgenre.errors import MusicGenreError
from musicgenre.evaluation.ensemble import mean_predictions
from musicgenre.evaluation.metrics import track_probabilities


def predictions(
    seed: int, starts: tuple[float, ...] = (0.0, 3.0), genres: tuple[str, ...] = ("a", "b")
) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    rows = [
        {"split": split, "track": f"{genre}/{i}.wav", "start": start, "genre": genre, "label": genres.index(genre)}
        for split, ids in (("val", (0, 1)), ("test", (2, 3)))
        for i in ids
        for genre in genres
        for start in starts
    ]
    probs = generator.dirichlet(np.ones(len(genres)), len(rows))
    return pd.concat([pd.DataFrame(rows), pd.DataFrame(probs, columns=[f"p_{genre}" for genre in genres])], axis=1)


def test_segments_probabilities_are_averaged() -> None:
    members = [predictions(seed) for seed in range(3)]
    shuffled = [members[0], members[1].sample(frac=1, random_state=0), members[2]]
    mean = mean_predictions(shuffled)
    assert list(mean.columns) == list(members[0].columns)
    expected = sum(member[["p_a", "p_b"]].to_numpy() for member in members) / 3
    np.testing.assert_allclose(mean[["p_a", "p_b"]].to_numpy(), expected)
    pd.testing.assert_frame_equal(mean[["split", "track", "start"]], members[0][["split", "track", "start"]])


def test_members_that_cut_differently_are_averaged_by_track() -> None:
    members = [predictions(0), predictions(1, starts=(0.0, 1.0, 2.0))]
    mean = mean_predictions(members)
    tracks = [track_probabilities(member) for member in members]
    assert mean.start.unique().tolist() == [0.0]
    np.testing.assert_allclose(mean.p_a, (tracks[0].p_a + tracks[1].p_a) / 2)
    assert mean.label.tolist() == tracks[0].label.tolist()


def test_members_that_say_other_artists_are_averaged() -> None:
    artists = ("Nina Simone", "Simone, Nina", None)
    members = [predictions(n).assign(artist=artist, recording="r") for n, artist in enumerate(artists)]
    for first, order in (("Nina Simone", (0, 1, 2)), ("Simone, Nina", (2, 1, 0))):
        mean = mean_predictions([members[n] for n in order])
        assert len(mean) == len(members[0]) and mean.artist.unique().tolist() == [first]
        np.testing.assert_allclose(mean.p_a, sum(member.p_a.to_numpy() for member in members) / 3)
        assert sorted(mean.columns) == sorted(members[0].columns)


def test_what_one_member_knows_of_a_recording_holds_for_all() -> None:
    parts = {"a/2.wav": "a/song", "a/3.wav": "a/song"}
    members = [predictions(0), predictions(1, starts=(0.0, 1.0, 2.0))]
    known = members[0].assign(recording=members[0].track.replace(parts), artist="Nina Simone")
    tracks = [track_probabilities(member.assign(recording=member.track.replace(parts))) for member in members]
    for tables in ([known, members[1]], [members[1], known]):
        mean = mean_predictions(tables)
        assert mean.track.tolist() == tracks[0].track.tolist() and "a/song" in set(mean.track)
        np.testing.assert_allclose(mean.p_a, (tracks[0].p_a + tracks[1].p_a) / 2)
        assert mean.artist.unique().tolist() == ["Nina Simone"]
    same = mean_predictions([predictions(1), known])
    assert same.recording.tolist() == known.recording.tolist() and len(same) == len(known)


def test_members_of_other_genres_or_splits_are_refused() -> None:
    with pytest.raises(MusicGenreError, match="Members 1 and 3 of the ensemble have different genres: a, b; and a, c"):
        mean_predictions([predictions(0), predictions(1), predictions(2, genres=("a", "c"))])
    swapped = predictions(1).replace({"split": {"val": "test", "test": "val"}})
    with pytest.raises(MusicGenreError, match=r"have different tracks: 16 differ, such as a/0.wav in test"):
        mean_predictions([predictions(0), swapped])
    other = predictions(1)
    other["genre"] = other.genre.where(other.track != "a/3.wav", "b")
    with pytest.raises(MusicGenreError, match=r"1 and 2 .* disagree on the genre of 1 track, such as a/3.wav \(a; b\)"):
        mean_predictions([predictions(0), other])
