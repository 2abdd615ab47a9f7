import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from musicgenre.cli.configs import conf_dir

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of its sources; skipped where its build backend is unavailable."""
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("building a wheel takes uv")
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("musicgenre", "conf"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [uv, "build", "--wheel", "--quiet", "--python", sys.executable, "--out-dir", str(out), str(source)]
    built = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if built.returncode and "hatchling" in built.stderr:
        pytest.skip("hatchling cannot be had: there is neither a package index nor a copy in uv's cache")
    assert built.returncode == 0, built.stderr
    [found] = out.glob("*.whl")
    return found


def test_wheel_holds_every_config(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {f"musicgenre/conf/{path.relative_to(ROOT / 'conf').as_posix()}" for path in conf_dir().rglob("*.yaml")}
    assert wanted
    assert {name for name in names if name.endswith(".yaml")} == wanted
    assert {
        "musicgenre/cli/train.py",
        "musicgenre/demo/page/index.html",
        "musicgenre/demo/page/page.js",
        "musicgenre/py.typed",
    } <= names
    assert not [name for name in names if name.startswith(("tests", "conf"))]


def test_installed_wheel_finds_its_configs_also_as_a_package(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)  # as pip lays it out
    (tmp_path / "mine.yaml").write_text("defaults:\n  - model: cnn\nhydra:\n  searchpath: ['pkg://musicgenre.conf']\n")
    whole = "defaults:\n  - train\n  - _self_\nhydra:\n  searchpath: ['pkg://musicgenre.conf']\n"
    (tmp_path / "whole.yaml").write_text(whole)
    code = (
        "from hydra import compose, initialize_config_dir, initialize_config_module as module\n"
        f"with initialize_config_dir({str(tmp_path)!r}, version_base='1.3'):\n"
        "    print(compose('whole', return_hydra_config=True).hydra.run.dir.partition('/')[0])\n"
        "import musicgenre.conf\n"
        "with module('musicgenre.conf', version_base='1.3'): print(compose('train', ['model=bilstm']).model._target_)\n"
        f"with initialize_config_dir({str(tmp_path)!r}, version_base='1.3'): print(compose('mine').model._target_)\n"
        "print(musicgenre.conf.__file__)\n"
        "from musicgenre.cli.configs import conf_dir; print(musicgenre.__file__, conf_dir())"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert found.stdout.split() == [
        "outputs",
        "musicgenre.nets.BiLSTM",
        "musicgenre.nets.CNN",
        str(tmp_path / "musicgenre/conf/__init__.py"),
        str(tmp_path / "musicgenre/__init__.py"),
        str(tmp_path / "musicgenre/conf"),
    ]


def test_sdist_lists_what_there_is() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["sdist"][
        "include"
    ]
    assert {"/docs", "/CITATION.cff", "/conf"} <= set(listed)
    assert all((ROOT / name.lstrip("/")).exists() for name in listed)


def test_wheel_has_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [entry_points] = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        assert "musicgenre = musicgenre.__main__:main" in archive.read(entry_points).decode()
