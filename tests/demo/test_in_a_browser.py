"""The page in a real browser: a file is chosen, its answer read, a point in it clicked."""

import logging
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
import uvicorn
from listeners import listener, sound
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from musicgenre.demo.app import make_app
from musicgenre.demo.serve import address, bound

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
HERE = Path(__file__).parent
PAGE = Path(__file__).parents[2] / "musicgenre" / "demo" / "page" / "index.html"


def driven() -> Starlette:
    """The page's app with three runs, two of one name, and another page that drives it."""
    second = listener("second")
    app = make_app([listener("first"), second, replace(second, place="outputs/third")])
    page = PAGE.read_text().replace("</head>", '<script type="module" src="drive.js"></script></head>')

    async def html(request: Request) -> Response:
        return HTMLResponse(page)

    async def script(request: Request) -> Response:
        return Response((HERE / "drive.js").read_text(), media_type="text/javascript")

    async def made(request: Request) -> Response:
        made = request.url.path == "/made.wav"
        return Response(sound(0.5, 0.1, 0.0, 0.5, rest=0.9) if made else sound(*[0.1] * 12), media_type="audio/wav")

    app.routes[:0] = [Route("/driven", html), Route("/drive.js", script)]
    app.routes[:0] = [Route("/made.wav", made), Route("/long.wav", made)]
    return app


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    with bound(0) as waiting:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, log_level=logging.CRITICAL, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [waiting]})
        thread.start()
        try:
            yield address(waiting)
        finally:
            server.should_exit = True
            thread.join()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_recording_is_given_shown_and_played(tmp_path: Path) -> None:
    assert CHROMIUM is not None
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=300000", "--window-size=390,800")
    own = (f"--user-data-dir={tmp_path}", "--autoplay-policy=no-user-gesture-required", "--dump-dom")
    with served(driven()) as url:
        command = [CHROMIUM, *flags, *own, f"{url}/driven"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    noted = dict(re.findall(r'data-(\w+)="([^"]*)"', done.stdout))
    assert noted, done.stderr[-2000:]
    assert noted["nothing"] == "nothing.wav: the file is empty."
    assert noted["wrong"].startswith("text.wav: not readable as audio")
    assert noted["folder"] == "A folder cannot be dropped: drop one recording, or choose it."
    assert noted["unplayed"] == "At 0:10"  # 5, 10, 5, 10
    assert noted["end"] == "first: rock 75 %, jazz 25 %"  # a recording that was heard to its end
    assert noted["recorded"].startswith("0:04 · WAV PCM_16")
    assert noted["start"] == "255,169,14,255"  # jazz, the likeliest, below
    assert noted["middle"] == "189,31,1,255"  # rock above it
    assert noted["silence"] == "0,0,0,0"
    assert (noted["time"], noted["wide"]) == ("1.8", "true")
    text = unescape(re.sub(r"<script.*?</script>|<[^>]*>", " ", done.stdout, flags=re.DOTALL))
    words = " ".join(text.split())
    assert "<b>made</b>.wav 0:04 · WAV PCM_16, 8 kHz, 1 channel" in words
    assert "first outputs/first jazz 58 % rock 42 %" in words
    heard = ": rock 75 %, jazz 25 %"
    assert f"At 0:01 first{heard} second (outputs/second){heard} second (outputs/third){heard}" in words
