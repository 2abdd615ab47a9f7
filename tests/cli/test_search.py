"""A search by Optuna: trials run, are reported, pruned and resumed; what cannot be searched is one sentence."""

import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from command_line import TINY, fails, musicgenre
from hydra.core.override_parser.overrides_parser import OverridesParser
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState
from sqlalchemy import MetaData
from sqlalchemy.exc import IntegrityError

from musicgenre.cli import launch
from musicgenre.cli.compose import make_hydra
from musicgenre.cli.search import _written
from musicgenre.cli.search_space import require_whole, search_space
from musicgenre.errors import MusicGenreError
from musicgenre.runs.find import read_runs
from musicgenre.runs.report_build import build_report
from musicgenre.runs.rows import rows_of
from musicgenre.runs.search import open_study, require_no_password, require_same_settings

SETTINGS = [text for text in TINY if not text.startswith(("optimizer.lr", "trainer.max_epochs"))]
SPACE = ("optimizer.lr=tag(log,interval(1e-5,1e-1))", "batch_size=16,32")


def search(folder: Path, root: Path, *arguments: str) -> tuple[str, ...]:
    sweep = ("-m", "hydra/sweeper=optuna", f"hydra.sweep.dir={folder}", "trainer.max_epochs=3")
    return ("train", *SETTINGS, "data=folder", f"data.root={root}", *sweep, *arguments)


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_a_search_runs_prunes_and_goes_on(tmp_path: Path, corpus_root: Path) -> None:
    """One trial is left over from a killed search; of the later ones, the pruner ends those worse after an epoch."""
    storage = str(tmp_path / "study.journal")
    space = {
        "optimizer.lr": FloatDistribution(1e-5, 1e-1, log=True),
        "batch_size": CategoricalDistribution(["16", "32"]),
    }
    left = open_study(storage, "search", "minimize").ask(space)
    pruner = ("hydra.sweeper.pruner.n_startup_trials=1", "hydra.sweeper.pruner.n_warmup_steps=0")
    sampler = "hydra.sweeper.sampler.n_startup_trials=2"
    wanted = ("hydra.sweeper.n_trials=3", "trainer.max_epochs=2", *SPACE)
    result = musicgenre(*search(tmp_path, corpus_root, *pruner, sampler, *wanted))
    assert result.status == 0, result.text
    trials = open_study(storage, "search").trials
    assert [trial.number for trial in trials] == [0, 1, 2]
    assert trials[0].params == left.params  # it was run itself, not another in its place
    assert trials[0].state == TrialState.COMPLETE
    assert {trial.state for trial in trials} <= {TrialState.COMPLETE, TrialState.PRUNED}
    runs = {run.folder.name: run for run in read_runs(tmp_path)}
    for trial in trials:
        name = f"batch_size={trial.params['batch_size']},optimizer.lr={trial.params['optimizer.lr']:.6g}"
        run = runs[name]
        reported = list(trial.intermediate_values.values())
        assert reported == pytest.approx(run.history["val/segment/loss"].tolist(), abs=1e-6)
        assert len(reported) == 2 or trial.state == TrialState.PRUNED
        if trial.state == TrialState.COMPLETE:
            assert trial.value == pytest.approx(run.metrics["val/segment/loss"], abs=1e-5)
    assert "Best of 3 jobs" in result.text
    assert (tmp_path / "search_history.png").is_file()
    again = musicgenre(*search(tmp_path, corpus_root, *wanted))  # there is nothing left to do
    assert again.status == 0 and "Job" not in again.text.partition("Best of")[0]


def test_values_of_a_pruned_job_that_are_proposed_again_count_as_pruned(tmp_path: Path, corpus_root: Path) -> None:
    """Of two learning rates, 1e-5 is pruned; none of the five jobs trains in another's folder."""
    pruner = ("hydra.sweeper.pruner.n_startup_trials=1", "hydra.sweeper.pruner.n_warmup_steps=0")
    rates = ("hydra.sweeper.sampler.n_startup_trials=20", "hydra.sweeper.sampler.seed=11", "optimizer.lr=1e-2,1e-5")
    result = musicgenre(*search(tmp_path, corpus_root, "hydra.sweeper.n_trials=5", *pruner, *rates))
    assert result.status == 0, result.text
    trials = open_study(str(tmp_path / "study.journal"), "search").trials
    pruned = [trial for trial in trials if trial.params["optimizer.lr"] == "1e-05"]
    assert len(pruned) == 3
    for trial in pruned:
        assert (trial.state, trial.intermediate_values) == (TrialState.PRUNED, pruned[0].intermediate_values)
    assert {trial.state for trial in trials if trial not in pruned} == {TrialState.COMPLETE}
    assert f"Best of 5 jobs ({len(pruned)} pruned, 0 failed)" in result.text
    weak, good = sorted(read_runs(tmp_path), key=lambda run: run.metrics["epochs"])
    assert weak.metrics["pruned_epoch"] == weak.metrics["epochs"] == 1
    assert good.metrics["epochs"] == 3
    assert "pruned_epoch" not in good.metrics
    report = build_report(rows_of([good, weak], [good.predictions, weak.predictions]), {}, pd.DataFrame())
    assert [note for note in report.notes if "(epoch 1)" in note and "lr=1e-05" in note]
    settings = (*SETTINGS, "data=folder", f"data.root={corpus_root}", "trainer.max_epochs=3", "optimizer.lr=1e-5")
    again = musicgenre("train", *settings, f"hydra.run.dir={weak.folder}")
    assert "A search ended it after epoch 1: hydra.run.dir=NEW_FOLDER" in again.text


def test_jobs_report_their_epochs_where_none_is_pruned(tmp_path: Path, corpus_root: Path) -> None:
    alone = ("hydra.sweeper.n_trials=1", "hydra.sweeper.pruner=null")
    result = musicgenre(*search(tmp_path, corpus_root, *alone, *SPACE))
    assert result.status == 0, result.text
    [trial] = open_study(str(tmp_path / "study.journal"), "search").trials
    assert (trial.state, [*trial.intermediate_values]) == (TrialState.COMPLETE, [0, 1, 2])


@pytest.mark.parametrize(
    "url",
    [
        *(f"postgresql://me:se{sign}cret@host/studies" for sign in "#/?["),
        "postgresql://me@host/studies?sslpassword=secret",
        "mysql://me@host/studies?passwd=secret",
        "mssql+pyodbc:///?odbc_connect=SERVER%3Dhost%3BPWD%3Dsecret",
        "postgresql://me:secret@[::1/studies",  # not a URL, and not repeated
        "postgresql://me:secret@host:port/studies",
    ],
)
def test_no_password_is_kept_whatever_it_is_made_of(url: str) -> None:
    with pytest.raises(MusicGenreError, match=r"holds a password|is not a valid database URL") as raised:
        require_no_password(url)
    assert "cret" not in str(raised.value)


def test_what_holds_no_password_is_a_storage() -> None:
    for storage in ("postgresql://me@[::1]:5432/s?passfile=/home/me/.pgpass", "sqlite:///study.db", "a:b@c.journal"):
        require_no_password(storage)


@pytest.mark.parametrize("command", ["gan", "prepare"])
def test_what_comes_to_no_value_is_not_searched(command: str, tmp_path: Path) -> None:
    sweep = ("-m", "hydra/sweeper=optuna", f"hydra.sweep.dir={tmp_path / 'sweep'}", "segments.length=interval(1,3)")
    own = tmp_path / "own"
    own.mkdir()
    (own / "mine.yaml").write_text(f"defaults: [{command}, _self_]\n")
    for flags in ((), ("--config-dir", str(own), "--config-name", "mine")):  # whatever the config is called
        said = f"those of musicgenre {command} return none: search with musicgenre train"
        fails(musicgenre(command, *flags, *sweep), said)
    assert not (tmp_path / "sweep").exists()


def test_what_cannot_be_searched_is_one_sentence(tmp_path: Path, corpus_root: Path) -> None:
    def attempt(*arguments: str) -> str:
        return fails(musicgenre(*search(tmp_path / "sweep", corpus_root, *arguments)))

    assert "There is nothing to search" in attempt("optimizer.lr=1e-3")
    for wrong in ("n_trials=0", "n_trials=1.5", "n_jobs=0", "n_jobs=x"):
        assert "give a whole number of at least 1." in attempt(f"hydra.sweeper.{wrong}", *SPACE)
    assert "There is no optimizer=adamm. Did you mean adam" in attempt("optimizer=sgd,adamm")
    assert "optimizer=glob(zz*) matches no option of optimizer" in attempt("optimizer=glob(zz*)")
    (tmp_path / "text").write_text("no journal\n")
    assert f"in {tmp_path / 'text'} cannot be opened" in attempt(f"hydra.sweeper.storage={tmp_path / 'text'}", *SPACE)
    assert "cannot be opened" in attempt("hydra.sweeper.storage=sqlite:////nowhere/study.db", *SPACE)
    secret = attempt("hydra.sweeper.storage=postgresql://me:secret@host/studies", *SPACE)
    assert "storage holds a password, which each run folder would keep" in secret and "secret@" not in secret
    assert "secret" not in (tmp_path / "sweep" / "multirun.yaml").read_text()
    storage = str(tmp_path / "study.journal")
    open_study(storage, "search", "maximize")
    assert "A search over seed would choose" in attempt("seed=1,2", SPACE[0])
    assert "is set to maximize, but this search to minimize" in attempt(f"hydra.sweeper.storage={storage}", *SPACE)
    with pytest.raises(MusicGenreError, match="cannot be opened"):
        open_study(storage, "another")
    other = str(tmp_path / "other.journal")
    study = open_study(other, "search", "minimize")
    study.tell(study.ask({"batch_size": CategoricalDistribution(["8", "16"])}), 1.0)
    storage = f"hydra.sweeper.storage={other}"
    assert "searched batch_size, but this search covers batch_size, optimizer.lr" in attempt(storage, *SPACE)
    assert "searched other values of batch_size" in attempt(storage, SPACE[1])


def test_a_database_whose_tables_another_search_makes_at_the_same_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slower of two searches gets such an error from PostgreSQL or SQLite."""
    make = MetaData.create_all

    def made_meanwhile(self: MetaData, *args: Any, **how: Any) -> None:
        monkeypatch.setattr(MetaData, "create_all", make)
        make(self, *args, **how)
        raise IntegrityError("CREATE TYPE", None, Exception("duplicate key value"))

    monkeypatch.setattr(MetaData, "create_all", made_meanwhile)
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    assert open_study(storage, "search", "minimize").trials == []
    open_study(storage, "search").ask()
    assert len(open_study(storage, "search", "minimize").trials) == 1


def test_a_database_without_its_driver_is_told_which() -> None:
    missing = "in mysql://me@host/studies cannot be opened .its driver MySQLdb is not installed here"
    with pytest.raises(MusicGenreError, match=missing):
        open_study("mysql://me@host/studies", "search", "minimize")


def test_a_failed_job_is_told_to_the_study_and_at_the_end(tmp_path: Path) -> None:
    roots = f"{tmp_path / 'a'},{tmp_path / 'b'}"
    sweep = ("hydra/sweeper=optuna", "hydra.sweeper.n_trials=2", f"hydra.sweep.dir={tmp_path / 'sweep'}")
    text = fails(musicgenre("train", "-m", *sweep, "data=folder", f"data.root={roots}"))
    assert "of the sweep's jobs failed" in text
    study = open_study(str(tmp_path / "sweep" / "study.journal"), "search")
    assert [trial.state for trial in study.trials] == [TrialState.FAIL] * 2
    fails(musicgenre("train", "-m", *sweep, "data=folder", f"data.root={roots}"))  # failed jobs are not counted
    study = open_study(str(tmp_path / "sweep" / "study.journal"), "search")
    assert [trial.state for trial in study.trials] == [TrialState.FAIL] * 4


def test_a_search_of_which_some_jobs_are_refused_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "run_command", lambda *arguments: 1.0)
    clipped = ("trainer=cpu", "trainer.precision=bf16-mixed", "trainer.gradient_clip_val=1")
    sweep = ("-m", "hydra/sweeper=optuna", "hydra.sweeper.n_trials=1", f"hydra.sweep.dir={tmp_path}")
    result = musicgenre("train", *sweep, *clipped, "optimizer=adam,sgd,rmsprop")  # of which two are fused
    assert result.status == 0, result.text
    fails(musicgenre("train", *sweep, *clipped, "optimizer=adam,sgd"), "cannot clip the gradients of a fused optimizer")


def test_a_study_knows_the_settings_of_its_jobs(tmp_path: Path) -> None:
    storage = str(tmp_path / "study.journal")
    study = open_study(storage, "search", "minimize")
    require_same_settings(study, ["model=cnn", "monitor=val/track/loss"], storage)
    require_same_settings(open_study(storage, "search"), ["model=cnn", "monitor=val/track/loss"], storage)
    elsewhere = "choose another hydra.sweeper.study_name and another hydra.sweep.dir."  # where no job has a folder yet
    with pytest.raises(MusicGenreError, match=elsewhere):
        open_study(storage, "search", "maximize")
    with pytest.raises(MusicGenreError, match=f"ran jobs with model=cnn, but this search sets model=fcnn: {elsewhere}"):
        require_same_settings(open_study(storage, "search"), ["model=fcnn", "monitor=val/track/loss"], storage)


def test_hydras_ranges_are_optunas() -> None:
    typed = ["a=1", "b=int(interval(1,8))", "c=interval(0.5,1)", "d=tag(log,interval(1e-5,1e-2))", "e=range(2,9,2)"]
    space, fixed = search_space([*typed, "f=x,'y z'", "a=2", "+g=range(0.5,1,0.25)", "h=1,2", "h=3"])
    assert space == {
        "b": IntDistribution(1, 8),
        "c": FloatDistribution(0.5, 1.0),
        "d": FloatDistribution(1e-5, 1e-2, log=True),
        "e": IntDistribution(2, 8, step=2),
        "f": CategoricalDistribution(["x", "'y z'"]),
        "+g": FloatDistribution(0.5, 0.75, step=0.25),
    }
    assert fixed == ["a=2", "h=3"]


def test_one_search_is_asked_for_and_with_m(tmp_path: Path) -> None:
    fails(musicgenre("train", "hparams_search=net3", f"hydra.run.dir={tmp_path / 'run'}"), "needs -m: add it")
    sweep = ("-m", "hparams_search=net3,net5", f"hydra.sweep.dir={tmp_path / 'sweep'}")
    fails(musicgenre("train", *sweep), "A sweep runs one search: choose one option of hparams_search.")


@pytest.mark.parametrize("wrong", ["interval(0.1,0.01)", "int(interval(8,4))", "tag(log,interval(0,0.1))"])
def test_ranges_that_are_none_are_one_sentence(wrong: str) -> None:
    with pytest.raises(MusicGenreError, match="cannot be searched: give the lower end first"):
        search_space([f"optimizer.lr={wrong}"])


def test_whole_numbers_are_searched_among_whole_numbers() -> None:
    written = {
        "batch_size=interval(4,16)": r"write 'batch_size=int\(interval\(4,16\)\)'",
        "batch_size=tag(log,interval(4,16))": r"write 'batch_size=int\(tag\(log,interval\(4,16\)\)\)'",
        "batch_size=range(4,16,0.5)": "takes whole numbers alone",
    }
    for typed, said in written.items():
        with pytest.raises(MusicGenreError, match=said):
            require_whole(search_space([typed])[0], "train")
    for typed in ("batch_size=int(interval(4,16))", "optimizer.momentum=interval(0,1)", "batch_size=8,16"):
        require_whole(search_space([typed])[0], "train")


def test_a_pattern_stands_for_the_options_that_fit_it() -> None:
    space, _ = search_space(["optimizer=glob(adam*)"], OverridesParser.create(make_hydra().config_loader))
    assert space == {"optimizer": CategoricalDistribution(["adam", "adamw"])}


def test_settings_of_a_callback_are_written_for_hydra() -> None:
    assert _written({"a": "it's", "b": [1, 2.5, None], "c": {"d": True}}) == r"{a:'it\'s',b:[1,2.5,null],c:{d:true}}"


def test_a_search_without_optuna_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MusicGenreError, match=r"A search needs Optuna: .*\[sweep\]'"):
        open_study(str(tmp_path / "study"), "search", "minimize")
