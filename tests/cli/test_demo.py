"""`musicgenre demo`, up to the waiting server."""

import asyncio
import socket
from pathlib import Path

import httpx
import pytest
import uvicorn
from command_line import fails, musicgenre

from musicgenre import load_run
from musicgenre.demo.serve import bound, open_browser

TRACKS = ("drone/drone.00000.wav", "hum/hum.00001.wav")


def test_runs_are_served_until_ctrl_c(
    finished_run: Path, corpus_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server answers as `predict` does and leaves nothing behind."""
    opened: list[str] = []
    answers: list[httpx.Response] = []

    def run(server: uvicorn.Server, sockets: list[socket.socket]) -> None:
        async def ask() -> None:
            transport = httpx.ASGITransport(server.config.loaded_app)
            async with httpx.AsyncClient(transport=transport, base_url=opened[0]) as client:
                for track in TRACKS:
                    answers.append(await client.post("/hear", content=(corpus_root / track).read_bytes()))

        server.config.load()
        asyncio.run(ask())
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr(uvicorn.Server, "run", run)
    result = musicgenre("demo", f"run=[{finished_run},{finished_run}]", "port=0", "device=cpu")
    assert (result.status, result.err.strip()) == (130, "Interrupted.")
    name = f"{load_run(finished_run).name} ({finished_run})"  # two runs of one name are told apart
    assert f"Open {opened[0]} to classify music with {name}, {name}. Ctrl-C" in result.out
    listen = load_run(finished_run).classifier
    for track, answer in zip(TRACKS, answers, strict=True):
        expected = listen(corpus_root / track)
        assert len(answer.json()["runs"]) == 2
        for found in answer.json()["runs"]:
            genres = {genre["name"]: genre["probability"] for genre in found["genres"]}
            assert genres == pytest.approx(expected.probabilities.to_dict(), abs=1e-4)
            assert (found["place"], found["doubt"]) == (str(finished_run), expected.doubt)
            assert found["name"] == load_run(finished_run).name
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not (tmp_path / "outputs").exists()


def test_a_port_in_use_is_said_before_anything_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with bound(0) as waiting:
        port = waiting.getsockname()[1]
        fails(musicgenre("demo", f"run={tmp_path}", f"port={port}"), f"Port {port}", "in use", "give another port=")
    fails(musicgenre("demo", f"run={tmp_path}", "port=0"), "is not a trained run")
    assert not (tmp_path / "outputs").exists()


def test_without_the_extra_its_name_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("musicgenre.cli.demo.find_spec", lambda name: None)
    fails(musicgenre("demo", f"run={tmp_path}"), "The page needs starlette and uvicorn", "pip install", "[demo]'")


def test_no_browser_is_opened_where_there_is_no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    open_browser("http://127.0.0.1:1")
    assert not opened
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    open_browser("http://127.0.0.1:1")
    assert opened == ["http://127.0.0.1:1"]
