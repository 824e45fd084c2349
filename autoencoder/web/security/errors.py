"""Every refusal is one sentence in JSON, or a page of one sentence for people; the log gets one line, never a trace."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from autoencoder.device import is_out_of_memory
from autoencoder.web import page_files

BUSY: Final = "The server is busy: try again in a moment."
NO_MEMORY: Final = "The server has no memory left for this. Try again in a moment."
_LOG: Final = logging.getLogger(__name__)


class RefusalError(Exception):
    """A request that gets a sentence instead of what it asked for.

    Args:
        status: of the answer.
        sentence: what is wrong and what to do.
        headers: further headers of the answer.
    """

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status, self.headers = status, dict(headers or {})


class ErrorSentences:
    """ASGI middleware: turns a :class:`RefusalError`, or any other error, into an answer.

    Args:
        app: what may fail.
        checks: what a request must pass first, in this order; each raises a :class:`RefusalError` if it does not.
        is_foreign: whether a request's route is Gradio's, so that its own error answers are replaced by sentences.
    """

    def __init__(
        self, app: ASGIApp, checks: Sequence[Callable[[Scope], None]], is_foreign: Callable[[Scope], bool]
    ) -> None:
        self._app, self._checks, self._is_foreign = app, checks, is_foreign

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False
        refusal: RefusalError | None = None

        async def watched_send(message: Message) -> None:
            nonlocal has_started, refusal
            if message["type"] == "http.response.start" and message["status"] >= 400 and self._is_foreign(scope):
                refusal = _in_words(message["status"])
            if refusal is None:
                has_started = True
                await send(message)

        try:
            for check in self._checks:
                check(scope)
            await self._app(scope, receive, watched_send)
        except Exception as error:
            refusal = error if isinstance(error, RefusalError) else _unforeseen(error)
        if refusal is not None and not has_started:
            # The server throws away what still comes of its body, for a sender may listen only when it has sent.
            await answer_to(scope, refusal)(scope, receive, send)


def answer_to(scope: Scope, refusal: RefusalError) -> Response:
    """A refusal's answer: a page for a browser that shows it to a person, JSON for everybody else."""
    headers = {"Vary": "Accept", **refusal.headers}
    if refusal.status == 503:
        headers["Retry-After"] = "1"
    if "text/html" in Headers(scope=scope).get("accept", ""):
        page = page_files.render("refusal.html", sentence=str(refusal))
        return HTMLResponse(page, refusal.status, headers)
    # Gradio's clients look for "detail", the page's own scripts for "error".
    return JSONResponse({"error": str(refusal), "detail": str(refusal)}, refusal.status, headers)


def _in_words(status: int) -> RefusalError:
    if status in (404, 405):
        return RefusalError(404, "There is nothing here.")
    return RefusalError(status, "The server could not make sense of this request.")


def _unforeseen(error: Exception) -> RefusalError:
    if is_out_of_memory(error):
        return RefusalError(503, NO_MEMORY)
    # Only the error's name: its words may hold paths, or what a visitor sent.
    _LOG.warning("A request failed: %s.", type(error).__name__)
    return RefusalError(500, "Something went wrong here. Try again in a moment.")
