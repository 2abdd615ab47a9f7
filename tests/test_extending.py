"""What docs/extending.md shows works: its files are written to a separate folder, and its commands are run."""

import json
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from importlib import import_module, reload
from pathlib import Path

import pandas as pd
import pytest
import soundfile as sf
import torch
from command_line import fails, musicgenre
from made_audio import RATE, make_track

from musicgenre import GenreClassifier, load_model, load_run
from musicgenre.cli.api import train as train_in_python
from musicgenre.cli.next_step import after_run
from musicgenre.errors import MusicGenreError, UntrustedError

pytestmark = pytest.mark.usefixtures("blank")

PAGE = (Path(__file__).parents[1] / "docs" / "extending.md").read_text()
QUICK = ("trainer=cpu", "trainer.max_epochs=1", "segments.length=1", "figures=false", "logger=csv")
DATA = ("data=flat_folder", "data.root=music", "augment=none")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the page's files, from which Python and Hydra are started."""
    folder = tmp_path_factory.mktemp("outside")
    for block in blocks("python") + blocks("yaml"):
        first, rest = block.split("\n", 1)
        path = folder / first.removeprefix("# ")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(rest)
    (folder / "music").mkdir()
    for genre in ("drone", "hum"):
        for number in range(6):
            sf.write(folder / "music" / f"{genre} - {number}.wav", make_track(genre, number), RATE)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.chdir(folder)
        yield folder
    for name in [name for name in sys.modules if name == "own" or name.startswith("own.")]:
        del sys.modules[name]


def train(folder: str, *arguments: str) -> dict[str, float]:
    """Train with the folder's configs; return the metrics."""
    result = musicgenre("train", "--config-dir", "own/conf", *QUICK, *arguments, f"hydra.run.dir={folder}")
    assert result.status == 0, result.text
    metrics: dict[str, float] = json.loads(Path(folder, "metrics.json").read_text())
    return metrics


@pytest.fixture(scope="module")
def run(own: Path) -> Path:
    """The page's first command: a net, front end and dataset of one's own."""
    (command,) = blocks("bash")
    arguments = shlex.split(command)
    assert arguments[:6] == ["PYTHONPATH=.", "uv", "run", "musicgenre", "train", "--config-dir"]
    train("first", *arguments[7:])
    return own / "first"


def test_an_own_net_front_end_and_dataset_train(run: Path) -> None:
    assert set(pd.read_csv(run / "predictions.csv").genre) == {"drone", "hum"}
    assert json.loads((run / "metrics.json").read_text())["parameters"] == 16 * 32 + 32 + 2 * 32 + 2


def test_a_run_with_own_classes_is_read_where_their_configs_are_named(run: Path) -> None:
    refused = musicgenre("evaluate", f"run={run}", "trainer=cpu", "hydra.run.dir=refused")
    fails(refused, "own.mean_net.MeanNet", "--config-dir")
    named = f"--config-dir={Path('own/conf').absolute()}"
    assert after_run(run) == f"musicgenre predict {named} run={run} audio=FILE_OR_FOLDER"
    again = musicgenre("evaluate", "--config-dir", "own/conf", f"run={run}", "trainer=cpu", "hydra.run.dir=again")
    assert again.status == 0, again.text
    first, second = (json.loads(Path(folder, "metrics.json").read_text()) for folder in (run, "again"))
    assert second["test/segment/loss"] == pytest.approx(first["test/segment/loss"], abs=1e-6)
    heard = musicgenre(
        "predict", "--config-dir", "own/conf", f"run={run}", "audio=music/hum - 1.wav", "figures=false",
        "hydra.run.dir=heard",
    )  # fmt: skip
    assert heard.status == 0, heard.text


def test_in_python_its_model_is_loaded_by_the_names_that_the_errors_give(run: Path) -> None:
    for read in (load_model, lambda run, trusted: load_run(run).model):
        with pytest.raises(
            UntrustedError, match=r"In Python, give load_model or .*; on the command line, .*trust=true"
        ):
            read(run, trusted=())
    with pytest.raises(UntrustedError, match=r"trusted=\{.*\}") as error:
        load_model(run)
    names = set(re.findall(r"'([\w.]+)'", str(error.value)))
    assert names == {"own.mean_net.MeanNet", "own.loudness.Loudness"}
    model, own = load_model(run, trusted=names), import_module("own.mean_net")
    parts = {"net": own.MeanNet, "features": import_module("own.loudness").Loudness(n_bands=16)}
    again = GenreClassifier.load_from_checkpoint(load_run(run).files.tested_ckpt, **parts)
    wave = torch.randn(1, 22050)
    assert torch.equal(again.probabilities(wave), model.probabilities(wave))


def test_from_python_the_configs_are_found_by_their_whole_path(own: Path) -> None:
    with pytest.raises(MusicGenreError, match=r"--config-dir is for .*own configs, give hydra\.searchpath=\[file:///"):
        train_in_python("--config-dir", "own/conf", "model=mean_net")
    found = f"hydra.searchpath=[file://{own / 'own' / 'conf'}]"
    trained = train_in_python(found, *QUICK, *DATA, "model=mean_net", "hydra.run.dir=from_python")
    assert trained.value("model") == "mean_net" and trained.is_finished


def test_classes_that_remember_nothing_train_and_are_loaded_with_their_settings(own: Path) -> None:
    Path("own/plain.py").write_text(
        "from torch import nn\n\n\nclass Plain(nn.Module):\n"
        "    def __init__(self, shape, n_out, *, width=8):\n        super().__init__()\n"
        "        self.layers = nn.Sequential(nn.Flatten(), nn.LazyLinear(width), nn.Linear(width, n_out))\n\n"
        "    def forward(self, x):\n        return self.layers(x)\n\n\n"
        "class Times(nn.Module):\n    def __init__(self, shape, by=1.0):\n        super().__init__()\n"
        "        self.by = by\n\n    def fit(self, batches):\n        return self\n\n"
        "    def forward(self, x):\n        return self.by * x\n"
    )
    Path("own/conf/model/plain.yaml").write_text("_target_: own.plain.Plain\n_partial_: true\nwidth: 3\n")
    found, times = f"hydra.searchpath=[file://{own / 'own' / 'conf'}]", "{_target_: own.plain.Times, _partial_: true"
    asked = (found, *QUICK, *DATA, "features=mfcc", "model=plain", f"standardize={times}, by: 0.5}}")
    trained, wave = train_in_python(*asked, "hydra.run.dir=plain"), torch.randn(1, 22050)
    names = {"own.plain.Plain", "own.plain.Times"}
    with pytest.raises(UntrustedError) as refused:
        _ = load_run("plain").model
    assert set(refused.value.names) == names
    again = load_model("plain", trusted=names)
    assert again.standardize is not None and again.standardize.by == 0.5
    for model in (trained.model, load_model(trained)):  # which this process may make: it was asked to
        assert torch.equal(model.probabilities(wave), again.probabilities(wave))
    written = trained.predictions.query("split == 'test'").filter(like="p_").to_numpy()
    first = trained.predictions.query("split == 'test'").iloc[0]
    heard = trained.classifier(own / "music" / first.track).timeline
    assert heard.filter(items=["drone", "hum"]).to_numpy()[0] == pytest.approx(written[0], abs=1e-4)


def test_a_run_of_edited_code_is_another_run(own: Path, run: Path) -> None:
    (command,) = blocks("bash")
    again = ("train", "--config-dir", "own/conf", *QUICK, *shlex.split(command)[7:], f"hydra.run.dir={run}")
    assert "already holds this run, complete" in musicgenre(*again).text
    source = own / "own" / "mean_net.py"
    before = source.read_text()
    source.write_text(before.replace("self.layers(x.mean(-1)", "self.layers(-x.mean(-1)"))
    assert source.read_text() != before
    reload(import_module("own.mean_net"))
    fails(musicgenre(*again), "other code of your own")
    source.write_text(before)
    reload(import_module("own.mean_net"))


def test_own_split_loss_standardisation_logger_and_optimizer(own: Path) -> None:
    names = [f"{genre} - {number}.wav" for genre in ("drone", "hum") for number in range(6)]
    subsets = ["train", "train", "train", "train", "val", "test"] * 2
    table = pd.DataFrame({"track": names, "subset": subsets})
    table.to_csv("subsets.csv", index=False)
    asked = (
        *DATA, "features=loudness", "model=mean_net", "split=listed", "split.file=subsets.csv", "loss=focal",
        "standardize={_target_: own.scaling.Robust, _partial_: true}", "logger=[csv,text]", "optimizer=nadam",
    )  # fmt: skip
    train("second", *asked)
    split = pd.read_csv("second/split.csv").drop_duplicates("track").set_index("track").split
    assert split[names].tolist() == subsets
    assert list(Path("second/text").rglob("metrics.csv"))
    curves = pd.read_csv("second/metrics.csv")
    assert curves["train/lr"].tolist() == pytest.approx([1e-3])
    cross_entropy = train(
        "third", *DATA, "features=loudness", "model=mean_net", "split=listed", "split.file=subsets.csv",
        "standardize={_target_: own.scaling.Robust, _partial_: true}", "optimizer=nadam",
    )  # fmt: skip
    assert cross_entropy["epochs"] == 1
    assert curves["train/segment/loss"][0] < pd.read_csv("third/metrics.csv")["train/segment/loss"][0]  # focal loss
    train("second", *asked)  # complete
    table.assign(subset=[subsets[-1], *subsets[:-1]]).to_csv("subsets.csv", index=False)
    again = ("train", "--config-dir", "own/conf", *QUICK, *asked, "hydra.run.dir=second")
    fails(musicgenre(*again), "other subsets")


def test_own_augmentations_and_callbacks(own: Path) -> None:
    x, waves = torch.arange(40.0).reshape(2, 1, 2, 10), torch.zeros(2, 1000)
    augment = import_module("own.augment")
    assert torch.equal(augment.Roll(0.2)(x).sort(-1).values, x)
    hum = augment.Hum(1000, level=0.5)(waves)
    assert (hum.abs().max(), hum[0].square().mean().sqrt()) == (pytest.approx(0.5, 0.05), pytest.approx(0.5 / 2**0.5))
    mixed = augment.Halves()(x)
    assert torch.equal(mixed.x[..., :5], x[..., :5]) and torch.equal(mixed.x[..., 5:], x[mixed.partner][..., 5:])
    assert mixed.share == 0.5
    asked = ("features=loudness", "model=mean_net", "augment=roll", "wave_augment=hum", "mix=halves")
    metrics = train(
        "augmented", *DATA, *asked, "callbacks=gradients", "monitor=train/gradient_norm", "trainer.max_epochs=2",
    )  # fmt: skip
    norms = pd.read_csv("augmented/metrics.csv")["train/gradient_norm"]
    assert len(norms) == 2 and (norms > 0).all()
    assert metrics["train/gradient_norm"] == pytest.approx(norms.min())
    assert metrics["best_epoch"] == norms.argmin() + 1


def test_an_own_standardisation_serves_a_gan_that_is_gone_on_from(own: Path) -> None:
    x = 5 + torch.randn(8, 1, 4, 6)
    scaling = import_module("own.scaling").Robust((1, 4, 6)).fit([x])
    torch.testing.assert_close(scaling.inverse(scaling(x)), x)
    asked = (
        *DATA, "features=mfcc", "features.n_mfcc=4", "model=mean_net", "gan=s4", "gan.epochs=1", "gan.judge_epochs=0",
        "generated_per_genre=2", "standardize={_target_: own.scaling.Robust, _partial_: true}",
    )  # fmt: skip
    first = train("with_gan", *asked)
    Path("with_gan/metrics.json").unlink()  # as if it had been killed after its GAN
    shutil.rmtree("with_gan/checkpoints")
    assert train("with_gan", *asked)["gan/frechet_val/mean"] == first["gan/frechet_val/mean"]


@pytest.mark.parametrize("model", ["neighbours", "scaled_neighbours"])
def test_an_estimator_of_scikit_learn(own: Path, model: str) -> None:
    settings = {"neighbours": "model.n_neighbors=3", "scaled_neighbours": "model.estimator.n_neighbors=3"}
    metrics = train(model, *DATA, "features=mfcc", "features.n_mfcc=4", f"model={model}", settings[model])
    assert metrics["test/track/accuracy"] >= 0.5
    again = musicgenre("evaluate", f"run={own / model}", "trainer=cpu", f"hydra.run.dir={model}_again")
    assert again.status == 0, again.text


def test_a_front_end_of_one_size_takes_whole_tracks(own: Path) -> None:
    Path("own/level.py").write_text(
        "from torch import Tensor\n\nfrom musicgenre.features.front_end import FrontEnd\n\n\n"
        "class Level(FrontEnd):\n    one_size = True\n\n"
        "    def forward(self, waveform: Tensor) -> Tensor:\n        return waveform.std(-1)[:, None, None, None]\n\n"
        "    def output_shape(self, n_samples: int) -> tuple[int, int, int]:\n        return 1, 1, 1\n"
    )
    Path("own/conf/features/level.yaml").write_text("_target_: own.level.Level\n_partial_: true\n")
    train("whole", *DATA, "features=level", "segments.length=null", "model=fcnn", "model.hidden=[2]")
    assert (pd.read_csv("whole/predictions.csv").groupby("track").size() == 1).all()
