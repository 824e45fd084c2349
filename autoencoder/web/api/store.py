"""A store that keeps values for a limited time, under names that cannot be guessed."""

import secrets
import time
from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Store(Generic[_T]):
    """The latest values. For use from any thread.

    Args:
        size: how many.
        seconds: how long each is kept at most.
    """

    def __init__(self, size: int, seconds: float) -> None:
        self._size, self._seconds = size, seconds
        self._values: OrderedDict[str, tuple[float, _T]] = OrderedDict()
        self._lock = Lock()

    def put(self, value: _T) -> str:
        """Keep a value; returns its name of 43 letters, digits, - and _."""
        name = secrets.token_urlsafe(32)
        with self._lock:
            self._values[name] = (time.monotonic(), value)
            self._forget()
        return name

    def get(self, name: str) -> _T | None:
        """The value of a name; None if there is none, or none any more."""
        with self._lock:
            self._forget()
            _, value = self._values.get(name, (0.0, None))
        return value

    def pop(self, name: str) -> None:
        """Forget a value."""
        with self._lock:
            self._values.pop(name, None)

    def items(self) -> dict[str, _T]:
        """All values by name, oldest first."""
        with self._lock:
            self._forget()
            return {name: value for name, (_, value) in self._values.items()}

    def _forget(self) -> None:
        end = time.monotonic() - self._seconds
        while self._values:
            put_at, _ = next(iter(self._values.values()))
            if len(self._values) <= self._size and put_at > end:
                return
            self._values.popitem(last=False)
