"""How many may be inside at once, and whether the doors are closing."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from autoencoder.inference.batching import BUSY
from autoencoder.web.security.allow_list import Kind
from autoencoder.web.security.answers import RefusalError

LIMITS: Final = {
    Kind.LIVE: 96,
    Kind.UPLOAD: 64,
    Kind.JOIN: 64,
    Kind.CALL: 64,
    Kind.STREAM: 256,
    Kind.EVENTS: 256,
}
"""Requests of a kind at once. What is more is told so at once: waiting would only make everybody slow."""
LIMIT: Final = 640
"""Requests at once in all, open event streams among them: well under the usual 1,024 open files."""
_NEW: Final = frozenset({Kind.LIVE, Kind.UPLOAD, Kind.JOIN, Kind.CALL, Kind.STREAM})


class Crowd:
    """Counts the requests that are inside."""

    def __init__(self) -> None:
        self._inside: Counter[Kind] = Counter()
        self.is_closing = False

    @contextmanager
    def enter(self, kind: Kind) -> Iterator[None]:
        """Be inside for a while.

        Raises:
            RefusalError: if there are too many already, or the server is about to end and this would be new work.
        """
        if kind is Kind.HEALTH:
            yield
            return
        if self.is_closing and kind in _NEW:
            raise RefusalError(503, "The server is about to end: try again in a minute.")
        if self._inside[kind] >= LIMITS.get(kind, LIMIT) or self._inside.total() >= LIMIT:
            raise RefusalError(503, BUSY)
        self._inside[kind] += 1
        try:
            yield
        finally:
            self._inside[kind] -= 1

    def working(self) -> int:
        """Requests inside that will end by themselves; event streams that only keep a session alive do not."""
        return self._inside.total() - self._inside[Kind.STREAM]
