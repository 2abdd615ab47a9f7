"""What `musicgenre demo` answers its page, asked in this process."""

import asyncio
import mimetypes
import signal
import socket
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
import uvicorn
from listeners import listener, sound
from torch import Tensor

from musicgenre.demo.app import make_app
from musicgenre.demo.hear import EndedError, hear, until
from musicgenre.demo.serve import address, bound, serve
from musicgenre.errors import MusicGenreError
from musicgenre.features.profile import UNLIKE, Reference
from musicgenre.prediction.result import UNSURE
from musicgenre.visual.predictions import DOUBTS

FAR = Reference((0.0, 10.0), (1.0, 1.0))  # of training segments that were much louder
NEAR = Reference((0.0, 0.35), (1.0, 1.0))


class Client:
    """Sends requests to the page's app as a browser would."""

    def __init__(self, largest: float = 1.0, *runs: str) -> None:
        self.transport = httpx.ASGITransport(make_app([listener(name) for name in runs or ("mine",)], largest))

    def request(self, method: str, path: str, **sent: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self.transport, base_url="http://127.0.0.1:8642") as client:
                return await client.request(method, path, **sent)

        return asyncio.run(ask())

    def get(self, path: str, **sent: Any) -> httpx.Response:
        return self.request("GET", path, **sent)

    def post(self, path: str, **sent: Any) -> httpx.Response:
        return self.request("POST", path, **sent)


def test_a_recording_is_heard_over_time() -> None:
    found = Client().post("/hear", content=sound(0.5, 0.1, 0.0, 0.5)).json()
    assert (found["seconds"], found["about"]) == (4.0, "WAV PCM_16, 8 kHz, 1 channel")
    [run] = found["runs"]
    assert (run["name"], run["place"], run["doubt"], run["why"]) == ("mine", "outputs/mine", "", "")
    named = [(genre["name"], genre["colour"], genre["probability"]) for genre in run["genres"]]
    share = round((0.75 + 0.25 + 0.75) / 3, 4)
    assert named == [("jazz", "#ffa90e", share), ("rock", "#bd1f01", round(1 - share, 4))]
    assert run["times"] == [0, 1, 2, 3, 4]
    assert run["probabilities"] == [[0.75, 0.25], [0.25, 0.75], None, [0.75, 0.25]]  # silence has no genre
    assert found["outline"] == pytest.approx([0.5] * 20 + [0.1] * 20 + [0] * 20 + [0.5] * 20, abs=0.02)


def test_doubts_are_those_of_predict() -> None:
    audio = sound(0.5, 0.1)
    runs = hear([listener(reference=FAR), listener(reference=NEAR), listener(genres=("rock", "jazz"))], audio)["runs"]
    assert [run["doubt"] for run in runs] == ["unlike", "", ""]
    assert runs[0]["why"] == DOUBTS["unlike"]
    assert FAR.std[1] * UNLIKE < 9
    three = listener(genres=("jazz", "rock", "pop"))
    even = replace(three, classifier=replace(three.classifier, net=lambda x: x.new_zeros(len(x), 3)))
    [run] = hear([even], audio)["runs"]
    assert (run["doubt"], run["why"]) == ("unsure", DOUBTS["unsure"])
    assert run["genres"][0]["probability"] < UNSURE


def test_runs_answer_side_by_side_each_for_itself() -> None:
    deaf = listener("long")
    long = replace(deaf, classifier=replace(deaf.classifier, segmenter=replace(deaf.classifier.segmenter, length=9.0)))
    runs = hear([long, listener("short")], sound(0.5, 0.5))["runs"]
    assert [run["name"] for run in runs] == ["long", "short"]
    assert "too short" in runs[0]["error"]
    assert runs[1]["genres"][0]["name"] == "jazz"


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        (b"", 400, "empty file or recording (0 bytes): choose another file"),
        (b"not audio", 422, "not readable as audio"),
        (sound(0.0), 422, "silent"),
        (sound(0.5, 0.5)[:-16000], 422, "truncated"),
        (sound(0.5, 1e30, subtype="FLOAT"), 422, "full scale is 1"),
        (bytes(1_000_001), 413, "larger than 1 MB: cut it"),
    ],
    ids=["nothing", "text", "silence", "cut short", "no audio", "too large"],
)
def test_what_cannot_be_heard_is_said_in_a_sentence(content: bytes, status: int, reason: str) -> None:
    answer = Client().post("/hear", content=content)
    assert answer.status_code == status
    assert reason in answer.json()["error"]


def test_a_recording_of_no_stated_length_is_stopped_at_the_largest() -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield bytes(300_000)

    answer = Client().post("/hear", content=parts())
    assert "content-length" not in answer.request.headers
    assert answer.status_code == 413


def test_nothing_of_a_recording_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert Client(50.0).post("/hear", content=sound(*[0.5] * 200)).status_code == 200  # a form would spool it to disk
    assert Client().post("/hear", content=b"\x1a\x45\xdf\xa3" + bytes(5000)).status_code == 422  # WebM, for ffmpeg
    assert not list(tmp_path.iterdir())


def test_the_page_is_whole_and_asks_nobody_else() -> None:
    mimetypes.add_type("text/plain", ".js")  # as a Windows registry may have it
    asked = Client(7.0, "a", "b")
    page = asked.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    for name in ("page.css", "page.js", "draw.js", "record.js"):
        found = asked.get(f"/{name}")
        text, kind = found.text, found.headers["content-type"]
        assert kind.startswith("text/css" if name.endswith("css") else "text/javascript")
        assert text
        assert "://" not in text
    assert "://" not in page.text
    runs = [{"name": name, "place": f"outputs/{name}"} for name in "ab"]
    assert asked.get("/about").json() == {"runs": runs, "largest": 7.0}


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8642", "127.0.0.1.evil.example", "192.168.1.7:8642"])
def test_foreign_names_of_this_machine_are_refused(host: str) -> None:
    for method, path in (("GET", "/about"), ("POST", "/hear")):
        assert Client().request(method, path, headers={"host": host}, content=sound(0.5)).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "https://127.0.0.1:8642"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"},
    ],
    ids=str,
)
def test_other_pages_are_refused(headers: dict[str, str]) -> None:
    answer = Client().post("/hear", headers=headers, content=sound(0.5))
    assert (answer.status_code, "Only the page itself" in answer.text) == (403, True)
    assert Client().get("/about", headers=headers).status_code == 403


def test_the_own_page_is_let_in() -> None:
    for host in ("127.0.0.1:8642", "localhost:8642"):
        own = {"host": host, "origin": f"http://{host}", "sec-fetch-site": "same-origin"}
        assert Client().post("/hear", headers=own, content=sound(0.5)).status_code == 200
    followed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}  # a link in a mail
    assert Client().get("/", headers=followed).status_code == 200


def test_what_nobody_waits_for_is_given_up() -> None:
    ended = Event()
    asked = until(ended, listener())
    assert hear([asked], sound(0.5))["seconds"] == 1
    ended.set()
    with pytest.raises(EndedError):
        hear([asked], sound(0.5))


def test_a_recording_that_the_user_gives_up_is_heard_no_further() -> None:
    begun, freed, batches, sent = Event(), Event(), list[int](), list[int]()
    plain = listener()

    def features(waves: Tensor) -> Tensor:
        batches.append(len(waves))
        begun.set()
        freed.wait(10)
        found: Tensor = plain.classifier.features(waves)
        return found

    slow = replace(plain, classifier=replace(plain.classifier, features=features, batch_size=1))

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            sent.append(int(str(message["status"])))

    async def ask() -> None:
        messages = asyncio.Queue[dict[str, object]]()
        messages.put_nowait({"type": "http.request", "body": sound(0.5, 0.5, 0.5), "more_body": False})
        headers = [(b"host", b"127.0.0.1")]
        scope = {"type": "http", "method": "POST", "path": "/hear", "headers": headers, "query_string": b""}
        task = asyncio.ensure_future(make_app([slow])(scope, messages.get, send))  # type: ignore[arg-type]
        await asyncio.to_thread(begun.wait, 10)
        messages.put_nowait({"type": "http.disconnect"})
        for _ in range(10):
            await asyncio.sleep(0)  # until the disconnect is seen
        freed.set()
        await task

    asyncio.run(ask())
    assert (batches, sent) == ([1], [400])


def test_the_end_of_the_server_waits_for_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The task of an answer is cancelled while a run is listening."""
    begun, told = Event(), Event()

    def slow(listeners: object, audio: object) -> dict[str, object]:
        begun.set()
        told.wait(10)
        return {}

    monkeypatch.setattr("musicgenre.demo.app.hear", slow)
    sent: list[int] = []

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            sent.append(int(str(message["status"])))

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"sound", "more_body": False}

    async def ask() -> None:
        headers = [(b"host", b"127.0.0.1")]
        scope = {"type": "http", "method": "POST", "path": "/hear", "headers": headers, "query_string": b""}
        task = asyncio.ensure_future(make_app([listener()])(scope, receive, send))  # type: ignore[arg-type]
        with ThreadPoolExecutor(1) as pool:
            await asyncio.wrap_future(pool.submit(begun.wait, 10))
        task.cancel()
        await task

    asyncio.run(ask())
    told.set()
    assert sent == [503]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_program_that_is_ended_otherwise_takes_the_way_of_ctrl_c(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    number = getattr(signal, name, None)
    if number is None or signal.getsignal(number) != signal.SIG_DFL:
        pytest.skip(f"{name} is not there, or somebody answers it")

    def run(server: uvicorn.Server, sockets: object) -> None:
        assert signal.getsignal(number) != signal.SIG_DFL
        signal.raise_signal(number)

    monkeypatch.setattr(uvicorn.Server, "run", run)
    with bound(0) as waiting, pytest.raises(KeyboardInterrupt):
        serve(make_app([listener()]), waiting)
    assert signal.getsignal(number) == signal.SIG_DFL


def test_a_port_of_this_machine_alone() -> None:
    with bound(0) as waiting:
        host, port = waiting.getsockname()
        assert (host, address(waiting)) == ("127.0.0.1", f"http://127.0.0.1:{port}")
        with pytest.raises(MusicGenreError, match=rf"Port {port} .*in use.*give another port=NUMBER") as error:
            bound(port)
        assert str(error.value).count("\n") == 0
    socket.create_server(("127.0.0.1", port)).close()  # the port is free again
