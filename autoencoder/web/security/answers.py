"""What an answer carries: headers that bind the browser, and a sentence where something is refused."""

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Send

from autoencoder.inference.batching import BUSY
from autoencoder.web.security.allow_list import Kind
from autoencoder.web.security.request_body import Body, BodyError

FRAMES: Final = "'self' https://huggingface.co https://*.huggingface.co https://*.hf.space"
"""Who may show the page in a frame: a Space stands in one of huggingface.co."""
PAGE_POLICY: Final = "; ".join(
    (
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
        f"frame-ancestors {FRAMES}",
    )
)
"""The page asks no other machine for anything, and the browser sees to it."""
FILE_POLICY: Final = "default-src 'none'; sandbox"
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_OWN: Final = (Kind.PLAIN, Kind.HEALTH, Kind.LIVE)
_SENTENCES: Final = {
    404: "There is nothing here.",
    413: "The file is too large.",
    503: BUSY,
}


class RefusalError(Exception):
    """A request that gets a sentence instead of what it asked for."""

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status, self.headers = status, {**(headers or {})}


class Reply:
    """The way back: adds headers to what the application answers, and puts words for what it only fails at."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._started = False
        self.kind = Kind.PLAIN
        self.refusal: RefusalError | None = None

    def watch(self, body: Body) -> Receive:
        """The body for the application; if that must stop reading, whatever it answers is not sent."""

        async def receive() -> Message:
            try:
                return await body.receive()
            except BodyError as error:
                self.refusal = RefusalError(error.status, str(error))
                raise

        return receive

    async def send(self, message: Message) -> None:
        """Send what the application answers."""
        if self.refusal is not None:
            return
        if message["type"] == "http.response.start":
            status = message["status"]
            if status >= 400 and (self.kind not in _OWN or status == 500):
                self.refusal = _in_words(status, self.kind)
                return
            self._started = True
            self._dress(MutableHeaders(scope=message))
        await self._send(message)

    async def refuse(self, refusal: RefusalError) -> None:
        """Send a sentence, unless an answer is under way."""
        if self._started:
            return
        headers = {**refusal.headers, "Connection": "close"} if refusal.status in (408, 413) else refusal.headers
        if refusal.status == 503:
            headers = {**headers, "Retry-After": "1"}
        # Gradio's clients look for "detail", the page's own scripts for "error".
        answer = JSONResponse(
            {"error": str(refusal), "detail": str(refusal)}, status_code=refusal.status, headers=dict(headers)
        )
        self._dress(answer.headers)
        await self._send({"type": "http.response.start", "status": refusal.status, "headers": answer.raw_headers})
        await self._send({"type": "http.response.body", "body": answer.body, "more_body": False})

    def _dress(self, headers: MutableHeaders) -> None:
        for name in [name for name in headers if name.lower().startswith("access-control-")]:
            del headers[name]
        headers.update(_HEADERS)
        headers["Content-Security-Policy"] = FILE_POLICY if self.kind is Kind.FILE else PAGE_POLICY


def _in_words(status: int, kind: Kind) -> RefusalError:
    if status == 500:  # nothing of ours fails behind Gradio's routes: what was sent made no sense
        status = 500 if kind in _OWN else 400
    if status == 500:
        return RefusalError(500, "Something went wrong here. Try again in a moment.")
    return RefusalError(status, _SENTENCES.get(status, "The server could not make sense of this request."))
