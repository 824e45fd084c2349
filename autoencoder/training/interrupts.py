"""Interrupts deferred to the end of a training step."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def deferred() -> Iterator[Callable[[], bool]]:
    """Within the block, Ctrl-C and SIGTERM only make the yielded function true; a second Ctrl-C ends the block.

    A Ctrl-C that the process was started to ignore, as a shell's background jobs are, stays ignored.

    Raises:
        KeyboardInterrupt: at a second Ctrl-C.
    """
    is_asked = False

    def ask(number: int, _: FrameType | None) -> None:
        nonlocal is_asked
        if is_asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        is_asked = True

    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for number, handler in previous.items():
            if handler != signal.SIG_IGN:
                signal.signal(number, ask)
        yield lambda: is_asked
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
