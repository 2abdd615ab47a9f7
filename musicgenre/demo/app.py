"""The page's server side: what it asks, and what it is answered. Recordings stay in memory, and only while heard."""

import asyncio
import mimetypes
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from musicgenre.data.audio.facts import AudioError
from musicgenre.demo.guard import guards
from musicgenre.demo.hear import EndedError, Listener, hear, until

_PAGE = Path(__file__).parent / "page"
MB = 1_000_000


def make_app(listeners: Sequence[Listener], largest: float = 200.0) -> Starlette:
    """Return the app: the page at `/`, what it should know at `/about`, and `/hear`, which takes a recording's bytes.

    Args:
        listeners: The runs that answer, side by side.
        largest: MB of a recording; larger ones are refused.
    """
    # One at a time; and a pool that is not asyncio's own keeps nobody from ending the server.
    pool = ThreadPoolExecutor(1)

    async def about(request: Request) -> Response:
        runs = [{"name": each.name, "place": each.place} for each in listeners]
        return JSONResponse({"runs": runs, "largest": largest})

    async def answer(request: Request) -> Response:
        try:
            audio = await _body(request, largest)
            return JSONResponse(await _heard(request, pool, listeners, audio))
        except AudioError as error:
            raise HTTPException(422, str(error)) from error
        except (ClientDisconnect, EndedError):
            return Response(status_code=400)  # which nobody reads any more
        except asyncio.CancelledError:  # the server ends
            return Response(status_code=503)

    return Starlette(
        routes=[Route("/about", about), Route("/hear", answer, methods=["POST"]), Mount("/", _files())],
        middleware=guards(),
        exception_handlers={HTTPException: _refused},
    )


def _files() -> StaticFiles:
    for kind, suffix in (("text/javascript", ".js"), ("text/css", ".css")):  # whatever Windows' registry says
        mimetypes.add_type(kind, suffix)
    return StaticFiles(directory=_PAGE, html=True)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # what it is registered for
    return JSONResponse({"error": error.detail}, error.status_code)


async def _heard(
    request: Request, pool: ThreadPoolExecutor, listeners: Sequence[Listener], audio: bytearray
) -> dict[str, Any]:
    """Return what the runs hear in a recording.

    Raises:
        AudioError: No run can use it.
        EndedError: The user has given it up.
    """
    ended = Event()
    asked = [until(ended, each) for each in listeners]
    watch = asyncio.ensure_future(_end_with(request, ended))
    try:
        return await asyncio.wrap_future(pool.submit(hear, asked, audio))
    finally:
        ended.set()  # where the server ends, and with it what it hears
        watch.cancel()


async def _end_with(request: Request, ended: Event) -> None:
    """Set the event once the user has left, which is all that follows what was sent."""
    if (await request.receive())["type"] == "http.disconnect":
        ended.set()


async def _body(request: Request, largest: float) -> bytearray:
    """Read what was sent, no more than may be.

    Raises:
        HTTPException: It is nothing, or too much.
    """
    too_large = HTTPException(413, f"larger than {largest:g} MB: cut it, or start the page with another largest=MB")
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > largest * MB:
        raise too_large
    audio = bytearray()
    async for part in request.stream():
        audio += part
        if len(audio) > largest * MB:
            raise too_large
    if not audio:
        raise HTTPException(400, "the browser sent no audio: choose the file again, or record anew")
    return audio
