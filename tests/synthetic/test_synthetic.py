"""The synthetic corpus on disk: each file whole or not at all."""

import csv
import os
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from musicgenre.errors import MusicGenreError
from musicgenre.synthetic import GENRES, corpus, render_corpus, render_track, synthetic_root
from musicgenre.synthetic.corpus import _in_processes, write_track
from musicgenre.synthetic.plan import Plan, make_plan, missing_tracks, texts_stand

SMALL = Plan(tracks_per_genre=2, seconds=0.2, seed=3, genres=("blues", "rock"))


def render_small(root: Path, workers: int = 1, genres: tuple[str, ...] = ("blues", "rock")) -> Path:
    return render_corpus(root, tracks_per_genre=2, seconds=0.2, seed=3, genres=genres, progress=False, workers=workers)


def is_whole(root: Path, plan: Plan) -> bool:
    return texts_stand(root, plan) and not missing_tracks(root, plan)


def times(root: Path) -> dict[Path, int]:
    return {p: p.stat().st_mtime_ns for p in root.rglob("*") if p.is_file()}


def contents(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_a_corpus_has_gtzans_layout(tmp_path: Path) -> None:
    root = render_small(tmp_path / "corpus")
    names = ["blues/blues.00000.wav", "blues/blues.00001.wav", "rock/rock.00000.wav", "rock/rock.00001.wav"]
    assert sorted(contents(root)) == ["artists.csv", *names, "synthetic.json"]
    with (root / "artists.csv").open() as file:
        rows = list(csv.DictReader(file))
    artists = {row["track"]: row["artist"] for row in rows}  # of all genres, including those rendered later
    assert len(artists) == 2 * len(GENRES)
    assert [artists[name] for name in names] == ["blues-artist-0", "blues-artist-1", "rock-artist-0", "rock-artist-1"]
    with wave.open(str(root / names[3])) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (22050, 2, 1)
        samples = np.frombuffer(file.readframes(10**6), "<i2")
    assert np.array_equal(samples / 32768, render_track("rock", 1, seed=3, seconds=0.2))


def test_processes_render_what_one_process_renders(tmp_path: Path) -> None:
    assert contents(render_small(tmp_path / "many", workers=3)) == contents(render_small(tmp_path / "one"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["many", "one"]


def test_a_whole_corpus_is_left_alone(tmp_path: Path) -> None:
    root = render_small(tmp_path / "corpus")
    before = times(root)
    render_small(root)
    assert times(root) == before


def test_genres_are_added_to_those_that_are_there(tmp_path: Path) -> None:
    root = render_small(tmp_path / "corpus")
    before = times(root)
    render_small(root, genres=("jazz", "rock"))
    after = times(root)
    assert {p.parent.name for p in after if p.suffix == ".wav"} == {"blues", "jazz", "rock"}
    assert all(after[p] == before[p] for p in before if p.suffix == ".wav")
    assert contents(root) == contents(render_small(tmp_path / "at_once", genres=("blues", "jazz", "rock")))


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


def test_what_another_run_renders_meanwhile_is_not_rendered_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[tuple[str, int]] = []

    def as_the_first(root: Path, track: tuple[str, int], **settings: Any) -> None:
        rendered.append(track)
        if len(rendered) == 1:
            render_small(root)
        write_track(root, track, **settings)

    monkeypatch.setattr(corpus, "write_track", as_the_first)
    root = render_small(tmp_path / "corpus")
    assert is_whole(root, SMALL)
    assert sorted(rendered) == sorted([*SMALL.tracks(), rendered[0]])  # both had begun with this one


def test_runs_at_once_take_the_tracks_in_different_orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    orders: set[tuple[tuple[str, int], ...]] = set()

    def ordered(_: Any, tracks: list[tuple[str, int]], workers: int | None) -> list[None]:
        orders.add(tuple(tracks))
        return []

    monkeypatch.setattr(corpus, "_in_processes", ordered)
    for _ in range(5):
        render_corpus(tmp_path / "corpus", seconds=0.2, progress=False)
    assert len(orders) == 5


def test_an_interrupted_run_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "corpus"
    written: list[tuple[str, int]] = []

    def interrupted(root: Path, track: tuple[str, int], **settings: Any) -> None:
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(track)
        write_track(root, track, **settings)

    with monkeypatch.context() as patch:
        patch.setattr(corpus, "write_track", interrupted)
        with pytest.raises(KeyboardInterrupt):
            render_small(root)
    before = times(root)
    assert sorted(missing_tracks(root, SMALL)) == sorted(set(SMALL.tracks()) - set(written))
    render_small(root)
    assert is_whole(root, SMALL)
    after = times(root)
    assert all(after[path] == time for path, time in before.items() if path.suffix == ".wav")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no process groups to kill")
def test_a_killed_run_leaves_whole_files_alone(tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    code = f"from musicgenre.synthetic import render_corpus; render_corpus({str(root)!r}, workers=2, seconds=2.0)"
    silent = subprocess.DEVNULL
    process = subprocess.Popen([sys.executable, "-c", code], stdout=silent, stderr=silent, start_new_session=True)
    deadline = time.monotonic() + 60
    while len(list(root.glob("*/*.wav"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)  # its workers as well
    process.wait()
    found = list(root.glob("*/*.wav"))
    assert len(found) >= 3
    assert {path.stat().st_size for path in found} == {44 + 2 * 2 * 22050}


def test_a_workers_failure_is_told(tmp_path: Path) -> None:
    write = partial(write_track, tmp_path, seed=0, seconds=0.2)
    with pytest.raises(MusicGenreError, match="no synthetic genre 'polka'"):
        list(_in_processes(write, [("polka", 0), ("polka", 1)], workers=2))


def test_a_root_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        MusicGenreError, match=f"cannot be written to {tmp_path}/file/corpus: {tmp_path}/file is a file"
    ):
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


def test_a_mistyped_genre_is_told_what_was_meant() -> None:
    with pytest.raises(MusicGenreError, match=r"no synthetic genre jaz; there are blues, .*Did you mean jazz\?"):
        make_plan(1, 30.0, 0, ("jaz", "blues"))


def test_the_cache_has_a_place_for_every_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICGENRE_CACHE", str(tmp_path / "cache"))
    roots = {
        synthetic_root(),
        synthetic_root(tracks_per_genre=5),
        synthetic_root(seconds=5),
        synthetic_root(seed=1),
    }
    assert len(roots) == 4
    assert all(root.parent == tmp_path / "cache" / "synthetic" for root in roots)


def test_the_renderer_imports_nothing_heavy() -> None:
    code = "import sys, musicgenre.synthetic; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "numpy" in loaded
    assert not {"torch", "librosa", "scipy", "pandas", "matplotlib", "hydra"} & set(loaded)
