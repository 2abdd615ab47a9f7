"""Scalings against scikit-learn's StandardScaler and MinMaxScaler."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from torch import Tensor

from musicgenre.errors import MusicGenreError
from musicgenre.features import MinMax, Scaling, Standardize, make_scaling

POOLS = ["coefficient", "global", "element"]


def features(n: int = 50, offset: float = -40.0) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    scale = torch.rand(1, 2, 6, 9, generator=generator) * 20 + 0.1
    return offset + scale * torch.randn(n, 2, 6, 9, generator=generator)


def as_table(x: Tensor, pool: str) -> np.ndarray:
    """One row per observation, one column per shared mean."""
    if pool == "coefficient":
        return x.permute(0, 3, 1, 2).reshape(-1, 12).numpy()
    return x.reshape(-1, 1).numpy() if pool == "global" else x.flatten(1).numpy()


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("offset", [0.0, -40.0, 1e4])
def test_gives_what_standard_scaler_gives(pool: str, offset: float) -> None:
    x = features(offset=offset)
    ours = Standardize(pool, (2, 6, 9)).fit(torch.split(x, [1, 20, 3, 26]))
    scaler = StandardScaler().fit(as_table(x, pool).astype(np.float64))
    np.testing.assert_allclose(ours.mean.flatten(), scaler.mean_, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(ours.std.flatten(), scaler.scale_, rtol=1e-6)
    scaled = scaler.transform(as_table(x, pool).astype(np.float64))
    # A mean kept in float32 is off by half a unit in its last place.
    rounding = 2 * np.spacing(np.float32(abs(offset) + 1)) / ours.std.min().item()
    np.testing.assert_allclose(as_table(ours(x), pool), scaled, rtol=1e-5, atol=1e-5 + rounding)


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("value", [0.0, 0.1, -80.0, 1e6])
def test_what_is_constant_gets_a_deviation_of_one(pool: str, value: float) -> None:
    x = torch.full((37, 1, 3, 5), value)
    standardize = Standardize(pool, (1, 3, 5)).fit(torch.split(x, 7))
    assert torch.equal(standardize.std, torch.ones_like(standardize.std))
    assert torch.equal(standardize(x), torch.zeros_like(x))


def test_one_constant_coefficient_among_others() -> None:
    x = features()
    x[:, 1, 2] = 0.3
    standardize = Standardize("coefficient", (2, 6, 9)).fit(torch.split(x, 8))
    assert standardize.std[1, 2] == 1
    assert (standardize.std != 1).sum() == 11
    scaler = StandardScaler().fit(as_table(x, "coefficient").astype(np.float64))
    np.testing.assert_allclose(standardize.std.flatten(), scaler.scale_, rtol=1e-6)


def test_a_large_offset_costs_no_precision() -> None:
    x = features(200, offset=0.0).double()
    x = (x / x.std()).float() + 1e4  # the sum of squares in float32 would lose the variance altogether
    standardize = Standardize("global", (2, 6, 9)).fit(torch.split(x, 3))
    assert standardize.std.item() == pytest.approx(x.double().numpy().std(), rel=1e-6)


@pytest.mark.parametrize("pool", POOLS)
def test_a_checkpoint_restores_it(pool: str, tmp_path: Path) -> None:
    fitted = Standardize(pool, (2, 6, 9)).fit([features()])
    torch.save(fitted.state_dict(), tmp_path / "state.pt")
    fresh = Standardize(pool, (2, 6, 9))
    fresh.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    assert torch.equal(fresh(features(4)), fitted(features(4)))
    assert fresh.mean.dtype == fresh.std.dtype == torch.float32


def test_fitting_again_starts_anew() -> None:
    standardize = Standardize("global", (2, 6, 9)).fit([features(offset=5.0)]).fit([features()])
    assert torch.equal(standardize.mean, Standardize("global", (2, 6, 9)).fit([features()]).mean)


def test_takes_an_iterator_and_longer_tracks_where_time_is_pooled() -> None:
    x = features()
    standardize = Standardize("coefficient", (2, 6, 9)).fit(x[..., :k] for k in (4, 9, 2))
    pooled = torch.cat([x[..., :k].permute(1, 2, 0, 3).flatten(2) for k in (4, 9, 2)], dim=2)
    torch.testing.assert_close(standardize.mean[..., 0], pooled.mean(dim=2))
    assert standardize(torch.zeros(1, 2, 6, 30)).shape == (1, 2, 6, 30)


def test_half_precision_features_come_out_standardised() -> None:
    x = features().to(torch.bfloat16)
    assert Standardize("global", (2, 6, 9)).fit([x])(x).std().item() == pytest.approx(1, abs=1e-2)


def test_statistics_are_never_halved() -> None:
    x = features(offset=661643.0)
    standardize = Standardize("global", (2, 6, 9)).fit([x])
    expected = standardize(x)
    for dtype in (torch.bfloat16, torch.float16):
        assert standardize.to(dtype).mean.dtype == torch.float32
        assert torch.equal(standardize(x), expected)
    assert standardize.to("meta").mean.device.type == "meta"


def test_refuses_what_it_cannot_do() -> None:
    with pytest.raises(MusicGenreError, match="pool is 'time': choose one of coefficient, global, element"):
        Standardize("time", (2, 6, 9))
    standardize = Standardize("element", (2, 6, 9))
    with pytest.raises(MusicGenreError, match="no statistics yet"):
        standardize(features())
    unfitted = Standardize("element", (2, 6, 9))
    unfitted.load_state_dict(standardize.state_dict())
    with pytest.raises(MusicGenreError, match="no statistics yet"):
        unfitted(features())
    with pytest.raises(MusicGenreError, match="the training split is empty"):
        standardize.fit([])
    with pytest.raises(MusicGenreError, match="NaN or infinity"):
        standardize.fit([features(), features() * torch.nan])
    with pytest.raises(MusicGenreError, match=r"\(4, 2, 6, 8\) do not fit"):
        standardize.fit([features()])(features(4)[..., :8])
    with pytest.raises(MusicGenreError, match="do not fit"):
        Standardize("global", (2, 6, 9)).fit([features()[:, :, :5]])


def test_min_max_gives_what_min_max_scaler_gives() -> None:
    train, test = torch.randn(20, 1, 5, 1) * 7 + 3, torch.randn(4, 1, 5, 1) * 9
    train[:, :, 2] = 5.0  # constant
    ours = MinMax((1, 5, 1)).fit(torch.split(train, 7))
    theirs = MinMaxScaler().fit(train.flatten(1).numpy())
    np.testing.assert_allclose(ours(train).flatten(1), theirs.transform(train.flatten(1).numpy()), atol=1e-6)
    np.testing.assert_allclose(ours(test).flatten(1), theirs.transform(test.flatten(1).numpy()), atol=1e-5)


def test_the_state_of_min_max_is_enough() -> None:
    fitted = MinMax((1, 2, 1)).fit([torch.randn(5, 1, 2, 1)])
    restored = MinMax((1, 2, 1))
    restored.load_state_dict(fitted.state_dict())
    x = torch.randn(3, 1, 2, 1)
    assert torch.equal(restored(x), fitted(x))


def test_min_max_refuses_what_it_cannot_do() -> None:
    with pytest.raises(MusicGenreError, match="training split is empty"):
        MinMax((1, 2, 1)).fit([])
    with pytest.raises(MusicGenreError, match="NaN"):
        MinMax((1, 1, 1)).fit([torch.full((2, 1, 1, 1), float("nan"))])
    with pytest.raises(MusicGenreError, match="MinMax has no statistics yet"):
        MinMax((1, 2, 1))(torch.zeros(1, 1, 2, 1))
    with pytest.raises(MusicGenreError, match=r"\(1, 1, 3, 1\) do not fit statistics for \(B, 1, 2, 1\)"):
        MinMax((1, 2, 1)).fit([torch.zeros(1, 1, 3, 1)])


@pytest.mark.parametrize("scaling", [Standardize("coefficient", (1, 5, 4)), MinMax((1, 5, 4))])
def test_inverse_gives_back_what_was_scaled(scaling: Scaling) -> None:
    x = torch.randn(20, 1, 5, 4) * 7 + 3
    scaling.fit(torch.split(x, 7))
    torch.testing.assert_close(scaling.inverse(scaling(x)), x, rtol=1e-5, atol=1e-5)


def test_names_choose_the_scaling() -> None:
    assert isinstance(make_scaling("minmax", (1, 2, 3)), MinMax)
    assert isinstance(make_scaling("element", (1, 2, 3)), Standardize)
    with pytest.raises(MusicGenreError, match="standardize is 'maxmin': choose coefficient, global, element, minmax"):
        make_scaling("maxmin", (1, 2, 3))
