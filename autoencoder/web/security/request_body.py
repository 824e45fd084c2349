"""Request bodies: read whole before anything else sees them, within the limits of their route's kind.

So a body that arrives slowly takes no slot from anyone, and no route has to mind its length.
"""

import asyncio
import time
from collections.abc import AsyncIterator

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from autoencoder.web.security.allow_list import KIND, LIMITS, Limits
from autoencoder.web.security.errors import RefusalError

PIECE_SECONDS = 10.0
"""Longest pause between two pieces of a body."""
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
        body, held = bytearray(), 0
        try:
            async for piece in _pieces(LIMITS[scope[KIND]], Headers(scope=scope), receive):
                body += piece
                held += len(piece)
                self._held += len(piece)
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


async def _pieces(limits: Limits, headers: Headers, receive: Receive) -> AsyncIterator[bytes]:
    """A body as it arrives.

    Raises:
        RefusalError: 413 if it is too long, 408 if it is too slow.
        ClientDisconnect: if its sender leaves.
    """
    length, deadline = 0, time.monotonic() + limits.seconds
    if int(headers.get("content-length", 0)) > limits.body:
        raise _too_long(limits.body)
    has_more = True
    while has_more:
        try:
            message = await asyncio.wait_for(receive(), min(PIECE_SECONDS, deadline - time.monotonic()))
        except TimeoutError as error:
            raise RefusalError(408, "The request took too long to arrive. Send it again.") from error
        if message["type"] != "http.request":
            raise ClientDisconnect
        piece, has_more = message.get("body", b""), message.get("more_body", False)
        length += len(piece)
        if length > limits.body:
            raise _too_long(limits.body)
        yield piece


def _too_long(limit: int) -> RefusalError:
    size = f"{limit // 1_000_000} MB" if limit >= 1_000_000 else f"{limit // 1024} kB"
    return RefusalError(413, f"The request is longer than {size}. Send less.")
