"""Limit the heaps of glibc's malloc and give free memory back to the system; on other systems nothing happens."""

import ctypes
import os
from typing import Any, Final

_M_ARENA_MAX: Final = -8
_ARENAS: Final = 2


def limit_arenas() -> None:
    """Let the process's threads share two heaps instead of eight a core; to be called before there are threads.

    By itself glibc gives little back to the system under the load of many threads.
    """
    if set_option := _of_glibc("mallopt"):
        set_option(_M_ARENA_MAX, _ARENAS)


def trim() -> None:
    """Give the heaps' free pages back to the system."""
    if give_back := _of_glibc("malloc_trim"):
        give_back(0)


def _of_glibc(name: str) -> Any:
    return getattr(ctypes.CDLL(None), name, None) if os.name == "posix" else None
