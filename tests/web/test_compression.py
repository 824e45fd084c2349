"""What is sent compressed, and what must not be."""

import base64
import gzip
import urllib.request

import pytest

from autoencoder.web.compression import PageGZip
from tests.support import loops

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


@pytest.mark.parametrize("root", ["", "/demo"])
@pytest.mark.parametrize(
    ("path", "compressed"), [("/", True), ("/live/strip", True), ("/gradio_api/queue/data", False), ("/x.js", False)]
)
def test_only_the_page_and_its_live_answers_are_touched(root, path, compressed):
    """Behind a proxy too. Events of a stream leave one by one, as they came."""
    events = [{"type": "http.response.body", "body": b"data: %d" % i * 500, "more_body": i == 0} for i in range(2)]
    start = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}

    async def app(scope, receive, send):
        for message in (start, *events):
            await send(dict(message))

    async def run():
        sent = []

        async def keep(message):
            sent.append(message)

        headers = [(b"accept-encoding", b"gzip, br")]
        scope = {"type": "http", "path": root + path, "root_path": root, "headers": headers}
        await PageGZip(app)(scope, None, keep)
        return sent

    assert (loops.run(run()) != [start, *events]) == compressed
