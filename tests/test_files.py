import errno
import os
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from musicgenre import files
from musicgenre.cells import csv_text
from musicgenre.errors import MusicGenreError
from musicgenre.files import below, cache_dir, draft_of, remove_drafts, replace_text
from musicgenre.own_files import is_own, remember_own


def test_text_is_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "table.csv"
    replace_text(path, "one\n")
    replace_text(path, "zwölf\n")
    assert path.read_bytes() == "zwölf\n".encode()
    assert [p.name for p in path.parent.iterdir()] == ["table.csv"]


def test_failure_leaves_the_old_text_and_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "table.csv"
    replace_text(path, "old")

    def full(self: Path, target: Path) -> Path:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space left"):
        replace_text(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]


def test_reader_sees_the_old_text_while_the_new_is_written(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    replace_text(path, "old")
    with path.open() as reader:
        replace_text(path, "new")
        assert reader.read() == "old"
    assert path.read_text() == "new"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    replace_text(tmp_path / "table.csv", "")
    assert (tmp_path / "table.csv").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_full_disk_promises_no_more_than_any_command_keeps() -> None:
    error = files.cannot_write(Path("a.csv"), OSError(errno.ENOSPC, "No space left on device"))
    again = "run the same command again with its hydra.run.dir or hydra.sweep.dir (a training goes on)"
    mend = f"Make room on its disk and {again}."
    assert str(error) == f"Cannot write a.csv: No space left on device. {mend}"


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    with draft_of(tmp_path / "folder") as draft:
        draft.mkdir()
        (draft / "a.txt").write_text("a")
        assert not (tmp_path / "folder").exists()
    assert (tmp_path / "folder" / "a.txt").read_text() == "a"
    with pytest.raises(KeyboardInterrupt), draft_of(tmp_path / "other") as draft:
        draft.mkdir()
        (draft / "a.txt").write_text("a")
        raise KeyboardInterrupt
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_what_another_process_renames_or_removes_meanwhile_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = tmp_path / "features" / f".KEY.{files._host()}-1-abcdefabcdef"  # of a running process
    draft.mkdir(parents=True)
    (draft / "features.bin").write_text("x")
    list_folder = os.scandir

    def rename_first(path: Any = ".") -> Any:
        if os.fspath(path) == os.fspath(draft) and draft.exists():
            draft.rename(tmp_path / "features" / "KEY")
        return list_folder(path)

    monkeypatch.setattr(os, "scandir", rename_first)
    remove_drafts(tmp_path)
    assert (tmp_path / "features" / "KEY" / "features.bin").read_text() == "x" and not draft.exists()


def test_all_below_a_folder_is_given(tmp_path: Path) -> None:
    for name in ("a/b.txt", "a/.c/d", "e"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert set(below(tmp_path)) == set(tmp_path.rglob("*")) and not [*below(tmp_path / "none")]


@pytest.fixture
def no_cache(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv("MUSICGENRE_CACHE", raising=False)
    return monkeypatch


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have places of their own")
def test_the_cache_lies_where_linux_keeps_caches(tmp_path: Path, no_cache: pytest.MonkeyPatch) -> None:
    no_cache.setenv("HOME", str(tmp_path))
    no_cache.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_dir() == tmp_path / "xdg" / "musicgenre"
    no_cache.delenv("XDG_CACHE_HOME")
    assert cache_dir() == tmp_path / ".cache" / "musicgenre"


def test_the_cache_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("MUSICGENRE_CACHE", "~/mine")
    assert cache_dir() == tmp_path / "mine"


def test_an_unwritable_cache_names_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path / "file"))
    with pytest.raises(MusicGenreError, match="MUSICGENRE_CACHE"):
        cache_dir()


@pytest.mark.parametrize("error", [RuntimeError("no home"), None])
def test_without_a_home_the_variable_is_asked_for(
    tmp_path: Path, no_cache: pytest.MonkeyPatch, error: Exception | None
) -> None:
    def homeless(*_: object, **__: object) -> str:
        if error:
            raise error
        return "~/.cache/musicgenre"

    no_cache.chdir(tmp_path)
    no_cache.setattr(files, "user_cache_dir", homeless)
    with pytest.raises(MusicGenreError, match=r"no home folder for a cache\. Set MUSICGENRE_CACHE"):
        cache_dir()
    assert not list(tmp_path.iterdir())


def test_lines_end_as_on_linux_on_any_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.linesep", "\r\n")  # which pandas writes on Windows
    text = csv_text(pd.DataFrame({"track": ["a", "b\rc"], "p": [0.5, 1.0]}).head(1))
    assert text == "track,p\na,0.5\n"
    asked: dict[str, Any] = {}
    monkeypatch.setattr(Path, "write_text", lambda path, text, **how: asked.update(how) or path.touch())
    replace_text(tmp_path / "a.csv", text)
    assert asked["newline"] == "\n"


def test_where_no_cache_can_be_written_a_model_is_said_to_need_trust(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path))
    remember_own("a" * 64)
    assert is_own("a" * 64) and not is_own("b" * 64) and not caplog.messages

    def refuse(*given: object, **more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)
    remember_own("c" * 64)
    assert not is_own("c" * 64)
    assert "reading this model.joblib will need trust=true" in caplog.text
