"""What is sent compressed, and what must not be."""

import base64
import gzip
import re
import urllib.request
import zlib

import httpx
import pytest

STRIP = b'{"image": "%s", "model": "denoising", "noise": "gaussian", "seed": 7}' % base64.b64encode(
    bytes(range(196)) * 4
)


@pytest.mark.parametrize(("path", "body", "share"), [("/", None, 0.4), ("/live/strip", STRIP, 0.8)])
def test_page_and_strips_are_sent_compressed_to_whoever_accepts_it(server_url, path, body, share):
    packed, encoding = fetch(server_url + path, body, "gzip")
    plain, no_encoding = fetch(server_url + path, body, "identity")
    assert (encoding, no_encoding) == ("gzip", None)
    assert len(packed) < share * len(plain)
    assert len(gzip.decompress(packed)) == pytest.approx(len(plain), rel=0.01)


def fetch(url, body, encoding):
    request = urllib.request.Request(url, body, {"Accept-Encoding": encoding})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read(), answer.headers["Content-Encoding"]


def test_what_is_compressed_already_is_not_again(server_url):
    models = [url for name, url in httpx.get(f"{server_url}/live/config").json()["assets"].items() if "zlib" in name]
    assert models
    for url in models:
        answer = httpx.get(f"{server_url}/{url}", headers={"Accept-Encoding": "gzip"})
        assert "Content-Encoding" not in answer.headers
        assert zlib.decompress(answer.content)


def test_browsers_keep_gradios_scripts(server_url):
    scripts = re.findall(r'"\.?/?(assets/[^"/]+\.js)"', httpx.get(server_url).text)
    assert scripts
    assert "immutable" in httpx.get(f"{server_url}/{scripts[0]}").headers["Cache-Control"]
    assert "Cache-Control" not in httpx.get(f"{server_url}/assets/nothing.js").headers


def test_events_leave_as_they_come(server_url):
    """They are not compressed: each must be read when it is sent."""
    event = httpx.post(f"{server_url}/gradio_api/call/decode", json={"data": [0, 0, "basic"]}).json()["event_id"]
    answer = httpx.get(f"{server_url}/gradio_api/call/decode/{event}", headers={"Accept-Encoding": "gzip"}, timeout=60)
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert "Content-Encoding" not in answer.headers
