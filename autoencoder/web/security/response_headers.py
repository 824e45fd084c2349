"""What every answer carries: headers that bind the browser. And answers are handed out in pieces, as they are read."""

import re
from collections.abc import Iterable
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from autoencoder.web.security.allow_list import KIND, Kind

EMBED_VARIABLE: Final = "AUTOENCODER_EMBED_HOSTS"
FRAMES: Final = ("'self'", "https://huggingface.co", "https://*.huggingface.co", "https://*.hf.space")
"""Who may show the page in a frame: a Space stands in one of huggingface.co."""
POLICY: Final = (
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'",  # Gradio makes functions of its components' scripts
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self' data: blob:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
)
"""The page asks no other machine for anything, and the browser sees to it."""
RESULT_POLICY: Final = "default-src 'none'; sandbox"
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_PIECE: Final = 65_536
_HOST: Final = re.compile(r"(https?://)?(\*\.)?[a-z0-9.-]{1,253}(:\d{1,5})?")


class ResponseHeaders:
    """ASGI middleware: adds the headers, removes those of CORS, and cuts long bodies into pieces.

    The server waits before each piece until its reader has taken the one before, so an answer that nobody reads
    occupies one piece and not all of its length.

    Args:
        app: what answers.
        embedders: hosts whose pages may show this one in a frame, besides Hugging Face.
    """

    def __init__(self, app: ASGIApp, embedders: Iterable[str] = ()) -> None:
        self._app = app
        self._policy = "; ".join((*POLICY, " ".join(("frame-ancestors", *FRAMES, *embedders))))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), scope.get(KIND))
            body = memoryview(message.get("body", b""))
            if len(body) <= _PIECE:
                await send(message)
                return
            for start in range(0, len(body), _PIECE):
                more = message.get("more_body", False) or start + _PIECE < len(body)
                piece = bytes(body[start : start + _PIECE])
                await send({"type": "http.response.body", "body": piece, "more_body": more})

        await self._app(scope, receive, dressed if scope["type"] == "http" else send)

    def _add(self, headers: MutableHeaders, kind: Kind | None) -> None:
        for name in [name for name in headers if name.lower().startswith("access-control-")]:
            del headers[name]
        headers.update(_HEADERS)
        headers["Content-Security-Policy"] = RESULT_POLICY if kind is Kind.RESULT else self._policy


def embedders(text: str) -> list[str]:
    """The hosts of ``AUTOENCODER_EMBED_HOSTS``: ``moodle.example.org, https://*.example.edu``.

    Raises:
        ValueError: a sentence, if one of them is none.
    """
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    for name in names:
        if not _HOST.fullmatch(name):
            raise ValueError(f"{EMBED_VARIABLE} must be names of hosts with commas between them, not {name[:80]!r}.")
    return names
