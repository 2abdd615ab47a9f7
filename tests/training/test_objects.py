"""Objects from configs: the message for a name that Python does not find, and for a mistake in code of one's own."""

import inspect

import pytest
from torch import Tensor, nn

from musicgenre.errors import MusicGenreError
from musicgenre.modules.shape import require_answers
from musicgenre.training.objects import build, factory_of


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
    with pytest.raises(MusicGenreError) as refused:
        factory((1, 4, 5), 3)
    assert str(refused.value) == f"model ({target}) refuses its settings: {reason}, in {_line(of, text)}"


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
