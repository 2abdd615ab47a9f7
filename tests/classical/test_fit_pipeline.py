from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from musicgenre.classical import DiscriminantAnalysis, fit_pipeline, genre_probabilities, pipeline, xgboost_trees
from musicgenre.errors import MusicGenreError

Data = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[Any]]


def clouds() -> Data:
    """Three clouds of 40 rows, two rows per track; 45 random tracks are for training."""
    generator = np.random.default_rng(0)
    labels = np.repeat(np.arange(3), 40)
    x = generator.normal(size=(120, 6)) + 1.5 * labels[:, None]
    tracks = np.array([f"t{i // 2:03}" for i in range(120)], dtype=object)
    train = np.flatnonzero(np.isin(tracks, generator.permutation(np.unique(tracks))[:45]))
    return x, labels, train, tracks


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        SVC(),
        LinearSVC(),
        DiscriminantAnalysis(solver="lsqr", shrinkage=0.6),
        RandomForestClassifier(20, random_state=0),
        xgboost_trees(n_estimators=10, n_jobs=1),
    ],
)
def test_the_most_probable_genre_is_what_the_estimator_predicts(estimator: BaseEstimator) -> None:
    x, labels, train, tracks = clouds()
    model = pipeline(estimator, scale="standard")
    probs = genre_probabilities(fit_pipeline(model, x, labels, train, tracks), x, 3)
    assert probs.shape == (120, 3)
    np.testing.assert_allclose(probs.sum(axis=1), 1, atol=1e-5)
    predicted = model.fit(x[train], labels[train]).predict(x)
    assert (probs.argmax(axis=1) == predicted).mean() >= 0.98  # support vector machines break ties by their votes
    assert (predicted == labels).mean() > 0.7


def test_where_votes_are_equal_the_highest_score_is_most_probable() -> None:
    generator = np.random.default_rng(0)
    labels = np.arange(600) % 8
    x = generator.normal(size=(600, 5)) + generator.normal(size=(8, 5))[labels]
    train, tracks = np.arange(120), np.arange(600).astype(object)
    probs = genre_probabilities(fit_pipeline(pipeline(SVC()), x, labels, train, tracks), x, 8)
    plain, untied = (SVC(break_ties=untie).fit(x[train], labels[train]) for untie in (False, True))
    np.testing.assert_array_equal(probs.argmax(1), plain.decision_function(x).argmax(1))
    np.testing.assert_array_equal(probs.argmax(1), untied.predict(x))
    assert 0 < (probs.argmax(1) != plain.predict(x)).mean() < 0.05


def test_discriminant_analysis_of_more_columns_than_rows_is_as_sure_as_it_is_right() -> None:
    generator = np.random.default_rng(0)
    labels = np.arange(400) % 4
    x = generator.normal(size=(400, 600)) + 0.08 * generator.normal(size=(4, 600))[labels]
    train, tracks = np.arange(200), np.arange(400).astype(object)
    settings: dict[str, Any] = {"solver": "lsqr", "shrinkage": 0.6}
    own = LinearDiscriminantAnalysis(**settings).fit(x[:200], labels[:200])
    scaled = fit_pipeline(pipeline(DiscriminantAnalysis(**settings)), x, labels, train, tracks)
    probs = genre_probabilities(scaled, x[200:], 4)
    np.testing.assert_array_equal(probs.argmax(1), own.predict(x[200:]))
    right = (probs.argmax(1) == labels[200:]).mean()
    assert 0.4 < right < 0.95
    assert own.predict_proba(x[200:]).max(1).mean() - right > 0.15  # by itself it is overconfident
    assert abs(probs.max(1).mean() - right) < 0.08


@pytest.mark.parametrize(("classes", "shrinkage"), [(2, 0.6), (4, 0.05), (4, 1)])
def test_discriminant_analysis_of_few_rows_is_scikit_learns_without_a_covariance(
    classes: int, shrinkage: float
) -> None:
    generator = np.random.default_rng(0)
    labels = np.concatenate([np.arange(classes), generator.integers(classes, size=50)]) + 1
    x = generator.normal(size=(len(labels), 200)) * generator.uniform(0, 9, 200) + labels[:, None]
    x[:, 7] = 3.0  # a constant feature
    own = DiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage).fit(x[:-10], labels[:-10])
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage).fit(x[:-10], labels[:-10])
    assert not hasattr(own, "covariance_")  # which takes minutes and half a gigabyte with 8,000 features
    np.testing.assert_allclose(own.decision_function(x), theirs.decision_function(x), rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(own.predict(x[-10:]), theirs.predict(x[-10:]))


def test_what_knows_its_probabilities_once_it_is_fitted() -> None:
    x, labels, train, tracks = clouds()
    stacked = StackingClassifier(
        [("tree", DecisionTreeClassifier(random_state=0)), ("line", LogisticRegression())], cv=2
    )
    probs = genre_probabilities(fit_pipeline(pipeline(stacked), x, labels, train, tracks), x, 3)
    np.testing.assert_array_equal(probs.argmax(1), stacked.predict(x))


def test_more_neighbours_than_rows_are_refused_before_anything_is_tested() -> None:
    x, labels, train, tracks = clouds()
    with pytest.raises(
        MusicGenreError, match="cannot be fitted on 90 training rows: Expected n_neighbors <= n_samples"
    ):
        fit_pipeline(pipeline(KNeighborsClassifier(91)), x, labels, train, tracks)


def test_a_covariance_that_no_memory_holds_is_refused() -> None:
    x, labels, tracks = np.zeros((4, 32_400)), np.array([0, 0, 1, 1]), np.array(list("abcd"), dtype=object)
    with pytest.raises(MusicGenreError, match=r"covariance of 32400 features takes 8.4 GB; .* model.statistics=BINS"):
        fit_pipeline(pipeline(DiscriminantAnalysis(solver="lsqr")), x, labels, np.arange(4), tracks)


def test_values_are_scikit_learns_on_training_rows() -> None:
    x, labels, train, tracks = clouds()
    fitted = fit_pipeline(pipeline(LogisticRegression(), scale="minmax", pca=3), x, labels, train, tracks)
    expected = make_pipeline(MinMaxScaler(), PCA(3, random_state=0), LogisticRegression()).fit(x[train], labels[train])
    np.testing.assert_allclose(genre_probabilities(fitted, x, 3), expected.predict_proba(x), atol=1e-12)


def test_all_components_turn_wide_rows_and_change_nothing() -> None:
    wide = np.random.default_rng(0).normal(size=(6, 400))  # many more columns than rows, as with pixels
    x, labels, train, tracks = clouds()
    x = x @ wide / 20
    turned = fit_pipeline(pipeline(LogisticRegression(tol=1e-9), pca="all"), x, labels, train, tracks)
    plain = fit_pipeline(pipeline(LogisticRegression(tol=1e-9)), x, labels, train, tracks)
    assert turned.named_steps["pca"].n_components_ == len(train)
    np.testing.assert_allclose(genre_probabilities(turned, x, 3), genre_probabilities(plain, x, 3), atol=1e-3)


def test_held_out_rows_change_nothing_unless_asked_to() -> None:
    x, labels, train, tracks = clouds()
    moved = x.copy()
    held = np.setdiff1d(np.arange(len(x)), train)
    moved[held] += 100

    def fitted(rows: NDArray[np.float64], fit_on_all: bool) -> NDArray[np.float64]:
        model = fit_pipeline(
            pipeline(LogisticRegression(), scale="minmax"), rows, labels, train, tracks, fit_on_all=fit_on_all
        )
        return genre_probabilities(model, rows, 3)[train]

    assert np.array_equal(fitted(x, False), fitted(moved, False))
    assert np.abs(fitted(x, True) - fitted(moved, True)).max() > 0.05


def test_as_published_scales_by_all_rows() -> None:
    x, labels, train, tracks = clouds()
    model = pipeline(LogisticRegression(), scale="minmax")
    probs = genre_probabilities(fit_pipeline(model, x, labels, train, tracks, fit_on_all=True), x, 3)
    scaled = MinMaxScaler().fit_transform(x)
    expected = LogisticRegression().fit(scaled[train], labels[train]).predict_proba(scaled)
    np.testing.assert_allclose(probs, expected, atol=1e-12)


def test_a_genre_without_training_rows_has_probability_zero() -> None:
    x, labels, _, tracks = clouds()
    train = np.flatnonzero(labels != 1)
    probs = genre_probabilities(fit_pipeline(pipeline(LogisticRegression()), x, labels, train, tracks), x, 3)
    assert (probs[:, 1] == 0).all()


def test_what_cannot_be_fitted_is_refused() -> None:
    x, labels, train, tracks = clouds()
    with pytest.raises(MusicGenreError, match="no segment for training"):
        fit_pipeline(pipeline(SVC()), x, labels, train[:0], tracks)
    with pytest.raises(MusicGenreError, match="cannot be fitted on 90 training rows"):
        fit_pipeline(pipeline(LogisticRegression(), pca=50), x, labels, train, tracks)
    with pytest.raises(MusicGenreError, match="a single training track"):
        fit_pipeline(pipeline(SVC()), x, labels, np.array([0, 1, 40, 41]), tracks)
    for fit_on_all in (False, True):
        with pytest.raises(MusicGenreError, match=r"^VotingClassifier names a genre and gives neither.*voting=soft"):
            voters = pipeline(VotingClassifier([("line", LogisticRegression())]), scale="minmax")
            fit_pipeline(voters, x, labels, train, tracks, fit_on_all=fit_on_all)
    with pytest.raises(MusicGenreError, match=r"model.scale is 'max'"):
        pipeline(SVC(), scale="max")
