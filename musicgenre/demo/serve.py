"""Serve the page on this machine: address, browser, end."""

import logging
import os
import socket
import sys
import webbrowser

import uvicorn
from starlette.applications import Starlette

from musicgenre.errors import MusicGenreError
from musicgenre.signals import ended_as_by_ctrl_c

HERE = "127.0.0.1"


def bound(port: int) -> socket.socket:
    """Return a socket that listens on a port for this machine only; port 0 takes any free one.

    Raises:
        MusicGenreError: The port is in use, or needs permission.
    """
    try:
        return socket.create_server((HERE, port))
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise MusicGenreError(
            f"Port {port} of this machine is not available ({why}): give another port=NUMBER, or port=0 for any free "
            "one."
        ) from error


def address(waiting: socket.socket) -> str:
    """Return the page's address."""
    return f"http://{HERE}:{waiting.getsockname()[1]}"


def serve(app: Starlette, waiting: socket.socket) -> None:
    """Serve until Ctrl-C."""
    logging.getLogger("uvicorn.error").addFilter(_tells_of_a_fault)
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    with ended_as_by_ctrl_c():
        uvicorn.Server(config).run(sockets=[waiting])


def _tells_of_a_fault(record: logging.LogRecord) -> bool:
    """Return whether to show a message: that requests are cancelled at the end is what Ctrl-C asks for."""
    return not str(record.msg).startswith("Cancel ")


def open_browser(url: str) -> None:
    """Open the page if there is a display: without one, Python would start a browser in the terminal."""
    if not sys.platform.startswith("linux") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(url)
