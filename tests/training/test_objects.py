"""Objects from configs: the message for a name that Python does not find."""

import pytest

from musicgenre.errors import MusicGenreError
from musicgenre.training.objects import build


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
