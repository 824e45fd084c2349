"""Bad input over real HTTP: each is refused in a sentence and leaves no trace in the log; then the app goes on."""

import json

import numpy as np
import pytest

from tests.support.caller import Caller
from tests.support.pictures import bad, encoded, garment, good, made

NUMBERS = {
    "NaN": "NaN",
    "infinity": "Infinity",
    "minus infinity": "-Infinity",
    "1e308": "1e308",
    "1e999": "1e999",
    "a number of 400 digits": "1" + "0" * 400,
    "text": '"0.2"',
    "null": "null",
    "true": "true",
    "a list": "[0.2]",
    "an object": '{"a": 1}',
    "a file": '{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}',
}
BLANK = json.dumps("A" * 1044 + "AA==")  # base64 of 784 zeros
BODIES = {
    "nothing": "",
    "no JSON": "{",
    "no object": "[1]",
    "null": "null",
    "no data": "{}",
    "text as data": '{"data": "abc"}',
    "an object as data": '{"data": {"x": 0}}',
    "null as data": '{"data": null}',
    "too few values": '{"data": [0, 0]}',
    "no values": '{"data": []}',
    "too many values": '{"data": [0, 0, "denoising", 5]}',
}
MODELS = {
    "unknown": '"nobody"',
    "empty": '""',
    "a path": '"../../etc/passwd"',
    "markup": '"<script>alert(1)</script>"',
    "half a character": '"\\ud800"',
    "a null byte": '"denoising\\u0000"',
    "another case": '"Denoising"',
    "very long": json.dumps("x" * 50_000),
    "null": "null",
    "a number": "0",
    "true": "true",
    "a list": '["denoising"]',
    "an object": '{"denoising": 1}',
}
IMAGES = {
    "null": None,
    "a number": 5,
    "text": "boot.png",
    "a list": [],
    "an empty object": {},
    "a number as path": {"path": 5, "meta": {"_type": "gradio.FileData"}},
    "the server's own file": {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
    "a folder": {"path": "/tmp", "meta": {"_type": "gradio.FileData"}},
    "a null byte": {"path": "a\0b", "meta": {"_type": "gradio.FileData"}},
    "a very long path": {"path": "x" * 5000, "meta": {"_type": "gradio.FileData"}},
    "an address": {"path": "http://127.0.0.1:9/x.png", "meta": {"_type": "gradio.FileData"}},
    "data in an address": {"url": "data:image/png;base64,AAAA", "meta": {"_type": "gradio.FileData"}},
}


@pytest.fixture(scope="module")
def caller(server_url, server_log):
    caller = Caller(server_url, server_log)
    yield caller
    caller.expect_health()
    caller.http.close()


@pytest.fixture(scope="module")
def picture(caller):
    """An uploaded garment, as JSON."""
    return json.dumps(caller.upload("a.png", encoded(garment()))[0])


@pytest.fixture(scope="module")
def place(caller):
    """The garment's place on the plane."""
    values, complaint = caller.encode("a.png", encoded(garment()))
    assert values, complaint
    return values


@pytest.mark.parametrize("kind", good())
def test_a_picture_of_any_honest_kind_is_the_same_garment(caller, place, kind):
    values, complaint = caller.encode(*made(good()[kind]))
    assert values, complaint
    # JPEG's ringing and another size's rounding move a code, by a fold of the plane where there is one; another garment
    # would lie a whole unit away.
    assert np.hypot(values[0] - place[0], values[1] - place[1]) < 0.7


@pytest.mark.parametrize("kind", bad())
def test_a_bad_picture_is_refused(caller, kind):
    values, complaint = caller.encode(*made(bad()[kind]))
    assert values is None
    caller.expect_refusal(complaint)


@pytest.mark.parametrize("kind", IMAGES)
def test_what_is_no_upload_is_refused(caller, kind):
    values, complaint = caller.call("encode", {"data": [IMAGES[kind], "denoising"]})
    assert values is None
    caller.expect_refusal(complaint)


@pytest.mark.parametrize("kind", NUMBERS)
@pytest.mark.parametrize("which", ["x", "level", "seed"])
def test_a_bad_number_is_refused_by_the_endpoints(caller, picture, which, kind):
    number = NUMBERS[kind]
    body = {
        "x": f'{{"data": [{number}, 0, "denoising"]}}',
        "level": f'{{"data": [{picture}, "denoising", "gaussian", {number}, 0]}}',
        "seed": f'{{"data": [{picture}, "denoising", "gaussian", 0.2, {number}]}}',
    }[which]
    values, complaint = caller.call("decode" if which == "x" else "denoise", body)
    assert values is None
    assert which in complaint
    caller.expect_refusal(complaint)


@pytest.mark.parametrize("kind", NUMBERS)
@pytest.mark.parametrize("which", ["strip", "decode-many"])
def test_a_bad_number_is_refused_by_the_page_s_own_routes(caller, which, kind):
    number = NUMBERS[kind]
    body = {
        "strip": f'{{"image": {BLANK}, "model": "denoising", "noise": "gaussian", "seed": {number}}}',
        "decode-many": f'{{"places": [[0, 0], [0, {number}]], "model": "denoising"}}',
    }[which]
    status, text = caller.post(f"/live/{which}", body)
    assert status == 422
    caller.expect_refusal(caller.words(text))


@pytest.mark.parametrize("kind", MODELS)
def test_a_bad_model_is_refused(caller, kind):
    values, complaint = caller.call("decode", f'{{"data": [0, 0, {MODELS[kind]}]}}')
    assert values is None
    caller.expect_refusal(complaint)
    status, text = caller.post("/live/decode-many", f'{{"places": [[0, 0]], "model": {MODELS[kind]}}}')
    assert status == 422
    caller.expect_refusal(caller.words(text))


@pytest.mark.parametrize("kind", MODELS)
def test_a_bad_kind_of_noise_is_refused(caller, picture, kind):
    values, complaint = caller.call("denoise", f'{{"data": [{picture}, "denoising", {MODELS[kind]}, 0.2, 0]}}')
    assert values is None
    assert "noise" in complaint or kind == "half a character"  # no JSON
    caller.expect_refusal(complaint)
    body = f'{{"image": {BLANK}, "model": "denoising", "noise": {MODELS[kind]}, "seed": 0}}'
    status, text = caller.post("/live/strip", body)
    assert status == 422
    caller.expect_refusal(caller.words(text))


@pytest.mark.parametrize("kind", BODIES)
def test_a_malformed_call_is_refused(caller, kind):
    values, complaint = caller.call("decode", BODIES[kind])
    assert values is None
    caller.expect_refusal(complaint)
    status, text = caller.post("/live/decode-many", BODIES[kind])
    assert status == 422
    caller.expect_refusal(caller.words(text))


@pytest.mark.parametrize("route", ["strip", "decode-many"])
def test_a_field_that_is_not_asked_for_is_refused(caller, route):
    body = {
        "strip": f'{{"image": {BLANK}, "model": "denoising", "noise": "gaussian", "seed": 0, "level": 0.2}}',
        "decode-many": '{"places": [[0, 0]], "model": "denoising", "x": 0}',
    }[route]
    status, text = caller.post(f"/live/{route}", body)
    assert status == 422
    assert "nothing but" in text
    caller.expect_refusal(caller.words(text))


def test_an_endpoint_that_does_not_exist_is_refused(caller):
    values, complaint = caller.call("train", {"data": []})
    assert values is None
    caller.expect_refusal(complaint)
