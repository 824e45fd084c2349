"""Pages of other origins can neither call nor read."""

import base64
import json

import pytest

from autoencoder.web.security.same_origin import is_same_origin
from tests.support.raw_http import ask, is_refusal, post

BLANK = base64.b64encode(bytes(784)).decode()
STRIP = {"image": BLANK, "model": "denoising", "noise": "gaussian", "seed": 7}


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1:1", "file://", "http://localhost"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_pages_of_other_origins_may_neither_call_nor_read(server_url, origin, method):
    path = "/live/strip" if method == "POST" else "/config"
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST", "Content-Type": "text/plain"}
    sent = json.dumps(STRIP).encode() if method == "POST" else None
    status, answered, body = ask(server_url, method, path, headers, sent)
    assert status == 403
    assert not [name for name in answered if name.lower().startswith("access-control-")]
    assert is_refusal(body)


def test_the_own_page_may_call(server_url):
    status, answered, _ = post(server_url, "/live/strip", STRIP, {"Origin": server_url})
    assert status == 200
    assert "Access-Control-Allow-Origin" not in answered


@pytest.mark.parametrize(
    ("headers", "same"),
    [
        ({"host": "a.example"}, True),
        ({"host": "a.example", "origin": "https://a.example"}, True),
        ({"host": "a.example", "origin": "https://a.example:8443"}, True),
        ({"host": "127.0.0.1:7860", "x-forwarded-host": "a.example", "origin": "https://a.example"}, True),
        ({"host": "a.example:7860", "origin": "https://a.example"}, False),
        ({"host": "a.example", "origin": "https://b.example"}, False),
        ({"host": "a.example", "origin": "null"}, False),
        ({"host": "127.0.0.1:7860", "origin": "https://a.example", "sec-fetch-site": "same-origin"}, True),
        ({"host": "127.0.0.1:7860", "origin": "https://a.example", "sec-fetch-site": "same-site"}, False),
    ],
)
def test_origins_behind_a_proxy(headers, same):
    assert is_same_origin(headers) is same


@pytest.mark.parametrize("origin", ["http://[", "http://[abc]", "http://a]", "://", "http:"])
def test_an_origin_that_makes_no_sense_is_another(server_url, origin):
    status, _, body = ask(server_url, "GET", "/healthz", {"Origin": origin})
    assert status == 403
    assert is_refusal(body)
