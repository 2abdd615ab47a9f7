"""The default split of the rendered corpus: by artist, since its artists are known."""

import re
from collections.abc import Sequence

from musicgenre.cli.configs import conf_dir
from musicgenre.runs.identity import override_key

_TRAINING = ("train", "gan", "prepare")  # commands that split data, by default the rendered corpus
_RENDERED = "synthetic"


def split_by_artist(command: str, overrides: Sequence[str]) -> list[str]:
    """Return a command's overrides, with `split=artist_kfold` if the rendered corpus is used and no split is chosen.

    Most experiments choose one, as in their source; a sweep in a config (`+sweep=leak_gap`) may have several.

    Example:
        >>> split_by_artist("train", ["seed=1"]), split_by_artist("train", ["split=stratified"])
        (['seed=1', 'split=artist_kfold'], ['split=stratified'])
        >>> split_by_artist("train", ["data=gtzan"]), split_by_artist("train", ["experiment=net5_bilstm"])
        (['data=gtzan'], ['experiment=net5_bilstm'])
        >>> split_by_artist("train", ["experiment=short_chunk_resnet"])
        ['experiment=short_chunk_resnet', 'split=artist_kfold']
        >>> split_by_artist("train", ["+sweep=leak_gap"])
        ['+sweep=leak_gap']
    """
    asked = {override_key(text): text.partition("=")[2] for text in overrides}
    experiments = asked.get("experiment", "null").split(",")
    if command not in _TRAINING or asked.keys() & {"split", "sweep"} or any(map(_has_split, experiments)):
        return list(overrides)
    return [*overrides, *(["split=artist_kfold"] if asked.get("data", _RENDERED) == _RENDERED else [])]


def _has_split(experiment: str) -> bool:
    """Return whether an experiment, or one that it is based on, chooses a split; the user's own ones always count."""
    if experiment in ("null", ""):
        return False
    path = conf_dir() / "experiment" / f"{experiment}.yaml"
    if not path.is_file():
        return True
    text = path.read_text(encoding="utf-8")
    return "override /split:" in text or any(map(_has_split, re.findall(r"^  - (\w+)$", text, re.MULTILINE)))
