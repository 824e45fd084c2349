"""Our own ASGI application, the Gradio page mounted in it, and the server's life: start, drain, end."""

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from types import FrameType
from typing import Any, Final

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.middleware import Middleware

from autoencoder import heap
from autoencoder.web import page
from autoencoder.web.api.calls import Calls
from autoencoder.web.api.files import Files
from autoencoder.web.connections import BoundedProtocol
from autoencoder.web.models import ModelRegistry
from autoencoder.web.page_head import PageHead
from autoencoder.web.routes import live, upload
from autoencoder.web.security import middleware
from autoencoder.web.security.concurrency import Slots

ROOT_PATH: Final = "GRADIO_ROOT_PATH"
FINISH_SECONDS: Final = 6.0
"""After SIGTERM, for what runs to end and for its answers to be fetched."""
CLOSE_SECONDS: Final = 2
LAST_SECONDS: Final = 9.5
"""After SIGTERM the process ends whatever happens: supervisors kill after ten."""
QUIET_SECONDS: Final = 0.5
_TICK: Final = 0.05
_TRIM_SECONDS: Final = 10.0


class Service:
    """Everything that answers: the application, and whether anything is still in hand.

    Args:
        registry: holds the models.
        bound: the address listened on.
        with_mcp: whether MCP clients are answered.
    """

    def __init__(self, registry: ModelRegistry, bound: str, with_mcp: bool = False) -> None:
        self.slots, files = Slots(), Files()
        blocks, endpoints = page.build(registry, files)
        self.calls = Calls(endpoints, self.slots)
        root_path = os.environ.get(ROOT_PATH, "").rstrip("/")
        self.app = FastAPI(
            routes=[
                *live.routes(registry),
                *upload.routes(registry),
                *files.routes(),
                *self.calls.routes(),
            ],
            middleware=[
                *middleware.stack(bound, self.slots, root_path, with_mcp),
                Middleware(PageHead, title=page.TITLE),
            ],
            lifespan=self._lifespan,
            openapi_url=None,
        )
        self._lives: list[Callable[[], Any]] = []
        if with_mcp:
            self._add_tools(files, registry.now.engine.names)
        gr.mount_gradio_app(self.app, blocks, path="", root_path=root_path, **page.mount_options())

    def is_busy(self) -> bool:
        """Whether a request is being answered, or an answer waits to be fetched."""
        return bool(self.slots.taken() or self.calls.unfetched())

    def _add_tools(self, files: Files, names: Sequence[str]) -> None:
        from autoencoder.web.api.mcp import Tools  # needs a package that not everybody installs

        tools = Tools(self.calls, files, names[0])
        self.app.router.routes.extend(tools.routes())
        self._lives.append(tools.run)

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for life in self._lives:
                await stack.enter_async_context(life())
            trimming = asyncio.create_task(_trim())
            yield
            trimming.cancel()


async def _trim() -> None:
    while True:
        await asyncio.sleep(_TRIM_SECONDS)
        heap.trim()


class DrainingServer(uvicorn.Server):
    """uvicorn's server, which finishes what is in hand before it ends.

    Args:
        service: what it serves.
        host: address to listen on.
        port: TCP port.
    """

    def __init__(self, service: Service, host: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(
                service.app,
                host,
                port,
                http=BoundedProtocol,
                ws="none",
                lifespan="on",
                log_level="critical",  # what must be said is said in our own words
                access_log=False,
                server_header=False,
                timeout_keep_alive=60,
                timeout_graceful_shutdown=CLOSE_SECONDS,
            )
        )
        self._service = service
        self._draining: threading.Thread | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; a second signal does not cut the end short."""
        if self._draining is None:
            self._draining = threading.Thread(target=self._drain, args=(sig, frame), name="drain", daemon=True)
            self._draining.start()

    def _drain(self, sig: int, frame: FrameType | None) -> None:
        threading.Timer(LAST_SECONDS, os._exit, (0,)).start()  # as this thread, it does not keep the process alive
        self._service.slots.close()
        # Answers are fetched by further requests: the port stays open for those until nobody has asked for a while.
        deadline = time.monotonic() + FINISH_SECONDS
        quiet_since = time.monotonic()
        while time.monotonic() < deadline and time.monotonic() - quiet_since < QUIET_SECONDS:
            if self._service.is_busy():
                quiet_since = time.monotonic()
            time.sleep(_TICK)
        super().handle_exit(sig, frame)


def serve(service: Service, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT, then finish what runs and stop."""
    shown = f"[{host}]" if ":" in host else host
    print(f"Running on http://{shown}:{port}", flush=True)
    # uvicorn sends the signal once more when it has ended: by then there is nothing left to end.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Left to uvicorn, :: takes no IPv4.
    both = host == "::" and socket.has_dualstack_ipv6()
    sockets = [socket.create_server((host, port), family=socket.AF_INET6, dualstack_ipv6=True)] if both else None
    DrainingServer(service, host, port).run(sockets)
