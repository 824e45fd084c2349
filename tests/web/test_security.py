"""Requests from outside: whatever is no page of ours and no documented call is refused in a sentence."""

import base64
import json
import re
import socket
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from autoencoder.web.security.allow_list import KIND, ROUTES, AllowedRoutes, Kind
from autoencoder.web.security.errors import RefusalError
from autoencoder.web.security.response_headers import headers
from autoencoder.web.security.same_origin import is_same_origin
from autoencoder.web.security.trusted_hosts import TrustedHosts
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
    *(("POST", f"{API}/{name}") for name in ("run/decode", "run/predict", "api/decode", "call/v3/decode", "vibe-edit")),
    *(("POST", f"{API}/{name}") for name in ("stream/x", "stream/x/close", "undo-vibe-edit", "vibe-starter-queries")),
    *(("POST", f"{API}/{name}") for name in ("run-history/connect", "profiling/clear", "mcp/", "mcp/sse")),
    *(("POST", f"/{name}") for name in ("login", "", "config", "healthz", "live/other", "upload")),
    *((method, "/") for method in ("PUT", "DELETE", "PATCH", "TRACE", "OPTIONS")),
    ("GET", "/live/strip"),
    ("GET", f"{API}/upload"),
    ("GET", f"{API}/queue/join"),
    ("GET", f"{API}/heartbeat/abc"),
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
    "\\etc\\passwd", "~/.bashrc", "", "/", ".", "\x00", "data:text/plain,x", "/etc/../etc/passwd",
    "C:/Windows/win.ini", "C:\\Windows\\win.ini", "C:\\", "D:a.png", "\\\\server\\share\\a.png", "\\\\?\\C:\\a.png",
    "..\\app.py", "results\\..\\app.py", "NUL", "results/CON/image.png",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def no_trace(server_url, server_log):
    """Whatever is refused here leaves not a line of a traceback, and nobody's path, in the log."""
    yield
    assert ask(server_url, "GET", "/healthz")[0] == 200
    log = server_log.read_text()
    assert "Traceback" not in log
    assert "/etc/passwd" not in log


@pytest.fixture(scope="module")
def numbers(server_url):
    """Numbers of the functions by their names, the private one of the page's own upload among them."""
    config = json.loads(ask(server_url, "GET", "/config")[2])
    return {each["api_name"]: each["id"] for each in config["dependencies"]}


def test_only_what_is_listed_is_open():
    routes = AllowedRoutes(ROUTES)
    scope = {"method": "GET", "path": "/healthz"}
    routes.check(scope)
    assert scope[KIND] is Kind.HEALTH
    for path in ("/docs", "/dev/reload", f"{API}/run/x", f"{API}/component_server", "/HEALTHZ", "//", "/healthz/x"):
        with pytest.raises(RefusalError, match="nothing here"):
            routes.check({"method": "GET", "path": path})


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
def test_no_picture_is_opened_but_an_upload(server_url, path, meta):
    """With Gradio's mark of a file or without it."""
    event, answer = run(server_url, "encode", [{"path": path, **meta}, "basic"])
    assert event == "error"
    assert "did not arrive" in answer or "not its address" in answer


def test_an_upload_is_used_and_its_results_are_shown_to_whoever_knows_their_address(server_url, tmp_path):
    """The address cannot be guessed; the upload itself is shown to nobody."""
    path = upload(server_url, png(tmp_path / "a.png", 123))
    assert run(server_url, "encode", [{"path": path}, "denoising"])[0] == "complete"
    assert ask(server_url, "GET", f"{API}/file={path}")[0] == 404
    event, answer = run(server_url, "decode", [0, 0, "denoising"])
    assert event == "complete"
    shown = json.loads(answer)[0]
    status, headers, body = ask(server_url, "GET", urlsplit(shown["url"]).path, {"Range": "bytes=0-1,3-"})
    assert (status, body[:4]) == (200, b"\x89PNG")
    assert any("sandbox" in policy for policy in headers.get_all("Content-Security-Policy"))  # each of them binds
    assert len(shown["path"].split("/")[1]) == 43
    for guess in ("results/" + "0" * 43 + "/image.png", "results/image.png", "results/../image.png"):
        assert ask(server_url, "GET", f"{API}/file={guess}")[0] == 404


@pytest.mark.parametrize("meta", [{}, {"meta": {"_type": "gradio.FileData"}}], ids=["bare", "marked"])
@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x.png", "https://127.0.0.1:9/x.png"])
def test_no_address_is_fetched(server_url, address, meta, tmp_path):
    """Nor is any in place of a word or number, where Gradio would fetch it too."""
    picture = {"path": upload(server_url, png(tmp_path / "a.png"))}
    value = {"path": address, **meta}
    event, answer = run(server_url, "encode", [value, "denoising"])
    assert event == "error"
    assert "not its address" in answer
    for hidden in (value, [value]):
        event, answer = run(server_url, "encode", [picture, hidden])
        assert event == "error"
        assert "Wrong at 'model'" in answer


@pytest.mark.parametrize(
    ("path", "message", "status"),
    [
        ("queue/join", b"{", 400),
        ("queue/join", b"[]", 400),
        ("queue/join", b"null", 400),
        ("queue/join", b"\xff\xfe", 400),
        ("queue/join", b"[" * 60_000, 400),
        ("queue/join", {}, 400),
        ("queue/join", {"data": [None], "fn_index": 99, "session_hash": SESSION}, 400),
        ("queue/join", {"data": [None], "fn_index": -1, "session_hash": SESSION}, 400),
        ("queue/join", {"data": [None], "fn_index": True, "session_hash": SESSION}, 400),
        ("queue/join", {"data": [None], "fn_index": "0", "session_hash": SESSION}, 400),
        ("queue/join", {"data": [], "fn_index": "page", "session_hash": SESSION}, 400),
        ("queue/join", {"data": [], "fn_index": "encode", "session_hash": SESSION}, 400),
        ("queue/join", {"data": "x", "fn_index": "encode", "session_hash": SESSION}, 400),
        ("queue/join", {"data": [None] * 9, "fn_index": "encode", "session_hash": SESSION}, 400),
        ("queue/join", {"data": [None, "basic"], "fn_index": "encode"}, 400),
        ("queue/join", {"data": [None, "basic"], "fn_index": "encode", "session_hash": ""}, 400),
        ("queue/join", {"data": [None, "basic"], "fn_index": "encode", "session_hash": "x" * 65}, 400),
        ("queue/join", {"data": [None, "basic"], "fn_index": "encode", "session_hash": 5}, 400),
        ("call/encode", {"data": [None]}, 400),
        ("call/encode", {"data": None}, 400),
        ("call/decode", b'{"data": [' + b"9" * 5000 + b', 0, "basic"]}', 400),
        ("call/nothing", {"data": []}, 404),
        ("call/_received", {"data": [None]}, 404),
        ("call/js_fn", {"data": []}, 404),
        ("cancel", {}, 404),
    ],
)
def test_malformed_calls_get_a_sentence(server_url, numbers, path, message, status):
    numbers = {**numbers, "page": max(numbers.values()) + 1}
    if isinstance(message, dict) and message.get("fn_index") in numbers:
        message = {**message, "fn_index": numbers[message["fn_index"]]}
    got, _, body = post(server_url, f"{API}/{path}", message)
    assert got == status
    assert is_refusal(body)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("queue/data", 404),
        ("queue/data?session_hash=nobody", 404),
        ("queue/data?session_hash=../../x", 404),
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
        assert all(re.fullmatch(r"uploads/[\w-]{43}", each) for each in json.loads(answer))
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
    health = "GET /healthz HTTP/1.0\r\n\r\n"  # as some supervisors ask
    for head in ("GET / HTTP/1.1\r\n\r\n", two, "GET / HTTP/1.0\r\n\r\n", health):
        parts = urlsplit(server_url)
        with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
            connection.sendall(head.encode())
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200 " if head == health else b"HTTP/1.1 400 ")


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


@pytest.mark.parametrize("path", ["/config", "/theme.css", "/favicon.ico", f"{API}/info", "/static/img/logo.svg"])
def test_head_is_answered_as_get_without_the_body(server_url, path):
    status, headers, body = ask(server_url, "HEAD", path)
    assert (status, body) == (200, b"")
    assert headers["Content-Type"] == ask(server_url, "GET", path)[1]["Content-Type"]


def test_a_person_at_a_refused_name_reads_a_page_that_tells_what_to_do(server_url):
    _, headers, body = ask(server_url, "GET", "/", {"Host": "demo.example", "Accept": "text/html,*/*"})
    assert headers["Content-Type"].startswith("text/html")
    assert b"name it in AUTOENCODER_HOSTS" in body


@pytest.mark.parametrize("wrong", ["a b", "x;script-src *", "https://", "a.example https://b.example"])
def test_embedding_hosts_are_names_of_hosts(wrong):
    policy = dict(headers("moodle.example, https://*.example.edu:8443"))["Content-Security-Policy"]
    assert policy.endswith(" https://*.hf.space moodle.example https://*.example.edu:8443")
    with pytest.raises(ValueError, match="AUTOENCODER_EMBED_HOSTS must be names of hosts"):
        headers(wrong)


@pytest.mark.parametrize("path", ["/", "/healthz", "/config", "/theme.css", "/static/img/logo.svg", "/nothing"])
def test_every_answer_binds_the_browser(server_url, path):
    _, headers, _ = ask(server_url, "GET", path)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "connect-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://huggingface.co" in headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in headers


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


@pytest.mark.parametrize("query", ["page=2", "deep_link=x", "utm_source=x&page="])
def test_no_query_reaches_gradio(server_url, query):
    status, headers, page = ask(server_url, "GET", f"/?{query}")
    assert (status, page) == (200, ask(server_url, "GET", "/")[2])
    assert ask(server_url, "HEAD", "/")[1]["Content-Length"] == headers["Content-Length"]


@pytest.mark.parametrize("origin", ["http://[", "http://[abc]", "http://a]", "://", "http:"])
def test_an_origin_that_makes_no_sense_is_another(server_url, origin):
    status, _, body = ask(server_url, "GET", "/healthz", {"Origin": origin})
    assert status == 403
    assert is_refusal(body)


@pytest.mark.parametrize("charset", ["undefined", "punycode"])
def test_an_upload_in_an_unknown_alphabet_gets_a_sentence(server_url, charset):
    body, kind = multipart([("a..b", "a.png", b"x")])
    status, _, answer = ask(server_url, "POST", f"{API}/upload", {"Content-Type": f"{kind}; charset={charset}"}, body)
    assert status == 400
    assert is_refusal(answer)


def test_the_root_without_its_slash_leads_to_the_page_below_it():
    """By an address without a scheme or a name, and with the query."""
    scope = {"method": "GET", "path": "/demo", "query_string": b"tab=latent"}
    with pytest.raises(RefusalError) as refused:
        AllowedRoutes(ROUTES, "/demo").check(scope)
    assert (refused.value.status, refused.value.headers["Location"]) == (308, "/demo/?tab=latent")
