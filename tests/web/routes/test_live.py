"""The page's own routes: health, immutable assets, strips and decodes, and what they refuse."""

import base64
import gzip
import json
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import torch

from autoencoder.inference.engine import LEVELS
from autoencoder.weights import checkpoint, thumbnails

WEIGHTS = Path(__file__).parents[3] / "weights"
BLANK = base64.b64encode(bytes(784)).decode()
STRIP = {"image": BLANK, "model": "denoising", "noise": "gaussian", "seed": 7}


@pytest.fixture(scope="module")
def assets(server_url):
    """Addresses of the page's files by their names."""
    return json.loads(fetch(f"{server_url}/live/config")[2])["assets"]


@pytest.fixture(scope="module")
def garment():
    """A test item, ``(28, 28)`` grey levels."""
    return thumbnails.load(WEIGHTS)[17]


def fetch(url, body=None, headers=None):
    """Status, headers and body of an answer; POST when there is a body."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def pixels(text, count):
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(count, 28, 28)


def test_healthz_names_the_models_and_their_checksums(server_url, engine):
    status, _, body = fetch(f"{server_url}/healthz")
    answer = json.loads(body)
    assert (status, answer["status"]) == (200, "ok")
    assert answer["models"] == {
        name: checkpoint.sha256(WEIGHTS / name / checkpoint.WEIGHTS_FILE) for name in engine.names
    }


def test_strip_holds_what_the_engine_computes(server_url, engine, garment):
    """All levels, pictures, scores and codes of one image are those of ``Engine.denoise``; the noise is in the seed."""
    message = {"image": base64.b64encode(garment.tobytes()).decode(), "model": "basic", "noise": "speckle", "seed": 3}
    status, _, body = fetch(f"{server_url}/live/strip", message)
    answer = json.loads(body)
    expected = engine.denoise(torch.from_numpy(garment / 255.0).float()[None, None], "basic", "speckle", seed=3)
    assert status == 200
    assert answer["levels"] == list(LEVELS)
    assert "noisy" not in answer
    assert np.abs(pixels(answer["reconstruction"], 61) / 255 - expected.reconstruction).max() < 0.005
    for name, values in expected.scores.items():
        assert np.allclose(answer["scores"][name], values, atol=1e-4), name
    assert np.allclose(answer["codes"], expected.codes, atol=1e-4)
    assert np.allclose(answer["clean_code"], expected.clean_code, atol=1e-4)


def test_strip_starts_clean_and_says_infinite_as_null(server_url, garment):
    message = {**STRIP, "image": base64.b64encode(garment.tobytes()).decode()}
    answer = json.loads(fetch(f"{server_url}/live/strip", message)[2])
    assert answer["noisy_scores"]["psnr"][0] is None
    assert answer["noisy_scores"]["psnr"][1] > answer["noisy_scores"]["psnr"][60] > 0


def test_decode_many_agrees_with_the_engine(server_url, engine):
    places = [[0, 0], [0.1, -0.2]]
    answer = json.loads(fetch(f"{server_url}/live/decode-many", {"model": "denoising", "places": places})[2])
    for image, (x, y) in zip(pixels(answer["images"], 2), places, strict=True):
        assert np.abs(image / 255 - engine.look_up(x, y, "denoising").image).max() < 0.005


@pytest.mark.parametrize(
    ("route", "message", "status", "words"),
    [
        ("strip", {**STRIP, "image": 5}, 422, "'image' in the request: input should be text in base64"),
        ("strip", {**STRIP, "image": "?"}, 422, "base64"),
        ("strip", {**STRIP, "image": base64.b64encode(bytes(783)).decode()}, 422, "at least 784 bytes"),
        ("strip", {**STRIP, "model": "nobody"}, 422, "no model 'nobody'"),
        ("strip", {**STRIP, "noise": "rain"}, 422, "no noise 'rain'"),
        ("strip", {**STRIP, "seed": True}, 422, "'seed' in the request: input should be a valid integer"),
        ("strip", {**STRIP, "seed": 1.5}, 422, "'seed' in the request: input should be a valid integer"),
        ("strip", {**STRIP, "seed": -1}, 422, "seed must lie between 0"),
        ("strip", {**STRIP, "seed": 2**31}, 422, "seed must lie between 0"),
        (
            "strip",
            {key: value for key, value in STRIP.items() if key != "noise"},
            422,
            "'noise' in the request: field",
        ),
        ("strip", {**STRIP, "padding": "x" * 70_000}, 413, "longer than 64 kB"),
        ("strip", b"{", 422, "not JSON"),
        ("strip", b"[" * 60_000, 422, "not JSON"),
        ("strip", [], 422, "JSON object"),
        ("decode-many", b'{"places": [[NaN, 0]], "model": "denoising"}', 422, "coordinate must lie between"),
        ("decode-many", {"model": "denoising", "places": [[1e9, 0]]}, 422, "between -1000 and 1000"),
        ("decode-many", {"model": "denoising", "places": [[10**400, 0]]}, 422, "between -1000 and 1000"),
        ("decode-many", {"model": "denoising", "places": [["1", 0]]}, 422, "input should be a valid number"),
        ("decode-many", {"model": "denoising", "places": []}, 422, "at least 1 item"),
        ("decode-many", {"model": "denoising", "places": [[0, 0]] * 65}, 422, "at most 64 items"),
        (
            "decode-many",
            {"model": "denoising", "places": [[0, False]]},
            422,
            "'places.0.1' in the request",
        ),
        (
            "decode-many",
            {"model": "denoising", "places": [[0, 0, 0]]},
            422,
            "'places.0' in the request",
        ),
    ],
)
def test_bad_requests_are_refused_in_words(server_url, route, message, status, words):
    got, _, body = fetch(f"{server_url}/live/{route}", message)
    answer = json.loads(body)
    assert got == status
    assert words in answer["error"]
    assert answer["error"].endswith(".")


def test_assets_may_be_kept_for_ever(server_url, assets):
    """Their address changes with their content, so a browser never need ask again."""
    status, headers, body = fetch(f"{server_url}/{assets['samples.webp']}")
    assert status == 200
    assert body == (WEIGHTS / "samples.webp").read_bytes()
    assert "immutable" in headers["Cache-Control"]
    assert "max-age=31536000" in headers["Cache-Control"]
    assert headers["Content-Type"] == "image/webp"


def test_codes_are_sent_compressed_to_whoever_accepts_it(server_url, assets):
    url = f"{server_url}/{assets['denoising/codes.bin']}"
    _, headers, packed = fetch(url, headers={"Accept-Encoding": "gzip"})
    _, plain_headers, plain = fetch(url, headers={"Accept-Encoding": "identity"})
    assert headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain_headers
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain)


@pytest.mark.parametrize("name", ["{good_version}/nothing.js", "000000000000/samples.webp", "x/../../app.py"])
def test_unknown_assets_are_not_found(server_url, assets, name):
    version = assets["samples.webp"].split("/")[1]
    status, _, body = fetch(f"{server_url}/assets/{name.format(good_version=version)}")
    assert status == 404
    assert b"import" not in body
