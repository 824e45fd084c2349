"""Bodies that are too long, too slow or in too many pieces."""

import asyncio
import contextlib
import json
import socket
import tracemalloc
from urllib.parse import urlsplit

import pytest

from autoencoder.data.picture_file import MAX_BYTES
from autoencoder.web.api.pictures import MAX_FILES
from autoencoder.web.security import request_body
from autoencoder.web.security.allow_list import KIND, LIMITS, ROUTES, Kind, Limits
from autoencoder.web.security.errors import RefusalError
from autoencoder.web.security.request_body import RequestBody
from tests.support import loops
from tests.support.raw_http import ask, is_refusal, multipart, run

API = "/gradio_api"
UPLOAD = f"{API}/upload"
LONGEST = LIMITS[Kind.UPLOAD].body
ROOMY = Limits(100, 60, 1)


def chunks(total, size=65_536):
    """A part of ``total`` bytes in pieces, for a body whose length is not told."""
    yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    for start in range(0, total, size):
        yield b"x" * min(size, total - start)


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


def test_room_is_given_back_once_a_body_is_answered_or_refused(monkeypatch):
    """Else the server would be busy for ever after some hundred uploads."""
    monkeypatch.setattr(request_body, "MAX_HELD", 100)
    monkeypatch.setitem(LIMITS, Kind.LIVE, ROOMY)
    answered = []

    async def app(scope, receive, send):
        answered.append(await receive())

    async def send_all():
        for length in (40, 80, 40, 80, 40):
            with contextlib.suppress(RefusalError):

                async def receive(length=length):
                    return {"type": "http.request", "body": bytes(length), "more_body": False}

                await body({"type": "http", "method": "POST", "headers": [], KIND: Kind.LIVE}, receive, None)

    body = RequestBody(app)
    loops.run(send_all())
    assert len(answered) == 3


def test_long_json_is_refused_before_it_is_read_as_json(server_url):
    status, answer = run(server_url, "decode", [0, 0, "x" * LIMITS[Kind.CALL].body])
    assert (status, is_refusal(answer)) == ("413", True)
