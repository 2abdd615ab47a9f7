"""`musicgenre list GROUP`: the experiments, nets or options of any other group, one per line."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from musicgenre.cli.configs import conf_dir
from musicgenre.cli.guess import did_you_mean

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
    if not arguments or set(arguments) & {"-h", "--help"}:
        print("musicgenre list GROUP ...: the options of each group, one per line.\n\n  " + "  ".join(groups()))
        return 0
    if flags := [word for word in arguments if word.startswith("-")]:
        print(f"musicgenre list takes names of groups, and no flags: {flags[0]}.", file=sys.stderr)
        return 1
    for word in arguments:
        name = _WORDS.get(word, word)
        if name not in groups():
            parts = [f"There is no group {word!r}.", did_you_mean(name, groups()), f"Groups: {', '.join(groups())}."]
            print(" ".join(filter(None, parts)), file=sys.stderr)
            return 1
    for word in arguments:
        options = sorted((conf_dir() / _WORDS.get(word, word)).glob("*.yaml"))
        width = max(len(path.stem) for path in options)
        for path in options:
            print(f"{path.stem:{width}}  {_first_sentence(path)}".rstrip())
        named = {found for path in options for found in re.findall(r"\bS[0-4]\b", _first_sentence(path))}
        for source in sorted(named):
            print(f"{source}: {SOURCES[source]}", file=sys.stderr)  # kept out of the list, which programs may read
    return 0


def groups() -> list[str]:
    """Return the names of all groups, and their other names."""
    found = [folder.name for folder in conf_dir().iterdir() if any(folder.glob("*.yaml"))]
    return sorted({*found, *_WORDS})


def _first_sentence(path: Path) -> str:
    """Return the first sentence of a config's comment."""
    lines = path.read_text(encoding="utf-8").splitlines()
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
