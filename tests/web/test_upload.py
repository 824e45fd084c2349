"""The route that takes a picture file and says what the models see of it."""

import base64
import io
import json
import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from PIL import Image

from autoencoder.web.routes import upload


def png(array):
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG")
    return file.getvalue()


def grey(text):
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(28, 28)


def test_picture_of_the_models_own_size_comes_back_as_it_is(server_url, samples):
    seen = httpx.post(f"{server_url}/live/upload", content=png(samples[5])).json()
    assert np.array_equal(grey(seen["plain"]), samples[5])
    assert np.array_equal(grey(seen["inverted"]), 255 - samples[5])
    assert seen["invert"] is False
    assert seen["image"] == seen["plain"]
    assert (seen["mirrored"], seen["background_removed"]) == (False, False)


def test_query_forces_what_is_done(server_url, samples):
    address = f"{server_url}/live/upload?invert=1&mirror=1"
    seen = httpx.post(address, content=png(samples[5])).json()
    assert np.array_equal(grey(seen["image"]), 255 - samples[5][:, ::-1])
    assert (seen["invert"], seen["mirrored"]) == (True, True)


def test_light_background_is_likely_to_be_inverted(server_url, samples):
    assert httpx.post(f"{server_url}/live/upload", content=png(255 - samples[5])).json()["invert"] is True


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 422, "."),
        (b"<svg></svg>", 422, "not a picture that can be read"),
        (png(np.full((40, 40), 9, np.uint8)), 422, "blank"),
        (bytes(upload.MAX_BYTES + 1), 413, "larger than 10 MB"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(server_url, server_log, content, status, words):
    answer = httpx.post(f"{server_url}/live/upload", content=content)
    assert answer.status_code == status
    assert words in answer.json()["error"]
    assert "Traceback" not in server_log.read_text()


def begin(url):
    """A connection that has sent the head and the first byte of a longer file."""
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname, parts.port))
    head = f"POST /live/upload HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 1000\r\n\r\n"
    connection.sendall(head.encode() + b"x")
    return connection


def test_more_files_than_there_are_places_are_told_so_and_leavers_free_theirs(server_url, server_log, samples):
    """Files that come too slowly must not fill the memory, nor keep their places once their senders are gone."""
    with ExitStack() as stack:
        slow = [stack.enter_context(begin(server_url)) for _ in range(upload.MAX_GUESTS)]
        busy = next_answer(server_url, samples, 503)
        assert "busy" in busy["error"]
        slow[0].sendall(bytes(999))
        assert b"422" in slow[0].recv(100)
    assert next_answer(server_url, samples, 200)["plain"]
    assert "Traceback" not in server_log.read_text()


def next_answer(url, samples, status):
    """The first answer with a status: what the connections do is not in effect at once."""
    for _ in range(500):
        answer = httpx.post(f"{url}/live/upload", content=png(samples[5]))
        if answer.status_code == status:
            return answer.json()
    raise AssertionError(f"never {status}, at last {json.dumps(answer.json())[:200]}")
