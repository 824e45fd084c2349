"""Request bodies: read whole before anything else sees them, within the limits of their route's kind.

So a body that arrives slowly takes no slot from anyone, and no route has to mind its length.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from autoencoder.web.security.allow_list import KIND, LIMITS
from autoencoder.web.security.errors import RefusalError

MAX_HELD = 160_000_000
"""Bytes of bodies that may be in memory at once."""


class RequestBody:
    """ASGI middleware: reads the body of a request, bounded in length, time and memory, and hands it on in one piece.

    Starlette's ``RequestBodyLimitMiddleware`` bounds the length alone, and answers without a sentence.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        limits, body, held = LIMITS[scope[KIND]], bytearray(), 0
        _check(int(Headers(scope=scope).get("content-length", 0)), limits.body)
        try:
            async with _in_time(limits.seconds):
                async for piece in Request(scope, receive).stream():
                    body += piece
                    held += len(piece)
                    self._held += len(piece)
                    _check(held, limits.body)
                    if self._held > MAX_HELD:
                        raise RefusalError(503, "The server is busy with other pictures. Try again in a moment.")
            message: Message | None = {"type": "http.request", "body": bytes(body), "more_body": False}
            body.clear()  # or it would be in memory twice until it is answered

            async def whole() -> Message:
                nonlocal message
                now, message = message, None
                return now or await receive()

            await self._app(scope, whole, send)
        except ClientDisconnect:
            pass  # and nobody waits for an answer
        finally:
            self._held -= held


@asynccontextmanager
async def _in_time(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise RefusalError(408, "The request took too long to arrive. Send it again.") from error


def _check(length: int, limit: int) -> None:
    if length > limit:
        size = f"{limit // 1_000_000} MB" if limit >= 1_000_000 else f"{limit // 1024} kB"
        raise RefusalError(413, f"The request is longer than {size}. Send less.")
