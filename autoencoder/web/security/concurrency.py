"""How many requests of each kind are in hand at once, and whether the server still takes new work."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from autoencoder.web.security.allow_list import KIND, LIMITS, NEW_WORK, TOTAL_AT_ONCE, Kind
from autoencoder.web.security.errors import BUSY, RefusalError


class Slots:
    """Counts what is in hand. For use from one thread, that of the event loop."""

    def __init__(self) -> None:
        self._taken: Counter[Kind] = Counter()
        self._is_closing = False

    def close(self) -> None:
        """Let no new work in from now on: the server is about to end."""
        self._is_closing = True

    @contextmanager
    def hold(self, kind: Kind) -> Iterator[None]:
        """Hold a slot for a while.

        Raises:
            RefusalError: if there is none, or the server is about to end and this would be new work.
        """
        if self._is_closing and kind in NEW_WORK:
            raise RefusalError(503, "The server is about to end: try again in a minute.")
        if self._taken[kind] >= LIMITS[kind].at_once or self._taken.total() >= TOTAL_AT_ONCE:
            raise RefusalError(503, BUSY)
        self._taken[kind] += 1
        try:
            yield
        finally:
            self._taken[kind] -= 1

    def taken(self) -> int:
        """Slots that are held now."""
        return self._taken.total()


class ConcurrencyLimit:
    """ASGI middleware: holds a slot until a request's answer begins, 503 at once when there is none.

    Waiting would only make everybody slow, and so would readers who take their time; a stream holds its slot to its
    end. A call of a public endpoint outlives its request, so it holds its own slot.
    """

    def __init__(self, app: ASGIApp, slots: Slots) -> None:
        self._app, self._slots = app, slots

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        kind = scope.get(KIND, Kind.HEALTH)
        with ExitStack() as slot:
            if kind not in (Kind.HEALTH, Kind.CALL):
                slot.enter_context(self._slots.hold(kind))

            async def freeing(message: Message) -> None:
                if kind not in (Kind.ANSWER, Kind.MCP):
                    slot.close()
                await send(message)

            await self._app(scope, receive, freeing)
