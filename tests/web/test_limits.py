"""Bodies that are too long, too slow or in too many pieces, and more visitors than there is room for."""

import asyncio
import contextlib
import json
import socket
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import uvicorn

from autoencoder.data.picture_file import MAX_BYTES
from autoencoder.web import connections
from autoencoder.web.api.pictures import MAX_FILES
from autoencoder.web.security import request_body
from autoencoder.web.security.allow_list import KIND, LIMITS, ROUTES, TOTAL_AT_ONCE, Kind, Limits
from autoencoder.web.security.concurrency import ConcurrencyLimit, Slots
from autoencoder.web.security.errors import RefusalError
from autoencoder.web.security.request_body import RequestBody
from autoencoder.web.security.response_body import ResponseBody
from benchmarks.bad_input import FEW_FILES, idle
from benchmarks.support.server import served
from tests.support import loops
from tests.support.raw_http import ask, is_refusal, multipart, post, run

API = "/gradio_api"
UPLOAD = f"{API}/upload"
LONGEST = LIMITS[Kind.UPLOAD].body
ROOMY = Limits(100, 60, 1)


@contextlib.asynccontextmanager
async def listening(app, **options):
    """Address of a server for an ASGI app, with our protocol and nothing else of ours."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, lifespan="off", http=connections.BoundedProtocol, log_level="critical", **options)
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve([listener]))
        try:
            yield listener.getsockname()
        finally:
            server.should_exit = True
            await running


def chunks(total, size=65_536):
    """A part of ``total`` bytes in pieces, for a body whose length is not told."""
    yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    for start in range(0, total, size):
        yield b"x" * min(size, total - start)


@pytest.mark.parametrize("path", [UPLOAD, "/live/strip", f"{API}/queue/join", f"{API}/call/decode"])
@pytest.mark.parametrize("way", ["told", "chunked"])
def test_bodies_over_the_limit_are_refused(server_url, path, way):
    """With the length told beforehand, and without."""
    kind = "multipart/form-data; boundary=b" if path == UPLOAD else "application/json"
    [route] = [each for each in ROUTES if each.path.fullmatch(path)]
    length = LIMITS[route.kind].body + 1
    body = b"x" * length if way == "told" else chunks(length)
    status, _, answer = ask(server_url, "POST", path, {"Content-Type": kind}, body, encode_chunked=way == "chunked")
    assert status == 413
    assert is_refusal(answer)


@pytest.mark.parametrize("named", ["a.png", None], ids=["file", "text"])
def test_long_parts_of_an_upload_are_refused(server_url, named):
    """A text part counts like a file."""
    body, kind = multipart([("files", named, b"x" * LONGEST)])
    headers = {"Content-Type": kind, "Transfer-Encoding": "chunked"}
    status, _, answer = ask(server_url, "POST", UPLOAD, headers, iter([body]), encode_chunked=True)
    assert status == 413
    assert is_refusal(answer)


def test_lying_about_the_length_does_not_help(server_url):
    for told in ("99999999999999999999999999", "-1", "1e3", "abc"):
        parts = urlsplit(server_url)
        with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
            head = f"POST /live/strip HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {told}\r\n\r\n"
            connection.sendall(head.encode())
            assert connection.recv(65_536).split(b" ", 2)[1] in (b"400", b"413")


def test_an_upload_of_many_files_is_refused(server_url):
    body, kind = multipart([("files", f"{i}.png", b"") for i in range(1000)])
    status, _, answer = ask(server_url, "POST", UPLOAD, {"Content-Type": kind}, body)
    assert status == 400
    assert f"at most {MAX_FILES} files" in json.loads(answer)["error"]


def test_the_largest_picture_still_fits(server_url):
    body, kind = multipart([("files", "a.png", b"x" * MAX_BYTES)])
    assert ask(server_url, "POST", UPLOAD, {"Content-Type": kind}, body)[0] == 200


def read(pieces, limits=ROOMY):
    """What an application behind the middleware is given of a body that comes in these pieces, or never comes."""
    seen = []

    async def keep(scope, receive, send):
        seen.append(await receive())

    async def receive():
        if not pieces:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    async def ask_it():
        scope = {"type": "http", "method": "POST", "headers": [], KIND: Kind.LIVE}
        await RequestBody(keep)(scope, receive, None)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(LIMITS, Kind.LIVE, limits)
        loops.run(ask_it())
    return seen


def test_a_body_is_handed_on_whole():
    assert read([b"ab", b"", b"c"]) == [{"type": "http.request", "body": b"abc", "more_body": False}]


def test_a_body_is_in_memory_once_while_it_is_answered(monkeypatch):
    monkeypatch.setitem(LIMITS, Kind.LIVE, Limits(1, 20_000_000, 60))
    left, held = [200], []

    async def receive():
        left[0] -= 1
        return {"type": "http.request", "body": bytes(100_000), "more_body": left[0] > 0}

    async def app(scope, receive, send):
        message = await receive()
        held.append(tracemalloc.get_traced_memory()[0] / len(message["body"]))

    tracemalloc.start()
    try:
        scope = {"type": "http", "method": "POST", "headers": [], KIND: Kind.LIVE}
        loops.run(RequestBody(app)(scope, receive, None))
    finally:
        tracemalloc.stop()
    assert held[0] == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize(
    ("pieces", "limits", "status"),
    [
        ([b"x" * 60, b"x" * 41], Limits(1, 100, 60), 413),
        ([], Limits(1, 100, 0.02), 408),
    ],
    ids=["too long", "too slow in all"],
)
def test_a_body_beyond_its_limits_is_refused(pieces, limits, status):
    with pytest.raises(RefusalError) as refused:
        read(pieces, limits)
    assert refused.value.status == status


def test_bodies_that_are_too_much_together_are_refused(monkeypatch):
    monkeypatch.setattr(request_body, "MAX_HELD", 10)
    with pytest.raises(RefusalError, match="busy") as refused:
        read([b"x" * 11])
    assert refused.value.status == 503


@pytest.mark.parametrize("first", [b"", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"], ids=["at first", "later"])
@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: a\r\n"], ids=["nothing", "half"])
def test_a_connection_without_a_whole_request_is_closed(monkeypatch, first, sent):
    """Nothing or half a head, on a new connection or behind an answered request."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.25)

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def visit():
        async with listening(app, timeout_keep_alive=1) as address:
            reader, writer = await asyncio.open_connection(*address)
            try:
                if first:
                    writer.write(first)
                    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
                writer.write(sent)
                return await asyncio.wait_for(reader.read(), 30)
            except ConnectionResetError:
                return b""
            finally:
                writer.close()

    assert loops.run(visit()) == b""


def test_readers_that_do_not_read_are_dropped_and_occupy_one_piece(monkeypatch):
    monkeypatch.setattr(connections, "READER_SECONDS", 0.05)
    gone, sent = asyncio.Event(), []

    async def app(scope, receive, send):
        async def count(message):
            await send(message)
            sent.append(len(message.get("body", b"")))

        await ResponseBody(answer)(scope, receive, count)
        gone.set()

    async def answer(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": bytes(100_000_000)})

    async def visit():
        async with listening(app) as (host, port):
            with socket.create_connection((host, port)) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                await asyncio.wait_for(gone.wait(), 30)

    loops.run(visit())
    assert max(sent) == 65_536


def test_beyond_the_most_connections_the_one_that_is_idle_longest_is_ended(monkeypatch):
    monkeypatch.setattr(connections, "max_connections", lambda: 3)

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    async def visit():
        async with listening(app) as address:
            idle = [await asyncio.open_connection(*address) for _ in range(5)]
            reader, writer = idle[-1]
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            answer = await asyncio.wait_for(reader.read(), 30)
            for first, _ in idle[:2]:
                with contextlib.suppress(ConnectionResetError):
                    assert await asyncio.wait_for(first.read(), 30) == b""
            for _, each in idle:
                each.close()
            return answer

    assert loops.run(visit()).endswith(b"ok")


def test_as_many_files_may_be_open_as_the_system_lets_a_process(monkeypatch):
    """Simulated: what a process has raised it cannot lower again."""
    limits = [(256, 900)]
    fake = SimpleNamespace(
        RLIMIT_NOFILE=0, RLIM_INFINITY=-1, getrlimit=lambda _: limits[-1], setrlimit=lambda _, new: limits.append(new)
    )
    monkeypatch.setitem(sys.modules, "resource", fake)
    connections.max_connections.cache_clear()
    assert 256 < connections.max_connections() < 900
    connections.max_connections.cache_clear()
    assert limits[-1] == (900, 900)


def test_a_system_without_that_limit_has_its_own(monkeypatch):
    """Windows, simulated."""
    monkeypatch.setitem(sys.modules, "resource", None)
    connections.max_connections.cache_clear()
    assert connections.max_connections() > 500
    connections.max_connections.cache_clear()


def test_a_system_that_allows_fewer_files_than_it_says_keeps_those_there_are(monkeypatch):
    """macOS, simulated."""

    def refuse(*_):
        raise ValueError("current limit exceeds maximum limit")

    fake = SimpleNamespace(RLIMIT_NOFILE=0, RLIM_INFINITY=-1, getrlimit=lambda _: (256, -1), setrlimit=refuse)
    monkeypatch.setitem(sys.modules, "resource", fake)
    connections.max_connections.cache_clear()
    assert 50 <= connections.max_connections() < 256
    connections.max_connections.cache_clear()


@pytest.mark.slow
@pytest.mark.parametrize("hard", ["resource.getrlimit(resource.RLIMIT_NOFILE)[1]", "1024"], ids=["more", "no more"])
def test_1100_idle_connections_neither_stop_the_service_nor_fill_the_log(hard, tmp_path):
    """Where more files than the first 1,024 may be opened, and where not."""
    with served(tmp_path / "log", command=("-c", FEW_FILES.format(hard=hard)), AUTOENCODER_DEVICE="cpu") as url:
        idle(url, seconds=3)
        assert ask(url, "GET", "/healthz")[0] == 200
    assert (tmp_path / "log").stat().st_size < 1_000_000


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


def begin(url, path):
    """A connection that has sent the head and the first byte of a longer body."""
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname, parts.port), timeout=60)
    head = f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 1000\r\n\r\n"
    connection.sendall(head.encode() + b"x")
    return connection


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


def test_long_json_is_refused_before_it_is_read_as_json(server_url):
    status, answer = run(server_url, "decode", [0, 0, "x" * LIMITS[Kind.CALL].body])
    assert (status, is_refusal(answer)) == ("413", True)


async def ok(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.mark.parametrize("ask_for", ["", "Connection: close\r\n"])
def test_a_reader_that_leaves_less_than_a_piece_is_dropped_too(monkeypatch, ask_for):
    monkeypatch.setattr(connections, "READER_SECONDS", 0.05)

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"60000")]})
        await send({"type": "http.response.body", "body": bytes(60_000)})

    async def visit():
        gone = asyncio.Event()

        class Watched(connections.BoundedProtocol):
            def connection_lost(self, exc):
                super().connection_lost(exc)
                gone.set()

        config = uvicorn.Config(app, lifespan="off", log_level="critical", ws="none")
        config.load()
        ours, theirs = socket.socketpair()
        with theirs:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4608)
            ours.setblocking(False)
            protocol = Watched(config, uvicorn.server.ServerState(), {})
            transport, _ = await asyncio.get_running_loop().connect_accepted_socket(lambda: protocol, ours)
            theirs.sendall(f"GET / HTTP/1.1\r\nHost: a\r\n{ask_for}\r\n".encode())
            try:
                await asyncio.wait_for(gone.wait(), 10)
            finally:
                transport.abort()
                await gone.wait()

    loops.run(visit())


def test_of_connections_that_all_asked_the_one_that_is_idle_longest_makes_room_for_a_newcomer(monkeypatch):
    monkeypatch.setattr(connections, "max_connections", lambda: 3)

    async def visit():
        async with listening(ok) as address:
            each = [await asyncio.open_connection(*address) for _ in range(3)]
            for i in (1, 0, 2):
                each[i][1].write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                await each[i][0].readuntil(b"ok")
            each.append(await asyncio.open_connection(*address))
            for reader, writer in (each[0], each[2], each[3]):
                writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                await reader.readuntil(b"ok")
            with contextlib.suppress(ConnectionResetError):
                assert await asyncio.wait_for(each[1][0].read(), 30) == b""
            for _, writer in each:
                writer.close()

    loops.run(visit())


def test_a_malformed_body_behind_its_answer_ends_the_connection_without_a_trace():
    troubles = []

    async def visit():
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: troubles.append(context))
        async with listening(ok) as address:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            await reader.readuntil(b"ok")
            writer.write(b"zz\r\n")
            with contextlib.suppress(ConnectionResetError):
                assert await asyncio.wait_for(reader.read(), 30) == b""
            writer.close()

    loops.run(visit())
    assert not troubles


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
