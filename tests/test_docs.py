"""What the documents name exists: files, links, config options, keys, commands, Python names, results."""

import importlib
import math
import re
import shlex
from functools import cache
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pandas as pd
import pytest
import yaml
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, IntervalSweep

import musicgenre
from musicgenre.cli import runs
from musicgenre.cli.commands import COMMANDS
from musicgenre.cli.configs import conf_dir
from musicgenre.data.audio.decode import AUDIO_SUFFIXES
from musicgenre.runs.run import Run

ROOT = Path(__file__).parents[1]
CONF = conf_dir()
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
}
GROUPS = {path.name for path in CONF.iterdir() if path.is_dir()} - {"hydra", "__pycache__"}
OF_THE_CODE = ("README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/README.md")
EXAMPLES = "docs/extending.md"  # its names are the reader's, and tests/test_extending.py runs it
LEFT_TO_THE_READER = re.compile(r"\.\.\.|NAME|KEY|[<>]")


def spans(text: str) -> list[str]:
    """Code in backticks on one line, outside fenced blocks."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def fences(text: str, languages: tuple[str, ...]) -> list[str]:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [block for language, block in blocks if language in languages]


def anchor(heading: str) -> str:
    """A heading's anchor, as code hosts make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", PAGES[page]):
        if "://" in target:
            continue
        path, _, place = target.partition("#")
        linked = ROOT / page if not path else (ROOT / page).parent / path
        assert linked.exists(), target
        if place:
            assert place in [anchor(text) for text in re.findall(r"^#+ (.+)$", linked.read_text(), re.MULTILINE)], (
                target
            )


@pytest.mark.parametrize("page", OF_THE_CODE)
def test_files_are_there(page: str) -> None:
    for line in PAGES[page].splitlines():
        named = [text for text in spans(line) if re.fullmatch(r"[\w./-]+(\.py|\.yaml|\.md|\.ipynb|/)", text)]
        places = [ROOT, ROOT / "musicgenre"]
        for text in named:
            if LEFT_TO_THE_READER.search(text) or text.isupper():
                continue
            found = [place / text for place in places if (place / text).exists()]
            assert found or text.startswith(("conf/COMMAND", "cli/NAME")), f"{text} in: {line}"
            beside = [path if path.is_dir() else path.parent for path in found]  # the next name may start there
            places = list(dict.fromkeys([*places, *beside]))


@cache
def keys() -> set[str]:
    """Every dotted key that a file of conf/ sets."""
    found: set[str] = set()
    for path in CONF.rglob("*.yaml"):
        group = path.parent.name if path.parent != CONF else ""
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        found |= flat(content, "" if "@package _global_" in path.read_text() or not group else f"{group}.")
    return found


def flat(content: dict[str, Any], above: str) -> set[str]:
    found = set()
    for name, value in content.items():
        found.add(f"{above}{name}")
        if isinstance(value, dict):
            found |= flat(value, f"{above}{name}.")
    return found


def settings_in(text: str) -> list[tuple[str, str]]:
    """The settings that code spans show, GROUP=OPTION or KEY=VALUE, as pairs."""
    words = [word for span in spans(text) for word in re.split(r"\s+", span.replace("'", ""))]
    pairs = [re.fullmatch(r"([a-z_]+(?:\.[a-z_]+)*)=(.*)", word) for word in words]
    return [(pair[1], pair[2]) for pair in pairs if pair and not LEFT_TO_THE_READER.search(pair[0])]


def missing_options(group: str, value: str) -> list[str]:
    """The options in `a`, `a,b`, `[a,b]`, `a|b` or `glob(a*)` that a group lacks."""
    names = [re.sub(r"^glob\((.*)\)$", r"\1", name) for name in re.split(r"[,|]", value.strip("[]'"))]
    return [
        name for name in names if name and name not in ("RUN", "null") and not [*(CONF / group).glob(f"{name}.yaml")]
    ]


@pytest.mark.parametrize("page", [page for page in PAGES if page != EXAMPLES])
def test_settings_are_there(page: str) -> None:
    for key, value in settings_in(PAGES[page]):
        if key in GROUPS:
            assert not missing_options(key, value), f"{key}={value}"
        elif "." in key and not key.startswith("hydra."):
            assert key in keys(), f"{key}={value}"


@pytest.mark.parametrize("page", PAGES)
def test_options_in_tables_are_there(page: str) -> None:
    for table in re.findall(r"^(?:\|.*\n)+", PAGES[page], re.MULTILINE):
        head, _, *rows = table.splitlines()
        group = re.match(r"\| `([a-z_]+)=` \|", head)
        if group and group[1] in GROUPS:
            for name in [
                span for row in rows for span in spans(row.split("|")[1]) if not re.search(r"=|\.\.\.$", span)
            ]:
                assert not missing_options(group[1], name), f"{group[1]}={name}"


def commands_in(text: str) -> list[str]:
    lines = [line for block in fences(text, ("", "bash")) for line in block.splitlines()]
    found = [re.search(r"(?<!import )\bmusicgenre (\w+ ?.*)$", line) for line in lines if not line.startswith("#")]
    return [match[1] for match in found if match]


SHOWN = sorted({(page, line) for page in PAGES if page != EXAMPLES for line in commands_in(PAGES[page])})


def first_of_each(overrides: list[str]) -> list[str]:
    """Overrides with only the first value of each sweep."""
    single = []
    for text, override in zip(overrides, OverridesParser.create().parse_overrides(overrides), strict=True):
        if isinstance(override.value(), Glob):
            text = f"{override.key_or_group}={next(path.stem for path in CONF.glob(f'{override.key_or_group}/*.yaml'))}"
        elif isinstance(interval := override.value(), IntervalSweep):
            text = f"{override.key_or_group}={interval.start}"
        elif override.is_sweep_override():
            text = f"{override.key_or_group}={next(iter(override.sweep_string_iterator()))}"
        single.append(text)
    return single


@pytest.mark.parametrize(("page", "line"), SHOWN)
def test_commands_compose(page: str, line: str) -> None:
    command, *words = shlex.split(line, comments=True)
    if command == "runs":
        assert runs._parser().parse_args(words).folder
        return
    assert command in COMMANDS
    overrides = first_of_each([word for word in words if not word.startswith("-") and "..." not in word])
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        assert compose(command, overrides, return_hydra_config=True)
    for key, value in (word.split("=", 1) for word in words if "=" in word and "..." not in word):
        assert key not in GROUPS or not missing_options(key, value), f"{key}={value}"


@pytest.mark.parametrize("page", PAGES)
def test_python_names_are_there(page: str) -> None:
    text = PAGES[page]
    names = set(re.findall(r"\bmusicgenre(?:\.[A-Za-z]\w*)+", "\n".join(spans(text) + fences(text, ("python",)))))
    for name in names - {"musicgenre.log", "musicgenre.json"}:
        resolve_name(name)
    for line in "\n".join(fences(text, ("python",))).splitlines():
        if match := re.match(r"from (musicgenre[\w.]*) import (.+?)(?:  #.*)?$", line):
            module = importlib.import_module(match[1])
            for name in match[2].split(","):
                assert hasattr(module, name.strip()), line


def test_every_suffix_of_audio_is_listed() -> None:
    listed = re.search(r"only by a suffix: ([^:]*?)\. Others", PAGES["docs/own_data.md"], re.DOTALL)
    assert listed is not None
    assert tuple(listed[1].replace("`", "").split()) == AUDIO_SUFFIXES


def test_the_recordings_of_several_tables_are_written_to_files_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("b", "a"):
        rows = [{"genre": "ska", "audio": {"bytes": f"{name}{n}".encode()}} for n in range(2)]
        pd.DataFrame(rows).to_pickle(tmp_path / f"train-{name}.parquet")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pd, "read_parquet", pd.read_pickle)
    (code,) = (block for block in fences(PAGES["docs/own_data.md"], ("python",)) if "read_parquet" in block)
    exec(code, {"pandas": pd, "Path": Path})
    assert [path.read_bytes() for path in sorted(Path("music/ska").iterdir())] == [b"a0", b"a1", b"b0", b"b1"]


def test_the_reference_has_every_public_name() -> None:
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "docs/reference").glob("*.md")]
    shown = [resolve_name(name) for page in pages for name in re.findall(r"^::: ([\w.]+)$", page, re.MULTILINE)]
    for name in musicgenre.__all__:
        assert any(getattr(musicgenre, name) is each for each in shown), name


def test_every_experiment_and_command_is_listed() -> None:
    listed = set(spans(PAGES["docs/experiments.md"]))
    assert {path.stem for path in (CONF / "experiment").glob("*.yaml")} <= listed
    table = {
        span.split()[0] for line in PAGES["README.md"].splitlines() for span in spans(line) if line.startswith("|")
    }
    assert {*COMMANDS, "runs", "completion"} <= table


def test_the_run_folder_is_as_described(finished_run: Path) -> None:
    table, _, rest = PAGES["docs/run_folder.md"].partition("## `metrics.json`")
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
    named = {name for row in rows for cell in row for name in spans(cell) if re.fullmatch(r"[\w.]+(\.\w+|/)", name)}
    only_some = {
        "embeddings/",
        "figures/",
        "gan/",
        "cnn/",
        "samples.npz",
        "real.npz",
        "model.joblib",
        "tested.ckpt",
        "epoch_N/",
    }
    for name in named - only_some:
        assert (finished_run / name).exists() or (finished_run / "checkpoints" / name).exists(), name
    keys_named = [name for name in spans(rest.partition("Bounds of tracks")[0]) if re.fullmatch(r"[a-z_/0-9]+", name)]
    known = Run(finished_run).metrics
    for name in {*keys_named} - {
        "val",
        "test",
        "segment",
        "track",
        "leak",
        "leaks/artists",
        "metrics.json",
        "pruned_epoch",
    }:
        assert name in known, name


def wilson(share: float, n: int) -> tuple[float, float]:
    """95 % bounds of a share of n. Source: E. B. Wilson (1927), JASA 22(158)."""
    z = 1.959964
    middle, width = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - width) / (1 + z * z / n), (middle + width) / (1 + z * z / n)


def test_intervals_of_single_runs_are_wilsons() -> None:
    rows = [line for line in PAGES["docs/experiments.md"].splitlines() if re.search(r"\| \d+ tracks \| 1 \|", line)]
    checked = 0
    for line in rows:
        count = re.search(r"\| (\d+) tracks \| 1 \|", line)
        figure = re.search(r"([\d.]+) \(([\d.]+) to ([\d.]+)\)", line)
        if count and figure:
            n, (value, low, high) = int(count[1]), (float(text) for text in figure.groups())
            right = round(value / 100 * n)  # of n tracks
            step = 0.06 if "." in figure[2] else 0.6
            assert 100 * right / n == pytest.approx(value, abs=step), line
            assert [100 * bound for bound in wilson(right / n, n)] == pytest.approx([low, high], abs=step), line
            checked += 1
    assert checked > 30


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_bytes()) < 8000
