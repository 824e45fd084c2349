"""Independent pieces of a training run, one after another or in processes of their own, and their common end."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import active_children, get_context, parent_process
from typing import Any, Final

from autoencoder.training.training_run import StoppedError, TrainingError
from autoencoder.training.workspace import Workspace

_LAST_WORD: Final = 60.0
"""Seconds that a worker may take to end its step and write it down."""

SIGTERM_ASKS: Final = os.name == "posix"
"""Whether a worker may handle SIGTERM. On Windows it kills at once; there, workers see the workspace's mark within a
step."""

Task = tuple[str, Callable[..., str], tuple[Any, ...]]
"""Name, function and arguments; before the workspace and the line of its progress bar, which are given besides."""


def _perform(task: Task, workspace: Workspace, position: int) -> str:
    name, function, arguments = task
    summary = workspace.summary_of(name)
    if summary is None:
        if workspace.is_stopping:
            raise StoppedError("Stopped.")
        summary = function(*arguments, workspace, position)
        workspace.finish(name, summary)
    return summary


def in_parallel(tasks: Sequence[Task], jobs: int, workspace: Workspace) -> Iterator[str]:
    """Do the tasks that are not done yet; gives the summaries of all, in the order in which they end.

    The first failure, or an interrupt, ends the others: those that train write down where they are.

    Raises:
        TrainingError: if a worker was killed.
        KeyboardInterrupt, and whatever a task raises.
    """
    if jobs == 1:
        for position, task in enumerate(tasks):
            yield _perform(task, workspace, position)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_begin_worker) as pool:
        try:
            pending = [pool.submit(_perform, task, workspace, position) for position, task in enumerate(tasks)]
            for future in as_completed(pending):
                yield future.result()
        except BaseException as error:
            _end_workers(pool, workspace)
            if isinstance(error, BrokenProcessPool):
                raise TrainingError(
                    "A worker was killed, perhaps for lack of memory. Go on with --resume, and with fewer --jobs."
                ) from error
            raise


def _end_workers(pool: ProcessPoolExecutor, workspace: Workspace) -> None:
    """Let workers that train write down where they are, and wait until the last one has ended."""
    with suppress(OSError):
        workspace.ask_to_stop()
    pool.shutdown(wait=False, cancel_futures=True)  # those that wait for work end by themselves
    deadline = time.monotonic() + _LAST_WORD
    while workers := active_children():
        for worker in workers:
            if time.monotonic() > deadline:
                worker.kill()
            elif SIGTERM_ASKS:
                # Again and again: a first SIGTERM is a question to one that trains, and when it then waits for work,
                # the queue's lock may have died with another worker.
                worker.terminate()
        workers[0].join(1)


def _begin_worker() -> None:
    # Ctrl-C reaches the whole group: the parent alone decides, and tells its workers by SIGTERM.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker that outlived a killed parent would write into the folder of the next training."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
