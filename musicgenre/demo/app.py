"""The page's server side: its requests and responses. Recordings stay in memory, and only while they are processed."""

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
    """Return the app: the page at `/`, its information at `/about`, and `/hear`, which takes a recording's bytes.

    Args:
        listeners: The runs that answer, side by side.
        largest: Largest size of a recording in MB.
    """
    # One at a time; unlike asyncio's own pool, this one does not keep the server from ending.
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
            return Response(status_code=400)  # nobody reads it any more
        except asyncio.CancelledError:  # the server ends
            return Response(status_code=503)

    return Starlette(
        routes=[Route("/about", about), Route("/hear", answer, methods=["POST"]), Mount("/", _files())],
        middleware=guards(),
        exception_handlers={HTTPException: _refused},
    )


def _files() -> StaticFiles:
    for kind, suffix in (("text/javascript", ".js"), ("text/css", ".css")):  # whatever the Windows registry says
        mimetypes.add_type(kind, suffix)
    return StaticFiles(directory=_PAGE, html=True)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # registered for this type
    return JSONResponse({"error": error.detail}, error.status_code)


async def _heard(
    request: Request, pool: ThreadPoolExecutor, listeners: Sequence[Listener], audio: bytearray
) -> dict[str, Any]:
    """Return the runs' predictions for a recording.

    Raises:
        AudioError: No run can use it.
        EndedError: The user has left.
    """
    ended = Event()
    asked = [until(ended, each) for each in listeners]
    watch = asyncio.ensure_future(_end_with(request, ended))
    try:
        return await asyncio.wrap_future(pool.submit(hear, asked, audio))
    finally:
        ended.set()  # when the server ends, so does the prediction
        watch.cancel()


async def _end_with(request: Request, ended: Event) -> None:
    """Set the event once the user has left, the only message that follows the request."""
    if (await request.receive())["type"] == "http.disconnect":
        ended.set()


async def _body(request: Request, largest: float) -> bytearray:
    """Read the request's body, up to the size limit.

    Raises:
        HTTPException: It is empty or too large.
    """
    too_large = HTTPException(413, f"larger than {largest:g} MB: cut it, or start the page with a higher largest=MB")
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > largest * MB:
        raise too_large
    audio = bytearray()
    async for part in request.stream():
        audio += part
        if len(audio) > largest * MB:
            raise too_large
    if not audio:
        raise HTTPException(400, "empty file or recording (0 bytes): choose another file, or record again")
    return audio
