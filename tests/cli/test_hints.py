"""Messages about unknown keys, and what `--help` shows of known ones."""

import os
import shlex
from pathlib import Path

import pytest
from command_line import fails, musicgenre
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from musicgenre.cli.commands import COMMANDS
from musicgenre.cli.keys import keys_of
from musicgenre.cli.overrides import check_overrides
from musicgenre.errors import MusicGenreError
from musicgenre.suggest import typed
from musicgenre.training.trained import load_model


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lr=0.1", "optimizer.lr=..."),
        ("epochs=3", "trainer.max_epochs=..."),
        ("max_epochs=3", "trainer.max_epochs=..."),
        ("batch=16", "batch_size=..."),
        ("patience=3", "callbacks.early_stopping.patience=..."),
        ("+epochs=3", "trainer.max_epochs=..."),
        ("+segments.len=3", "segments.length"),
        ("trainer.max_epoch=3", "trainer.max_epochs"),
    ],
)
def test_keys_of_other_programs_are_answered_with_ours(typed: str, meant: str) -> None:
    fails(musicgenre("train", typed), f"Did you mean {meant}?", "musicgenre train --help lists everything")


@pytest.mark.parametrize(
    "typed",
    ["trainer.max_epoch=3", "optimiser=sgd", "optimizer=sdg", "optimizer.momentum=0.9", "milestone=[3]", "sgd",
     "--optimizer", "+optimiser=sgd", "debug=overfi", "optimiser={"],
)  # fmt: skip
def test_a_gan_is_offered_nothing_that_it_refuses(typed: str) -> None:
    result = musicgenre("gan", typed)
    assert result.status == 1
    offered = result.text.replace(typed, "").replace("has no setting optimizer", "")
    for refused in ("max_epochs", "milestones", "optimizer", "augment", "callbacks", "hparams_search", "overfit"):
        assert refused not in offered


def test_a_setting_that_follows_another_which_is_not_there_is_asked_for() -> None:
    said = (
        "model.statistics takes its value from features.size, which the chosen options lack: set it yourself, model.st"
    )
    fails(musicgenre("train", "experiment=mel_statistics", "features=logmel_128"), said)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            "loss={_target_: torch.nn.CrossEntropyLoss, label_smoothing: 0.1}",
            "whose class_weights torch.nn.CrossEntropyLoss does not take: replace it by an option of your own, FOLDER/",
        ),
        (
            "model={_target_: torch.nn.Flatten, _partial_: true}",
            "batch_norm and head torch.nn.Flatten does not take: replace it by an option of your own, FOLDER/",
        ),
        ("model={_target_: own.Net, _partial_: true, width: 4}", "which has no width: replace it by an option of your"),
        (
            "mix={_target_: own.Mix}",
            "FOLDER/mix/NAME.yaml, with mix=NAME and --config-dir FOLDER (in Python, hydra.",
        ),
    ],
)
def test_what_is_merged_into_an_option_says_how_to_replace_that(typed: str, said: str, tmp_path: Path) -> None:
    asked = ("train", typed, "data=folder", f"data.root={tmp_path}", f"hydra.run.dir={tmp_path / 'run'}")
    group, text = typed.partition("=")[0], fails(musicgenre(*asked), said)
    assert f"{group}={{...}} is merged into the chosen option of {group}, wh" in text and "Did you mean" not in text


@pytest.mark.parametrize("typed", ["trainer.precision=16-mixed", "model=cnn"])
def test_what_is_there_already_takes_no_plus(typed: str) -> None:
    key = typed.partition("=")[0]
    fails(musicgenre("train", f"+{typed}"), f"{key} exists already: leave out the +, and write {typed}.")


def test_what_nothing_reads_is_refused_and_what_something_may_read_is_not() -> None:
    fails(musicgenre("predict", "+quick=true", "run=x", "audio=y"), "predict does not read quick")
    cfg = OmegaConf.create(
        {"seed": "${mine}", "rate": "${deep.rate}", "run": {"tags": []}, "own": {"a": {"_target_": "a.B"}}}
    )
    read = ["+mine=abc", "+deep.rate=1", "+own.a.more=1", "+own.b={_target_: a.B}", "+trainer.benchmark=true"]
    check_overrides("train", [*read, "+callbacks.x={_target_: a.B}", "+model.more=1", "+mygroup=x"], cfg, ["mygroup"])
    for unread in ("+run.owner=me", "+min=1", "+deeper=1"):
        with pytest.raises(MusicGenreError, match="would have no effect"):
            check_overrides("train", [unread], cfg)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("train", "--resolve"), "--resolve goes with --cfg job"),
        (("train", "-m", "seed=1,2", "--cfg", "job"), "leave out -m"),
        (("train", "-m", "optimizer.lr=interval(0,1)"), "add hydra/sweeper=optuna"),
        (("train", "hydra/sweeper=nevergrad"), "Options of hydra/sweeper: basic, grid, optuna."),
        (("predict", "model=cnn"), "predict has no setting model"),
        (("predict", "tops=1"), "Did you mean top?"),
    ],
)
def test_flags_and_plugins_that_cannot_be_used_are_one_message(typed: tuple[str, ...], said: str) -> None:
    text = fails(musicgenre(*typed), said)
    assert "Groups:" not in text  # where a command has no groups


@pytest.mark.parametrize("command", ["evaluate", "gan", "explore"])
def test_help_shows_a_commands_own_keys_with_their_comments(command: str) -> None:
    result = musicgenre(command, "--help")
    assert result.status == 0
    assert COMMANDS[command] in result.out
    assert "stop_on_error: false  # a sweep ends at the first job that fails" in result.out
    assert "hydra:" not in result.out and "run: ???\n" not in result.out
    assert ("== Groups" in result.out) == ("\ndata:" in result.out)


def test_help_shows_options_and_the_comments_of_those_that_are_chosen() -> None:
    text = musicgenre("train", "--help", "features=mfcc", "optimizer=sgd").out
    assert "\nlogger: csv*, mlflow, none, tensorboard*, wandb\n" in text
    assert "\noptimizer: adam, adamw, rmsprop, sgd*\n" in text
    assert "\n  overlap: 0.0  # fraction of a segment shared with the next\n" in text
    assert "n_mfcc:" in text and "\n+sweep: leak_gap\n" in text
    assert "+sweep" not in musicgenre("audit", "--help").out
    of_gan = musicgenre("gan", "--help").out
    assert "\n  overlap: 0.5  # fraction" in of_gan
    assert not [key for key in ("optimizer", "callbacks", "mix", "milestones", "gan_run") if f"\n{key}:" in of_gan]
    assert "\ndebug: fdr\n" in of_gan and "max_epochs:" not in of_gan and "limit_train_batches:" in of_gan
    wanted = "top: 3  # genres shown of each track"
    assert wanted in musicgenre("predict", "--help").out and "augment" not in musicgenre("predict", "--help").out


def test_a_start_that_is_refused_leaves_no_folder_but_one_that_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    fails(musicgenre("train", "seed=abc"), "seed is 'abc'")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not (tmp_path / "outputs").exists()
    fails(musicgenre("predict", f"run={tmp_path}", f"audio={tmp_path}"), "is not a trained run")
    assert not (tmp_path / "outputs").exists()
    fails(musicgenre("train", "seed=abc", "hydra.run.dir=mine"), "seed is 'abc'")
    assert (tmp_path / "mine").is_dir()


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        (("train", "--epochs", "3"), "trainer.max_epochs=3?"),
        (("train", "--lr=0.1"), "optimizer.lr=0.1?"),
        (("train", "--model", "cnn", "seed=1"), "model=cnn?"),
        (("train", "--batch-size", "seed=1"), "batch_size=...?"),
        (("train", "cnn"), "write model=cnn."),
        (("predict", "song.mp3"), "write audio=song.mp3."),
        (("predict", "my song.mp3"), "write 'audio=my song.mp3'."),
        (("audit", "my/music"), "write data.root=my/music."),
        (("train", "experiment=net5"), "Did you mean net5_bilstm?"),
        (("train", "experiment=gabor"), "Did you mean gabor_cnn or gabor_cnn_learnt?"),
        (("runs", "--bye"), "Did you mean --by?"),
        (("runs", "--by"), "expected one argument"),
        (("trian",), "Did you mean train?"),
        (("train", "-m", "--info", "searchpath"), "--multirun and --info do not go together"),
        (("train", "model=CNN"), "Did you mean cnn?"),
        (("train", "+model=cnn"), "exists already: leave out the +, and write model=cnn."),
        (("train", "++model=cnn"), "exists already: leave out the +, and write model=cnn."),
        (("train", "logger=csv", "+logger=wandb"), "leave out the +, and write logger=wandb."),
        (("train", "logger=[csv,tensorbord]"), "Did you mean tensorboard?"),
        (("train", "sweep=leak_gap"), "write +sweep=leak_gap."),
        (("train", "+seed=3"), "leave out the +, and write seed=3."),
        (("train", "sweep.leaveout=model=cnn"), "Did you mean sweep.leave_out?"),
        (("train", "-m", "optimizer.lr=log(1e-4,1e-1)"), "write 'optimizer.lr=tag(log,interval(1e-4,1e-1))'."),
        (("train", "-m", "optimizer.lr=uniform(0.1,1)"), "write 'optimizer.lr=interval(0.1,1)'."),
        (("train", "-m", "hydra/launcher=joblib", "hydra.launcher.njobs=2"), "Did you mean hydra.launcher.n_jobs"),
        (("completions",), "Did you mean completion?"),
        (("completion", "tcsh"), "bash|zsh|fish"),
        (("list", "--all"), "no flags but --config-dir: --all"),
    ],
)
def test_what_other_programs_write_is_answered_with_what_to_type(typed: tuple[str, ...], written: str) -> None:
    assert len(fails(musicgenre(*typed), written).splitlines()) == 1


@pytest.mark.parametrize(
    "names", [["r&b", "rock"], ["блюз", 'a "b" \\\\'], ["1960", "null", "Hip Hop"], ["drum'n'bass"]]
)
def test_what_is_suggested_can_be_typed(names: list[str]) -> None:
    (override,) = shlex.split(typed("data.genres", names))
    assert OverridesParser.create().parse_override(override).value() == names
    (override,) = shlex.split(typed("data.aliases", dict.fromkeys(["Hip Hop", "a"], names[0])))
    assert OverridesParser.create().parse_override(override).value() == {"Hip Hop": names[0], "a": names[0]}


@pytest.mark.parametrize("given", ["data.genres=[r&b,rock]", "run.tags=[été]", 'data.aliases={"RnB": r}'])
def test_what_hydra_cannot_read_needs_quotes(given: str) -> None:
    text = fails(musicgenre("train", "data=folder", "data.root=x", given), f"{given} cannot be read: a string with any")
    assert "as in 'data.genres=[\"r&b\",rock]'" in text and "no setting" not in text


def test_what_is_switched_off_and_not_there_is_no_second_setting() -> None:
    text = fails(musicgenre("train", "callbacks.early_stoping=null"), "train has no setting callbacks.early_stoping.")
    assert "Did you mean callbacks.early_stopping" in text and "removes what" not in text


def test_a_key_of_a_group_without_an_option_names_those_that_have_it(tmp_path: Path) -> None:
    text = fails(musicgenre("evaluate", f"run={tmp_path}", "data.seconds=6"), "evaluate has no setting data.seconds.")
    assert "data.seconds goes with data=synthetic, which is not chosen here: add it." in text
    assert "Did you mean" not in text


@pytest.mark.parametrize("key", ["callbacks.best.save_top_k", "optimizer.amsgrad", "trainer.deterministic"])
def test_a_parameter_that_no_config_lists_is_answered_with_a_plus(key: str) -> None:
    text = fails(musicgenre("train", f"{key}=1"), f"A parameter that the config does not list: +{key}=...")
    assert "Did you mean" not in text  # a name that has only its group in common with another


def test_keys_are_those_of_the_split_that_the_data_has() -> None:
    text = fails(musicgenre("train", "split.fractions=[0.8,0.1,0.1]"), "split.fractions goes with split=")
    assert "Did you mean split.fractions" not in text and "split has: split.folds, split.fold" in text


def test_keys_of_an_own_option_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine.yaml").write_text("_target_: own.Net\n_partial_: true\nwidth: 4\n")
    named = ("--config-dir", str(tmp_path)), (f"hydra.searchpath=['file://{tmp_path}']",)
    for own in named:
        text = fails(musicgenre("train", *own, "model=mine", "model.wdith=4"), "Did you mean model.width?")
        assert "model has: model.width\n" in text and "batch_norm" not in text
    text = fails(musicgenre("train", *named[0], "model=mine", "model.dropout=4"), "model has: model.width\n")
    assert "goes with" not in text  # the settings of a user's network are not known here
    assert keys_of("train", ["model=mine"]) == [key for key in keys_of("train") if not key.startswith("model.")]
    (tmp_path / "model" / "mine.yaml").write_text("defaults: [nothing]\n")
    assert keys_of("train", ["--config-dir", str(tmp_path), "model=mine"]) == []


def test_a_folder_of_runs_is_answered_with_the_newest(tmp_path: Path) -> None:
    for age, name in enumerate(("new", "old")):
        (tmp_path / "outputs" / name / "checkpoints").mkdir(parents=True)
        (tmp_path / "outputs" / name / "environment.json").write_text("{}")
        os.utime(tmp_path / "outputs" / name, (1e9 - age, 1e9 - age))
    folder = tmp_path / "outputs"
    said = f"{folder} is a folder of runs: give one of them, such as the newest, run={folder / 'new'}."
    fails(musicgenre("evaluate", f"run={folder}", f"hydra.run.dir={tmp_path / 'out'}"), said)
    with pytest.raises(MusicGenreError, match="give one of them"):
        load_model(folder)


@pytest.mark.parametrize(
    ("command", "typed", "instead"),
    [
        ("predict", "audio=a.wav,b.wav", ", or write 'audio=\"a.wav,b.wav\"' for one string."),
        ("predict", "run=a,b", ", or write 'run=[a,b]' for a list, 'run=\"a,b\"' for one string."),
        ("predict", "save=csv,json", ", or write 'save=[csv,json]' for a list."),
        ("train", "milestones=5,10", ", or write 'milestones=[5,10]' for a list."),
        ("train", "seed=1,2", "."),
        ("train", "model=cnn,lda", "."),
        ("train", "on_error=skip,raise", "."),
        ("train", "standardize=global,element", "."),
        ("train", "split.seed=1,2", "."),
        ("train", "features.n_mels=64,128", "."),
        ("evaluate", "trainer.limit_test_batches=1,2", "."),
    ],
)
def test_several_values_are_a_list_only_where_a_list_is_taken(command: str, typed: str, instead: str) -> None:
    fails(musicgenre(command, typed), f"{typed} has several values: add -m to run each of them{instead}")
