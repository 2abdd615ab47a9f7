"""Restrict the app to its own page on this machine: other sites in the same browser can reach 127.0.0.1 too."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = ("127.0.0.1", "localhost")  # any other name in `Host` is a foreign site's that resolves to this machine
_SAID = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; media-src blob:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def guards() -> list[Middleware]:
    """Return the middleware of an app that only its own page on this machine may use."""
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS), www_redirect=False)
    return [hosts, Middleware(OwnPageOnly)]


class OwnPageOnly:
    """Refuses requests of other sites' pages, and tells the browser to load nothing from elsewhere and cache nothing.

    Args:
        app: The app, for requests of our own page or of no page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_SAID)
            await send(message)

        if _is_foreign(Headers(scope=scope)):
            refused = JSONResponse({"error": "Only the page itself may send requests: open it at its address."}, 403)
            await refused(scope, receive, send_with_headers)
        else:
            await self._app(scope, receive, send_with_headers)


def _is_foreign(headers: Headers) -> bool:
    """Return whether another site's page sent the request, according to the browser; `navigate` is a followed link."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is not None and origin != f"http://{headers.get('host')}":
        return True
    return site in ("cross-site", "same-site") and headers.get("sec-fetch-mode") != "navigate"
