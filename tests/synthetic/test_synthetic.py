"""The synthetic corpus on disk: whole or not at all."""

import csv
import os
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from musicgenre.errors import MusicGenreError
from musicgenre.files import cache_dir
from musicgenre.synthetic import GENRES, render_corpus, render_track, synthetic_root
from musicgenre.synthetic.crew import render_all
from musicgenre.synthetic.plan import Plan, is_whole, make_plan

SMALL = Plan(tracks_per_genre=2, seconds=0.2, seed=3, genres=("blues", "rock"))


def render_small(root: Path, workers: int = 1) -> Path:
    return render_corpus(
        root,
        tracks_per_genre=2,
        seconds=0.2,
        seed=3,
        genres=("blues", "rock"),
        progress=False,
        workers=workers,
    )


def contents(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_a_corpus_has_gtzans_layout(tmp_path: Path) -> None:
    root = render_small(tmp_path / "corpus")
    names = ["blues/blues.00000.wav", "blues/blues.00001.wav", "rock/rock.00000.wav", "rock/rock.00001.wav"]
    assert sorted(contents(root)) == ["artists.csv", *names, "synthetic.json"]
    with (root / "artists.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["track"] for row in rows] == names
    assert rows[3]["artist"] == "rock-artist-1"
    with wave.open(str(root / names[3])) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (22050, 2, 1)
        samples = np.frombuffer(file.readframes(10**6), "<i2")
    assert np.array_equal(samples / 32768, render_track("rock", 1, seed=3, seconds=0.2))


def test_processes_render_what_one_process_renders(tmp_path: Path) -> None:
    assert contents(render_small(tmp_path / "many", workers=3)) == contents(render_small(tmp_path / "one"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["many", "one"]


def test_a_whole_corpus_is_left_alone(tmp_path: Path) -> None:
    root = render_small(tmp_path / "corpus")
    before = {p: p.stat().st_mtime_ns for p in root.rglob("*")}
    render_small(root)
    assert {p: p.stat().st_mtime_ns for p in root.rglob("*")} == before


@pytest.mark.parametrize(
    "damage",
    [
        lambda root: (root / "blues/blues.00001.wav").unlink(),
        lambda root: (root / "rock/rock.00000.wav").write_bytes(b"RIFF"),
        lambda root: (root / "artists.csv").unlink(),
    ],
)
def test_a_damaged_corpus_is_rendered_again(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    root = render_small(tmp_path / "corpus")
    good = contents(root)
    damage(root)
    assert not is_whole(root, SMALL)
    assert contents(render_small(root)) == good
    assert [p.name for p in tmp_path.iterdir()] == ["corpus"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    assert is_whole(render_small(tmp_path / "corpus"), SMALL)


def test_a_folder_of_something_else_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(MusicGenreError, match="is not a synthetic corpus with these settings"):
        render_small(tmp_path)
    root = render_small(tmp_path / "corpus")
    with pytest.raises(MusicGenreError, match="is not a synthetic corpus with these settings"):
        render_corpus(root, tracks_per_genre=1, seconds=0.2, progress=False)
    assert is_whole(root, SMALL)


def test_two_runs_at_once_both_end_with_the_corpus(tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    with ThreadPoolExecutor(4) as pool:
        roots = list(pool.map(lambda _: render_small(root), range(4)))
    assert roots == [root] * 4
    assert is_whole(root, SMALL)
    assert [p.name for p in tmp_path.iterdir()] == ["corpus"]


def test_an_interrupted_run_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("musicgenre.synthetic.crew.write_track", interrupted)
    with pytest.raises(KeyboardInterrupt):
        render_small(tmp_path / "corpus")
    assert list(tmp_path.iterdir()) == []


def test_a_killed_run_leaves_nothing_that_counts(tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    code = f"from musicgenre.synthetic import render_corpus; render_corpus({str(root)!r}, workers=2)"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".corpus.part-*/*/*.wav")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert not root.exists()
    assert is_whole(render_small(root), SMALL)


def test_only_old_leftovers_are_cleaned(tmp_path: Path) -> None:
    old, young = tmp_path / ".corpus.part-old", tmp_path / ".corpus.part-young"
    for folder in (old, young):
        (folder / "blues").mkdir(parents=True)
    two_hours_ago = time.time() - 7200
    os.utime(old / "blues", (two_hours_ago, two_hours_ago))
    os.utime(old, (two_hours_ago, two_hours_ago))
    os.utime(young, (two_hours_ago, two_hours_ago))  # but a track was written into young/blues just now
    render_small(tmp_path / "corpus")
    assert not old.exists()
    assert young.exists()


def test_a_workers_failure_is_told(tmp_path: Path) -> None:
    plan = Plan(tracks_per_genre=2, seconds=0.2, genres=("polka",))
    with pytest.raises(MusicGenreError, match="no synthetic genre 'polka'"):
        render_all(plan, tmp_path, progress=False, workers=2)


def test_a_root_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MusicGenreError, match="cannot be written"):
        render_small(tmp_path / "file" / "corpus")


@pytest.mark.parametrize(
    ("tracks", "seconds", "seed", "genres"),
    [
        (0, 30.0, 0, GENRES),
        (1, 0.0, 0, GENRES),
        (1, 30.0, -1, GENRES),
        (1, 30.0, 0, ("polka",)),
        (1, 30.0, 0, ()),
    ],
)
def test_impossible_settings_are_refused(tracks: int, seconds: float, seed: int, genres: tuple[str, ...]) -> None:
    with pytest.raises(MusicGenreError):
        make_plan(tracks, seconds, seed, genres)


def test_the_cache_has_a_place_for_every_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path / "cache"))
    roots = {
        synthetic_root(),
        synthetic_root(tracks_per_genre=5),
        synthetic_root(seconds=5),
        synthetic_root(seed=1),
        synthetic_root(genres=("rock", "blues")),
    }
    assert len(roots) == 5
    assert all(root.parent == tmp_path / "cache" / "synthetic" for root in roots)
    assert synthetic_root(genres=("blues", "rock")) in roots


def test_the_cache_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUSICGENRE_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    for platform, folder in [("linux", "xdg"), ("darwin", "Library/Caches"), ("win32", "local")]:
        monkeypatch.setattr(sys, "platform", platform)
        assert cache_dir() == tmp_path / folder / "musicgenre"
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_dir() == tmp_path / ".cache" / "musicgenre"
    monkeypatch.setenv("MUSICGENRE_CACHE", "~/mine")
    assert cache_dir() == tmp_path / "mine"


def test_an_unwritable_cache_names_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path / "file"))
    with pytest.raises(MusicGenreError, match="MUSICGENRE_CACHE"):
        cache_dir()


def test_the_renderer_imports_nothing_heavy() -> None:
    code = "import sys, musicgenre.synthetic; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "numpy" in loaded
    assert not {"torch", "librosa", "scipy", "pandas", "matplotlib", "hydra"} & set(loaded)
