"""Objects from configs: messages for a name that Python does not find, `_partial_`, and mistakes in own code."""

import inspect
from copy import deepcopy
from functools import partial
from pathlib import Path

import pytest
from torch import Tensor, nn, ones

from musicgenre.calls import built, kept
from musicgenre.data.splits.coverage import require_assignment
from musicgenre.errors import MusicGenreError
from musicgenre.modules.shape import require_answers
from musicgenre.modules.stored import damage_in
from musicgenre.training.objects import build, factory_of, make_object


class OwnNet(nn.Module):
    def __init__(self, in_shape: tuple[int, ...], n_classes: int, wrong: str = "", heads: int = 3) -> None:
        super().__init__()
        self.layer = nn.Linear(_twice(None if wrong == "type" else in_shape[1]), n_classes)
        if wrong == "assertion":
            nn.MultiheadAttention(4, heads)
        if wrong == "empty":
            raise AssertionError

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layer(x.mean(-1).flatten(1))
        return out


def _twice(width: int | None) -> int:
    return 2 * width  # type: ignore[operator]


class OwnLoss(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        nn.Linear(2, 3, wide=True)  # type: ignore[call-arg]


def _line(of: object, text: str) -> str:
    lines, first = inspect.getsourcelines(of)  # type: ignore[arg-type]
    return f"{__file__}:{first + next(number for number, line in enumerate(lines) if text in line)}"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("mynet.MyNet", r"model \(mynet.MyNet\) cannot be found: Python finds no module mynet. Put PYTHONPATH=FOLDER"),
        ("musicgenre.nets.MyNet", r"model \(musicgenre.nets.MyNet\) cannot be found: musicgenre.nets has no MyNet\.$"),
        ("musicgenre.nets.cnn.CNN", r"model \(musicgenre.nets.cnn.CNN\) refuses its settings: "),
    ],
)
def test_a_name_that_is_not_found_is_no_setting(target: str, said: str) -> None:
    with pytest.raises(MusicGenreError, match=said):
        build({"model": {"_target_": target}}, "model")


def test_a_setting_that_a_part_does_not_take_is_answered_with_what_that_part_takes() -> None:
    lda = {"_target_": "musicgenre.classical.DiscriminantAnalysis", "max_iter": 100}
    with pytest.raises(MusicGenreError, match=r"argument 'max_iter'\. DiscriminantAnalysis takes solver, shrinkage, "):
        build({"model": {"_target_": "musicgenre.classical.pipeline", "estimator": lda, "pca": 5}}, "model")


@pytest.mark.parametrize(
    ("wrong", "reason", "of", "text"),
    [
        ("type", "unsupported operand type(s) for *: 'int' and 'NoneType'", _twice, "return"),
        ("assertion", "embed_dim must be divisible by num_heads", OwnNet, "MultiheadAttention"),
        ("empty", "AssertionError", OwnNet, "raise"),
    ],
)
def test_an_error_in_an_own_net_names_its_innermost_own_line(wrong: str, reason: str, of: object, text: str) -> None:
    target = f"{__name__}.OwnNet"
    factory = factory_of({"model": {"_target_": target, "_partial_": True, "wrong": wrong}}, "model")
    for make in (factory, deepcopy(factory), partial(built, factory)):
        with pytest.raises(MusicGenreError) as refused:
            make((1, 4, 5), 3)
        assert str(refused.value) == f"model ({target}) refuses its settings: {reason}, in {_line(of, text)}"


def test_a_factory_of_a_config_is_a_partial_with_its_settings() -> None:
    factory = factory_of({"model": {"_target_": f"{__name__}.OwnNet", "_partial_": True, "heads": 2}}, "model")
    assert isinstance(factory, partial) and (factory.func, factory.keywords) == (OwnNet, {"heads": 2})
    assert kept(built(factory, (1, 4, 5), 3)) == {"in_shape": [1, 4, 5], "n_classes": 3, "heads": 2}


def test_an_error_in_an_own_loss_is_not_taken_for_a_wrong_setting() -> None:
    with pytest.raises(MusicGenreError) as refused:
        build({"loss": {"_target_": f"{__name__}.OwnLoss"}}, "loss")
    assert "unexpected keyword argument 'wide', in" in str(refused.value)
    assert str(refused.value).endswith(_line(OwnLoss, "wide=True"))


def test_a_net_made_for_the_data_that_does_not_take_them_names_its_line() -> None:
    with pytest.raises(MusicGenreError) as refused:
        require_answers(OwnNet((1, 4, 5), 3), (1, 4, 5), 3)
    where = _line(OwnNet, "self.layer(x")
    assert str(refused.value).endswith(f"mat1 and mat2 shapes cannot be multiplied (2x4 and 8x3), in {where}.")
    with pytest.raises(MusicGenreError, match=r"Choose another net or other features\.$"):
        require_answers(nn.Linear(7, 3), (1, 4, 5), 3)


def test_an_error_in_own_code_is_no_damage_of_a_checkpoint() -> None:
    said = f"best.ckpt cannot be loaded, as code of your own fails (AssertionError: AssertionError, in {__file__}:"
    with pytest.raises(MusicGenreError) as refused, damage_in(Path("best.ckpt")):
        OwnNet((1, 4, 5), 3, "empty")
    assert str(refused.value).startswith(said)


def own_loss(logits: Tensor, label: Tensor, *, share: float) -> Tensor:
    return share * logits.mean()


def own_split(corpus: object, segments: object, *, table: str) -> list[str]:
    return ["train", table]


class OwnOctaves(nn.Module):
    def __init__(self, sample_rate: int = 22050, hop: int = 512) -> None:
        super().__init__()


@pytest.mark.parametrize(
    ("group", "target", "said"),
    [
        ("model", "OwnNet", "'in_shape' and 'n_classes'. If it is to get them later, add `_partial_: true` to its con"),
        ("features", "OwnOctaves", "is made without what musicgenre gives it later: add `_partial_: true` to its conf"),
        ("split", "own_split", "'corpus' and 'segments'. If it is to get them later, add `_partial_: true` to its con"),
        ("optimizer", "OwnNet", "If it is to get them later, add `_partial_: true` to its config."),
    ],
)
def test_a_forgotten_partial_is_asked_for(group: str, target: str, said: str) -> None:
    made = build if group == "split" else factory_of
    more = {"table": "x"} if group == "split" else {}
    with pytest.raises(MusicGenreError, match=rf"{group} \({__name__}\.{target}\)") as refused:
        made({group: {"_target_": f"{__name__}.{target}", **more}}, group)
    assert said in str(refused.value)


@pytest.mark.parametrize("group", ["loss", "augment", "mix", "data", "split"])
def test_a_partial_that_leaves_an_object_unmade_is_refused(group: str) -> None:
    node = {"_target_": f"{__name__}.OwnOctaves", "_partial_": True}
    said = rf"^{group} \({__name__}\.OwnOctaves\).*: `_partial_: true` in its config leaves it unmade\. Remove"
    with pytest.raises(MusicGenreError, match=said):
        build({group: node}, group)
    with pytest.raises(MusicGenreError, match=r"^callbacks\.c: `_partial_: true` in its config leaves it unmade"):
        make_object(node, "callbacks.c")


def test_a_partial_is_kept_for_functions_and_standardisations() -> None:
    loss = build({"loss": {"_target_": f"{__name__}.own_loss", "_partial_": True, "share": 0.5}}, "loss")
    assert loss(ones(2, 2), ones(2)) == 0.5
    node = {"_target_": f"{__name__}.OwnOctaves", "_partial_": True}
    assert isinstance(build({"standardize": node}, "standardize")((1, 2, 3)), OwnOctaves)


@pytest.mark.parametrize(
    ("target", "more", "said"),
    [
        ("own_split", {}, "missing a required argument: 'table'$"),
        ("own_split", {"tabel": 3}, r"does not take tabel: remove it with ~split\.tabel"),
        ("_twice", {}, "too many positional arguments, of which it gets 2 later. If it makes the split itself, remove"),
    ],
)
def test_a_split_that_cannot_be_called_is_refused_before_the_data_are_read(
    target: str, more: dict[str, int], said: str
) -> None:
    with pytest.raises(MusicGenreError, match=said):
        build({"split": {"_target_": f"{__name__}.{target}", "_partial_": True, **more}}, "split")


def test_a_split_with_settings_is_named_by_its_function() -> None:
    made = build({"split": {"_target_": f"{__name__}.own_split", "_partial_": True, "table": "test"}}, "split")
    with pytest.raises(MusicGenreError, match=r"^own_split gives something of shape \(2,\) for 3 segments"):
        require_assignment(made(None, None), 3, made)
