"""Request bodies: read whole before anything else sees them, within the limits of their route's kind.

So a body that arrives slowly takes no slot from anyone, and no route has to mind its length.
"""

import asyncio
import time

from starlette.datastructures import Headers
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
        body = bytearray()
        try:
            if not await self._read(body, LIMITS[scope[KIND]], Headers(scope=scope), receive):
                return  # the sender has gone
            message: Message | None = {"type": "http.request", "body": bytes(body), "more_body": False}

            async def whole() -> Message:
                nonlocal message
                now, message = message, None
                return now or await receive()

            await self._app(scope, whole, send)
        finally:
            self._held -= len(body)

    async def _read(self, body: bytearray, limits: Limits, headers: Headers, receive: Receive) -> bool:
        """Read a body to its end; False if its sender leaves before.

        Raises:
            RefusalError: 413 if it is too long, 408 if it is too slow, 503 if there is no memory for it.
        """
        told = headers.get("content-length", "0")
        if not told.isascii() or not told.isdigit():
            raise RefusalError(400, "The length of the request is not a number.")
        if int(told[:20]) > limits.body:
            raise _too_long(limits.body)
        deadline = time.monotonic() + limits.seconds
        while True:
            try:
                message = await asyncio.wait_for(receive(), min(PIECE_SECONDS, deadline - time.monotonic()))
            except TimeoutError as error:
                raise RefusalError(408, "The request took too long to arrive. Send it again.") from error
            if message["type"] != "http.request":
                return False
            piece = message.get("body", b"")
            body += piece
            self._held += len(piece)
            if len(body) > limits.body:
                raise _too_long(limits.body)
            if self._held > MAX_HELD:
                raise RefusalError(503, "The server is busy with other pictures. Try again in a moment.")
            if not message.get("more_body", False):
                return True


def _too_long(limit: int) -> RefusalError:
    size = f"{limit // 1_000_000} MB" if limit >= 1_000_000 else f"{limit // 1024} kB"
    return RefusalError(413, f"The request is longer than {size}. Send less.")
