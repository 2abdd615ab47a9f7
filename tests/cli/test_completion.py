"""Tab completion, tested in the shells themselves where they are installed."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from musicgenre.cli.completion import SCRIPTS, complete


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("musicgenre ev", ["evaluate"]),
        ("musicgenre train optimizer=ad", ["optimizer=adam", "optimizer=adamw"]),
        ("musicgenre train scheduler=one", ["scheduler=one_cycle"]),
        ("musicgenre train trainer.max_e", ["trainer.max_epochs="]),
        ("musicgenre train model=bilstm model.hid", ["model.hidden="]),
        ("musicgenre train --cfg j", ["job"]),
        ("musicgenre train +", ["+sweep="]),
        ("musicgenre train sw", ["sweep."]),
        ("musicgenre train sweep=", []),
        ("musicgenre train +sweep=", ["+sweep=leak_gap"]),
        ("musicgenre train split=stratified split.fr", ["split.fractions="]),
        ("musicgenre train split=stratified split.fractions=", []),
        ("musicgenre train model.channels=", []),
        ("musicgenre train model.channels.0=", []),
        ("musicgenre train run.", ["run.notes=", "run.tags="]),
        ("musicgenre train run.tags.", []),
        ("musicgenre train split.fr", []),  # the rendered corpus has its own split
        ("musicgenre train split.fo", ["split.fold=", "split.folds="]),
        ("musicgenre train data=gtzan split.fr", ["split.fractions="]),
        ("musicgenre train model=mine model.", []),
        ("musicgenre train seed=", ["seed=0"]),
        ("musicgenre train figures=", ["figures=true"]),
        ("musicgenre evaluate de", ["deform="]),
        ("musicgenre completion f", ["fish"]),
        ("musicgenre nothing ", []),
    ],
)
def test_what_can_follow(line: str, wanted: list[str]) -> None:
    assert complete(line) == wanted


def test_groups_and_keys_of_each_command() -> None:
    assert {"data=", "model=", "seed="} <= set(complete("musicgenre train "))
    assert "runs=" in complete("musicgenre report ")
    assert "seed=" not in complete("musicgenre report ")
    of_gan = complete("musicgenre gan ")
    assert {"gan=", "gan.", "model=", "seed="} <= set(of_gan)
    assert not {"optimizer=", "optimizer.", "callbacks.", "milestones=", "gan_run=", "hparams_search="} & set(of_gan)
    assert complete("musicgenre gan optimizer.") == complete("musicgenre gan optimizer=a") == []
    assert complete("musicgenre gan debug=") == ["debug=fdr"] and complete("musicgenre gan trainer.max") == []


def test_paths_and_own_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own" / "model").mkdir(parents=True)
    (tmp_path / "own" / "model" / "mine.yaml").write_text("width: 4\n")
    monkeypatch.chdir(tmp_path)
    assert complete("musicgenre runs o") == ["own/"]
    assert complete("musicgenre runs --r") == ["--remove"]
    assert complete("musicgenre train ckpt_path=o") == ["ckpt_path=own/"]
    assert complete("musicgenre train +data.root=o") == ["+data.root=own/"]
    assert complete("musicgenre train --config-dir own model=mi") == ["model=mine"]
    assert complete("musicgenre train --config-dir own model=mine model.") == ["model.width="]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`musicgenre` on the PATH, with an empty home and configuration."""
    path = tmp_path / "bin" / "musicgenre"
    path.parent.mkdir()
    path.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m musicgenre "$@"\n')
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    return path


def ask(shell: str, script: str, *arguments: str) -> list[str]:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run([shell, *arguments, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert not done.stderr, done.stderr
    return done.stdout.splitlines()


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize(
    ("line", "current", "wanted"),
    [
        ("musicgenre ev", "ev", ["evaluate "]),
        ("musicgenre train trainer.max_e", "trainer.max_e", ["trainer.max_epochs="]),
        ("musicgenre train optimizer=ad", "ad", ["adam ", "adamw "]),  # readline splits words at =
        ("musicgenre train scheduler=", "=", ["cosine ", "none ", "one_cycle ", "plateau ", "plateau_loss "]),
    ],
)
def test_bash(line: str, current: str, wanted: list[str]) -> None:
    script = f"""{SCRIPTS["bash"]}
COMP_LINE={shlex.quote(line)} COMP_POINT={len(line)}
read -r _ _ _ _ function _ < <(complete -p musicgenre)
"$function" musicgenre {shlex.quote(current)} ""
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    assert ask("bash", script, "--norc") == wanted


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize(
    ("line", "wanted"),
    [("musicgenre ev", ["evaluate"]), ("musicgenre train optimizer=ad", ["optimizer=adam", "optimizer=adamw"])],
)
def test_fish(line: str, wanted: list[str]) -> None:
    script = f"{SCRIPTS['fish']}\ncomplete -C {shlex.quote(line)}"
    assert ask("fish", script, "--no-config") == wanted


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize(
    ("words", "prefix", "opened", "closed"),
    [
        ("musicgenre ev", "ev", "", "evaluate"),
        ("musicgenre train trainer.max_e", "trainer.max_e", "trainer.max_epochs=", ""),
    ],
)
def test_zsh(words: str, prefix: str, opened: str, closed: str) -> None:
    """zsh completes only in its line editor: the test sets its completion system's variables and reads the result."""
    script = f"""compdef() {{ }}
compadd() {{ local list=$@[-1]; print -r -- "$list: ${{(P)list}}" }}
{SCRIPTS["zsh"]}
words=({words}) CURRENT=$#words PREFIX={shlex.quote(prefix)}
_musicgenre
"""
    assert ask("zsh", script, "-f") == [f"open: {opened}", f"closed: {closed}"]
