"""Send long response bodies in pieces, each once the reader has taken the one before."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PIECE: Final = 65_536


class ResponseBody:
    """ASGI middleware: cuts long bodies into pieces.

    The server waits before each piece until its reader has taken the one before, so an answer that nobody reads
    occupies one piece and not all of its length.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def in_pieces(message: Message) -> None:
            body = memoryview(message.get("body", b""))
            if len(body) <= _PIECE:
                await send(message)
                return
            for start in range(0, len(body), _PIECE):
                more = message.get("more_body", False) or start + _PIECE < len(body)
                piece = bytes(body[start : start + _PIECE])
                await send({"type": "http.response.body", "body": piece, "more_body": more})

        await self._app(scope, receive, in_pieces)
