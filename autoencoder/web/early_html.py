"""What a browser has of the page before Gradio's scripts run: our styles, our scripts on their way, words to read.

Gradio's own ``head`` comes to the page only when its scripts have run, which takes seconds on a slow line. Without a
header from here, a browser would fetch those scripts anew at each visit.
"""

from functools import cache
from typing import Final

from markupsafe import Markup
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from autoencoder.web import assets, page_files

_FRAME = b"<gradio-app"
_EARLIEST: Final = "js/denoise/first_strip.js"
"""Runs before Gradio's."""
FIRST_SCRIPTS: Final = ("js/denoise/main.js", "js/header/main.js", "js/footer/main.js")
"""What the first view needs."""
STYLES: Final = ("page", "denoise", "denoise_stage", "bottleneck_width", "film")


class EarlyHtml:
    """ASGI middleware: adds styles, scripts and words to the HTML of Gradio's page; lets browsers keep Gradio's files.

    Args:
        app: what answers.
        title: of the page.
    """

    def __init__(self, app: ASGIApp, title: str) -> None:
        self._app, self._title = app, title

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope.get("method") == "HEAD":
            scope = {**scope, "method": "GET"}  # Gradio's routes know no other; the server leaves the body out
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            kept = scope["type"] == "http" and scope["path"].startswith("/assets/")
            await self._app(scope, receive, _kept(send) if kept else send)
            return
        # Gradio would compress what has to be changed here.
        plain = {**scope, "headers": [each for each in scope["headers"] if each[0] != b"accept-encoding"]}
        start: Message = {}
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                content = self._added(bytes(body))
                MutableHeaders(scope=start)["content-length"] = str(len(content))
                await send(start)
                await send({"type": "http.response.body", "body": content})

        await self._app(plain, receive, collect)

    def _added(self, page: bytes) -> bytes:
        head, words = _parts(self._title)
        return page.replace(b"</head>", head + b"</head>", 1).replace(_FRAME, words + _FRAME, 1)


def _kept(send: Send) -> Send:
    async def send_kept(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            MutableHeaders(scope=message).setdefault("cache-control", assets.FOREVER)  # their names carry a hash
        await send(message)

    return send_kept


@cache
def _parts(title: str) -> tuple[bytes, bytes]:
    styles = "".join(page_files.static(f"css/{name}.css") for name in STYLES)
    early = assets.urls_with_imports(_EARLIEST, *FIRST_SCRIPTS)
    head = page_files.render("early_head.html", scripts=early, earliest=assets.script_urls()[_EARLIEST])
    # Behind the head, so that the styles which Gradio adds to it come before ours.
    return head.encode(), page_files.render("early_body.html", title=title, styles=Markup(styles)).encode()
