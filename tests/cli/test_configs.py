from functools import cache
from pathlib import Path

import pytest
from command_line import musicgenre
from hydra import compose, initialize_config_dir, initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from made_runs import write_run
from omegaconf import DictConfig, OmegaConf

from musicgenre.augment import Mixup
from musicgenre.cli.checks import check_settings
from musicgenre.cli.commands import COMMANDS
from musicgenre.cli.configs import conf_dir
from musicgenre.cli.keys import groups_of
from musicgenre.runs.folder import RunFolder
from musicgenre.training.build import _schedule, unpack

CONF = conf_dir()
OPTIONS = sorted((path.parent.name, path.stem) for path in CONF.glob("*/*.yaml"))
# Options by group; tests/matrix composes experiments, which choose options themselves, as debugging does.
GROUPS = {
    group: [option for of, option in OPTIONS if of == group]
    for group in dict(OPTIONS)
    if group not in ("experiment", "debug", "job_logging", "sweep", "hparams_search")
}
PICTURE_NETS = ("net1_fcnn", "net2_cnn", "net3_cnn_bn", "net4_cnn_bn_rmsprop")


@cache
def make_config(*overrides: str, command: str = "train") -> DictConfig:
    """Compose a command's config as the command line does."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose(command, [*overrides])


def test_configs_at_the_top_are_commands_or_named_after_the_project() -> None:
    """A user's own primary config shares their folder's search path: theirs would replace one of a common name."""
    assert {path.stem for path in CONF.glob("*.yaml")} - COMMANDS.keys() <= {"run", "classical", "musicgenre_settings"}


def test_a_gan_chooses_from_the_groups_of_a_training() -> None:
    """Its config lists them itself, so that those of an experiment count."""
    assert groups_of("gan") == groups_of("train")


def test_options_are_found() -> None:
    assert {"data", "split", "features", "augment", "model", "optimizer", "scheduler", "trainer"} <= dict(
        OPTIONS
    ).keys()


@pytest.mark.parametrize("place", range(max(len(options) for options in GROUPS.values())))
def test_every_option_of_every_group_composes(place: int) -> None:
    chosen = {group: options[place] for group, options in GROUPS.items() if place < len(options)}
    config = make_config(*(f"{group}={option}" for group, option in chosen.items()), "++data.root=/music")
    for group, option in chosen.items():
        written = OmegaConf.to_container(OmegaConf.load(CONF / group / f"{option}.yaml"))
        assert isinstance(written, dict)
        without = {key: value for key, value in written.items() if key not in ("defaults", "root", "table")}
        assert OmegaConf.merge(config[group], without) == config[group]
    if chosen.get("wave_augment", "none") != "none":
        config = make_config("gan=none", *(f"{group}={option}" for group, option in chosen.items() if group != "gan"))
    check_settings(config)


def test_what_an_experiment_chooses_counts_for_a_gan_alone() -> None:
    own, s4 = make_config(command="gan"), make_config("experiment=net6_bilstm_cgan", command="gan")
    assert s4.gan == make_config("gan=s4").gan != own.gan and own.segments.overlap == 0.5
    net3, chosen = (
        make_config("experiment=net3_cnn_bn", command="gan"),
        make_config("features=mel_image", "model=cnn_bn"),
    )
    assert (net3.features, net3.model, net3.gan) == (chosen.features, chosen.model, own.gan)
    assert make_config("experiment=simple_cnn", command="gan").segments.overlap == 0


def test_a_primary_config_of_ones_own_keeps_its_split(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("defaults: [train, {override split: stratified}, _self_]\n")
    for flags in (("--config-name", "mine"), ("-cn=mine",)):
        shown = musicgenre("train", "--config-dir", str(tmp_path), *flags, "--cfg", "job")
        assert shown.status == 0, shown.text
        assert "_target_: musicgenre.data.splits.stratified" in shown.out and "artist_kfold" not in shown.out
    assert "musicgenre.data.splits.artist_kfold" in musicgenre("train", "--cfg", "job").out


def test_a_folder_is_of_the_command_whatever_the_primary_config_is_called(tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "mine.yaml").write_text("defaults: [report, _self_]\n")
    write_run(tmp_path / "runs" / "0")
    asked = ("--config-dir", str(tmp_path / "configs"), "--config-name", "mine", f"runs={tmp_path / 'runs'}")
    for _ in range(2):
        shown = musicgenre("report", *asked, f"hydra.run.dir={tmp_path / 'out'}")
        assert shown.status == 0, shown.text
    assert RunFolder(tmp_path / "out").written_by() == "report"


@pytest.mark.parametrize("option", [option for group, option in OPTIONS if group == "debug"])
def test_every_way_of_debugging_composes(option: str) -> None:
    check_settings(make_config(f"debug={option}"))


@pytest.mark.parametrize("option", [option for group, option in OPTIONS if group == "sweep"])
def test_every_prepared_sweep_composes(option: str) -> None:
    check_settings(make_config(f"+sweep={option}"))


@pytest.mark.parametrize("option", [option for group, option in OPTIONS if group == "hparams_search"])
def test_every_prepared_search_composes_and_searches_keys_of_its_experiment(option: str) -> None:
    written = OmegaConf.to_container(OmegaConf.load(CONF / "hparams_search" / f"{option}.yaml"))
    assert isinstance(written, dict)
    experiment = {"net3": "net3_cnn_bn", "net5": "net5_bilstm"}[option]
    config = make_config(f"hparams_search={option}", f"experiment={experiment}")
    for key in written["hydra"]["sweeper"]["params"]:
        assert OmegaConf.select(config, key) is not None, key


@pytest.mark.parametrize(("command", "group"), [("evaluate", "data"), ("evaluate", "trainer"), ("prepare", "data")])
def test_options_of_the_other_commands_compose(command: str, group: str) -> None:
    for option in (option for name, option in OPTIONS if name == group):
        config = make_config(f"{group}={option}", command=command)
        assert "_target_" in config[group]


KERAS_ADAM = {"optimizer._target_": "torch.optim.Adam", "optimizer.lr": 1e-3, "batch_size": 32}
S3 = {
    "segments.length": 6.0,
    "segments.overlap": 0.0,
    "segments.short": "drop",
    "segments.max_segments": 5,
    "segments.window": None,
    "features.n_mels": 128,
    "features.hop_length": 512,
    "split.fractions": [0.6, 0.2, 0.2],
    "batch_size": 64,
    "trainer.max_epochs": 60,
    "standardize": "element",
    "scheduler.factor": 0.5,
    "scheduler.monitor": "val/segment/loss",
    "scheduler.mode": "min",
    "monitor": "val/segment/accuracy",
    "callbacks.early_stopping.patience": 15,
    "augment.freq_mask": 0.2,
    "augment.time_mask": 0.2,
}
PUBLISHED = [
    ("dilated_cnn", {"features.n_mfcc": 20, "batch_size": 16, "trainer.max_epochs": 40, "model.dropout": 0.5}),
    ("pca_mfcc", {"model.pca": 50}),
    ("raw_mfcc model=random_forest", {"model.estimator.n_estimators": 200, "model.estimator.max_depth": 7}),
    ("cnn_features model=random_forest_300", {"model.estimator.n_estimators": 300, "embed.model.dropout": 0.5}),
    ("mfcc_cnn", {"features.n_mfcc": 16, "features.n_fft": 2048, "features.hop_length": 512, "optimizer.lr": 1e-4}),
    ("mfcc_cnn", {"trainer.max_epochs": 100, "model.dropout": 0.3, "model.l2": 1e-3, "segments.max_segments": 10}),
    ("features_cnn1d", KERAS_ADAM | {"trainer.max_epochs": 20, "standardize": "minmax", "split.seed": 42}),
    ("features_logistic", {"model.scale": "minmax", "model.estimator.max_iter": 100, "split.seed": 42}),
    ("features_mlp", {"model.estimator.hidden_layer_sizes": [5000, 10], "model.estimator.alpha": 1e-5}),
    ("features_xgboost", {"model.estimator.n_estimators": 1000, "model.estimator.learning_rate": 0.05}),
    ("images_cnn1", KERAS_ADAM | {"features.size": [70, 100], "trainer.max_epochs": 25, "split.seed": 123}),
    ("images_cnn2", KERAS_ADAM | {"features.size": [70, 100], "trainer.max_epochs": 20, "split.seed": 123}),
    ("images_alexnet", KERAS_ADAM | {"features.size": [70, 100], "trainer.max_epochs": 20, "split.seed": 123}),
    ("simple_cnn", S3 | {"model.dropout": 0.5}),
    ("unet_lite", S3 | {"model.dropout": 0.6, "model.l2": 0.005}),
    ("simple_cnn optimizer=sgd", {"optimizer.lr": 1e-2, "optimizer.momentum": 0.9}),
    ("simple_cnn optimizer=rmsprop", {"optimizer.lr": 1e-3}),
]


@pytest.mark.parametrize(("asked", "settings"), PUBLISHED, ids=[asked for asked, _ in PUBLISHED])
def test_settings_are_those_of_the_source(asked: str, settings: dict[str, object]) -> None:
    config = make_config(*f"experiment={asked}".split())
    found = {key: OmegaConf.select(config, key) for key in settings}
    assert {k: OmegaConf.to_object(v) if OmegaConf.is_config(v) else v for k, v in found.items()} == settings


def option(config: DictConfig, group: str) -> str:
    """Return the name of the class that a group builds."""
    return str(OmegaConf.select(config, f"{group}._target_")).rsplit(".", maxsplit=1)[-1]


@pytest.mark.parametrize("experiment", PICTURE_NETS)
def test_published_settings_of_the_picture_nets(experiment: str) -> None:
    config = make_config(f"experiment={experiment}")
    assert option(config, "features") == "MelImage"
    assert config.features.size == 180
    assert option(config, "augment") == "PictureAugment"
    assert config.optimizer.lr == 1e-5
    assert config.trainer.max_epochs == 100
    assert config.callbacks.early_stopping is None
    assert config.segments.length is None
    assert list(config.split.fractions) == [0.7, 0.2, 0.1]
    assert option(config, "optimizer") == ("RMSprop" if experiment == "net4_cnn_bn_rmsprop" else "Adam")


def test_picture_nets_differ_as_published() -> None:
    nets = [make_config(f"experiment={name}") for name in PICTURE_NETS]
    assert [option(config, "model") for config in nets] == ["FCNN", "CNN", "CNN", "CNN"]
    assert [config.model.get("batch_norm") for config in nets] == [None, False, True, True]
    assert nets[2].model == nets[3].model


def test_published_settings_of_net5() -> None:
    config = make_config("experiment=net5_bilstm")
    assert option(config, "features") == "MFCC"
    assert config.features.n_mfcc == 13
    assert option(config, "model") == "BiLSTM"
    assert (config.segments.length, config.segments.overlap) == (3.0, 0.5)
    assert config.batch_size == 32
    assert config.trainer.max_epochs == 50
    assert config.callbacks.early_stopping.patience == 10
    assert (option(config, "optimizer"), config.optimizer.lr) == ("Adam", 1e-3)
    assert not config.augment


def test_command_line_wins_over_an_experiment() -> None:
    config = make_config("experiment=net4_cnn_bn_rmsprop", "optimizer=sgd", "optimizer.lr=0.5", "trainer.max_epochs=3")
    assert (option(config, "optimizer"), config.optimizer.lr, config.trainer.max_epochs) == ("SGD", 0.5, 3)


@pytest.mark.parametrize("name", GROUPS["scheduler"])
def test_an_experiment_trains_with_another_schedule(name: str) -> None:
    config = OmegaConf.to_container(make_config("experiment=simple_cnn", f"scheduler={name}"), resolve=True)
    assert (_schedule(config) is None) == (name == "none")  # type: ignore[arg-type]


def test_configs_lie_beside_the_package_in_a_checkout() -> None:
    assert Path(__file__).parents[2] / "conf" == CONF
    assert (CONF / "train.yaml").is_file()


def test_configs_are_a_package_to_compose_from() -> None:
    GlobalHydra.instance().clear()
    with initialize_config_module("musicgenre.conf", version_base="1.3"):
        assert option(compose("train", ["model=bilstm"]), "model") == "BiLSTM"


def test_configs_are_found_by_the_search_path_of_another_program(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "defaults:\n  - model: cnn_bn\n  - _self_\nhydra:\n  searchpath: ['pkg://musicgenre.conf']\n"
    )
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(tmp_path), version_base="1.3"):
        assert option(compose("mine"), "model") == "CNN"


def test_the_parts_of_the_residual_network_can_be_taken_away() -> None:
    config = make_config("experiment=short_chunk_resnet", "mix=none", "augment=none", "callbacks.ema=null")
    assert not config.mix and not config.augment and config.callbacks.ema is None
    whole = make_config("experiment=short_chunk_resnet")
    assert (whole.mix.alpha, whole.augment.freq_mask, whole.augment.time_mask) == (0.2, 0.1, 0.15)


def test_a_mix_reaches_the_classifier(corpus_root: Path) -> None:
    config = make_config("data=folder", f"data.root={corpus_root}", "mix=mixup", "mix.alpha=0.3")
    mix = unpack(OmegaConf.to_container(config, resolve=True)).classifier().mix  # type: ignore[arg-type]
    assert isinstance(mix, Mixup) and mix.alpha == 0.3
