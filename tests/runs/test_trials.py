"""What a study is told of its trials."""

from pathlib import Path

from optuna import Study
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.trial import TrialState

from musicgenre.runs.search import PRUNED, open_study
from musicgenre.runs.trials import tell

SPACE: dict[str, BaseDistribution] = {"batch_size": CategoricalDistribution(["16"])}


def test_a_pruned_job_that_is_there_already_is_told_as_pruned(tmp_path: Path) -> None:
    study: Study = open_study(str(tmp_path / "study"), "search", "minimize")
    first, again, anew, failed = (study.ask(SPACE) for _ in range(4))
    first.report(0.5, 0)
    first.report(0.75, 1)
    first.set_user_attr(PRUNED, True)
    tell(study, again, 0.5)  # which waited for the first one in another process, and is told before it
    tell(study, first, 0.5)
    anew.report(0.4, 0)  # in another folder, where it trained to its end
    tell(study, anew, 0.25)
    tell(study, failed, None)
    tell(study, failed, 1.0)  # another search has told it
    told = [(trial.state, trial.value, trial.intermediate_values) for trial in study.trials]
    assert told == [
        (TrialState.PRUNED, 0.75, {0: 0.5, 1: 0.75}),
        (TrialState.PRUNED, 0.75, {0: 0.5, 1: 0.75}),
        (TrialState.COMPLETE, 0.25, {0: 0.4}),
        (TrialState.FAIL, None, {}),
    ]
