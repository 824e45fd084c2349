"""Our own ASGI application, the Gradio page mounted in it, and the server's life: start, drain, end."""

import asyncio
import os
import re
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from types import FrameType
from typing import Final

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.middleware import Middleware

from autoencoder import malloc
from autoencoder.web import page
from autoencoder.web.api.calls import Calls
from autoencoder.web.api.pictures import Pictures
from autoencoder.web.connections import BoundedProtocol
from autoencoder.web.early_html import EarlyHtml
from autoencoder.web.models import ModelRegistry
from autoencoder.web.routes import live, upload
from autoencoder.web.security import middleware, response_headers
from autoencoder.web.security.concurrency import Slots

ROOT_PATH: Final = "GRADIO_ROOT_PATH"
FINISH_SECONDS: Final = 6.0
"""After SIGTERM, for what runs to end and for its answers to be fetched."""
CLOSE_SECONDS: Final = 2
LAST_SECONDS: Final = 9.5
"""After SIGTERM the process ends whatever happens: supervisors kill after ten."""
QUIET_SECONDS: Final = 0.5
_TRIM_SECONDS: Final = 10.0
# No path of the page's own: not every proxy takes the root off, so it is taken off here, and would be off those too.
_ROOT: Final = r"(?!/(?:live|gradio_api|assets|static|svelte|config|healthz)(?:/|$))(?:/(?!\.)[\w.~-]+)*"


class Service:
    """Everything that answers: the application, and whether anything is still in hand.

    Args:
        registry: holds the models.
        bound: the address listened on.
        with_mcp: whether MCP clients are answered.
    """

    def __init__(self, registry: ModelRegistry, bound: str, with_mcp: bool = False) -> None:
        root_path = f"/{os.environ.get(ROOT_PATH, '').strip('/ ')}".rstrip("/")
        if not re.fullmatch(_ROOT, root_path, re.ASCII):
            raise ValueError(f"{ROOT_PATH} must be a path such as /demo, none of the app's, got {root_path[:80]!r}.")
        self.slots, pictures = Slots(), Pictures()
        blocks, endpoints = page.build(registry, pictures)
        self.calls = Calls(endpoints, self.slots)
        self.app = FastAPI(
            routes=[
                *live.routes(registry),
                *upload.routes(registry),
                *pictures.routes(),
                *self.calls.routes(),
            ],
            middleware=[
                *middleware.stack(bound, self.slots, root_path, with_mcp),
                Middleware(EarlyHtml, title=page.TITLE),
            ],
            lifespan=self._lifespan,
            openapi_url=None,
        )
        self._run_tools: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
        if with_mcp:
            from autoencoder.web.api.mcp import Tools  # needs a package that not everybody installs

            tools = Tools(self.calls, pictures, registry.now.engine.names[0])
            self.app.router.routes.extend(tools.routes())
            self._run_tools = tools.run
        gr.mount_gradio_app(self.app, blocks, path="", root_path=root_path, **page.mount_options())

    def is_busy(self) -> bool:
        """Whether a request is being answered, or an answer waits to be fetched."""
        return bool(self.slots.taken() or self.calls.unfetched())

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        async with self._run_tools():
            trimming = asyncio.create_task(_trim())
            yield
            trimming.cancel()


async def _trim() -> None:
    while True:
        await asyncio.sleep(_TRIM_SECONDS)
        malloc.trim()


class DrainingServer(uvicorn.Server):
    """uvicorn's server, which finishes what is in hand before it ends.

    Args:
        service: what it serves.
    """

    def __init__(self, service: Service) -> None:
        super().__init__(
            uvicorn.Config(
                service.app,
                http=BoundedProtocol,
                ws="none",
                lifespan="on",
                log_level="critical",  # what must be said is said in our own words
                access_log=False,
                server_header=False,
                headers=response_headers.headers(os.environ.get(response_headers.EMBED_VARIABLE, "")),
                timeout_keep_alive=60,
                timeout_graceful_shutdown=CLOSE_SECONDS,
            )
        )
        self._service = service
        self._asked_to_end: float | None = None
        self._last_busy = 0.0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; a second signal does not cut the end short."""
        if self._asked_to_end is None:
            self._asked_to_end = self._last_busy = time.monotonic()
            self._service.slots.close()
            threading.Timer(LAST_SECONDS, os._exit, (0,)).start()

    async def on_tick(self, counter: int) -> bool:
        """Whether to end now; uvicorn asks ten times a second."""
        should_end = await super().on_tick(counter)
        if self._asked_to_end is None:
            return should_end
        # Answers are fetched by further requests: the port stays open for those until nobody has asked for a while.
        now = time.monotonic()
        if self._service.is_busy():
            self._last_busy = now
        return now - self._asked_to_end >= FINISH_SECONDS or now - self._last_busy >= QUIET_SECONDS


def serve(service: Service, listener: socket.socket) -> None:
    """Serve on a listening socket until SIGTERM or SIGINT, then finish what runs and stop.

    Raises:
        ValueError: a sentence, if ``AUTOENCODER_EMBED_HOSTS`` makes no sense.
    """
    server = DrainingServer(service)
    host, port = listener.getsockname()[:2]
    print(f"Running on http://{f'[{host}]' if ':' in host else host}:{port}", flush=True)
    server.run([listener])
