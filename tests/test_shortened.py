import pytest
from rich.cells import cell_len

from musicgenre.shortened import told_apart

SEARCH = [f"optimizer.lr=0.000{n},batch_size={b},model.dropout=0.{n}" for n in range(11, 99) for b in (16, 32)]
SEEDS = [f"2026-01-31/12-00-00/net5_bilstm,sgd,seed={n}" for n in range(20)]
INNER = [f"{'a' * 30}{n}{'b' * 30}" for n in range(30)]
WIDE = [f"{'日本語' * 12},{n},{'日本語' * 12}" for n in range(12)]


@pytest.mark.parametrize("names", [SEARCH, SEEDS, INNER, WIDE], ids=["search", "seeds", "inner", "wide"])
@pytest.mark.parametrize("width", [12, 20, 33, 200])
def test_no_two_names_of_a_table_look_alike(names: list[str], width: int) -> None:
    found = told_apart(tuple(names), width)
    assert list(found) == names
    assert len(set(found.values())) == len(names)
    assert all(cell_len(look) <= width for look in found.values())


def test_what_all_names_begin_with_goes_first() -> None:
    assert list(told_apart(tuple(SEEDS[:2]), 16).values()) == ["...seed=0", "...seed=1"]
    assert list(told_apart(tuple(SEEDS[:2]), 60).values()) == SEEDS[:2]
    only = told_apart(("net5_bilstm,sgd,optimizer.lr=0.001,seed=2",), 24)
    assert list(only.values()) == ["net5_bilstm...001,seed=2"]


def test_groups_of_keys_go_before_values() -> None:
    names = ("batch_size=16,optimizer.lr=0.000443038", "batch_size=32,optimizer.lr=0.000205476")
    assert list(told_apart(names, 28).values()) == ["batch_size=16,lr=0.000443038", "batch_size=32,lr=0.000205476"]
    alike = ("optimizer.lr=0.1", "scheduler.lr=0.1")  # their groups tell them apart
    assert len(set(told_apart(alike, 14).values())) == 2


@pytest.mark.parametrize("width", [0, 1, 2, 4])
def test_where_no_name_fits_the_rest_of_the_table_is_still_printed(width: int) -> None:
    assert list(told_apart(tuple(INNER), width)) == INNER
