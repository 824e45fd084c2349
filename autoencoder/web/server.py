"""The server's life: connections that may not dawdle, and an end that finishes what runs."""

import asyncio
import logging
import os
import signal
import threading
import time
from types import FrameType
from typing import Any, Final

import gradio as gr
from uvicorn.protocols.http.h11_impl import H11Protocol

from autoencoder.web.security.concurrency import Crowd

HEAD_WAIT: Final = 15.0
"""Seconds for a connection to send its first whole request head."""
WRITE_WAIT: Final = 60.0
"""Seconds that an answer may wait for its reader."""
FINISH_WAIT: Final = 6.0
"""Seconds, after SIGTERM, for what runs to end and for its answers to be fetched."""
CLOSE_WAIT: Final = 2
LAST_WAIT: Final = 9.5
"""Seconds after SIGTERM when the process ends whatever happens: supervisors kill after ten."""
QUIET: Final = 0.5
_TICK: Final = 0.05
_LOG: Final = logging.getLogger(__name__)


class PatientProtocol(H11Protocol):
    """uvicorn's HTTP, without its patience for connections that send no request or read no answer."""

    _head: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Start the clock for the first request."""
        super().connection_made(transport)
        self._head = self.loop.call_later(HEAD_WAIT, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        for timer in (self._head, self._stalled):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; a head in pieces must be whole in time, the first as well as any later one."""
        super().data_received(data)
        waits = self.cycle is None or self.cycle.response_complete
        if not waits and self._head is not None:
            self._head.cancel()
            self._head = None
        elif waits and self._head is None:
            self._head = self.loop.call_later(HEAD_WAIT, self._give_up)

    def pause_writing(self) -> None:
        """Start the clock for a reader that does not read."""
        super().pause_writing()
        self._stalled = self.loop.call_later(WRITE_WAIT, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop it."""
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _give_up(self) -> None:
        self._head = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()


def serve(page: gr.Blocks, host: str, port: int, crowd: Crowd, options: dict[str, Any]) -> None:
    """Serve a page until SIGTERM or SIGINT, then finish what runs and stop.

    Args:
        page: the page, laid out.
        host: address to listen on.
        port: TCP port.
        crowd: the count of the gate that stands before the page.
        options: arguments of ``launch``.
    """
    ending = threading.Event()

    def end(signum: int, frame: FrameType | None) -> None:
        ending.set()

    # The handlers stay: a second signal must not cut the end short, and process 1 has no others.
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    page.launch(server_name=host, server_port=port, prevent_thread_lock=True, **options)
    config = page.server.config  # read anew for each connection
    config.http_protocol_class = PatientProtocol
    config.timeout_graceful_shutdown = CLOSE_WAIT
    # Python runs a handler in its main thread only, which a signal that another thread received does not wake.
    while not ending.wait(_TICK * 5):
        pass
    _finish(page, crowd)


def _finish(page: gr.Blocks, crowd: Crowd) -> None:
    last = threading.Timer(LAST_WAIT, os._exit, (0,))
    last.daemon = True
    last.start()
    crowd.is_closing = True
    # Answers are fetched by further requests: the port stays open for those until nobody has asked for a while.
    deadline, quiet_since = time.monotonic() + FINISH_WAIT, time.monotonic()
    while time.monotonic() < deadline and time.monotonic() - quiet_since < QUIET:
        if crowd.working() or _unfetched(page):
            quiet_since = time.monotonic()
        time.sleep(_TICK)
    page.server.should_exit = True
    page.server_app.stop_event.set()  # ends the event streams that only keep sessions alive
    page.server.thread.join(CLOSE_WAIT + 1)


def _unfetched(page: gr.Blocks) -> int:
    """Runs that wait, work or were not asked for their answer yet."""
    return sum(map(len, list(page._queue.pending_event_ids_session.values())))
