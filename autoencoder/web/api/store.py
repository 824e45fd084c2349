"""What the server keeps for a while in memory: uploaded pictures and results. Nothing is ever written to a disk."""

import secrets
import time
from collections import OrderedDict
from threading import Lock
from typing import Final, Generic, TypeVar

_T = TypeVar("_T")
MAX_AGE: Final = 1800.0
"""Seconds after which everything goes."""


class Store(Generic[_T]):
    """The latest ``size`` values, each for at most half an hour, under names that cannot be guessed.

    For use from any thread.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[str, tuple[float, _T]] = OrderedDict()
        self._lock = Lock()

    def put(self, value: _T) -> str:
        """Keep a value; returns its name of 43 letters, digits, - and _."""
        name, now = secrets.token_urlsafe(32), time.monotonic()
        with self._lock:
            self._values[name] = (now, value)
            self._forget(now)
        return name

    def get(self, name: str) -> _T | None:
        """The value of a name; None if there is none, or none any more."""
        with self._lock:
            self._forget(time.monotonic())
            found = self._values.get(name)
        return None if found is None else found[1]

    def __len__(self) -> int:
        return len(self._values)

    def _forget(self, now: float) -> None:
        while self._values:
            put_at, _ = next(iter(self._values.values()))
            if len(self._values) <= self._size and now - put_at < MAX_AGE:
                return
            self._values.popitem(last=False)
