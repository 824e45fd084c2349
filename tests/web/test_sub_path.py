"""Below a path of another site, behind a real nginx: page, assets, live calls, upload and API all stay below it."""

import json

import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from benchmarks.support.proxy import nginx
from benchmarks.support.server import served
from tests.support.latent_page import wait_until_ready
from tests.web.page.test_own_pictures import test_upload_of_28_pixels_is_taken_as_it_is_and_told_if_unusual  # noqa: F401

pytestmark = pytest.mark.slow

PATH = "/demo"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("sub-path")


@pytest.fixture(scope="module")
def server_log(folder):
    return folder / "log"


@pytest.fixture(scope="module")
def server_url(folder, server_log):
    """Address of the page, in place of the one at the root that the tests of the page look at."""
    with (
        served(server_log, AUTOENCODER_DEVICE="cpu", PYTHONUNBUFFERED="1", GRADIO_ROOT_PATH="demo/") as app,
        nginx([app], folder / "requests.log", "nginx-sub-path.conf") as url,
    ):
        yield url + PATH
    assert "Traceback" not in server_log.read_text()


def test_every_tab_asks_only_below_the_path(page, server_url, folder):
    """The map's large files, its exact decodes and the report's pictures included."""
    page.goto(f"{server_url}/?tab=latent")
    wait_until_ready(page)
    page.locator("#tab-report-button").last.click()
    page.locator("#report details").filter(has=page.locator("img")).first.locator("summary").click()
    page.locator("#report img").first.wait_for()
    page.wait_for_load_state("networkidle")
    lines = [line.split() for line in (folder / "requests.log").read_text().splitlines()]
    assert {words[1] for words in lines if not words[1].startswith(f"{PATH}/")} <= {PATH, "/favicon.ico"}
    asked = " ".join(words[1] for words in lines)
    for part in ("/assets/", "/live/strip", "/live/decode", "codes.bin", "atlas.webp"):
        assert part in asked, part
    left_by_the_browser = "499"  # an event stream of a page that was closed
    assert {words[2] for words in lines} - {left_by_the_browser} <= {"200", "204", "206", "304", "308"}


def test_programs_call_the_endpoints_below_the_path(server_url, samples, tmp_path):
    Image.fromarray(samples[3]).save(tmp_path / "garment.png")
    client = Client(server_url, verbose=False, download_files=tmp_path)
    original, *_ = client.predict(handle_file(tmp_path / "garment.png"), level=0, api_name="/denoise")
    with Image.open(original) as picture:
        assert np.array_equal(np.asarray(picture.convert("L")), samples[3])
    client.close()


def test_path_without_its_slash_leads_to_the_page(server_url):
    answer = httpx.get(server_url, follow_redirects=True)
    assert answer.status_code == 200
    assert "A garment in two numbers" in answer.text
    assert str(answer.url) == f"{server_url}/"
    assert httpx.get(f"{server_url}/healthz").json()["status"] == "ok"


def test_the_redirect_keeps_the_query_and_names_no_scheme_or_port(server_url):
    assert httpx.get(f"{server_url}?tab=latent").headers["Location"] == f"{PATH}/?tab=latent"


def test_the_address_of_a_result_leads_to_it(server_url):
    call = f"{server_url}/gradio_api/call/decode"
    event = httpx.post(call, json={"data": [0, 0, "basic"]}).json()["event_id"]
    picture = json.loads(httpx.get(f"{call}/{event}").text.split("data: ")[1])[0]
    assert picture["url"].startswith(f"{server_url}/gradio_api/file=")
    assert httpx.get(picture["url"]).content.startswith(b"\x89PNG")
    event = httpx.post(call, json={"data": [0, 0, "basic"]}).json()["event_id"]
    behind_tls = httpx.get(f"{call}/{event}", headers={"X-Forwarded-Proto": "https"}).text
    assert json.loads(behind_tls.split("data: ")[1])[0]["url"].startswith("https://")
