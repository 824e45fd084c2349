"""Calls of the public endpoints by Gradio's HTTP protocol: accepted, answered many at once, fetched as events.

Gradio describes the endpoints and its clients call them, but their calls are answered here. Its own queue keeps a
session of 90 kB for each caller, moves every value through a thread, and fails a whole batch for one wrong value.
"""

import asyncio
import html
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, Field, RootModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from autoencoder.device import is_out_of_memory
from autoencoder.inference.batching import Batcher, workers
from autoencoder.inference.engine import InputError
from autoencoder.web.api.store import Store
from autoencoder.web.routes.messages import first_fault, read
from autoencoder.web.security.allow_list import API, Kind
from autoencoder.web.security.concurrency import Slots
from autoencoder.web.security.errors import NO_MEMORY, RefusalError

LARGEST_BATCH: Final = 32
FETCH_SECONDS: Final = 60.0
"""From its acceptance, for a call to be computed and its answer to be fetched."""
MAX_UNFETCHED: Final = 1000
_LOG: Final = logging.getLogger(__name__)
_FAILED: Final = "The server could not answer this. Try again, or with other values."
Outcome = list[Any] | str
"""What an endpoint answers, ready for JSON; or a sentence, if it cannot."""


@dataclass(frozen=True)
class Endpoint:
    """A public endpoint."""

    name: str
    number: int
    """Of its function on the Gradio page."""
    arguments: Mapping[str, Any]
    """By name, in the order of a call's values: the default of each, for calls by name that leave it out."""
    question: Callable[..., Any]
    """Checks the values and makes a question of them."""
    answer: Callable[[Sequence[Any]], Sequence[Sequence[Any] | Exception]]
    """Given many questions, returns for each its outputs as JSON, or an error."""


class _Values(BaseModel):
    data: list[Any]


class _NamedValues(RootModel[dict[str, Any]]):
    pass


class _Join(_Values):
    fn_index: Annotated[int, Field(strict=True)]
    session_hash: Annotated[str, Field(min_length=1, max_length=64)]


_M = TypeVar("_M", bound=BaseModel)


@dataclass(frozen=True)
class _Call:
    session: str
    outcome: asyncio.Task[Outcome]


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
        self._calls: Store[_Call] = Store(MAX_UNFETCHED, FETCH_SECONDS)

    def routes(self) -> list[Route]:
        """Gradio's routes for calls."""
        return [
            Route(f"{API}/call/{{name}}", self._call, methods=["POST"]),
            Route(f"{API}/call/v2/{{name}}", self._call_by_names, methods=["POST"]),
            Route(f"{API}/call/{{name}}/{{event}}", self._answer),
            Route(f"{API}/queue/join", self._join, methods=["POST"]),
            Route(f"{API}/queue/data", self._answers),
        ]

    def unfetched(self) -> int:
        """Calls whose answers were not fetched yet."""
        return len(self._calls.items())

    async def outcome(self, name: str, values: Sequence[Any]) -> Outcome:
        """What an endpoint answers to some values, or why it does not."""
        endpoint = self._endpoints[name]
        try:
            question = endpoint.question(**dict(zip(endpoint.arguments, values, strict=True)))
            return list(await self._batchers[name].ask(question))
        except ValidationError as error:
            return first_fault(error)
        except InputError as error:
            return str(error)
        except Exception as error:
            if is_out_of_memory(error):
                return NO_MEMORY
            _LOG.warning("A call failed: %s.", type(error).__name__)  # its words may hold paths
            return _FAILED

    def _accept(self, endpoint: Endpoint, values: list[Any], session: str = "") -> Response:
        if len(values) != len(endpoint.arguments):
            names = ", ".join(endpoint.arguments)
            raise RefusalError(400, f"Send 'data' as a list of {len(endpoint.arguments)} values: {names}.")
        slot = ExitStack()
        slot.enter_context(self._slots.hold(Kind.CALL))
        outcome = asyncio.create_task(self.outcome(endpoint.name, values))
        outcome.add_done_callback(lambda _: slot.close())
        return JSONResponse({"event_id": self._calls.put(_Call(session, outcome))})

    def _named(self, request: Request) -> Endpoint:
        endpoint = self._endpoints.get(request.path_params["name"])
        if endpoint is None:
            raise RefusalError(404, f"There is no such endpoint: choose one of {', '.join(sorted(self._endpoints))}.")
        return endpoint

    async def _call(self, request: Request) -> Response:
        return self._accept(self._named(request), (await _message(request, _Values)).data)

    async def _call_by_names(self, request: Request) -> Response:
        endpoint = self._named(request)
        values = (await _message(request, _NamedValues)).root
        if values.keys() - endpoint.arguments.keys():
            raise RefusalError(400, f"Send a JSON object with no other names than {', '.join(endpoint.arguments)}.")
        return self._accept(endpoint, list({**endpoint.arguments, **values}.values()))

    async def _join(self, request: Request) -> Response:
        message = await _message(request, _Join)
        endpoint = next((each for each in self._endpoints.values() if each.number == message.fn_index), None)
        if endpoint is None:
            raise RefusalError(400, "There is no such function: 'fn_index' must be that of an endpoint in /config.")
        return self._accept(endpoint, message.data, message.session_hash)

    async def _answer(self, request: Request) -> Response:
        name = request.path_params["event"]
        call = self._calls.get(name)
        if call is None:
            raise RefusalError(404, "There is no such run: its answer was fetched already, or a minute has passed.")
        outcome = await call.outcome
        self._calls.pop(name)
        if isinstance(outcome, str):
            return _event("error", _error(outcome))
        return _event("complete", _with_urls(outcome, request))

    async def _answers(self, request: Request) -> Response:
        session = request.query_params.get("session_hash", "")
        if not session or not self._of(session):
            raise RefusalError(404, "There is no such session: start a run first.")
        return StreamingResponse(self._events(session, request), media_type="text/event-stream")

    def _of(self, session: str) -> dict[asyncio.Task[Outcome], str]:
        return {call.outcome: name for name, call in self._calls.items().items() if call.session == session}

    async def _events(self, session: str, request: Request) -> AsyncIterator[str]:
        while pending := self._of(session):
            done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                self._calls.pop(pending[task])
                yield f"data: {_dump(_completed(pending[task], task.result(), request))}\n\n"
        yield f"data: {_dump({'msg': 'close_stream'})}\n\n"


async def _message(request: Request, kind: type[_M]) -> _M:
    try:
        return read(await request.body(), kind)
    except InputError as error:
        raise RefusalError(400, str(error)) from error


def _event(kind: str, data: Any) -> Response:
    return Response(f"event: {kind}\ndata: {_dump(data)}\n\n", media_type="text/event-stream")


def _completed(name: str, outcome: Outcome, request: Request) -> dict[str, Any]:
    message = {"msg": "process_completed", "event_id": name}
    if isinstance(outcome, str):
        return {**message, "success": False, "title": "Error", "output": _error(outcome)}
    return {**message, "success": True, "output": {"data": _with_urls(outcome, request), "is_generating": False}}


def _error(sentence: str) -> dict[str, Any]:
    # As Gradio's own; its clients show the words as HTML.
    return {"error": html.escape(sentence, quote=False), "title": "Error", "visible": True, "duration": 10}


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
