"""Run folders and checkpoints, damaged in the ways of disks, editors and other programs."""

import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

Damage = Callable[[Path, random.Random], None]

TEXTS = (
    "",
    "null",
    "[]",
    "{}",
    "5",
    "nan",
    '"x"',
    "true",
    "a: b: c",
    "\x00",
    "x" * 5000,
    "[1, 2",
    "{a: {b: [}}",
    "\ufeff",
)
VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        -1,
        0,
        1.5,
        float("nan"),
        float("inf"),
        10**12,
        "",
        "x",
        "${seed}",
        "../../x",
        [],
        {},
        [None],
        {"a": 1},
    ),
    *([[]], ["x", "x"], {"_target_": "os.getcwd"}, b"x", (1, 2), "\0", torch.zeros(0), torch.full((3,), torch.nan)),
)


@dataclass(frozen=True)
class Mutant:
    """A damaged run folder.

    Attributes:
        name: What was done to which file.
        folder: Where it lies.
    """

    name: str
    folder: Path


def _cut(path: Path, chance: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: chance.randrange(len(content))])


def _flip(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(chance.choice((1, 1, 4, 64))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def _zero(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    start = chance.randrange(len(content))
    content[start : start + 512] = bytes(len(content[start : start + 512]))
    path.write_bytes(content)


def _other_text(path: Path, chance: random.Random) -> None:
    path.write_text(chance.choice(TEXTS), encoding="utf-8")


def _gone(path: Path, chance: random.Random) -> None:
    path.unlink()


def _folder(path: Path, chance: random.Random) -> None:
    path.unlink()
    path.mkdir()


def _not_text(path: Path, chance: random.Random) -> None:
    path.write_bytes(path.read_bytes() + b"\xff\xfe\x00")


def _cell(path: Path, chance: random.Random) -> None:
    """Change one word of a text, as when edited by hand."""
    words = path.read_text(encoding="utf-8").replace(",", " , ").replace("\n", " \n ").split(" ")
    place = chance.randrange(len(words))
    words[place] = chance.choice(("", "nan", "inf", "-1", "x", "1e999", "9" * 400, '"', "é", words[place] * 2))
    path.write_text(" ".join(words).replace(" , ", ",").replace(" \n ", "\n"), encoding="utf-8")


def _line(path: Path, chance: random.Random) -> None:
    lines = path.read_text(encoding="utf-8").split("\n")
    place = chance.randrange(len(lines))
    lines[place : place + 1] = chance.choice(([], [lines[place]] * 2, lines[:1], [",".join("abc")]))
    path.write_text("\n".join(lines), encoding="utf-8")


def _value(path: Path, chance: random.Random) -> None:
    """Change or remove one value of JSON."""
    found = json.loads(path.read_text())
    key = chance.choice(list(found))
    value = chance.choice([value for value in VALUES if not isinstance(value, bytes | torch.Tensor)])
    path.write_text(
        json.dumps(found | {key: value} if chance.random() < 0.7 else {k: found[k] for k in found if k != key})
    )


def _record(path: Path, chance: random.Random) -> None:
    """Change or remove one value of a checkpoint, at any depth, and save it again with torch."""
    content = torch.load(path, weights_only=True)
    nodes = [node for node in _nodes(content) if node]
    node = chance.choice(nodes)
    key = chance.choice(list(node) if isinstance(node, dict) else range(len(node)))
    if chance.random() < 0.3:
        del node[key]
    else:
        node[key] = chance.choice(VALUES)
    torch.save(content, path)


def _nodes(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for each in value.values() if isinstance(value, dict) else value:
            yield from _nodes(each)


ANY: tuple[Damage, ...] = (_cut, _flip, _zero, _other_text, _gone, _folder, _not_text)
BY_KIND: dict[str, tuple[Damage, ...]] = {
    ".json": (*ANY, _cell, _value, _value),
    ".csv": (*ANY, _cell, _cell, _line),
    ".yaml": (*ANY, _cell, _line),
    ".ckpt": (_cut, _flip, _flip, _zero, _other_text, _gone, _folder, *(_record,) * 6),
}


def mutants(original: Path, where: Path, count: int, seed: int) -> Iterator[Mutant]:
    """Yield damaged copies of a run folder, one after the other in one place, restored before each."""
    chance = random.Random(seed)
    files = sorted(file.relative_to(original) for file in original.rglob("*") if file.suffix in BY_KIND)
    shutil.copytree(original, where)
    whole = _files(where)
    for number in range(count):
        file = chance.choice(files if number % 2 else [name for name in files if name.suffix == ".ckpt"] or files)
        damage = chance.choice(BY_KIND[file.suffix])
        damage(where / file, chance)
        yield Mutant(f"{number} {damage.__name__.strip('_')} {file}", where)
        assert _files(where) <= whole, "a reader has left files"
        if (where / file).is_dir():
            (where / file).rmdir()
        shutil.copy2(original / file, where / file)


def _files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*")}
