"""The three public endpoints, called as other programs call them."""

import json
import subprocess
from pathlib import Path

import httpx
import numpy as np
import pytest
import torch
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import expect

from autoencoder.web.error_map import HOT
from autoencoder.weights import thumbnails

WEIGHTS = Path(__file__).parents[3] / "weights"


@pytest.fixture(scope="module")
def client(server_url, tmp_path_factory):
    client = Client(server_url, verbose=False, download_files=tmp_path_factory.mktemp("answers"))
    yield client
    client.close()


@pytest.fixture(scope="module")
def garment():
    return thumbnails.load(WEIGHTS)[42]


@pytest.fixture(scope="module")
def picture(garment, tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "garment.png"
    Image.fromarray(garment).save(path)
    return handle_file(path)


@pytest.fixture(scope="module")
def tensor(garment):
    return torch.from_numpy(garment / 255.0).float()[None, None]


def grey(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L")).astype(float)


def test_exactly_three_endpoints_are_public_and_described(client):
    endpoints = client.view_api(return_format="dict")["named_endpoints"]
    assert sorted(endpoints) == ["/decode", "/denoise", "/encode"]
    for endpoint in endpoints.values():
        assert len(endpoint["description"]) > 40
        assert all(each["type"] for each in endpoint["parameters"])
    defaults = {each["parameter_name"]: each["parameter_default"] for each in endpoints["/denoise"]["parameters"]}
    assert defaults | {"image": None} == {
        "image": None, "model": "denoising", "noise": "gaussian", "level": 0.25, "seed": 0,
    }  # fmt: skip


def test_denoise_returns_pictures_scores_and_codes(client, engine, picture, garment, tensor):
    original, noisy, reconstruction, error_map, scores = client.predict(
        picture, "basic", "speckle", 0.4, 5, api_name="/denoise"
    )
    expected = engine.denoise(tensor, "basic", "speckle", (0.4,), 5)
    assert np.array_equal(grey(original), garment)
    assert np.abs(grey(noisy) - expected.noisy[0] * 255).max() <= 1
    assert np.abs(grey(reconstruction) - expected.reconstruction[0] * 255).max() <= 1
    with Image.open(error_map) as shown:
        difference = np.round(np.abs(expected.original - expected.reconstruction[0]) * 255).astype(int)
        assert np.abs(np.asarray(shown.convert("RGB")).astype(int) - HOT[difference]).max() <= 6
    assert scores["mse"] == pytest.approx(float(expected.scores["mse"][0]), abs=1e-5)
    assert set(scores) == {"mse", "psnr", "ssim", "ssim_global", "noisy", "code_clean", "code_noisy"}
    assert scores["noisy"]["psnr"] == pytest.approx(float(expected.noisy_scores["psnr"][0]), abs=1e-3)
    assert scores["code_clean"] == pytest.approx(expected.clean_code.tolist(), abs=1e-4)
    assert scores["code_noisy"] == pytest.approx(expected.codes[0].tolist(), abs=1e-4)


def test_denoise_needs_only_a_picture(client, picture, garment):
    """Without noise the infinite PSNR of the untouched picture is null."""
    original, *_, scores = client.predict(image=picture, level=0, api_name="/denoise")
    assert np.array_equal(grey(original), garment)
    assert scores["noisy"]["psnr"] is None


def test_encode_then_decode_resembles_the_picture(client, engine, picture, tensor, garment):
    x, y = client.predict(picture, api_name="/encode")
    assert (x, y) == pytest.approx(engine.encode(tensor), abs=1e-4)
    image, neighbours = client.predict(x, y, api_name="/decode")
    assert np.corrcoef(grey(image).flatten(), garment.flatten())[0, 1] > 0.6
    assert [each["index"] for each in neighbours] == [each.index for each in engine.look_up(x, y).neighbours]
    assert neighbours[0]["name"]


@pytest.mark.parametrize(
    ("endpoint", "values", "words"),
    [
        ("/denoise", {"level": 0.61}, "noise level must lie between 0 and 0.6"),
        ("/denoise", {"seed": 1.5}, "Wrong at 'seed'"),
        ("/denoise", {"model": "nobody"}, "There is no model 'nobody'. Choose one of: denoising"),
        ("/denoise", {"noise": ["gaussian"]}, "Wrong at 'noise'"),
        ("/denoise", {"image": None}, "did not arrive"),
        ("/decode", {"x": 1001}, "Wrong at 'x' in the request: input should be less than or equal to 1000"),
        ("/encode", {"image": None}, "did not arrive"),
        ("/encode", {"model": 3}, "Wrong at 'model' in the request: input should be a valid string."),
    ],
)
def test_bad_input_is_refused_in_words(client, picture, endpoint, values, words):
    if endpoint != "/decode":
        values = {"image": picture, **values}
    with pytest.raises(AppError, match=words):
        client.predict(**values, api_name=endpoint)


def test_damaged_picture_is_refused_without_a_traceback(client, server_log, tmp_path):
    path = tmp_path / "broken.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with pytest.raises(AppError, match="not a picture that can be read"):
        client.predict(handle_file(path), api_name="/encode")
    assert "Traceback" not in server_log.read_text()
    assert "broken.png" not in server_log.read_text()


def test_error_map_colours_are_those_of_matplotlib():
    import matplotlib

    expected = matplotlib.colormaps["hot"](np.arange(256), bytes=True)[:, :3]
    assert np.array_equal(expected, HOT)


def test_page_shows_nothing_of_the_endpoints(client):
    """A visible component, in a hidden column even, costs every visitor the scripts of its front end."""
    shown = {each["type"] for each in client.config["components"] if each["props"].get("visible", True)}
    assert shown <= {"html", "tabs", "tabitem", "form"}


def test_api_page_is_a_click_away_and_asks_no_other_host(page, server_url, engine, excused):
    """Its examples name a file to send, no address on somebody's server, and what a shell is told to send works."""
    excused.append("status of 404")  # Gradio's panel looks for MCP and for its own monitoring
    page.goto(server_url)
    page.get_by_role("button", name="Use via API").click()
    expect(page.get_by_role("heading", name="API documentation")).to_be_visible()
    for name in ("/denoise", "/decode", "/encode"):
        expect(page.get_by_text(f"API name: {name}")).to_be_visible()
    expect(page.get_by_text("boot.png").first).to_be_visible()
    expect(page.get_by_text("githubusercontent")).to_have_count(0)
    page.get_by_text("cURL", exact=True).click()
    command = page.locator("pre", has_text="curl -X POST").filter(has_text="/decode").first.inner_text()
    # Most shells run the end of a pipe in a process of its own, where the example's `read` is in vain.
    start, rest = command.split("|")[0], command.rsplit("curl", 1)[1]
    event = json.loads(subprocess.run(["sh", "-ec", start], capture_output=True, check=True).stdout)["event_id"]
    answer = subprocess.run(["sh", "-ec", f"EVENT_ID={event}; curl {rest}"], capture_output=True, text=True, check=True)
    assert f'"index": {engine.look_up(0, 0).neighbours[0].index}' in answer.stdout


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"x": 1, "z": 2}, "no other names than x, y, model"),
        ([1, 2], "The request must be a JSON object."),
        ({"x": 1001}, "Wrong at 'x'"),
    ],
)
def test_wrong_values_by_name_are_told(server_url, values, words):
    """What is not sent is what the API page says that it is then."""
    sent = httpx.post(f"{server_url}/gradio_api/call/v2/decode", json=values)
    if sent.status_code == 200:
        sent = httpx.get(f"{server_url}/gradio_api/call/decode/{sent.json()['event_id']}")
    assert words in sent.text
