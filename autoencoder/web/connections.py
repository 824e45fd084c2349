"""uvicorn's HTTP protocol with bounds on connections: how many there are, and how long one may do nothing."""

import asyncio
from contextlib import suppress
from functools import cache
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS: Final = 15.0
"""For a connection to send the whole head of its next request."""
READER_SECONDS: Final = 60.0
"""That an answer may wait for its reader."""
_OTHER_FILES: Final = 200
"""Open files that are no connections, with some to spare."""
_DEFAULT_FILES: Final = 1024
_FILES: Final = 8192
"""More than there can be connections, and no more than macOS allows a process."""


@cache
def max_connections() -> int:
    """Connections that may be open at once: as many as there can be open files, 4,000 at most.

    First the process is allowed as many files as the system lets it.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return _DEFAULT_FILES - _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft < wanted:
        with suppress(ValueError, OSError):  # macOS may allow fewer than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(50, min(4000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _OTHER_FILES))


class BoundedProtocol(H11Protocol):
    """Ends connections that send no request or read no answer, and the oldest idle one where there are too many."""

    _head: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None
    _idle_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Start the clock for the first request."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(0)  # whatever a reader leaves there starts the clock for it
        self._head = self.loop.call_later(HEAD_SECONDS, self.end_if_idle)
        self._idle_since = self.loop.time()
        if len(self.connections) > max_connections():
            idle = (each for each in self.connections if isinstance(each, BoundedProtocol) and each.is_idle())
            min(idle, key=lambda each: each._idle_since, default=self).end_if_idle()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        for timer in (self._head, self._stalled):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; a head in pieces must be whole in time, the first as well as any later one."""
        super().data_received(data)
        if not self.is_idle() and self._head is not None:
            self._head.cancel()
            self._head = None
        elif self.is_idle() and self._head is None:
            self._head = self.loop.call_later(HEAD_SECONDS, self.end_if_idle)

    def on_response_complete(self) -> None:
        """Note since when nothing is asked."""
        self._idle_since = self.loop.time()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP; hang up where an answer was begun or given already."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self.transport.abort()

    def pause_writing(self) -> None:
        """Start the clock for a reader that does not read."""
        super().pause_writing()
        self._stalled = self.loop.call_later(READER_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop it."""
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def shutdown(self) -> None:
        """Close once what was asked is answered; before its first request, which may be on its way, stay open."""
        if self.cycle is not None:
            super().shutdown()

    def is_idle(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def end_if_idle(self) -> None:
        """Close the connection at once, unless a request is being answered."""
        self._head = None
        if self.is_idle():
            self._idle_since = float("inf")  # it goes in a moment: the next newcomer needs the place of another
            self.transport.abort()
