"""Memory that glibc's heap keeps, where this is Linux with glibc; elsewhere nothing happens."""

import ctypes
import os
from typing import Any, Final

_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8
_ARENAS: Final = 2
_LARGEST_MMAP_THRESHOLD: Final = 32 << 20
_NEVER: Final = (1 << 31) - 1


def limit_arenas() -> None:
    """Let the process's threads share two heaps instead of eight a core; to be called before there are threads.

    By itself glibc gives little back to the system under the load of many threads.
    """
    if set_option := _of_glibc("mallopt"):
        set_option(_M_ARENA_MAX, _ARENAS)


def keep() -> None:
    """Give no memory back to the system, for training: it wants the same again in the next step.

    A training step's tensors are fresh pages otherwise, each of which the system clears first: on a virtual
    machine, a step of 62 ms took 94 (``docs/experiments.md``).
    """
    if set_option := _of_glibc("mallopt"):
        set_option(_M_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
        set_option(_M_TRIM_THRESHOLD, _NEVER)


def trim() -> None:
    """Give the heaps' free pages back to the system."""
    if give_back := _of_glibc("malloc_trim"):
        give_back(0)


def _of_glibc(name: str) -> Any:
    return getattr(ctypes.CDLL(None), name, None) if os.name == "posix" else None
