"""Own nets and standardisations that a config names, as `train` in Python and its run's model take them."""

from pathlib import Path
from typing import Any

import pytest
from command_line import TINY

import musicgenre

NETS = """
from torch import nn

class PNet(nn.Module):
    def __init__(self, in_shape, n_classes, hidden=4):
        super().__init__()
        self.layer, self.hidden = nn.Linear(in_shape[1], n_classes), hidden

    def forward(self, x):
        return self.layer(x.mean(-1).flatten(1))

def make_net(in_shape, n_classes, hidden=4):
    return PNet(in_shape, n_classes, 2 * hidden)

class Clip(nn.Module):
    def __init__(self, low=-3.0):
        super().__init__()
        self.low = low

    def forward(self, x):
        return x.clamp(min=self.low)
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a package whose class `PNet` is defined in a module of it."""
    name = "own_targets"
    folder = tmp_path / "code" / name
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("from own_targets.nets import PNet\n")
    (folder / "nets.py").write_text(NETS)
    monkeypatch.syspath_prepend(str(folder.parent))
    return name


@pytest.mark.parametrize(("net", "hidden", "more", "low"), [("nets.make_net", 8, ", low: -2", -2), ("PNet", 4, "", -3)])
def test_a_runs_model_is_made_of_what_its_config_names(
    package: str, corpus_root: Path, tmp_path: Path, net: str, hidden: int, more: str, low: int
) -> None:
    (tmp_path / "conf" / "model").mkdir(parents=True)
    (tmp_path / "conf" / "model" / "own.yaml").write_text(f"_target_: {package}.{net}\n_partial_: true\n")
    tiny = [text for text in TINY if not text.startswith("model")]
    model: Any = musicgenre.train(
        *(*tiny, "data=folder", f"data.root={corpus_root}", f"hydra.run.dir={tmp_path / 'run'}", "model=own"),
        f"hydra.searchpath=[file://{tmp_path / 'conf'}]",
        f"standardize={{_target_: {package}.nets.Clip{more}}}",
    ).model
    assert model.net is not None and model.standardize is not None
    assert (model.net.hidden, model.standardize.low) == (hidden, low)
