"""Which trials of a study a search takes, and what it reports of them."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from optuna import Study
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.samplers import RandomSampler
from optuna.trial import TrialState

from musicgenre.runs.owner import locked
from musicgenre.runs.search import PRUNED, open_study
from musicgenre.runs.trials import Trials, overrides_of, tell

SPACE: dict[str, BaseDistribution] = {"batch_size": CategoricalDistribution(["16"])}


def test_a_pruned_job_that_is_there_already_is_told_as_pruned(tmp_path: Path) -> None:
    study: Study = open_study(str(tmp_path / "study"), "search", "minimize")
    first, again, anew, failed = (study.ask(SPACE) for _ in range(4))
    first.report(0.5, 0)
    first.report(0.75, 1)
    first.set_user_attr(PRUNED, True)
    tell(study, again, 0.5)  # it waited for the first one in another process, and is reported before it
    tell(study, first, 0.5)
    anew.report(0.4, 0)  # in another folder, where it trained to the end
    tell(study, anew, 0.25)
    tell(study, failed, None)
    tell(study, failed, 1.0)  # another search has reported it
    told = [(trial.state, trial.value, trial.intermediate_values) for trial in study.trials]
    assert told == [
        (TrialState.PRUNED, 0.75, {0: 0.5, 1: 0.75}),
        (TrialState.PRUNED, 0.75, {0: 0.5, 1: 0.75}),
        (TrialState.COMPLETE, 0.25, {0: 0.4}),
        (TrialState.FAIL, None, {}),
    ]


def test_a_share_of_all_is_proposed_as_one() -> None:
    proposed = {"trainer.limit_train_batches": 1.0, "+model.estimator.max_features": 0.9999999, "optimizer.lr": 1.0}
    assert overrides_of(proposed | {"trainer.val_check_interval": 1, "model.estimator.max_samples": 0.5}) == [
        "trainer.limit_train_batches=1.0",
        "+model.estimator.max_features=1.0",
        "optimizer.lr=1",
        "trainer.val_check_interval=1",
        "model.estimator.max_samples=0.5",
    ]


def numbers(trials: Trials) -> list[int]:
    return [trial.number for trial in trials.take()]


def test_a_search_takes_what_was_left_and_nothing_that_another_one_has(tmp_path: Path) -> None:
    def search(name: str, n_trials: int = 9) -> Trials:
        study = open_study(str(tmp_path / "study"), "search", "minimize")
        return Trials(study, tmp_path / name, tmp_path, n_trials, 2)

    first, second = search("first"), search("second")
    with locked(tmp_path / "first", pytest.fail):
        assert numbers(first) == [0, 1]
        assert numbers(second) == [2, 3]
        assert numbers(search("second", 5)) == [2, 3]  # its own, after a kill
        assert numbers(search("second", 2)) == []  # enough, with those of the first
    assert numbers(search("third", 9)) == [0, 1]  # the first has ended
    assert numbers(search("fourth")) == [4, 5]  # for folders that are not here, nobody can tell how trials ended


def test_a_search_that_was_moved_with_its_study_goes_on(tmp_path: Path) -> None:
    study = open_study(str(tmp_path / "then" / "study"), "search", "minimize")
    assert numbers(Trials(study, tmp_path / "then", tmp_path / "then", 9, 1)) == [0]
    (tmp_path / "then").rename(tmp_path / "now")
    study = open_study(str(tmp_path / "now" / "study"), "search")
    assert numbers(Trials(study, tmp_path / "now", tmp_path / "now", 9, 1)) == [0]


def test_two_searches_of_one_sampler_propose_other_values(tmp_path: Path) -> None:
    """Both begin before either has asked for a trial."""
    found = list[float]()
    with ExitStack() as locks:
        searches = []
        for name in ("first", "second"):
            locks.enter_context(locked(tmp_path / name, pytest.fail))
            study = open_study(str(tmp_path / "study"), "search", "minimize", sampler=RandomSampler(0))
            searches.append(Trials(study, tmp_path / name, tmp_path, 9, 1))
        for search in searches:
            [trial] = search.take()
            found.append(trial.suggest_float("lr", 0, 1))
    assert found[0] != found[1]


def test_a_job_that_gets_on_is_tried_again_however_often_it_is_killed(tmp_path: Path) -> None:
    def killed(epochs: int) -> list[int]:
        study = open_study(str(tmp_path / "study"), "search", "minimize")
        [trial] = Trials(study, tmp_path, tmp_path, 9, 1).take()
        for epoch in range(epochs):
            trial.report(0.5, len(study.trials[trial.number].intermediate_values) + epoch)
        return [trial.number, len(study.trials[trial.number].intermediate_values)]

    assert [killed(1) for _ in range(4)] == [[0, 1], [0, 2], [0, 3], [0, 4]]
    assert [killed(0) for _ in range(3)] == [[0, 4], [0, 4], [1, 0]]
    assert open_study(str(tmp_path / "study"), "search").trials[0].state == TrialState.FAIL
