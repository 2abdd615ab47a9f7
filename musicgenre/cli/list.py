"""`musicgenre list GROUP`: the experiments, nets or options of any other group, one per line."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from musicgenre.cli.configs import conf_dir
from musicgenre.suggest import did_you_mean

SOURCES = {  # docs/experiments.md says more about them
    "S0": "a notebook with a dilated 1-D CNN as a feature extractor under classical models",
    "S1": "a notebook that trains a CNN on MFCC segments and tries it on its author's own music",
    "S2": "a notebook on Kaggle's GTZAN package: hand-made features against spectrogram pictures",
    "S3": "Music Genre Classification: A Numerical Analysis, a notebook after Patil et al. (2023)",
    "S4": "A. Karalis, Music Genre Classification, coursework report",
}
_WORDS = {"experiments": "experiment", "nets": "model", "models": "model", "optimizers": "optimizer"}


def main(arguments: Sequence[str]) -> int:
    """Print the options of the given groups, or a list of all groups; return the exit status."""
    words, folders = without_own(arguments)
    if missing := [str(folder) for folder in folders if not folder.is_dir()]:
        print(f"There is no folder {missing[0]}: give --config-dir FOLDER, that of your configs.", file=sys.stderr)
        return 1
    known = groups(*folders)
    if not words or set(words) & {"-h", "--help"}:
        print("musicgenre list GROUP ...: the options of each group, one per line.\n\n  " + "  ".join(known))
        return 0
    if flags := [word for word in words if word.startswith("-")]:
        said = "musicgenre list takes names of groups, and no flags but --config-dir"
        print(f"{said}: {flags[0]}.", file=sys.stderr)
        return 1
    for word in words:
        name = _WORDS.get(word, word)
        if name not in known:
            guess = did_you_mean(name, known)
            print(f"There is no group {word!r}.{guess} Groups: {', '.join(known)}.", file=sys.stderr)
            return 1
    for word in words:
        _show([folder / _WORDS.get(word, word) for folder in (*folders, conf_dir())])
    return 0


def groups(*own: Path) -> list[str]:
    """Return the names of all groups, those in folders of the user's own included, and their other names."""
    found = [group.name for folder in (conf_dir(), *own) for group in folder.iterdir() if any(group.glob("*.yaml"))]
    return sorted({*found, *_WORDS})


def without_own(arguments: Sequence[str]) -> tuple[list[str], list[Path]]:
    """Return arguments without the folders of the user's own configs, and these folders."""
    words, folders, left = [], [], list(arguments)
    while left:
        flag, given, value = left.pop(0).partition("=")
        if flag in ("--config-dir", "-cd"):
            folders.append(Path(value if given or not left else left.pop(0)))
        else:
            words.append(f"{flag}{given}{value}")
    return words, folders


def _show(places: Sequence[Path]) -> None:
    """Print the options of a group that is in several folders; Hydra takes that of the last one if two share a name."""
    named = {path.stem: path for place in places for path in place.glob("*.yaml")}
    options = [named[name] for name in sorted(named)]
    width = max(map(len, named))
    for path in options:
        print(f"{path.stem:{width}}  {_first_sentence(path)}".rstrip())
    ours = conf_dir()
    sources = {found for path in options if ours in path.parents for found in _sources(path)}
    for source in sorted(sources):
        print(f"{source}: {SOURCES[source]}", file=sys.stderr)  # kept out of the list, which programs may read


def _sources(path: Path) -> list[str]:
    return re.findall(r"\bS[0-4]\b", _first_sentence(path))


def _first_sentence(path: Path) -> str:
    """Return the first sentence of a config's comment."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    comments = []
    for line in lines:
        if line.startswith("# @package"):
            continue
        if not line.startswith("#"):
            break
        comments.append(line.removeprefix("#").strip())
    text = " ".join(comments)
    end = text.find(". ")
    return text if end < 0 else text[: end + 1]
