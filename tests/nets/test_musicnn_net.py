"""Fine-tuning musicnn: where it starts, what learns when, and how fast."""

from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch.strategies import DDPStrategy
from made_musicnn import TINY, tiny_encoder
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from musicgenre import GenreClassifier, MusicGenreError
from musicgenre.modules.optimizer import trained_parameters
from musicgenre.nets import FCNN, MusicnnNet
from musicgenre.training.unfreezing import GradualUnfreezing

SHAPE = (1, 96, 187)


def tiny(**settings: object) -> MusicnnNet:
    return MusicnnNet(SHAPE, 3, sizes=list(TINY), **settings)  # type: ignore[arg-type]


def test_it_starts_from_the_published_weights() -> None:
    x = torch.rand(2, *SHAPE, generator=torch.Generator().manual_seed(0))
    net = tiny().eval()
    with torch.no_grad():
        expected = tiny_encoder()(x).penultimate
        assert not torch.allclose(net.features(x), expected)
        net.start()
        assert torch.equal(net.features(x), expected)
        assert torch.equal(net(x), net.head(expected))


def test_training_makes_it_start_there(monkeypatch: pytest.MonkeyPatch) -> None:
    called = []
    monkeypatch.setattr(MusicnnNet, "start", lambda self: called.append(self))
    model = GenreClassifier(MusicnnNet, genres=("a", "b"))
    model._make_net(SHAPE)
    assert called == [model.net]


def test_sizes_other_than_the_published_are_named() -> None:
    with pytest.raises(MusicGenreError, match=r"do not fit model.sizes=\[4, 3, 4, 7, 5\]: keep the published sizes"):
        MusicnnNet(SHAPE, 3, sizes=list(TINY._replace(hidden=7))).start()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learns": "some"}, "learns is 'some'"),
        ({"lr_decay": 0.0}, r"lr_decay is 0\.0"),
        ({"lr_decay": 2.0}, r"lr_decay is 2\.0"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(MusicGenreError, match=message):
        tiny(**settings)


def test_other_features_are_refused() -> None:
    with pytest.raises(MusicGenreError, match="choose features=musicnn_mel"):
        MusicnnNet((1, 64, 130), 3)
    with pytest.raises(MusicGenreError, match="sizes is"):
        MusicnnNet(SHAPE, 3, sizes=[1, 2])


def test_stages_open_from_the_head_on() -> None:
    net = tiny().train()
    for count in range(1, 5):
        net.open(count)
        for place, stage in enumerate(net.stages()):
            parts = nn.ModuleList(stage)
            assert all(each.requires_grad == (place < count) for each in parts.parameters())
            assert all(each.training == (place < count) for each in stage)
    net.train()
    assert net.encoder.norm.training


def test_what_is_closed_does_not_move() -> None:
    torch.manual_seed(0)
    net = tiny().train()
    net.open(2)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    optimizer = torch.optim.Adam(net.parameter_groups(1e-2))
    torch.autograd.backward(net(torch.rand(8, *SHAPE)).logsumexp(1).sum())
    optimizer.step()
    moved = {name for name, value in net.state_dict().items() if not torch.equal(value, before[name])}
    assert {"head.1.weight", "encoder.dense.weight", "encoder.dense_norm.running_mean"} <= moved
    assert not [name for name in moved if name.startswith(("encoder.fronts", "encoder.middle", "encoder.norm."))]


def test_biases_alone() -> None:
    learning = {name for name, each in tiny(learns="bias").named_parameters() if each.requires_grad}
    assert {"head.1.weight", "encoder.dense.bias", "encoder.dense_norm.weight", "encoder.norm.weight"} <= learning
    assert not {"encoder.dense.weight", "encoder.middles.0.weight", "encoder.fronts.0.conv.weight"} & learning


def test_deeper_stages_learn_more_slowly() -> None:
    model = GenreClassifier(tiny(lr_decay=0.5), genres=("a", "b", "c"), lr=8e-3)
    optimizer = model.configure_optimizers()
    assert isinstance(optimizer, torch.optim.Adam)
    assert [group["lr"] for group in optimizer.param_groups] == [8e-3, 4e-3, 2e-3, 1e-3]
    held = [id(each) for group in optimizer.param_groups for each in group["params"]]
    assert sorted(held) == sorted(map(id, model.parameters()))


def test_a_net_without_groups_trains_at_one_rate_and_a_losss_own_parameters_join_in() -> None:
    plain = GenreClassifier(FCNN((1, 2, 2), 2), genres=("a", "b"))
    assert [id(each) for each in trained_parameters(plain, 1e-3)] == [id(each) for each in plain.parameters()]
    loss = nn.Linear(2, 1)
    model = GenreClassifier(tiny(), genres=("a", "b", "c"), loss=loss)
    assert {id(each) for each in trained_parameters(model, 1e-3)[-1]["params"]} == {
        id(each) for each in loss.parameters()
    }


@pytest.mark.parametrize(("most", "expected"), [(None, [1, 1, 2, 2, 3, 3, 4, 4, 4]), (2, [1, 1, 2, 2, 2, 2, 2, 2, 2])])
def test_a_stage_more_every_two_epochs(most: int | None, expected: list[int]) -> None:
    model = GenreClassifier(tiny(), genres=("a", "b", "c"))
    callback, found = GradualUnfreezing(every=2, most=most), []
    for epoch in range(9):
        trainer = type("Trainer", (), {"current_epoch": epoch})()
        callback.on_train_epoch_start(trainer, model)
        assert isinstance(model.net, MusicnnNet)
        found.append(model.net.opened)
    assert found == expected


def settings_of(strategy: DDPStrategy) -> dict[str, Any]:
    """How a strategy wraps a net after the callback's setup."""
    trainer = type("Trainer", (), {"strategy": strategy})()
    GradualUnfreezing().setup(trainer, GenreClassifier(tiny(), genres=("a", "b", "c")), "fit")
    return strategy._ddp_kwargs


def test_processes_that_share_gradients_go_without_those_of_closed_stages(tmp_path: Path) -> None:
    net, x = tiny(), torch.rand(4, *SHAPE)
    distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/met", rank=0, world_size=1)
    try:
        shared = DistributedDataParallel(net, **settings_of(DDPStrategy()))
        for count in (1, 1, 2, 2):
            net.open(count)
            net.zero_grad()
            torch.autograd.backward(shared(x).logsumexp(1).sum())
            assert (net.encoder.dense.weight.grad is None) == (count == 1)
    finally:
        distributed.destroy_process_group()


def test_processes_do_as_their_strategy_says() -> None:
    assert settings_of(DDPStrategy(find_unused_parameters=False)) == {"find_unused_parameters": False}


def test_unfreezing_needs_stages() -> None:
    trainer = type("Trainer", (), {"current_epoch": 0})()
    with pytest.raises(MusicGenreError, match=r"FCNN has none: choose model=musicnn"):
        GradualUnfreezing().on_train_epoch_start(trainer, GenreClassifier(FCNN((1, 2, 2), 2), genres=("a", "b")))
    for every in (0, 1.5):
        with pytest.raises(MusicGenreError, match=f"every={every}"):
            GradualUnfreezing(every=every)  # type: ignore[arg-type]
