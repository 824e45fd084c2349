"""Bodies that are too long, too slow or in too many pieces, and more visitors than there is room for."""

import asyncio
import json
import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
import uvicorn

from autoencoder.web import server
from autoencoder.web.security import request_body as bodies
from autoencoder.web.security.allow_list import Kind
from autoencoder.web.security.answers import RefusalError
from autoencoder.web.security.concurrency import LIMIT, LIMITS, Crowd
from autoencoder.web.security.request_body import MAX_BODY, MAX_FILES, MAX_JSON, Body, BodyError
from tests.support import loops
from tests.support.raw_http import ask, is_refusal, multipart, post, run

API = "/gradio_api"
UPLOAD = f"{API}/upload"


def patient(app):
    """A server for an ASGI app, with our protocol and nothing else of ours."""
    protocol = server.PatientProtocol
    config = uvicorn.Config(app, port=0, lifespan="off", http=protocol, log_level="critical", timeout_keep_alive=1)
    return uvicorn.Server(config)


def chunks(total, size=65_536):
    """A part of ``total`` bytes in pieces, for a body whose length is not told."""
    yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    for start in range(0, total, size):
        yield b"x" * min(size, total - start)


@pytest.mark.parametrize("path", [UPLOAD, "/live/strip", f"{API}/queue/join", f"{API}/call/decode", f"{API}/cancel"])
@pytest.mark.parametrize("way", ["told", "chunked"])
def test_bodies_over_the_limit_are_refused(server_url, path, way):
    """With the length told beforehand, and without."""
    kind = "multipart/form-data; boundary=b" if path == UPLOAD else "application/json"
    length = MAX_BODY + 1
    body = b"x" * length if way == "told" else chunks(length)
    status, _, answer = ask(server_url, "POST", path, {"Content-Type": kind}, body, encode_chunked=way == "chunked")
    assert status == 413
    assert is_refusal(answer)


@pytest.mark.parametrize("named", ["a.png", None], ids=["file", "text"])
def test_long_parts_of_an_upload_are_refused(server_url, named):
    """A text part counts like a file."""
    body, kind = multipart([("files", named, b"x" * MAX_BODY)])
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
    """Each would be an open file of the server while it arrives."""
    body, kind = multipart([("files", f"{i}.png", b"") for i in range(1000)])
    status, _, answer = ask(server_url, "POST", UPLOAD, {"Content-Type": kind}, body)
    assert status == 413
    assert f"at most {MAX_FILES} files" in json.loads(answer)["error"]


def test_the_largest_picture_still_fits(server_url):
    body, kind = multipart([("files", "a.png", b"x" * 8_000_000)])
    assert ask(server_url, "POST", UPLOAD, {"Content-Type": kind}, body)[0] == 200


def test_parts_are_counted_across_pieces():
    """However a boundary is cut, it is seen."""
    body, kind = multipart([("files", "a", b"")] * (MAX_FILES + 1))

    async def send(pieces):
        messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]

        async def receive():
            return messages.pop(0)

        await Body(receive, {"content-type": kind}, MAX_BODY).read()

    for size in (1, 7, 33, 100):
        with pytest.raises(BodyError, match="files at once"):
            loops.run(send([body[i : i + size] for i in range(0, len(body), size)]))


@pytest.mark.parametrize("waits", ["CHUNK_WAIT", "BODY_WAIT"])
def test_a_body_that_dawdles_is_refused(monkeypatch, waits):
    """A sender that stops, and one that sends a byte now and then for ever."""
    monkeypatch.setattr(bodies, waits, 0.02)

    async def send():
        async def receive():
            await asyncio.sleep(0.005 if waits == "BODY_WAIT" else 3600)
            return {"type": "http.request", "body": b"x", "more_body": True}

        await Body(receive, {}, MAX_BODY).read()

    with pytest.raises(BodyError, match="took too long") as refused:
        loops.run(send())
    assert refused.value.status == 408


@pytest.mark.parametrize("first", [b"", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"], ids=["at first", "later"])
@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: a\r\n"], ids=["nothing", "half"])
def test_a_connection_without_a_whole_request_is_closed(monkeypatch, first, sent):
    """Nothing or half a head, on a new connection or behind an answered request."""
    monkeypatch.setattr(server, "HEAD_WAIT", 0.05)

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def visit():
        server = patient(app)
        running = asyncio.create_task(server._serve())
        while not server.started:
            await asyncio.sleep(0.01)
        reader, writer = await asyncio.open_connection(*server.servers[0].sockets[0].getsockname())
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
            server.should_exit = True
            await running

    assert loops.run(visit()) == b""


def test_readers_that_do_not_read_are_dropped(monkeypatch):
    monkeypatch.setattr(server, "WRITE_WAIT", 0.05)
    gone = asyncio.Event()

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(2_000):
            await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        gone.set()

    async def visit():
        server = patient(app)
        running = asyncio.create_task(server._serve())
        while not server.started:
            await asyncio.sleep(0.01)
        host, port = server.servers[0].sockets[0].getsockname()
        with socket.create_connection((host, port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await asyncio.wait_for(gone.wait(), 30)
        server.should_exit = True
        await running

    loops.run(visit())


@pytest.mark.parametrize("kind", [Kind.LIVE, Kind.UPLOAD, Kind.JOIN, Kind.CALL, Kind.PLAIN, Kind.STREAM])
def test_more_than_there_is_room_for_are_told_so_at_once(kind):
    crowd, inside = Crowd(), []
    for _ in range(LIMITS.get(kind, LIMIT)):
        inside.append(crowd.enter(kind))
        inside[-1].__enter__()
    with pytest.raises(RefusalError, match="busy") as refused, crowd.enter(kind):
        pass
    assert refused.value.status == 503
    inside.pop().__exit__(None, None, None)
    with crowd.enter(kind):
        pass


def test_streams_leave_room_for_others_and_health_is_always_told():
    """Connections that only wait cannot shut everyone else out."""
    crowd = Crowd()
    with ExitStack() as stack:
        for kind in (Kind.STREAM, Kind.EVENTS):
            for _ in range(LIMITS[kind]):
                stack.enter_context(crowd.enter(kind))
            with pytest.raises(RefusalError, match="busy"), crowd.enter(kind):
                pass
        with crowd.enter(Kind.LIVE), crowd.enter(Kind.PLAIN):
            pass
        for _ in range(LIMIT - 2 * LIMITS[Kind.STREAM]):
            stack.enter_context(crowd.enter(Kind.PLAIN))
        with pytest.raises(RefusalError, match="busy"), crowd.enter(Kind.PLAIN):
            pass
        with crowd.enter(Kind.HEALTH):
            pass


def test_whoever_hangs_up_frees_the_slot(server_url):
    """As many as there is room for begin a body and leave; the next is served."""
    parts = urlsplit(server_url)
    head = f"POST /live/strip HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 100\r\n\r\n"
    for _ in range(LIMITS[Kind.LIVE] + 5):
        with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
            connection.sendall(head.encode())
    # The server hears of the last ones in its own time; each question gives it some.
    asked = (post(server_url, "/live/decode", {"x": 0, "y": 0, "model": "denoising"})[0] for _ in range(1000))
    assert 200 in asked


def test_long_json_is_refused_before_it_is_read_as_json(server_url):
    status, answer = run(server_url, "decode", [0, 0, "x" * MAX_JSON])
    assert (status, is_refusal(answer)) == ("413", True)
