"""Calls of the public endpoints by Gradio's HTTP protocol: accepted, answered many at once, fetched as events.

Gradio describes the endpoints and its clients call them, but their calls are answered here. Its own queue keeps a
session of 90 kB for each caller, moves every value through a thread, and fails a whole batch for one wrong value.
"""

import asyncio
import json
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

import gradio as gr
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from autoencoder.inference.batching import Batcher, workers
from autoencoder.inference.engine import InputError
from autoencoder.web.routes.messages import read
from autoencoder.web.security.allow_list import API, Kind
from autoencoder.web.security.concurrency import Slots
from autoencoder.web.security.errors import RefusalError

Values = Sequence[Any]
AnswerMany = Callable[[Sequence[Values]], Sequence[Values | Exception]]
LARGEST_BATCH: Final = 32
FETCH_SECONDS: Final = 60.0
"""For which an answer waits to be fetched."""
MAX_UNFETCHED: Final = 1000
_TOKEN: Final = re.compile("[A-Za-z0-9_-]{1,64}")
_FAILED: Final = "The server could not answer this. Try again, or with other values."


@dataclass(frozen=True)
class Endpoint:
    """A public endpoint."""

    name: str
    number: int
    """Of its function on the Gradio page."""
    inputs: Sequence[gr.components.Component]
    """They check the values of a call."""
    answer: AnswerMany
    """Given the checked values of many calls, returns for each its outputs as JSON, or an error."""


class Message(BaseModel):
    """What Gradio's clients send; each route looks at some of it, and checks that in its own words."""

    data: Any = None
    session_hash: Any = None
    fn_index: Any = None
    event_id: Any = None


@dataclass(frozen=True)
class _Call:
    session: str
    accepted: float
    outcome: "asyncio.Task[list[Any] | gr.Error]"


class Calls:
    """All calls from their acceptance until their answers are fetched.

    Args:
        endpoints: those that may be called.
        slots: each call holds one until it is answered.
    """

    def __init__(self, endpoints: Sequence[Endpoint], slots: Slots) -> None:
        executor = workers(1, "calls")
        self._endpoints = {each.name: each for each in endpoints}
        self._batchers = {each.name: Batcher(each.answer, executor, LARGEST_BATCH) for each in endpoints}
        self._slots = slots
        self._calls: dict[str, _Call] = {}  # by the names that their callers know, oldest first

    def routes(self) -> list[Route]:
        """Gradio's routes for calls."""
        return [
            Route(f"{API}/call/{{name}}", self._call, methods=["POST"]),
            Route(f"{API}/call/{{name}}/", self._call, methods=["POST"]),
            Route(f"{API}/call/{{name}}/{{event}}", self._answer),
            Route(f"{API}/queue/join", self._join, methods=["POST"]),
            Route(f"{API}/queue/data", self._answers),
            Route(f"{API}/cancel", self._cancel, methods=["POST"]),
        ]

    def unfetched(self) -> int:
        """Calls whose answers were not fetched yet."""
        self._forget()
        return len(self._calls)

    async def outcome(self, name: str, values: Values) -> list[Any] | gr.Error:
        """What an endpoint answers to some values, or why it does not."""
        try:
            endpoint = self._endpoints[name]
            checked = [block.preprocess(value) for block, value in zip(endpoint.inputs, values, strict=True)]
            return list(await self._batchers[name].ask(checked))
        except gr.Error as error:
            return error
        except Exception as error:
            print(f"A call failed: {type(error).__name__}.", flush=True)  # its words may hold paths
            return gr.Error(_FAILED, print_exception=False)

    def _accept(self, endpoint: Endpoint, data: Any, session: str) -> Response:
        if not isinstance(data, list) or len(data) != len(endpoint.inputs):
            names = ", ".join(str(each.label) for each in endpoint.inputs)
            raise RefusalError(400, f"Send 'data' as a list of {len(endpoint.inputs)} values: {names}.")
        slot = ExitStack()
        slot.enter_context(self._slots.hold(Kind.CALL))
        outcome = asyncio.create_task(self.outcome(endpoint.name, data))
        outcome.add_done_callback(lambda _: slot.close())
        self._forget()
        name = secrets.token_hex(16)
        self._calls[name] = _Call(session, time.monotonic(), outcome)
        return JSONResponse({"event_id": name})

    def _forget(self) -> None:
        """Forget answers that nobody fetches: the old ones, and the oldest where there are too many."""
        end = time.monotonic() - FETCH_SECONDS
        for name, call in list(self._calls.items()):
            if call.accepted > end and len(self._calls) <= MAX_UNFETCHED:
                return
            if call.outcome.done():
                del self._calls[name]

    async def _call(self, request: Request) -> Response:
        endpoint = self._endpoints.get(request.path_params["name"])
        if endpoint is None:
            raise RefusalError(404, f"There is no such endpoint: choose one of {', '.join(sorted(self._endpoints))}.")
        message = await _message(request)
        session = message.session_hash
        return self._accept(endpoint, message.data, "" if session is None else token(session))

    async def _join(self, request: Request) -> Response:
        message = await _message(request)
        number = message.fn_index
        endpoint = next((each for each in self._endpoints.values() if each.number == number), None)
        if type(number) is not int or endpoint is None:
            raise RefusalError(400, "There is no such function: 'fn_index' must be that of an endpoint in /config.")
        return self._accept(endpoint, message.data, token(message.session_hash))

    async def _cancel(self, request: Request) -> Response:
        message = await _message(request)
        name = token(message.event_id)
        call = self._calls.get(name)
        if call is not None and call.session == token(message.session_hash):
            self._calls.pop(name).outcome.cancel()
        return JSONResponse({"success": True})

    async def _answer(self, request: Request) -> Response:
        name = request.path_params["event"]
        if name not in self._calls:
            raise RefusalError(404, "There is no such run, or its answer was fetched already.")
        await asyncio.wait([task := self._calls[name].outcome])
        self._calls.pop(name, None)
        if task.cancelled():
            raise RefusalError(404, "This run was cancelled.")
        outcome = task.result()
        if isinstance(outcome, gr.Error):
            return Response(f"event: error\ndata: {_dump(_error(outcome))}\n\n", media_type="text/event-stream")
        data = _dump(_with_urls(outcome, request))
        return Response(f"event: complete\ndata: {data}\n\n", media_type="text/event-stream")

    async def _answers(self, request: Request) -> Response:
        session = token(request.query_params.get("session_hash"))
        if not any(call.session == session for call in self._calls.values()):
            raise RefusalError(404, "There is no such session: start a run first.")
        return StreamingResponse(self._events(session, request), media_type="text/event-stream")

    async def _events(self, session: str, request: Request) -> AsyncIterator[str]:
        while pending := {call.outcome: name for name, call in self._calls.items() if call.session == session}:
            done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                self._calls.pop(pending[task], None)
                if not task.cancelled():
                    yield f"data: {_dump(_completed(pending[task], task.result(), request))}\n\n"
        yield f"data: {_dump({'msg': 'close_stream'})}\n\n"


def token(value: Any) -> str:
    """The name of a session or a run: letters, digits, - and _, at most 64.

    Raises:
        RefusalError: if it is anything else.
    """
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise RefusalError(400, "Sessions and runs have names of up to 64 letters, digits, - and _.")
    return value


async def _message(request: Request) -> Message:
    try:
        return read(await request.body(), Message)
    except InputError as error:
        raise RefusalError(400, str(error)) from error


def _completed(name: str, outcome: list[Any] | gr.Error, request: Request) -> dict[str, Any]:
    message = {"msg": "process_completed", "event_id": name}
    if isinstance(outcome, gr.Error):
        return {**message, "success": False, "title": "Error", "output": _error(outcome)}
    return {**message, "success": True, "output": {"data": _with_urls(outcome, request), "is_generating": False}}


def _error(error: gr.Error) -> dict[str, Any]:
    return {"error": error.message, "title": error.title, "visible": error.visible, "duration": error.duration}


def _with_urls(outputs: list[Any], request: Request) -> list[Any]:
    """Outputs in which each picture has its address, as the caller sees this server."""
    headers = request.headers
    scheme = headers.get("x-forwarded-proto", request.url.scheme).split(",")[0].strip()
    host = headers.get("x-forwarded-host", headers["host"]).split(",")[0].strip()
    root = f"{scheme}://{host}{request.scope['root_path']}{API}/file="
    return [
        {**each, "url": f"{root}{each['path']}"} if isinstance(each, dict) and "meta" in each else each
        for each in outputs
    ]


def _dump(message: Any) -> str:
    return json.dumps(message, allow_nan=False)
