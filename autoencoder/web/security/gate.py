"""What stands before the whole server: who may ask, for what, how much, and what an answer carries."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import gradio as gr
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from autoencoder.web import temporary_files
from autoencoder.web.security import sessions
from autoencoder.web.security.allow_list import DOORS, Door, Kind, find
from autoencoder.web.security.answers import RefusalError, Reply
from autoencoder.web.security.api_calls import CallError, Calls, token
from autoencoder.web.security.concurrency import Crowd
from autoencoder.web.security.request_body import MAX_BODY, MAX_JSON, Body, BodyError, Source, boundary
from autoencoder.web.security.trusted_hosts import VARIABLE, Hosts, is_same_origin

_LOG: Final = logging.getLogger(__name__)
_KEPT: Final = re.compile(r"[0-9a-f]{64}/[^/]+")
_NOTHING: Final = "There is nothing here."
Lifespan = Callable[[Any], AbstractAsyncContextManager[None]]


class Gate:
    """ASGI middleware around Gradio's whole application, its own CORS and error pages included."""

    def __init__(
        self,
        app: ASGIApp,
        page: gr.Blocks,
        hosts: Hosts,
        crowd: Crowd,
        keeper: temporary_files.Janitor,
        doors: Iterable[Door],
    ) -> None:
        self._app, self._page = app, page
        self._hosts, self._crowd, self._keeper, self._doors = hosts, crowd, keeper, tuple(doors)
        self._calls = Calls(page)
        self._root = urlsplit(page.root_path or "").path.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let the application answer."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no WebSocket is served: closing the connection is the answer
        headers = Headers(scope=scope)
        # Gradio would take this one for the server's own address, and remember it for everybody.
        scope = {**scope, "headers": [each for each in scope["headers"] if each[0] != b"x-gradio-server"]}
        source, reply = Source(receive), Reply(send)
        try:
            await self._pass(scope, headers, source.receive, reply)
        except RefusalError as refusal:
            if "expect" not in headers and scope["method"] not in ("GET", "HEAD"):
                await source.drain()
            await reply.refuse(refusal)

    async def _pass(self, scope: Scope, headers: Headers, receive: Receive, reply: Reply) -> None:
        found, match = self._admit(scope, headers)
        reply.kind = found.kind
        with self._crowd.enter(found.kind):
            try:
                scope, receive = await self._look(scope, headers, receive, reply, found.kind, match)
            except BodyError as error:
                raise RefusalError(error.status, str(error)) from error
            except CallError as error:
                raise RefusalError(400, str(error)) from error
            try:
                await self._app(scope, receive, reply.send)
            except Exception as error:
                # The answer is a sentence; one line of the log tells whoever runs this. A client that went is no news.
                if reply.refusal is None:
                    _LOG.warning("%s failed: %s.", found.kind.name.lower(), type(error).__name__)
                    reply.refusal = RefusalError(*_failure(found.kind))
            if reply.refusal is not None:
                raise reply.refusal

    def _admit(self, scope: Scope, headers: Headers) -> tuple[Door, re.Match[str]]:
        named = [*headers.getlist("host"), *headers.getlist("x-forwarded-host")]
        names = [name.strip() for each in named for name in each.split(",")]
        if len(headers.getlist("host")) != 1 or not all(map(self._hosts.allow, names)):
            raise RefusalError(400, f"This server does not go by that name. If it should, name it in {VARIABLE}.")
        if not is_same_origin(headers):
            raise RefusalError(403, "Pages of other origins may not call this server.")
        path = scope["path"]
        if self._root and (path == self._root or path.startswith(f"{self._root}/")):
            path = path.removeprefix(self._root)
        methods, found, match = find(self._doors, path)
        if found is None or match is None:
            raise RefusalError(404, _NOTHING)
        if scope["method"] not in methods:
            raise RefusalError(405, "This address does not take that method.", {"Allow": ", ".join(sorted(methods))})
        return found, match

    async def _look(
        self, scope: Scope, headers: Headers, receive: Receive, reply: Reply, kind: Kind, match: re.Match[str]
    ) -> tuple[Scope, Receive]:
        """The request as the application may see it."""
        match kind:
            case Kind.JOIN | Kind.CALL | Kind.CANCEL:
                body = await Body(receive, headers, MAX_JSON).read()
                if body is None:
                    raise RefusalError(400, "The request was cut.")
                return _with_body(scope, receive, self._checked(kind, match, body))
            case Kind.UPLOAD:
                if self._keeper.is_full():
                    raise RefusalError(503, "The server holds too many pictures: try again in a minute.")
                if not boundary(headers):
                    raise RefusalError(400, "An upload must be multipart/form-data.")
                self._keeper.expect(headers.get("content-length", ""))
                # Gradio keeps what it tracks of an upload by the name in its query for ever.
                scope = {**scope, "query_string": b""}
            case Kind.EVENTS:
                self._check_session(scope)
            case Kind.RESULT:
                self._check_event(match["event"])
            case Kind.FILE:
                self._check_file(match["file"])
                scope = {**scope, "headers": [each for each in scope["headers"] if each[0] != b"range"]}
            case Kind.PLAIN | Kind.HEALTH | Kind.STREAM | Kind.LIVE:
                pass
        return scope, receive if scope["method"] in ("GET", "HEAD") else reply.watch(Body(receive, headers, MAX_BODY))

    def _checked(self, kind: Kind, match: re.Match[str], body: bytes) -> bytes:
        if kind is Kind.CALL:
            return self._calls.call(match["name"], body)
        return self._calls.join(body) if kind is Kind.JOIN else self._calls.cancel(body)

    def _check_session(self, scope: Scope) -> None:
        session = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0]
        if token(session) not in self._page._queue.pending_messages_per_session:
            raise RefusalError(404, "There is no such session: start a run first.")

    def _check_event(self, event: str) -> None:
        queue = self._page._queue
        waiting = any(event in events for events in queue.pending_event_ids_session.values())
        if event not in queue.event_ids_to_events and not waiting:
            raise RefusalError(404, "There is no such run, or its answer was fetched already.")

    def _check_file(self, path: str) -> None:
        # Only what lies where uploads and results lie: <folder>/<digest>/<name>. The digest is what makes it private.
        folder = temporary_files.folder()
        below = path.removeprefix(f"{folder}/")
        if below == path or not _KEPT.fullmatch(below) or Path(path).resolve() != Path(path):
            raise RefusalError(404, _NOTHING)
        if not temporary_files.is_ours(path):
            raise RefusalError(404, "This file is gone, or never was.")


def lifespan(
    page: gr.Blocks, bound: str, crowd: Crowd, keeper: temporary_files.Janitor, extra: Iterable[Door] = ()
) -> Lifespan:
    """What the server does around its life: the janitor works, and the gate stands before all middleware.

    Gradio puts its own middleware in front of any that it is given, so the gate takes its place when the
    server starts: before the first request, after everything is built.

    Args:
        page: the page, laid out.
        bound: the address listened on.
        crowd: counts who is inside.
        keeper: sweeps the temporary folder.
        extra: doors besides those of ``doors.DOORS``.
    """

    @asynccontextmanager
    async def live(app: Any) -> AsyncIterator[None]:
        hosts = Hosts.from_environment(bound)
        app.middleware_stack = Gate(app.middleware_stack, page, hosts, crowd, keeper, (*DOORS, *extra))
        keeper.lists = page.temp_file_sets
        keeper.start()
        forgetting = asyncio.create_task(sessions.forget(page))
        try:
            yield
        finally:
            forgetting.cancel()
            keeper.stop()

    return live


def _with_body(scope: Scope, receive: Receive, body: bytes) -> tuple[Scope, Receive]:
    headers = MutableHeaders(raw=[each for each in scope["headers"] if each[0] != b"transfer-encoding"])
    headers["content-type"], headers["content-length"] = "application/json", str(len(body))
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return {**scope, "headers": headers.raw}, again


def _failure(kind: Kind) -> tuple[int, str]:
    if kind in (Kind.PLAIN, Kind.HEALTH, Kind.LIVE):
        return 500, "Something went wrong here. Try again in a moment."
    return 400, "The server could not make sense of this request."
