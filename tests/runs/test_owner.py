import json
import os
import threading
import time
from pathlib import Path

import filelock
import pytest

from musicgenre.cli.fresh import claimed
from musicgenre.files import draft_of, remove_drafts
from musicgenre.runs.owner import LOCK, ended_without_word, owned, read_owner


def refuse(sentence: str) -> None:
    raise AssertionError(sentence)


def test_a_folder_has_one_owner_who_leaves_no_mark(tmp_path: Path) -> None:
    with owned(tmp_path / "run", refuse) as last:
        assert last is None
        owner = read_owner(tmp_path / "run")
        assert owner is not None and owner.process == os.getpid()
        assert ended_without_word(tmp_path / "run") is None  # it has an owner
    assert read_owner(tmp_path / "run") is None


def test_the_second_waits_and_says_for_whom(tmp_path: Path) -> None:
    said, order = [], []
    begun, told = threading.Event(), threading.Event()

    def tell(sentence: str) -> None:
        said.append(sentence)
        told.set()

    def second() -> None:
        begun.wait()
        with owned(tmp_path, tell) as last:
            order.append("second")
            assert last is None

    thread = threading.Thread(target=second)
    thread.start()
    with owned(tmp_path, refuse):
        begun.set()
        assert told.wait(30)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    assert f"{tmp_path} is being written by process {os.getpid()} on" in said[0]


def test_who_ended_without_a_word_is_known_and_its_drafts_go(tmp_path: Path) -> None:
    mark = {"process": 4711, "host": "there", "since": "2026-01-31 12:00:00+01:00"}
    (tmp_path / ".running").write_text(json.dumps(mark))
    (tmp_path / ".metrics.csv.0a1b2c3d-4711-0123456789ab").write_text("half")
    owner = ended_without_word(tmp_path)
    assert str(owner) == "process 4711 on there, since 2026-01-31 12:00:00+01:00"
    with owned(tmp_path, refuse) as last:
        assert last == owner
    assert {path.name for path in tmp_path.iterdir()} <= {".lock"}  # which some versions of filelock remove


@pytest.mark.parametrize("hours", [-5, 5])
def test_clocks_that_disagree_free_no_lock_and_remove_no_draft(hours: int, tmp_path: Path) -> None:
    """As on a network file system with another machine's clock: file times do not decide who holds a lock."""
    then = time.time() + 3600 * hours
    with owned(tmp_path, refuse), draft_of(tmp_path / "weights") as draft:
        draft.write_text("half")
        for path in [*tmp_path.iterdir()]:
            os.utime(path, (then, then))
        assert ended_without_word(tmp_path) is None  # it is held
        remove_drafts(tmp_path)
        assert draft.read_text() == "half"
        with pytest.raises(filelock.Timeout):
            filelock.FileLock(tmp_path / LOCK).acquire(timeout=0)
    assert (tmp_path / "weights").read_text() == "half"


def test_a_job_that_raises_frees_its_folder(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), owned(tmp_path, refuse):
        _ = 1 / 0
    with owned(tmp_path, refuse) as last:
        assert last is None


def test_two_starts_in_one_second_get_two_folders(tmp_path: Path) -> None:
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(claimed(tmp_path / "12-00-00"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.name for path in found) == sorted(["12-00-00", *(f"12-00-00-{n}" for n in range(2, 9))])
