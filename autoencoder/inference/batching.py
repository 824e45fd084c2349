"""Answer concurrent requests together: while one batch is computed, the next one gathers."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

import torch

from autoencoder.device import available_cpus


def workers(count: int, name: str) -> ThreadPoolExecutor:
    """Threads for models, no more than there are processors for: each computes alone.

    OpenMP's threads wait for one another by spinning: on two busy cores a strip took 440 ms of processor
    time with two of them and 38 ms with one.
    """
    count = min(count, available_cpus())
    return ThreadPoolExecutor(count, thread_name_prefix=name, initializer=torch.set_num_threads, initargs=(1,))


class Batcher:
    """Lets one function answer all requests that wait when it becomes free.

    A lone request is never held back. Belongs to the event loop that first asks.

    Args:
        answer: given up to ``largest`` questions, returns as many answers in their order, each what is
            asked for or the error to raise. Runs in ``executor``, one batch at a time.
        executor: where it runs.
        largest: questions in a batch.
    """

    def __init__(self, answer: Callable[[Sequence[Any]], Sequence[Any]], executor: Executor, largest: int) -> None:
        self._answer, self._executor, self._largest = answer, executor, largest
        self._waiting: deque[tuple[Any, asyncio.Future[Any]]] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def ask(self, question: Any) -> Any:
        """The answer to one question.

        Raises:
            Exception: whatever the function returned or raised.
        """
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return await future

    async def _work(self) -> None:
        try:
            while batch := self._next():
                await self._settle(batch)
        finally:
            self._worker = None

    def _next(self) -> list[tuple[Any, "asyncio.Future[Any]"]]:
        batch: list[tuple[Any, asyncio.Future[Any]]] = []
        while self._waiting and len(batch) < self._largest:
            each = self._waiting.popleft()
            if not each[1].done():  # else nobody waits for it any more
                batch.append(each)
        return batch

    async def _settle(self, batch: list[tuple[Any, "asyncio.Future[Any]"]]) -> None:
        questions = [question for question, _ in batch]
        try:
            answers = await asyncio.get_running_loop().run_in_executor(self._executor, self._answer, questions)
        except Exception as error:  # one error for all: they are told, and the next batch goes on
            answers = [error] * len(batch)
        for (_, future), answer in zip(batch, answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
