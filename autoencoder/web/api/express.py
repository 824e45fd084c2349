"""Gradio's queue with an express lane for the public endpoints, and with a bound that says so in words.

Gradio's own way builds a session for every call, with the state of the whole page in it, and hops to another
thread for each value that comes or goes: some 30 ms of processor time a call, where a model's answer takes one.
The express lane keeps Gradio's routes, messages and components, and answers all calls that wait at once.
"""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Final

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.data_classes import GradioModel, GradioRootModel, PredictBodyInternal
from gradio.exceptions import Error
from gradio.processing_utils import add_root_url, async_move_files_to_cache
from gradio.queueing import Event, Queue
from gradio.route_utils import API_PREFIX, get_api_call_path, get_root_url
from gradio.server_messages import ProcessCompletedMessage
from gradio.utils import LRUCache, error_payload
from starlette.requests import Request

from autoencoder.inference.batching import BUSY, Batcher, Places, workers

PLACES: Final = 128
"""Calls of the public endpoints that may be in at once: what two cores answer in little more than a second."""
QUEUED: Final = 32
"""Events of the page, which are its uploads, that may wait."""
LARGEST_BATCH: Final = 32
_SESSIONS: Final = 1000
"""Callers whose answers may wait to be fetched, the latest ones."""

Values = Sequence[Any]
AnswerMany = Callable[[Sequence[Values]], Sequence[Values | Exception]]


@dataclass(frozen=True)
class Lane:
    """An endpoint for the express lane."""

    number: int
    """Of its function on the page."""
    answer: AnswerMany
    """Its function for many calls: given the values of each, returns the outputs of each, or an error with words."""


class ExpressQueue(Queue):
    """Events of some functions are answered together and without a session, all others in Gradio's own way."""

    def open(self, lanes: Sequence[Lane]) -> None:
        """Take the functions that these lanes are for."""
        executor = workers(1, "express")
        self._places = Places(PLACES)
        self._lanes: Mapping[int, Batcher[Values, list[Any]]] = {
            lane.number: self._batcher(lane, executor) for lane in lanes
        }
        # Gradio never forgets a caller: a few hundred bytes each, and every answer looks through all of them.
        self.pending_event_ids_session = LRUCache(_SESSIONS)

    def _batcher(self, lane: Lane, executor: Executor) -> Batcher[Values, list[Any]]:
        function = self.blocks.fns[lane.number]

        def answer(calls: Sequence[Values]) -> Sequence[list[Any] | Exception]:
            return _answers(function.inputs, function.outputs, lane.answer, calls)

        return Batcher(answer, executor, LARGEST_BATCH)

    async def push(self, body: PredictBodyInternal, request: Request, username: str | None) -> Any:
        """Accept an event or refuse it at once: whether accepted, its id or the reason, and a word for its state."""
        number = body.fn_index
        if number is None or number not in self._lanes:
            accepted, detail, state = await super().push(body, request, username)
            return accepted, BUSY if state == "queue_full" else detail, state
        if not self._places.take():
            return False, BUSY, "queue_full"
        event = self._event(self.blocks.fns[number], body, request, username)
        task = asyncio.create_task(self._run(event, body, self._lanes[number]))
        self._asyncio_tasks.add(task)
        task.add_done_callback(self._asyncio_tasks.discard)
        return True, event._id, "success"

    def _event(
        self, function: BlockFunction, body: PredictBodyInternal, request: Request, username: str | None
    ) -> Event:
        self.create_event_queue_for_fn(function)  # where a cancellation looks for it
        event = Event(body.session_hash, function, request, username)
        # Assigned anew, for only that makes a caller the latest one: whoever is forgotten loses an answer.
        messages, names = self.pending_messages_per_session, self.pending_event_ids_session
        messages[event.session_hash] = messages.get(event.session_hash) or asyncio.Queue()
        names[event.session_hash] = {*names.get(event.session_hash, ()), event._id}
        self.event_ids_to_events[event._id] = event
        return event

    async def _run(self, event: Event, body: PredictBodyInternal, batcher: Batcher[Values, list[Any]]) -> None:
        start = time.monotonic()
        try:
            values = await batcher.ask(await _received(event.fn.inputs, body.data))
            data = add_root_url(values, self._root(event.request), None)
            output = {"data": data, "is_generating": False, "duration": time.monotonic() - start}
            message = ProcessCompletedMessage(output=output, success=True)
        except Exception as error:
            content = error_payload(_in_words(error), False)
            message = ProcessCompletedMessage(output=content, title=str(content["title"]), success=False)
        finally:
            self._places.give_back()
            self.event_ids_to_events.pop(event._id, None)
        if event.session_hash in self.pending_messages_per_session:  # else it has left, or waited too long
            self.send_message(event, message)

    def _root(self, request: Request) -> str:
        return get_root_url(request, get_api_call_path(request), self.blocks.app.root_path)


def install(page: gr.Blocks, lanes: Sequence[Lane]) -> None:
    """Give a page, whose ``queue`` was called, a queue with express lanes in place of its own."""
    plain = page._queue
    queue = ExpressQueue(
        live_updates=plain.live_updates,
        concurrency_count=plain.max_thread_count,
        update_intervals=plain.update_intervals,
        max_size=plain.max_size,
        blocks=page,
        default_concurrency_limit=plain.default_concurrency_limit,
    )
    queue.open(lanes)
    page._queue = queue


async def _received(blocks: Sequence[Any], values: Values) -> list[Any]:
    """The values as they came, files checked to be uploads of this server."""
    if len(values) != len(blocks):
        names = ", ".join(block.label for block in blocks)
        raise _refusal(f"Send exactly {len(blocks)} values in 'data' ({names}), not {len(values)}.")
    return [
        value if value is None or block.data_model is None else await _received_file(block, value)
        for block, value in zip(blocks, values, strict=True)
    ]


async def _received_file(block: Any, value: Any) -> Any:
    try:
        cached = await async_move_files_to_cache(value, block, check_in_upload_folder=True)
        return block.data_model.model_validate(cached, context={"validate_meta": True})
    except Error:
        raise
    except Exception as error:  # what comes from outside may break any of Gradio's own steps
        raise _refusal(f"The {block.label} must be an uploaded file: upload it, then send its path.") from error


def _answers(
    inputs: Sequence[Any], outputs: Sequence[Any], answer: AnswerMany, calls: Sequence[Values]
) -> list[list[Any] | Exception]:
    """Check the values of each call, answer the sound ones together, and make them ready to send."""
    answers: dict[int, list[Any] | Exception] = {}
    sound: dict[int, list[Any]] = {}
    for i, values in enumerate(calls):
        try:
            sound[i] = [block.preprocess(value) for block, value in zip(inputs, values, strict=True)]
        except Exception as error:
            answers[i] = error
    for i, found in zip(sound, answer(list(sound.values())) if sound else (), strict=True):
        try:
            answers[i] = found if isinstance(found, Exception) else _ready(outputs, found)
        except Exception as error:  # a full disk, say: no reason to fail the calls beside it
            answers[i] = error
    return [answers[i] for i in range(len(calls))]


def _ready(blocks: Sequence[Any], values: Values) -> list[Any]:
    return [_plain(block.postprocess(value)) for block, value in zip(blocks, values, strict=True)]


def _plain(value: Any) -> Any:
    if not isinstance(value, GradioModel | GradioRootModel):
        return value
    plain = value.model_dump()
    if isinstance(plain, dict) and plain.get("meta", {}).get("_type") == "gradio.FileData":
        plain["url"] = f"{API_PREFIX}/file={plain['path']}"
    return plain


def _in_words(error: Exception) -> Exception:
    if isinstance(error, Error):
        return error
    print(f"A call failed: {type(error).__name__}.", file=sys.stderr, flush=True)  # its words may hold paths
    return _refusal("The server could not answer this. Try again, or with other values.")


def _refusal(sentence: str) -> gr.Error:
    return gr.Error(sentence, print_exception=False)
