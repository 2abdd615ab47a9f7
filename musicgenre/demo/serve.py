"""The page on this machine: its address, its browser, its end."""

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
    """Return a socket that waits at a port of this machine alone; port 0 is any that is free.

    Raises:
        MusicGenreError: The port is in use, or not for everybody.
    """
    try:
        return socket.create_server((HERE, port))
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise MusicGenreError(
            f"Port {port} of this machine cannot be had ({why}): give another port=NUMBER, or port=0 for any that is "
            "free."
        ) from error


def address(waiting: socket.socket) -> str:
    """Return the page's address."""
    return f"http://{HERE}:{waiting.getsockname()[1]}"


def serve(app: Starlette, waiting: socket.socket) -> None:
    """Answer until Ctrl-C."""
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
    """Whether a message is worth showing: that an answer is given up at the end is what Ctrl-C asks for."""
    return not str(record.msg).startswith("Cancel ")


def open_browser(url: str) -> None:
    """Open the page where there is a screen: without one, Python would start a browser in the terminal."""
    if not sys.platform.startswith("linux") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(url)
