"""An epoch through `musicgenre train`, against a plain loop over the same tensors and the usual stack."""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import librosa
import lightning as L
import torch
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from rich.console import Console
from rich.table import Table
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from musicgenre.__main__ import main as command_line
from musicgenre.cli.configs import conf_dir
from musicgenre.data.datamodule import GenreDataModule
from musicgenre.modules.classifier import GenreClassifier
from musicgenre.training.build import unpack

USUAL_TRACKS = 20  # the usual stack's epoch is measured on these and scaled up


def prepared(overrides: list[str]) -> tuple[GenreDataModule, GenreClassifier]:
    """The data and the classifier that the command would use."""
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        config = OmegaConf.to_container(compose("train", overrides), resolve=True)
    assert isinstance(config, dict)
    plan = unpack({str(key): value for key, value in config.items()})
    classifier = plan.classifier()
    classifier.prepare(plan.data)
    return plan.data, classifier


def ours(overrides: list[str], epochs: int) -> float:
    """Seconds per epoch in `musicgenre train`, fitting only."""
    with tempfile.TemporaryDirectory() as name:
        sys.argv = ["musicgenre", "train", *overrides, f"trainer.max_epochs={epochs}", f"hydra.run.dir={name}"]
        assert command_line() == 0
        return float(json.loads((Path(name) / "metrics.json").read_text())["fit_seconds"]) / epochs


def plain(overrides: list[str], epochs: int) -> float:
    """Seconds per epoch in a loop of ten lines, validation included."""
    data, classifier = prepared(overrides)
    x = data.standardize(torch.from_numpy(data.features))
    net, augment = classifier.made_net, data.augment or torch.nn.Identity()
    optimizer = classifier.make_optimizer(net.parameters(), lr=classifier.lr)
    rows = {name: torch.from_numpy(found) for name, found in data.rows.items()}
    start = time.perf_counter()
    for _ in range(epochs):
        net.train()
        for row in torch.split(rows["train"][torch.randperm(len(rows["train"]))], data.batch_size):
            loss = F.cross_entropy(net(augment(x[row])), data.labels[row])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        net.eval()
        with torch.inference_mode():
            for row in torch.split(rows["val"], data.batch_size) if len(rows["val"]) else ():
                F.cross_entropy(net(x[row]), data.labels[row])
    return (time.perf_counter() - start) / epochs


class LibrosaSegments(Dataset[tuple[Tensor, int]]):
    """The usual dataset: loads and transforms one segment at a time, again in each epoch."""

    def __init__(self, data: GenreDataModule, rows: list[int]) -> None:
        self.table = data.segments.iloc[rows].reset_index(drop=True)
        self.root, self.n_mfcc = data.corpus.root, data.in_shape[1]

    def __len__(self) -> int:
        """Number of segments."""
        return len(self.table)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """MFCC of one segment and its label."""
        row = self.table.iloc[index]
        y, rate = librosa.load(self.root / row.track, sr=22050, offset=row.start, duration=row.seconds)
        return torch.from_numpy(librosa.feature.mfcc(y=y, sr=rate, n_mfcc=self.n_mfcc))[None], int(row.label)


class UsualModule(L.LightningModule):
    """The usual module: logs at every step."""

    def __init__(self, net: torch.nn.Module) -> None:
        super().__init__()
        self.net = net

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        """One batch."""
        loss = F.cross_entropy(self.net(batch[0]), batch[1])
        self.log("loss", loss, prog_bar=True)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam."""
        return torch.optim.Adam(self.parameters())


def usual(overrides: list[str]) -> float:
    """Seconds per epoch with librosa in the dataset, a DataLoader with workers and Lightning's defaults."""
    data, classifier = prepared(overrides)
    tracks = data.segments.iloc[data.rows["train"]].track.unique()
    few = set(tracks[:USUAL_TRACKS])
    rows = [int(row) for row in data.rows["train"] if data.segments.track[row] in few]
    loader = DataLoader(LibrosaSegments(data, rows), batch_size=data.batch_size, shuffle=True, num_workers=2)
    with tempfile.TemporaryDirectory() as name:
        trainer = L.Trainer(max_epochs=1, default_root_dir=name, accelerator="cpu")
        start = time.perf_counter()
        trainer.fit(UsualModule(classifier.made_net), loader)
    return (time.perf_counter() - start) * len(tracks) / len(few)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("experiments", nargs="*", default=["net5_bilstm", "dilated_cnn", "mfcc_cnn"])
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--overrides", nargs="*", default=[])
    arguments = parser.parse_args()
    table = Table("experiment", "plain s/epoch", "ours s/epoch", "ours / plain", "usual s/epoch", "usual / ours")
    for experiment in arguments.experiments:
        overrides = [f"experiment={experiment}", *arguments.overrides]
        ours(overrides, 1)  # fills the cache
        pairs = [
            (plain(overrides, arguments.epochs), ours(overrides, arguments.epochs)) for _ in range(arguments.pairs)
        ]
        found = usual(overrides)
        a, b = (median(values) for values in zip(*pairs, strict=True))
        ratio = median(second / first for first, second in pairs)
        table.add_row(experiment, f"{a:.2f}", f"{b:.2f}", f"{ratio:.2f}", f"{found:.1f}", f"{found / b:.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
