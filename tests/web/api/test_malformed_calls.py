"""Calls and uploads of programs that are malformed, or ask for what is not theirs."""

import json
import re
from urllib.parse import urlsplit

import pytest

from tests.support.foreign_paths import FOREIGN_PATHS
from tests.support.raw_http import ask, is_refusal, multipart, png, post, run, upload

API = "/gradio_api"
SESSION = "abc123"


@pytest.fixture(scope="module")
def numbers(server_url):
    """Numbers of the functions by their names, the private one of the page's own upload among them."""
    config = json.loads(ask(server_url, "GET", "/config")[2])
    return {each["api_name"]: each["id"] for each in config["dependencies"]}


@pytest.mark.parametrize("path", FOREIGN_PATHS)
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


@pytest.mark.parametrize("charset", ["undefined", "punycode"])
def test_an_upload_in_an_unknown_alphabet_gets_a_sentence(server_url, charset):
    body, kind = multipart([("a..b", "a.png", b"x")])
    status, _, answer = ask(server_url, "POST", f"{API}/upload", {"Content-Type": f"{kind}; charset={charset}"}, body)
    assert status == 400
    assert is_refusal(answer)
