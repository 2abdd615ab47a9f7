import json
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import pytest

from musicgenre.extras import MissingPackageError, install_command


def installed(monkeypatch: pytest.MonkeyPatch, folder: Path, installer: str, source: object) -> None:
    """Pretend that this installer installed musicgenre from this source, as pip and uv record it."""
    (folder / "INSTALLER").write_text(installer)
    if source is not None:
        (folder / "direct_url.json").write_text(json.dumps(source))
    ours: Distribution = PathDistribution(folder)
    monkeypatch.setattr("musicgenre.extras.distribution", lambda name: ours)


@pytest.mark.parametrize(
    ("installer", "source", "command"),
    [
        (
            "uv",
            {"url": "file:///home/me/clone", "dir_info": {"editable": True}},
            "uv pip install -e '/home/me/clone[x]'",
        ),
        ("pip\n", {"url": "file:///home/me/my%20clone", "dir_info": {}}, "pip install '/home/me/my clone[x]'"),
        (
            "pip\n",
            {"url": "file:///w/musicgenre-1-py3-none-any.whl"},
            "pip install '/w/musicgenre-1-py3-none-any.whl[x]'",
        ),
        (
            "pip\n",
            {"url": "https://host/musicgenre.git", "vcs_info": {"vcs": "git", "commit_id": "0a1b"}},
            "pip install 'musicgenre[x] @ git+https://host/musicgenre.git@0a1b'",
        ),
        (
            "pip\n",
            {
                "url": "https://host/all.git",
                "vcs_info": {"vcs": "git", "commit_id": "0a1b", "requested_revision": "v0.2"},
                "subdirectory": "genre",
            },
            "pip install 'musicgenre[x] @ git+https://host/all.git@v0.2#subdirectory=genre'",
        ),
        ("pip\n", None, "pip install 'musicgenre[x]'"),
    ],
)
def test_an_extra_is_installed_from_where_musicgenre_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installer: str, source: object, command: str
) -> None:
    installed(monkeypatch, tmp_path, installer, source)
    assert install_command("x") == command
    assert str(MissingPackageError("It needs X", "x")) == f"It needs X: {command}."


def test_a_clone_that_one_is_in_is_called_by_a_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, tmp_path, "pip", {"url": tmp_path.as_uri(), "dir_info": {}})
    monkeypatch.chdir(tmp_path)
    assert install_command("demo") == "pip install '.[demo]'"


def test_no_text_names_an_index_that_musicgenre_is_not_on() -> None:
    root = Path(__file__).parents[1]
    texts = [
        *root.glob("*.md"),
        *root.glob("docs/**/*.md"),
        *root.glob("conf/**/*.yaml"),
        *root.glob("notebooks/*.ipynb"),
    ]
    texts += [path for path in root.glob("musicgenre/**/*.py") if path.name != "extras.py"]
    assert len(texts) > 300
    assert [path.name for path in texts if "install 'musicgenre" in path.read_text(encoding="utf-8")] == []
