"""Compiled nets and channels-last weights: the same checkpoints, the same figures."""

import sys
import sysconfig
from pathlib import Path
from typing import Any

import lightning as L
import pandas as pd
import pytest
import torch
from command_line import fails, train, trained
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from musicgenre import GenreClassifier
from musicgenre.errors import MusicGenreError
from musicgenre.modules.faster import ChannelsLast, compile_net, require_compiler
from musicgenre.nets import CNN, FCNN

ONCE = ("trainer.max_epochs=1", "augment=none")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory, corpus_root: Path) -> Path:
    """A run as usual; read-only."""
    return trained(tmp_path_factory.mktemp("plain"), corpus_root, *ONCE)


def test_weights_that_lie_otherwise_give_the_same_checkpoint(plain: Path, tmp_path: Path, corpus_root: Path) -> None:
    other = trained(tmp_path, corpus_root, *ONCE, "channels_last=true")
    states = [torch.load(run / "checkpoints/best.ckpt", weights_only=True)["state_dict"] for run in (plain, other)]
    assert list(states[0]) == list(states[1])
    for name, weight in states[0].items():
        if isinstance(weight, torch.Tensor):
            torch.testing.assert_close(states[1][name], weight, atol=1e-3, rtol=1e-3)
    assert states[1]["net.features.4.weight"].is_contiguous(memory_format=torch.channels_last)


def test_what_an_optimizer_remembers_lies_as_its_weight() -> None:
    net = CNN((1, 16, 16), 2, channels=(4, 8), pool_after=(1, 2), hidden=4)
    optimizer = torch.optim.Adam(net.parameters(), fused=True)
    net(torch.randn(2, 1, 16, 16)).sum().backward()
    optimizer.step()
    before = {name: weight.clone() for name, weight in net.named_parameters()}
    ChannelsLast.lay_out(net, [optimizer])
    for name, weight in net.named_parameters():
        assert torch.equal(weight, before[name])
        for value in optimizer.state[weight].values():
            assert value.shape != weight.shape or value.stride() == weight.stride()


def test_a_compiled_net_keeps_its_names() -> None:
    net = nn.Sequential(nn.Linear(2, 2))
    names = list(net.state_dict())
    compile_net(net)
    assert list(net.state_dict()) == names


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch's own
@pytest.mark.parametrize("made", [True, False])
def test_a_net_that_torch_compile_has_wrapped_is_trained_compiled_and_kept_as_it_is(made: bool, tmp_path: Path) -> None:
    graphs: list[Any] = []

    def backend(graph: Any, inputs: Any) -> Any:
        graphs.append(graph)
        return graph.forward

    def wrapped(in_shape: tuple[int, ...], n_classes: int) -> Any:
        return torch.compile(FCNN(in_shape, n_classes), backend=backend)

    batches: Any = DataLoader(TensorDataset(torch.randn(8, 1, 2, 4), torch.arange(8) % 2), batch_size=4)
    model = GenreClassifier(wrapped((1, 2, 4), 2) if made else wrapped, genres=("a", "b"))
    off = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
    quiet: dict[str, Any] = dict.fromkeys(off, False)
    trainer = L.Trainer(max_epochs=1, accelerator="cpu", **quiet)
    trainer.fit(model, batches)
    assert isinstance(model.net, FCNN)
    assert graphs
    trainer.save_checkpoint(tmp_path / "some.ckpt")
    again, x = GenreClassifier.load_from_checkpoint(tmp_path / "some.ckpt"), torch.randn(3, 1, 2, 4)
    assert isinstance(again.net, FCNN)
    assert torch.allclose(again(x), model(x), atol=1e-6)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch's own
def test_a_compiled_run_is_the_run_that_is_not(
    plain: Path, tmp_path: Path, corpus_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[nn.Module] = []

    def compile_quickly(net: nn.Module) -> None:
        compiled.append(net)
        net._compiled_call_impl = torch.compile(net._call_impl, backend="eager")  # like Module.compile, without C++

    monkeypatch.setattr(nn.Module, "compile", compile_quickly)
    run = trained(tmp_path / "run", corpus_root, *ONCE, "compile=true")
    assert len(compiled) == 1
    assert (run / "layers.csv").read_text() == (plain / "layers.csv").read_text()
    states = [torch.load(each / "checkpoints/best.ckpt", weights_only=True)["state_dict"] for each in (plain, run)]
    assert list(states[0]) == list(states[1])
    first, second = (pd.read_csv(each / "predictions.csv") for each in (plain, run))
    pd.testing.assert_frame_equal(first, second, rtol=1e-4)


def test_compiling_without_a_compiler_is_one_sentence(
    tmp_path: Path, corpus_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    fails(train(tmp_path, corpus_root, "compile=true"), "compile=true needs a C++ compiler", "no-such-compiler")
    assert not (tmp_path / "metrics.json").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="PyTorch finds the headers elsewhere on this system")
def test_compiling_without_pythons_headers_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", sys.executable)  # some existing program
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    with pytest.raises(
        MusicGenreError, match=rf"needs Python's headers, but there is no {tmp_path}/Python\.h: install"
    ):
        require_compiler()
