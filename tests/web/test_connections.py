"""Connections that say nothing, half a request, or do not read; and more of them than there is room for."""

import asyncio
import contextlib
import socket
import sys
from types import SimpleNamespace

import pytest
import uvicorn

from autoencoder.web import connections
from autoencoder.web.security.response_body import ResponseBody
from benchmarks.bad_input import FEW_FILES, idle
from benchmarks.support.server import served
from tests.support import loops
from tests.support.raw_http import ask


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


async def ok(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


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


def test_a_reader_that_goes_on_reading_is_kept(monkeypatch):
    monkeypatch.setattr(connections, "READER_SECONDS", 0)

    async def visit():
        config = uvicorn.Config(ok, lifespan="off", log_level="critical", ws="none")
        config.load()
        ours, theirs = socket.socketpair()
        with theirs:
            protocol = connections.BoundedProtocol(config, uvicorn.server.ServerState(), {})
            transport, _ = await asyncio.get_running_loop().connect_accepted_socket(lambda: protocol, ours)
            protocol.pause_writing()
            protocol.resume_writing()
            await asyncio.get_running_loop().run_in_executor(None, int)  # whatever was due has been done
            assert not transport.is_closing()
            protocol.pause_writing()
            await asyncio.get_running_loop().run_in_executor(None, int)
            assert transport.is_closing()

    loops.run(visit())


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
