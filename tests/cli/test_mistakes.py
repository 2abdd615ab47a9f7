"""Invalid values: one sentence that names the key, the value given and those allowed, before any work."""

import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from command_line import fails, musicgenre
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from musicgenre.cli.arguments import read_arguments
from musicgenre.cli.checks import check_config, stand_where_typed
from musicgenre.cli.configs import conf_dir
from musicgenre.errors import MusicGenreError

MISTAKES = {
    "train": [
        *("seed=nan", "seed=inf", "seed=null", "seed=a", "seed=-1", "seed=1.5", "seed=true", "seed=[1]", "seed=1e400"),
        *("trainer.max_epochs=nan", "trainer.max_epochs=inf", "trainer.max_epochs=0", "trainer.max_epochs=1.5"),
        *("batch_size=nan", "batch_size=inf", "batch_size=1.5", "batch_size=null", "batch_size=0", "batch_size=a"),
        *("segments.length=nan", "segments.length=inf", "segments.length=a", "segments.overlap=null"),
        *("segments.max_segments=1.5", "segments.max_segments=all", "segments.max_segments=0", "on_error=maybe"),
        *("features.n_fft=1e8", "features.n_fft=nan", "features.n_mels=1.5", "features.hop_length=0"),
        *("features.hop_length=1.5", "features.n_filters=1.5", "features.max_frames=1.5", "features.max_frames=0"),
        *("features.size=1.5", "features.size=[70,1.5]", "features.size=null", "augment.n_freq_masks=1.5"),
        *("augment.n_time_masks=-1", "model.n_fft=1.5", "model.hop_length=0", "model.n_filters=a", "model.layers=1.5"),
        *("model.pool_after=[1.5]", "model.kernel_sizes=[a]", "model.pool_sizes=null", "model.sizes=[1.5,1,1,1,1]"),
        *("model.estimator.n_estimators=1.5", "model.estimator.max_iter=a", "model.estimator.max_depth=1.5"),
        *("model.estimator.hidden_layer_sizes=[1.5]", "scheduler.frequency=0", "scheduler.patience=1.5"),
        *("callbacks.early_stopping.patience=a", "callbacks.unfreezing.every=1.5"),
        *(
            "model.hidden=[-1]",
            "model.hidden=[1000000000000]",
            "model.hidden=-1",
            "model.hidden=null",
            "model.hidden=a",
        ),
        *("split.fractions=null", "split.fractions=[0.5,0.5]", "split.fractions=[a,b,c]", "split.fractions=[nan,0,1]"),
        *("split.seed=-1", "split.seed=a", "split.seed=1.5", "data.corpus_seed=1.5", "data.corpus_seed=-1"),
        *("data.tracks_per_genre=0", "data.tracks_per_genre=100001", "data.seconds=nan", "data.seconds=0"),
        *("trainer.limit_train_batches=0", "trainer.limit_val_batches=-1", "trainer.limit_test_batches=a"),
        *("sample_rate=1", "sample_rate=0", "sample_rate=nan", "sample_rate=1e9", "sample_rate=null"),
        *("standardize=0", "standardize=false", "standardize=[a]", "standardize=mean", "embed=foo", "embed=5"),
        *("milestones=[0]", "milestones=[a]", "milestones=[1.5]", "compile=maybe", "figures=2", "embeddings=null"),
        *("epsilon=0", "epsilon=nan", "rho=2", "select=first", "mode=mxa", "monitor=null", "protocol=5"),
        *("protocol=sly", "trusted=3"),
        *("optimizer.lr=nan", "optimizer.lr=a", "optimizer.lr=null", "optimizer.weight_decay=-1"),
        *("generated_per_genre=0", "generated_per_genre=a", "gan_run=[a]", "ckpt_path=[a]", "ckpt_path=true"),
        *("data.genres=[blues,blues]", "data.genres=[]", "data.genres=[[a]]", "data.genres={a: 1}"),
    ],
    "gan": [
        *("gan.epochs=nan", "gan.epochs=a", "gan.epochs=1.5", "gan.epochs=0", "gan.epochs=-1", "gan.epochs=null"),
        *("gan.batch_size=0", "gan.batch_size=1", "gan.batch_size=1.5", "gan.ema=2", "gan.ema=nan", "gan.ema=a"),
        *("gan.betas=[2,3]", "gan.betas=[0.5]", "gan.betas=null", "gan.generator_lr=nan", "gan.generator_lr=0"),
        *("gan.discriminator_lr=-1", "gan.figure_every=0", "gan.figure_every=nan", "gan.judge_epochs=1.5"),
        *("generated_per_genre=a", "generated_per_genre=1.5", "generated_per_genre=nan", "gan.generator.noise=0"),
        *("gan.generator.embedding=1.5", "gan.generator.hidden=[1.5]", "gan.discriminator.widths=[a]"),
        *("gan.generator.kernel_size=1.5", "gan.discriminator.embedding=0", "gan.discriminator.kernel_size=0"),
        *("gan.generator.widths=[]", "gan.generator.widths=[0,8]", "gan.discriminator.hidden=[]"),
    ],
    "prepare": ["seed=nan", "sample_rate=1", "segments.length=nan"],
    "evaluate": [
        *("run=null", "run=[a,b]", "run=true", "run={a: 1}", "seed=nan", "sample_rate=1", "sample_rate=a"),
        *("trainer.limit_test_batches=0", "trainer.limit_test_batches=0.5", "trainer.limit_test_batches=1"),
    ],
    "generate": [
        *("run=null", "run=[a]", "genres=[]", "genres=[blues,blues]", "genres=[[a]]", "count=a", "count=1.5"),
        *("count=nan", "count=1e8", "count=0", "audio=a", "audio=-1", "audio=1.5", "seed=null", "seed=nan"),
    ],
    "compare": [
        *("runs=null", "runs=[a,b]", "by=null", "by=5", "confidence=a", "confidence=2", "confidence=-1"),
        *("confidence=nan", "confidence=1", "confidence=0", "metrics=5", "metrics=[a,a]", "formats=svg"),
    ],
    "predict": [
        *("run=[]", "run=[[a]]", "audio=null", "audio=[a,b]", "audio=true", "top=a", "top=1.5", "top=0"),
        *("top=nan", "batch_size=1.5", "batch_size=null", "device=5", "device=null", "save=true", "save=pdf"),
        *("save=[csv,pdf]", "figures=no thanks"),
    ],
    "demo": [
        *("run=null", "run=[]", "run=[[a]]", "port=a", "port=-1", "port=65536", "port=1.5", "browser=perhaps"),
        *("largest=0", "largest=nan", "largest=1e9", "device=5", "batch_size=0"),
    ],
    "explore": [
        *("tracks=null", "tracks=[[a]]", "sample_rate=0", "sample_rate=nan", "run=[a]", "run=true", "stability=2"),
        *("table=[a]", "layer=[a]"),
    ],
    "export": ["run=null", "run=[A]", "format=5", "format=tflite"],
    "ensemble": ["runs=null", "runs=[]", "runs=[[a]]", "runs=true"],
    "report": [
        *("runs=null", "runs=[a]", "audio=[a]", "keep=[a]", "formats=[]", "formats=[md,tex,html,pdf]"),
        "formats=[png,png]",
    ],
    "audit": ["near=2", "threshold=2", "threshold=nan", "threshold=a"],
}
CASES = [(command, override) for command, overrides in MISTAKES.items() for override in overrides]
SET = {
    "compare": ("runs=.", "by=seed"),
    "predict": ("run=.", "audio=."),
    "explore": ("data.root=.",),
    "audit": ("data.root=.",),
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `.` an empty folder: a folder that is not a run is searched recursively for runs."""
    monkeypatch.chdir(tmp_path)


@cache
def _config(command: str) -> DictConfig:
    needed = SET.get(command, ("run=.",) if command in ("demo", "evaluate", "export", "generate") else ())
    needed = ("runs=.",) if command in ("report", "ensemble") else needed
    chosen = ("optimizer=adam", "split=stratified", "trainer=cpu") if command in ("train", "gan", "prepare") else ()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        return compose(command, [*needed, *chosen, *(("trainer=cpu",) if command == "evaluate" else ())])


def config(command: str, override: str) -> DictConfig:
    """Return the command's config with one value changed, as if typed."""
    found = _config(command).copy()
    _, [read] = read_arguments([override])
    if read.startswith("~"):  # GROUP=null
        read = override
    parsed = OverridesParser.create().parse_override(read)
    value: Any = parsed.value()
    OmegaConf.update(found, parsed.key_or_group, value, force_add=True)
    return found


@pytest.mark.parametrize(("command", "override"), CASES, ids=[" ".join(case) for case in CASES])
def test_a_value_that_cannot_be(command: str, override: str) -> None:
    with pytest.raises(MusicGenreError) as error:
        check_config(config(command, override), command)
    text, key = str(error.value), override.partition("=")[0]
    assert text.startswith((f"{key} is ", f"{key} has "))
    assert "\n" not in text
    assert ": " in text
    assert any(word in text for word in ("give ", "choose ", "show "))


@pytest.mark.parametrize("command", ["compare", "report"])
def test_several_folders_of_runs_can_be_given_as_one(command: str) -> None:
    with pytest.raises(MusicGenreError, match="one folder, with the runs anywhere below it, or links to their folders"):
        check_config(config(command, "runs=[a,b]"), command)


@pytest.mark.parametrize("command", [*MISTAKES])
def test_what_a_command_has_by_itself_can_be(command: str) -> None:
    check_config(_config(command).copy(), command)


@pytest.mark.parametrize(
    ("command", "override", "taken"),
    [
        ("train", "batch_size=1e2", 100),
        ("train", "seed=7.0", 7),
        ("train", "milestones=3", [3]),
        ("train", "data.genres=blues", ["blues"]),
        ("train", "model.hidden=16", 16),
        ("train", "features.hop_length=1e3", 1000),
        ("train", "features.size=8.0", 8),
        ("train", "features.size=[7e1,100]", [70, 100]),
        ("train", "model.estimator.n_estimators=1e1", 10),
        ("generate", "genres=blues", ["blues"]),
        ("compare", "metrics=test/track/accuracy", ["test/track/accuracy"]),
        ("compare", "reference=false", False),  # a valid reference for by=model.batch_norm
        ("compare", "reference=[512,256]", [512, 256]),
        ("report", "formats=pdf", ["pdf"]),
        ("explore", "tracks=5", ["5"]),
        ("predict", "save=csv", ["csv"]),
        ("predict", "run=.", "."),
    ],
)
def test_what_is_meant_is_taken(command: str, override: str, taken: object) -> None:
    cfg = config(command, override)
    check_config(cfg, command)
    value = OmegaConf.select(cfg, override.partition("=")[0])
    assert (OmegaConf.to_container(value) if OmegaConf.is_config(value) else value) == taken


@pytest.mark.parametrize(
    ("key", "value"),
    [("model.hidden", None), ("model.channels", "wide"), ("split.fractions", [0.8, 0.2]), ("features.size", "big")],
)
def test_settings_of_ones_own_parts_are_theirs(key: str, value: object) -> None:
    cfg, group = _config("train").copy(), key.partition(".")[0]
    OmegaConf.update(cfg, key, value, force_add=True)
    with pytest.raises(MusicGenreError, match=key):
        check_config(cfg.copy(), "train")
    cfg[group]["_target_"] = "own.parts.Mine"
    check_config(cfg, "train")
    assert OmegaConf.select(cfg, key) == value


@pytest.mark.parametrize(
    "name",
    [
        "介绍.mp3",
        "a&b #1.mp3",
        "x (live).mp3",
        "a, b.mp3",
        "it's.mp3",
        "[a].mp3",
        "{a}.mp3",
        "a=b.mp3",
        "back\\slash'.mp3",
    ],
)
def test_a_path_is_taken_as_it_is_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).touch()
    cfg = config("predict", f"audio={name}")
    check_config(cfg, "predict")
    assert cfg.audio == name


@pytest.mark.parametrize(
    "name", ["音楽", "a&b #1", "x (live)", "a, b", "it's", "[a]", "{a}", "a=b", "back\\slash'", 'q"q']
)
def test_a_folder_to_be_written_is_taken_as_it_is_typed(name: str) -> None:
    _, overrides = read_arguments([f"hydra.run.dir=runs/{name}/${{now:%Y}}"])
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        cfg = compose("train", overrides, return_hydra_config=True)
    assert OmegaConf.select(cfg, "hydra.run.dir") == f"runs/{name}/{time.strftime('%Y')}"


@pytest.mark.parametrize("path", ["~nobody-here/x", "x" * 5000, "a\0b"])
def test_a_path_that_no_system_has(path: str) -> None:
    cfg = _config("predict").copy()
    cfg.audio = path
    with pytest.raises(MusicGenreError, match="audio"):
        check_config(cfg, "predict")


@pytest.mark.parametrize("command", ["evaluate", "prepare"])
def test_a_key_that_was_in_another_place_in_0_1_0(tmp_path: Path, command: str) -> None:
    out = f"hydra.run.dir={tmp_path}"
    run = ("run=.",) if command == "evaluate" else ()
    fails(musicgenre(command, *run, "data.sample_rate=8000", out), "Did you mean sample_rate=...?")


def test_a_training_has_tags_and_no_run_to_read() -> None:
    assert read_arguments(["run.notes=warm, (and) slow", "run.tags=[a,b]"])[1] == [
        "run.notes='warm, (and) slow'",
        "run.tags=[a,b]",
    ]
    fails(musicgenre("train", "run=outputs"), "run is outputs, but train makes a run of its own", "run.tags=[...]")
    fails(musicgenre("train", "run.tags={a:1}"), "run.tags={a:1} cannot be set")


@pytest.mark.parametrize("folder", ["hydra.run.dir=null", "hydra.sweep.dir=", "hydra.run.dir=''"])
def test_a_folder_for_results_has_a_name(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fails(musicgenre("train", folder), f"{folder.partition('=')[0]} is empty: name the folder for results")
    assert not list(tmp_path.iterdir())


def test_a_folder_for_results_may_begin_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada b")
    typed = ["hydra.run.dir=~/runs/x", "hydra.sweep.dir=~", "hydra.run.dir=~x"]
    assert read_arguments(typed)[1] == [
        "hydra.run.dir=/home/ada b/runs/x",
        "hydra.sweep.dir=/home/ada b",
        "hydra.run.dir='~x'",
    ]


def test_from_another_working_folder_words_that_are_no_paths_stay(tmp_path: Path) -> None:
    cfg = OmegaConf.create({"data": {"root": "music", "artists": "none"}, "table": "features", "runs": "~/runs"})
    stand_where_typed(cfg, tmp_path / "typed")
    assert cfg == {
        "data": {"root": str(tmp_path / "typed" / "music"), "artists": "none"},
        "table": "features",
        "runs": "~/runs",
    }
