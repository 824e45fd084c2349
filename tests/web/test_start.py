"""Where and under which circumstances the app is started: addresses, folders, and variables of the environment."""

import os
import signal
import socket
from pathlib import Path

import pytest

import app
from autoencoder import malloc
from autoencoder.web import command_line, server, zero_gpu
from benchmarks.support.server import free_port, served
from tests.support.raw_http import ask

API = "/gradio_api"
GRADIOS = dict.fromkeys(
    ("GRADIO_DEBUG", "GRADIO_SHARE", "GRADIO_SSR_MODE", "GRADIO_HOT_RELOAD", "GRADIO_PROFILING", "GRADIO_VIBE_MODE",
     "GRADIO_RUN_HISTORY", "GRADIO_LOCAL_DEV_MODE", "GRADIO_ANALYTICS_ENABLED", "GRADIO_SERVER_MODE_ENABLED"),
    "1",
)  # fmt: skip
FOLDERS = ("GRADIO_WATCH_DIRS", "GRADIO_WATCH_DEMO_PATH", "GRADIO_ALLOWED_PATHS", "GRADIO_EXAMPLES_CACHE")
CLOSED = ("/monitoring", "/dev/reload", "/docs", f"{API}/dev/reload", f"{API}/profiling/traces", f"{API}/runs",
          f"{API}/run-history", f"{API}/vibe-code", f"{API}/file=app.py", f"{API}/mcp/")  # fmt: skip


@pytest.mark.slow
def test_no_variable_of_gradios_changes_a_promise(tmp_path):
    """On IPv6's loopback, with a site that may embed the page."""
    variables = {**GRADIOS, **dict.fromkeys(FOLDERS, str(Path.cwd())), "AUTOENCODER_EMBED_HOSTS": "moodle.example"}
    with served(tmp_path / "log", GRADIO_SERVER_NAME="::1", AUTOENCODER_DEVICE="cpu", **variables) as url:
        status, headers, _ = ask(url, "GET", "/")
        policy = headers["Content-Security-Policy"]
        assert (status, "'self'" in policy, "moodle.example" in policy) == (200, True, True)
        for path in CLOSED:
            assert ask(url, "GET", path)[0] in (404, 405), path
        assert ask(url, "GET", "/", {"Host": "evil.example"})[0] == 400
    said = (tmp_path / "log").read_text()
    assert "Traceback" not in said
    assert "gradio.live" not in said
    assert "Running on http://[::1]:" in said


@pytest.mark.slow
def test_the_address_of_all_takes_both_protocols(tmp_path):
    with served(tmp_path / "log", GRADIO_SERVER_NAME="::", AUTOENCODER_DEVICE="cpu") as url:
        for name in ("[::1]", "127.0.0.1"):
            assert ask(url.replace("[::]", name), "GET", "/healthz")[0] == 200


def test_weights_are_found_from_any_folder_and_empty_variables_count_as_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("GRADIO_SERVER_NAME", "AUTOENCODER_WEIGHTS", "AUTOENCODER_DEVICE", "GRADIO_MCP_SERVER"):
        monkeypatch.setenv(name, " ")
    monkeypatch.setenv("GRADIO_SERVER_PORT", str(free_port()))
    options = command_line.parse([])
    assert (options.weights / "denoising" / "config.json").exists()
    assert (options.host, options.device, options.mcp) == ("127.0.0.1", "auto", False)


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "1e3", "٧٨٦٠", "9" * 5000, "000001234567"])
def test_a_malformed_port_is_one_sentence(port, monkeypatch):
    monkeypatch.setenv("GRADIO_SERVER_PORT", port)
    with pytest.raises(ValueError, match="The port must lie between 1 and 65535") as refused:
        command_line.parse([])
    assert len(str(refused.value)) < 100


@pytest.mark.parametrize("host", ["nowhere.invalid", "256.0.0.1", "::g", "a" * 300, "203.0.113.1"])
def test_an_address_that_is_not_the_machines_is_one_sentence(host):
    with pytest.raises(ValueError, match=r"Cannot listen on .*\)\. Choose another address with --host"):
        command_line.listen(host, free_port())


def test_an_address_of_ipv6_that_is_in_use_is_one_sentence():
    refused = pytest.raises(ValueError, match=r"\(Address already in use\)\. Choose another port")
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as other, refused:
        command_line.listen("::1", other.getsockname()[1])


def test_the_heap_is_left_alone_where_it_is_not_glibcs(monkeypatch):
    """Windows has no such library to load; macOS's lacks the functions."""
    monkeypatch.setattr(malloc.os, "name", "nt")
    monkeypatch.setattr(malloc.ctypes, "CDLL", None)
    malloc.limit_arenas()
    malloc.trim()
    monkeypatch.setattr(malloc.os, "name", "posix")
    monkeypatch.setattr(malloc.ctypes, "CDLL", lambda _: object())
    malloc.limit_arenas()
    malloc.trim()


def test_the_port_is_taken_and_gradio_has_no_variables_before_anything_else_happens(monkeypatch, capsys):
    """Gradio looks for a port from 7860 on when it reports to a Space's platform, which sets that it may look at one.
    A variable that is empty counts as none, to Gradio too.
    """
    port = free_port()
    variables = {"GRADIO_NUM_PORTS": "1", "GRADIO_SERVER_PORT": "", "GRADIO_ROOT_PATH": "/demo"}
    monkeypatch.setattr(os, "environ", {**os.environ, **variables})

    def declare():
        with pytest.raises(OSError, match="in use"):
            socket.create_server(("127.0.0.1", port)).close()
        left = {name: value for name, value in os.environ.items() if name.startswith("GRADIO_")}
        raise ValueError(f"{left}")

    monkeypatch.setattr(zero_gpu, "declare", declare)
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert app.main(["--port", str(port)]) == 1
    finally:
        signal.signal(signal.SIGTERM, before)
    said = "{'GRADIO_ROOT_PATH': '/demo', 'GRADIO_ANALYTICS_ENABLED': 'False'}"
    assert capsys.readouterr().err.strip() == said


@pytest.mark.parametrize("path", ["/demo?x=1", "https://example.org/demo", "/a b", "/live", "/gradio_api/x", "/a/.."])
def test_a_root_that_is_no_path_is_one_sentence(path, monkeypatch):
    monkeypatch.setenv("GRADIO_ROOT_PATH", path)
    with pytest.raises(ValueError, match="GRADIO_ROOT_PATH must be a path such as /demo"):
        server.Service(None, "127.0.0.1")


def test_an_answer_in_two_pieces_does_not_wait_for_its_receipt():
    with command_line.listen("127.0.0.1", free_port()) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
