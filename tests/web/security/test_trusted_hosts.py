"""Names that the server answers to."""

import socket
from urllib.parse import urlsplit

import pytest

from autoencoder.web.security.trusted_hosts import TrustedHosts
from tests.support.raw_http import ask, is_refusal

API = "/gradio_api"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7860", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "",
             "localhost@evil.example", "a b", "[::1", "evil.hf.space", "localhost:99999999"],
)  # fmt: skip
def test_other_names_than_its_own_are_not_answered_to(server_url, host):
    """A page of another origin that bends its own name to this address learns nothing."""
    for path in ("/", "/healthz", "/config"):
        status, _, body = ask(server_url, "GET", path, {"Host": host})
        assert status == 400
        assert b"basic" not in body


def test_forwarded_names_count_as_much(server_url):
    assert ask(server_url, "GET", "/config", {"X-Forwarded-Host": "evil.example"})[0] == 400


def test_a_request_with_two_names_or_none_is_refused(server_url):
    two = "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"
    health = "GET /healthz HTTP/1.0\r\n\r\n"  # as some supervisors ask
    for head in ("GET / HTTP/1.1\r\n\r\n", two, "GET / HTTP/1.0\r\n\r\n", health):
        parts = urlsplit(server_url)
        with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
            connection.sendall(head.encode())
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200 " if head == health else b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    ("bound", "names", "host", "allowed"),
    [
        ("127.0.0.1", "", "localhost:7860", True),
        ("127.0.0.1", "", "[::1]:7860", True),
        ("127.0.0.1", "", "192.168.0.7", False),
        ("127.0.0.1", "", "me.hf.space", False),
        ("127.0.0.1", "demo.example", "demo.example", True),
        ("127.0.0.1", ".example", "demo.example", True),
        ("127.0.0.1", "*.example", "demo.example", True),
        ("127.0.0.1", "*.example", "example", False),
        ("127.0.0.1", "fe80::1", "[fe80::1]", True),
        ("127.0.0.1", "*", "whatever.example", True),
        ("0.0.0.0", "", "192.168.0.7:7860", True),
        ("0.0.0.0", "", "[fe80::1]:7860", True),
        ("0.0.0.0", "", "garment", True),
        ("0.0.0.0", "", "me-garment.hf.space", True),
        ("0.0.0.0", "", "demo.example", False),
        ("0.0.0.0", "", "hf.space.evil.example", False),
        ("0.0.0.0", "demo.example", "DEMO.example.", True),
        ("192.168.0.7", "", "192.168.0.7", True),
        ("::", "", "[::1]:7860", True),
        ("::", "", "[::]:7860", True),
        ("::", "", "192.168.0.7", True),
        ("::", "", "demo.example", False),
        ("::1", "", "[::1]", True),
        ("::1", "", "localhost", True),
        ("::1", "", "[fe80::1]", False),
    ],
)  # fmt: skip
def test_names_answered_to(bound, names, host, allowed):
    assert TrustedHosts(bound, names).allow(host) is allowed


@pytest.mark.parametrize("wrong", ["https://a.example", "a.example:8443", "a.example.", "bücher.example", "a. b", "**"])
def test_a_name_that_no_browser_sends_is_refused_at_the_start(wrong):
    """Every visitor was told to name it, which had been done."""
    with pytest.raises(ValueError, match="AUTOENCODER_HOSTS must be names such as"):
        TrustedHosts("0.0.0.0", f"demo.example, {wrong}")


def test_a_person_at_a_refused_name_reads_a_page_that_tells_what_to_do(server_url):
    _, headers, body = ask(server_url, "GET", "/", {"Host": "demo.example", "Accept": "text/html,*/*"})
    assert headers["Content-Type"].startswith("text/html")
    assert b"name it in AUTOENCODER_HOSTS" in body


@pytest.mark.parametrize("path", ["/", "/config", f"{API}/info"])
def test_gradios_own_header_names_no_server(server_url, path):
    for name in ("https://evil.example", "127.0.0.1", "::"):
        status, _, body = ask(server_url, "GET", path, {"X-Gradio-Server": name})
        assert status == 400
        assert is_refusal(body)


def test_each_is_told_how_to_call_the_server_by_the_name_that_it_used(server_url):
    port = urlsplit(server_url).port
    for name in (f"127.0.0.1:{port}", f"localhost:{port}"):
        assert f"http://{name}".encode() in ask(server_url, "GET", f"{API}/info", {"Host": name})[2]
