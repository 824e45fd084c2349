"""The gate from outside: whatever is no page of ours and no documented call is refused in a sentence."""

import base64
import json
import os
import socket
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from autoencoder.web.security.allow_list import DOORS, find
from autoencoder.web.security.trusted_hosts import Hosts, is_same_origin
from tests.support.raw_http import ask, is_refusal, multipart, png, post, run, upload

ROOT = Path(__file__).parents[2]
API = "/gradio_api"
SESSION = "abc123"
BLANK = base64.b64encode(bytes(784)).decode()
STRIP = {"image": BLANK, "model": "denoising", "noise": "gaussian", "seed": 7}

CLOSED = [
    *(("GET", f"{API}/{name}") for name in ("dev/reload", "deep_link", "monitoring", "openapi.json", "user", "token")),
    *(("GET", f"{API}/{name}") for name in ("app_id", "login_check", "queue/status", "runs", "vibe-code")),
    *(
        ("GET", f"{API}/{name}")
        for name in ("run-history", "run-history/buckets", "run-history/records", "profiling/traces")
    ),
    *(("GET", f"{API}/stream/a/b/1/{name}") for name in ("playlist.m3u8", "0.ts", "playlist-file")),
    *(("GET", f"{API}/{name}=https://example.org/x.png") for name in ("proxy", "file")),
    *(("GET", f"{API}/proxy={name}") for name in ("http://127.0.0.1:22/", "https://a.hf.space/")),
    *(("GET", f"/{name}") for name in ("monitoring", "monitoring/summary", "monitoring/x", "login", "logout", "docs")),
    *(("GET", f"/{name}") for name in ("redoc", "openapi.json", "dev/reload", "pwa_icon", "pwa_icon/512", "app.py")),
    *(("GET", f"/{name}") for name in (".env", ".git/config", "gradio_api", "weights/basic/model.safetensors")),
    ("GET", f"{API}/custom_component/x/client/component/index.js"),
    ("GET", f"{API}/deep_link?session_hash=x"),
    *(("POST", f"{API}/{name}") for name in ("process_recording", "component_server", "component_server/", "reset")),
    *(("POST", f"{API}/{name}") for name in ("run/decode", "run/predict", "api/decode", "call/v2/decode", "vibe-edit")),
    *(("POST", f"{API}/{name}") for name in ("stream/x", "stream/x/close", "undo-vibe-edit", "vibe-starter-queries")),
    *(("POST", f"{API}/{name}") for name in ("run-history/connect", "profiling/clear", "mcp/", "mcp/sse")),
    *(("POST", f"/{name}") for name in ("login", "", "config", "healthz", "live/other", "upload")),
    *((method, "/") for method in ("PUT", "DELETE", "PATCH", "TRACE", "OPTIONS")),
    ("GET", "/live/strip"),
    ("GET", f"{API}/upload"),
    ("GET", f"{API}/queue/join"),
]
TRAVERSALS = [
    f"{start}{path}"
    for start in ("/static/", "/assets/", "/svelte/", "/assets/x/", f"{API}/file=", f"{API}/file/", f"{API}/custom/")
    for path in (
        "../../app.py",
        "..%2f..%2fapp.py",
        "%2e%2e/%2e%2e/app.py",
        "..%252f..%252fapp.py",
        "....//....//app.py",
        "..\\..\\app.py",
        "..%5c..%5capp.py",
        "%c0%ae%c0%ae/app.py",
        "/etc/passwd",
        "%00/etc/passwd",
    )
]
FILES = [
    "HTTPS://example.org/x.png",
    "/etc/passwd", "/etc/shadow", "/proc/self/environ", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/maps",
    "/proc/self/cwd/app.py", "/dev/zero", "/dev/stdin", "/dev/fd/0", str(ROOT / "app.py"), "app.py", "./app.py",
    str(ROOT / "weights/basic/model.safetensors"), "weights/samples.webp", "file:///etc/passwd", "//etc/passwd",
    "\\etc\\passwd", "~/.bashrc", "C:/Windows/win.ini", "", "/", ".", "\x00", "data:text/plain,x", "/etc/../etc/passwd",
]  # fmt: skip


@pytest.fixture(scope="module")
def numbers(server_url):
    """Numbers of the functions by their names, the private one of the page's own upload among them."""
    config = json.loads(ask(server_url, "GET", "/config")[2])
    return {each["api_name"]: each["id"] for each in config["dependencies"]}


def test_only_what_is_listed_is_a_door():
    assert find(DOORS, "/healthz")[1] is not None
    for path in ("/docs", "/dev/reload", f"{API}/run/x", f"{API}/component_server", "/HEALTHZ", "//", "/healthz/x"):
        assert find(DOORS, path)[1] is None, path


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_routes_that_are_open_by_default_are_closed(server_url, method, path):
    sent = b"{}" if method == "POST" else None
    status, _, body = ask(server_url, method, path, {"Content-Type": "application/json"}, sent)
    assert status in (404, 405)
    assert is_refusal(body)


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_path_leads_out_of_the_assets(server_url, path):
    status, _, body = ask(server_url, "GET", path)
    assert status in (400, 404)
    assert b"import" not in body
    assert b"root:" not in body


@pytest.mark.parametrize("path", FILES)
def test_no_file_is_read_but_uploads_and_results(server_url, path):
    status, _, body = ask(server_url, "GET", f"{API}/file={quote(path)}")
    assert status == 404
    assert is_refusal(body)


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("meta", [{}, {"meta": {"_type": "gradio.FileData"}}], ids=["bare", "marked"])
def test_no_picture_is_opened_but_an_upload(server_url, numbers, path, meta):
    """With Gradio's mark of a file or without it, by number and by name."""
    value = {"path": path, **meta}
    for route, message in (
        ("queue/join", {"data": [value, "basic"], "fn_index": numbers["encode"], "session_hash": SESSION}),
        ("call/encode", {"data": [value, "basic"]}),
    ):
        status, _, body = post(server_url, f"{API}/{route}", message)
        assert status == 400
        assert "The picture did not arrive" in json.loads(body)["error"]


def test_neither_pipes_nor_links_in_the_upload_folder_hang_or_lead_away(server_url, tmp_path):
    """Whoever could place them there: a pipe would block its reader for ever, a link shows another file."""
    folder = Path(upload(server_url, png(tmp_path / "a.png"))).parent
    pipe, link, device = folder / "pipe", folder / "link", folder / "fd"
    os.mkfifo(pipe)
    link.symlink_to(ROOT / "app.py")
    device.symlink_to("/proc/self/fd/0")
    try:
        for path in (pipe, link, device, folder, folder.parent):
            status, _, body = ask(server_url, "GET", f"{API}/file={path}")
            assert (status, is_refusal(body)) == (404, True)
            status, answer = run(server_url, "encode", [{"path": str(path)}, "denoising"])
            assert status == "400"
            assert "did not arrive" in answer
    finally:
        for path in (pipe, link, device):
            path.unlink()


def test_an_upload_is_used_and_shown_to_whoever_knows_its_digest(server_url, tmp_path):
    """The address holds a digest of the content, salted by the server, so it can be had only by uploading."""
    content = png(tmp_path / "a.png", 123)
    path = upload(server_url, content)
    assert len(Path(path).parent.name) == 64
    status, headers, body = ask(server_url, "GET", f"{API}/file={path}", {"Range": "bytes=0-1,3-"})
    assert (status, body) == (200, content)
    assert "sandbox" in headers["Content-Security-Policy"]
    assert run(server_url, "encode", [{"path": path}, "denoising"])[0] == "complete"
    for guess in (str(Path(path).parent), str(Path(path).parent.parent / ("0" * 64) / "picture.png"), f"{path}/"):
        assert ask(server_url, "GET", f"{API}/file={guess}")[0] == 404


@pytest.mark.parametrize("meta", [{}, {"meta": {"_type": "gradio.FileData"}}], ids=["bare", "marked"])
@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x.png", "https://127.0.0.1:9/x.png"])
def test_no_address_is_fetched(server_url, address, meta):
    """Nor is any in place of a word or number, where Gradio would fetch it too."""
    value = {"path": address, **meta}
    event, answer = run(server_url, "encode", [value, "denoising"])
    assert event == "error"
    assert "not its address" in answer
    for hidden in (value, [value]):
        assert run(server_url, "encode", [None, hidden])[0] == "400"


@pytest.mark.parametrize(
    ("path", "message", "status"),
    [
        ("queue/join", b"{", 400),
        ("queue/join", b"[]", 400),
        ("queue/join", b"null", 400),
        ("queue/join", b"\xff\xfe", 400),
        ("queue/join", b"[" * 100_000, 400),
        ("queue/join", {}, 400),
        ("queue/join", {"data": [None], "fn_index": 99, "session_hash": SESSION}, 400),
        ("queue/join", {"data": [None], "fn_index": -1, "session_hash": SESSION}, 400),
        ("queue/join", {"data": [None], "fn_index": True, "session_hash": SESSION}, 400),
        ("queue/join", {"data": [None], "fn_index": "0", "session_hash": SESSION}, 400),
        ("queue/join", {"data": [], "fn_index": "js_fn", "session_hash": SESSION}, 400),
        ("queue/join", {"data": [], "fn_index": 0, "session_hash": SESSION}, 400),
        ("queue/join", {"data": "x", "fn_index": 0, "session_hash": SESSION}, 400),
        ("queue/join", {"data": [None] * 9, "fn_index": 0, "session_hash": SESSION}, 400),
        ("queue/join", {"data": [5], "fn_index": 0, "session_hash": SESSION}, 400),
        ("queue/join", {"data": [{"url": "x"}], "fn_index": 0, "session_hash": SESSION}, 400),
        ("queue/join", {"data": [None], "fn_index": 0}, 400),
        ("queue/join", {"data": [None], "fn_index": 0, "session_hash": "../x"}, 400),
        ("queue/join", {"data": [None], "fn_index": 0, "session_hash": "x" * 65}, 400),
        ("queue/join", {"data": [None], "fn_index": 0, "session_hash": 5}, 400),
        ("queue/join", {"data": [None], "fn_index": 0, "session_hash": SESSION, "trigger_id": "x"}, 400),
        ("call/encode", {"data": [None, "\ud800"]}, 400),
        ("call/encode", {"data": [None, "x" * 20_000]}, 400),
        ("call/encode", {"data": [None, {}]}, 400),
        ("call/encode", {"data": [None]}, 400),
        ("call/encode", {"data": None}, 400),
        ("call/encode", {"data": [None, "basic"], "session_hash": "a b"}, 400),
        ("call/decode", b'{"data": [' + b"9" * 5000 + b', 0, "basic"]}', 400),
        ("call/nothing", {"data": []}, 400),
        ("call/_received", {"data": [None]}, 400),
        ("call/js_fn", {"data": []}, 400),
        ("cancel", {}, 400),
        ("cancel", {"session_hash": SESSION, "fn_index": 99, "event_id": "x"}, 400),
        ("cancel", {"session_hash": SESSION, "fn_index": 0, "event_id": None}, 400),
    ],
)
def test_malformed_calls_get_a_sentence(server_url, numbers, path, message, status):
    if isinstance(message, dict) and message.get("fn_index") == "js_fn":
        message = {**message, "fn_index": numbers["js_fn"]}  # a script of the page: nothing to run here
    got, _, body = post(server_url, f"{API}/{path}", message)
    assert got == status
    assert is_refusal(body)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("queue/data", 400),
        ("queue/data?session_hash=nobody", 404),
        ("queue/data?session_hash=../../x", 400),
        ("call/decode/nothing", 404),
        ("call/decode/%00", 404),
        ("heartbeat/a%20b", 404),
        ("upload_progress", 404),
        ("upload_progress?upload_id=nobody", 404),
    ],
)
def test_unknown_runs_and_sessions_are_said_to_be_unknown(server_url, path, status):
    got, _, body = ask(server_url, "GET", f"{API}/{path}")
    assert got == status
    assert is_refusal(body)


@pytest.mark.parametrize(
    "case",
    ["no kind", "no boundary", "empty", "text for a file", "no name", "cut", "long name", "odd name", "tracked text"],
)
def test_malformed_uploads_get_a_sentence_or_a_sound_path(server_url, case):
    body, kind = multipart([("files", "a.png", b"x")])
    path = f"{API}/upload"
    match case:
        case "no kind":
            kind = "application/json"
        case "no boundary":
            kind = "multipart/form-data"
        case "empty":
            body = b""
        case "text for a file":
            body, kind = multipart([("files", None, b"x")])
        case "no name":
            body = body.replace(b'name="files"; ', b"")
        case "cut":
            body = body[:60]
        case "long name":
            body, kind = multipart([("files", "a" * 5_000 + ".png", b"x")])
        case "odd name":
            body, kind = multipart([("files", "../../../etc/x\x00.png", b"x")])
        case "tracked text":
            body, kind = multipart([("note", None, b"x"), ("files", "a.png", b"x")])
            path += "?upload_id=abc"
    status, _, answer = ask(server_url, "POST", path, {"Content-Type": kind}, body)
    if status == 200:
        assert all(Path(each).is_file() and Path(each).parent.name.isalnum() for each in json.loads(answer))
    else:
        assert 400 <= status < 500
        assert is_refusal(answer)


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
    for head in ("GET / HTTP/1.1\r\n\r\n", two, "GET / HTTP/1.0\r\n\r\n"):
        parts = urlsplit(server_url)
        with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
            connection.sendall(head.encode())
            assert connection.recv(65_536).startswith(b"HTTP/1.1 400 ")


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
    ("bound", "names", "host", "allowed"),
    [
        ("127.0.0.1", "", "localhost:7860", True),
        ("127.0.0.1", "", "[::1]:7860", True),
        ("127.0.0.1", "", "192.168.0.7", False),
        ("127.0.0.1", "", "me.hf.space", False),
        ("127.0.0.1", "demo.example", "demo.example", True),
        ("127.0.0.1", ".example", "demo.example", True),
        ("127.0.0.1", "*", "whatever.example", True),
        ("0.0.0.0", "", "192.168.0.7:7860", True),
        ("0.0.0.0", "", "[fe80::1]:7860", True),
        ("0.0.0.0", "", "garment", True),
        ("0.0.0.0", "", "me-garment.hf.space", True),
        ("0.0.0.0", "", "demo.example", False),
        ("0.0.0.0", "", "hf.space.evil.example", False),
        ("0.0.0.0", "demo.example", "DEMO.example.", True),
        ("192.168.0.7", "", "192.168.0.7", True),
    ],
)  # fmt: skip
def test_names_answered_to(bound, names, host, allowed):
    assert Hosts(bound, names).allow(host) is allowed


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
    ],
)
def test_origins_behind_a_proxy(headers, same):
    assert is_same_origin(headers) is same


@pytest.mark.parametrize("path", ["/", "/healthz", "/config", "/theme.css", "/static/img/logo.svg", "/nothing"])
def test_every_answer_binds_the_browser(server_url, path):
    _, headers, _ = ask(server_url, "GET", path)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "connect-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://huggingface.co" in headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in headers


def test_all_that_was_refused_left_no_trace(server_url, server_log):
    """Runs after the above: not a line of a traceback, and nobody's path in the log."""
    assert ask(server_url, "GET", "/healthz")[0] == 200
    log = server_log.read_text()
    assert "Traceback" not in log
    assert "/etc/passwd" not in log
