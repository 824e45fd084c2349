"""Compression of the page itself and of its live answers; Gradio compresses its own scripts and styles."""

from typing import Final

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

LEVEL: Final = 1
"""A strip is half as long for 2.4 ms of work; level 6 takes 6 ms for another 8 %."""
_MINIMUM_SIZE: Final = 1000


class PageGZip:
    """ASGI middleware: gzip for ``/`` and ``/live/...``, everything else untouched.

    Above all Gradio's event streams, whose events must not wait for one another.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._untouched = app
        self._compressed = GZipMiddleware(app, minimum_size=_MINIMUM_SIZE, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        app = self._compressed if path in ("", "/") or path.startswith("/live/") else self._untouched
        await app(scope, receive, send)
