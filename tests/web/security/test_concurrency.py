"""More requests than there is room for."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from autoencoder.web.security.allow_list import KIND, LIMITS, TOTAL_AT_ONCE, Kind
from autoencoder.web.security.concurrency import ConcurrencyLimit, Slots
from autoencoder.web.security.errors import RefusalError
from tests.support import loops
from tests.support.raw_http import post


async def ok(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def begin(url, path):
    """A connection that has sent the head and the first byte of a longer body."""
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname, parts.port), timeout=60)
    head = f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 1000\r\n\r\n"
    connection.sendall(head.encode() + b"x")
    return connection


@pytest.mark.parametrize("kind", [Kind.LIVE, Kind.UPLOAD, Kind.CALL, Kind.ANSWER, Kind.PAGE, Kind.MCP])
def test_more_than_there_is_room_for_are_told_so_at_once(kind):
    slots = Slots()
    with ExitStack() as held:
        for _ in range(LIMITS[kind].at_once):
            held.enter_context(slots.hold(kind))
        with pytest.raises(RefusalError, match="busy") as refused, slots.hold(kind):
            pass
        assert refused.value.status == 503
    with slots.hold(kind):
        pass


def test_waiting_for_answers_leaves_room_for_others_and_health_is_always_told():
    """Connections that only wait cannot shut everyone else out."""
    slots, asked = Slots(), []

    async def app(scope, receive, send):
        asked.append(scope[KIND])

    with ExitStack() as held:
        for _ in range(LIMITS[Kind.ANSWER].at_once):
            held.enter_context(slots.hold(Kind.ANSWER))
        with slots.hold(Kind.LIVE), slots.hold(Kind.PAGE):
            pass
        for _ in range(TOTAL_AT_ONCE - LIMITS[Kind.ANSWER].at_once):
            held.enter_context(slots.hold(Kind.PAGE))
        with pytest.raises(RefusalError, match="busy"), slots.hold(Kind.LIVE):
            pass
        loops.run(ConcurrencyLimit(app, slots)({KIND: Kind.HEALTH}, None, None))
    assert asked == [Kind.HEALTH]


def test_bodies_that_come_slowly_take_no_room_from_others(server_url):
    """Of two kinds more than there is room for, beside 80 decodes; each may still end in its time."""
    with ExitStack() as stack:
        for path, kind in (("/live/upload", Kind.UPLOAD), ("/live/decode-many", Kind.LIVE)):
            for _ in range(LIMITS[kind].at_once + 5):
                stack.enter_context(begin(server_url, path))
        with ThreadPoolExecutor(80) as pool:
            places = ({"places": [[i / 80, 0]], "model": "basic"} for i in range(80))
            answers = pool.map(lambda place: post(server_url, "/live/decode-many", place)[0], places)
            assert list(answers) == [200] * 80
    with begin(server_url, "/live/upload") as slow:
        slow.sendall(bytes(999))
        assert b" 422 " in slow.recv(100)


@pytest.mark.parametrize("kind", [Kind.LIVE, Kind.ANSWER])
@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError])
def test_a_request_that_fails_or_whose_client_hangs_up_frees_its_slot(kind, error):
    slots, taken = Slots(), []

    async def app(scope, receive, send):
        taken.append(slots.taken())
        raise error

    with pytest.raises(error):
        loops.run(ConcurrencyLimit(app, slots)({KIND: kind}, None, None))
    assert (taken, slots.taken()) == ([1], 0)


@pytest.mark.parametrize(("kind", "held"), [(Kind.PAGE, 0), (Kind.LIVE, 0), (Kind.ANSWER, 1), (Kind.MCP, 1)])
def test_a_slot_is_free_once_the_answer_begins_unless_it_is_a_stream(kind, held):
    slots, taken = Slots(), []

    async def note(message):
        taken.append(slots.taken())

    async def app(scope, receive, send):
        taken.append(slots.taken())
        await ok(scope, receive, send)

    loops.run(ConcurrencyLimit(app, slots)({KIND: kind}, None, note))
    assert taken == [1, held, held]
    assert slots.taken() == 0
