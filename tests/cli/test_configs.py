from pathlib import Path

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.utils import instantiate
from made_audio import RATE, make_track
from omegaconf import DictConfig, OmegaConf

from musicgenre.cli.checks import check_settings
from musicgenre.cli.launch import conf_dir
from musicgenre.errors import MusicGenreError
from musicgenre.features import Standardize
from musicgenre.training.build import build_front_end, classifier_from, factory_of, plain

CONF = conf_dir()
OPTIONS = sorted((path.parent.name, path.stem) for path in CONF.glob("*/*.yaml"))
EXPERIMENTS = sorted(path.stem for path in (CONF / "experiment").glob("*.yaml"))
NETS = sorted(
    path.stem for path in (CONF / "model").glob("*.yaml") if "nets." in path.read_text() or "- cnn" in path.read_text()
)
FRONT_ENDS = ("gabor", "logmel", "mel_image", "mfcc")
SMALL = {"mel_image": ["features.size=100"], "gabor": ["features.n_filters=32"], "logmel": ["features.n_mels=48"]}
GENRES = ["drone", "hum", "whistle"]
PICTURE_NETS = ("net1_fcnn", "net2_cnn", "net3_cnn_bn", "net4_cnn_bn_rmsprop")


def make_config(*overrides: str, command: str = "train") -> DictConfig:
    """The config of a command, as it is composed from the command line."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose(command, [*overrides])


def test_options_are_found() -> None:
    assert {"data", "split", "features", "augment", "model", "optimizer", "scheduler", "trainer"} <= dict(
        OPTIONS
    ).keys()
    assert len(EXPERIMENTS) >= 5


@pytest.mark.parametrize(("group", "option"), OPTIONS, ids="=".join)
def test_every_option_of_every_group_composes(group: str, option: str) -> None:
    config = make_config(f"{group}={option}", "++data.root=/music")
    if group not in ("experiment", "debug"):  # these set values of other groups
        written = OmegaConf.to_container(OmegaConf.load(CONF / group / f"{option}.yaml"))
        assert isinstance(written, dict)
        without = {key: value for key, value in written.items() if key not in ("defaults", "root", "table")}
        assert OmegaConf.merge(config[group], without) == config[group]
    check_settings(config)


@pytest.mark.parametrize(("command", "group"), [("evaluate", "data"), ("evaluate", "trainer"), ("prepare", "data")])
def test_options_of_the_other_commands_compose(command: str, group: str) -> None:
    for option in (option for name, option in OPTIONS if name == group):
        config = make_config(f"{group}={option}", command=command)
        assert "_target_" in config[group]


def is_net(config: DictConfig) -> bool:
    """Whether the model is a net (the others are scikit-learn's, which have tests of their own)."""
    return str(config.model._target_).startswith("musicgenre.nets.")


def input_shape(config: DictConfig) -> tuple[int, ...]:
    """Shape of what the config's net is given for one segment (30 s for a whole track)."""
    front_end = build_front_end(config)
    shape: tuple[int, ...] = front_end.output_shape(round((config.segments.length or 30.0) * RATE))
    return shape


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_builds(experiment: str) -> None:
    config = make_config(f"experiment={experiment}")
    check_settings(config)
    if not is_net(config):
        assert len(instantiate(config.model).steps) >= 1
        return
    in_shape = input_shape(config)
    # "meta" has shapes without memory, since two nets have 133 million weights; autocast is not to be had on it
    with torch.device("cpu" if experiment == "gabor_cnn_learnt" else "meta"):
        net = factory_of(config, "model")(in_shape, 10)
        logits = net.eval()(torch.empty(2, *in_shape))
    assert logits.shape == (2, 10)
    optimizer = factory_of(config, "optimizer")(net.parameters())
    assert optimizer.param_groups[0]["lr"] == config.optimizer.lr


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_takes_another_split(experiment: str) -> None:
    config = make_config(f"experiment={experiment}", "split=artist_kfold", "seed=3")
    assert repr(instantiate(config.split)) == "artist_kfold(folds=5, fold=0, seed=3)"


KERAS_ADAM = {"optimizer._target_": "torch.optim.Adam", "optimizer.lr": 1e-3, "batch_size": 32}
S3 = {
    "segments": {"length": 6.0, "overlap": 0.0, "short": "drop", "max_segments": 5},
    "features.n_mels": 128,
    "features.hop_length": 512,
    "split.fractions": [0.6, 0.2, 0.2],
    "batch_size": 64,
    "trainer.max_epochs": 60,
    "standardize": "element",
    "scheduler.factor": 0.5,
    "plateau.monitor": "val/segment/loss",
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


def learns(config: DictConfig) -> bool:
    """Take two steps on six made-up tracks; False where net and front end refuse each other with a message."""
    front_end = build_front_end(config).eval()
    waveforms = torch.stack([torch.from_numpy(make_track(GENRES[i % 3], i, 1.5)) for i in range(6)])
    with torch.inference_mode():
        x = front_end(waveforms).clone()  # (6, 1, F, frames)
    x = torch.tensor(x.numpy())
    record = {"config": plain(config), "genres": GENRES, "in_shape": list(x.shape[1:]), "kind": "audio"}
    standardize = Standardize("global", (x.shape[1], x.shape[2], x.shape[3])).fit([x])
    torch.manual_seed(0)
    try:
        classifier = classifier_from(record, standardize)
    except MusicGenreError as error:
        assert len(str(error)) > 20
        return False
    optimizer = classifier.configure_optimizers()
    assert isinstance(optimizer, torch.optim.Optimizer)
    before = [p.detach().clone() for p in classifier.net.parameters()]
    for _ in range(2):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(classifier(standardize(x)), torch.arange(6) % 3)
        torch.autograd.backward(loss)
        optimizer.step()
        assert loss.isfinite()
    assert all(p.isfinite().all() for p in classifier.net.parameters())
    assert any(not torch.equal(p, q) for p, q in zip(before, classifier.net.parameters(), strict=True))
    return True


@pytest.mark.parametrize("model", NETS)
def test_every_net_learns_from_the_front_ends_it_fits(model: str) -> None:
    names = ("waveform",) if model == "gabor_cnn" else FRONT_ENDS
    fitting = {
        name for name in names if learns(make_config(f"model={model}", f"features={name}", *SMALL.get(name, [])))
    }
    if model in ("fcnn", "bilstm", "gabor_cnn"):  # the first two take any shape
        assert fitting == set(names)
    else:  # dilated_cnn takes half a minute and refuses the 1.5 s of all four
        assert fitting or model == "dilated_cnn"


def option(config: DictConfig, group: str) -> str:
    """Name of the class that a group builds."""
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
    assert option(config, "augment") == "Identity"


def test_command_line_wins_over_an_experiment() -> None:
    config = make_config("experiment=net4_cnn_bn_rmsprop", "optimizer=sgd", "optimizer.lr=0.5", "trainer.max_epochs=3")
    assert (option(config, "optimizer"), config.optimizer.lr, config.trainer.max_epochs) == ("SGD", 0.5, 3)


def test_configs_lie_beside_the_package_in_a_checkout() -> None:
    assert Path(__file__).parents[2] / "conf" == CONF
    assert (CONF / "train.yaml").is_file()
