"""What is open: listed routes, no file and no path besides."""

import socket
from urllib.parse import quote, urlsplit

import pytest

from autoencoder.web.security.allow_list import KIND, ROUTES, AllowedRoutes, Kind
from autoencoder.web.security.errors import RefusalError
from tests.support.foreign_paths import FOREIGN_PATHS
from tests.support.raw_http import ask, is_refusal

API = "/gradio_api"
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


@pytest.mark.parametrize("path", FOREIGN_PATHS)
def test_no_file_is_read_but_uploads_and_results(server_url, path):
    status, _, body = ask(server_url, "GET", f"{API}/file={quote(path)}")
    assert status == 404
    assert is_refusal(body)


@pytest.mark.parametrize("query", ["page=2", "deep_link=x", "utm_source=x&page="])
def test_no_query_reaches_gradio(server_url, query):
    status, headers, page = ask(server_url, "GET", f"/?{query}")
    assert (status, page) == (200, ask(server_url, "GET", "/")[2])
    assert ask(server_url, "HEAD", "/")[1]["Content-Length"] == headers["Content-Length"]


def test_the_root_without_its_slash_leads_to_the_page_below_it():
    """By an address without a scheme or a name, and with the query."""
    scope = {"method": "GET", "path": "/demo", "query_string": b"tab=latent"}
    with pytest.raises(RefusalError) as refused:
        AllowedRoutes(ROUTES, "/demo").check(scope)
    assert (refused.value.status, refused.value.headers["Location"]) == (308, "/demo/?tab=latent")


@pytest.mark.parametrize("path", ["/config", "/theme.css", "/favicon.ico", f"{API}/info", "/static/img/logo.svg"])
def test_head_is_answered_as_get_without_the_body(server_url, path):
    parts = urlsplit(server_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
        connection.sendall(f"HEAD {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode())
        head, _, body = b"".join(iter(lambda: connection.recv(65_536), b"")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert not body
    kind = ask(server_url, "GET", path)[1]["Content-Type"]
    assert f"content-type: {kind}".lower().encode() in head.lower()
