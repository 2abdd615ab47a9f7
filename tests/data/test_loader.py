from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from musicgenre.data.loader import Batch, BatchLoader


def make_loader(n_rows: int, **settings: Any) -> BatchLoader:
    """Load rows 100, 101, ... of a table whose features and labels identify the row."""
    everything = torch.arange(100 + n_rows)
    features = everything.float()[:, None, None, None].expand(-1, 1, 2, 3)  # (N, 1, 2, 3)
    return BatchLoader(features, everything % 7, everything // 3, everything[100:], **{"batch_size": 4} | settings)


def rows_of(loader: BatchLoader) -> list[int]:
    return torch.cat([batch.row for batch in loader]).tolist()


@given(n_rows=st.integers(1, 40), batch_size=st.integers(1, 9), ranks=st.integers(1, 4))
def test_evaluation_gives_every_row_once_over_all_ranks(n_rows: int, batch_size: int, ranks: int) -> None:
    loaders = [make_loader(n_rows, batch_size=batch_size, rank=rank, ranks=ranks) for rank in range(ranks)]
    given_rows = [row for loader in loaders if len(loader) for row in rows_of(loader)]
    assert sorted(given_rows) == list(range(100, 100 + n_rows))


@pytest.mark.parametrize("shuffle", [False, True])
def test_without_rows_there_is_no_batch(shuffle: bool) -> None:
    loader = make_loader(0, shuffle=shuffle)
    assert len(loader) == len(list(loader)) == 0


def test_a_loader_says_what_it_serves() -> None:
    assert repr(make_loader(9)) == "BatchLoader(9 segments in batches of 4 on cpu)"
    shuffled = make_loader(9, shuffle=True)  # without a last batch of one
    assert repr(shuffled) == "BatchLoader(8 segments in batches of 4 on cpu, in a new order each epoch)"


@given(n_rows=st.integers(1, 60), batch_size=st.integers(1, 9), ranks=st.integers(1, 4), epoch=st.integers(0, 3))
def test_training_gives_ranks_equally_many_rows_of_their_own(
    n_rows: int, batch_size: int, ranks: int, epoch: int
) -> None:
    if n_rows < ranks:
        return
    sizes, rows = [], []
    for rank in range(ranks):
        loader = make_loader(n_rows, batch_size=batch_size, shuffle=True, rank=rank, ranks=ranks)
        loader.set_epoch(epoch)
        batches = list(loader)
        assert len(batches) == len(loader)
        sizes.append([len(batch.row) for batch in batches])
        rows += rows_of(loader)
    assert all(size == sizes[0] for size in sizes)
    assert len(set(rows)) == len(rows)
    assert n_rows - len(rows) <= ranks * (1 if n_rows % ranks == 0 else 2)


@pytest.mark.parametrize(("n_rows", "sizes"), [(8, [4, 4]), (9, [4, 4]), (10, [4, 4, 2]), (1, [1]), (3, [3])])
def test_last_training_batch_is_never_a_single_row_of_many(n_rows: int, sizes: list[int]) -> None:
    loader = make_loader(n_rows, shuffle=True)
    assert [len(batch.row) for batch in loader] == sizes
    assert len(loader) == len(sizes)


def test_row_left_out_changes_with_the_order() -> None:
    loader = make_loader(9, shuffle=True)
    left_out = set()
    for epoch in range(20):
        loader.set_epoch(epoch)
        left_out |= set(range(100, 109)) - set(rows_of(loader))
    assert len(left_out) > 4


def test_batch_size_of_one_leaves_nothing_out() -> None:
    assert len(rows_of(make_loader(5, batch_size=1, shuffle=True))) == 5


def test_a_loader_says_how_many_rows_it_gives_as_torchs_own_does() -> None:
    for loader in (make_loader(10), make_loader(10, shuffle=True)):
        assert len(loader.dataset) == sum(len(batch.row) for batch in loader) == 10


def test_batch_holds_the_features_and_labels_of_its_rows() -> None:
    for batch in make_loader(10, shuffle=True):
        assert torch.equal(batch.x[:, 0, 1, 2], batch.row.float())
        assert torch.equal(batch.label, batch.row % 7)
        assert batch.x.shape == (len(batch.row), 1, 2, 3)


def test_order_changes_by_epoch_and_seed_and_repeats() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        loader = make_loader(30, shuffle=True, seed=seed)
        loader.set_epoch(epoch)
        return rows_of(loader)

    orders = [order(seed, epoch) for seed in (0, 1) for epoch in (0, 1, 2)]
    assert len(set(map(tuple, orders))) == 6
    assert orders == [order(seed, epoch) for seed in (0, 1) for epoch in (0, 1, 2)]


def test_order_does_not_touch_the_global_generator() -> None:
    state = torch.get_rng_state()
    rows_of(make_loader(10, shuffle=True))
    assert torch.equal(torch.get_rng_state(), state)


def test_evaluation_keeps_the_order_of_the_rows() -> None:
    loader = make_loader(10)
    loader.epoch = 3
    assert rows_of(loader) == list(range(100, 110))


class Watcher(L.LightningModule):
    """Notes which rows each epoch's batches hold."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(1, 1)
        self.seen: dict[int, list[int]] = {}

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        self.seen.setdefault(self.current_epoch, []).extend(batch.row.tolist())
        output: Tensor = self.layer(batch.x[:, :, 0, 0]).sum()
        return output

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=1e-6)


def fit(epochs: int, path: Path | None = None) -> tuple[Watcher, L.Trainer]:
    trainer = L.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=1,
    )
    watcher = Watcher()
    trainer.fit(watcher, make_loader(30, shuffle=True, seed=5), ckpt_path=path, weights_only=True)
    return watcher, trainer


def test_lightning_reorders_each_epoch_and_a_resumed_run_goes_on(tmp_path: Path) -> None:
    whole, _ = fit(4)
    assert len({tuple(rows) for rows in whole.seen.values()}) == 4
    expected = make_loader(30, shuffle=True, seed=5)
    for epoch, rows in whole.seen.items():
        expected.set_epoch(epoch)
        assert rows == rows_of(expected)
    half, trainer = fit(2)
    trainer.save_checkpoint(tmp_path / "half.ckpt")
    resumed, _ = fit(4, tmp_path / "half.ckpt")
    assert half.seen | resumed.seen == whole.seen


def test_each_pass_of_a_plain_loop_has_the_order_of_its_epoch() -> None:
    loader, trainers = make_loader(12, shuffle=True), make_loader(12, shuffle=True)
    passes = [rows_of(loader) for _ in range(3)]
    for epoch, rows in enumerate(passes):
        trainers.set_epoch(epoch)
        assert rows_of(trainers) == rows
    assert passes[0] != passes[1] != passes[2]


def test_a_pass_that_was_broken_off_goes_on_where_it_stood_once() -> None:
    whole = [batch.row.tolist() for batch in make_loader(22, shuffle=True)]
    broken = make_loader(22, shuffle=True)
    batches = iter(broken)
    assert [next(batches).row.tolist() for _ in range(2)] == whole[:2]
    state = broken.state_dict()
    for epoch, expected in ((0, whole[2:]), (1, None)):
        loader = make_loader(22, shuffle=True)
        loader.load_state_dict(state)
        loader.set_epoch(epoch)
        found = [batch.row.tolist() for batch in loader]
        assert len(found) == len(loader) - (0 if expected is None else 2)
        assert expected in (None, found)
        assert len(list(loader)) == len(loader) == 6
    assert state == {"epoch": 0, "given": 2}
    in_order = make_loader(22)
    in_order.load_state_dict(state)
    assert len(rows_of(in_order)) == 22
