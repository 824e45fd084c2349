"""Two processes behind nginx, which take turns: the page must not notice, and neither may other programs."""

import re
from collections import Counter
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from benchmarks.support.proxy import nginx, replicas
from tests.web.page.test_denoise import (  # noqa: F401
    test_first_view_shows_a_denoised_sample,
    test_metrics_say_plainly_which_is_nearer_and_what_each_model_makes_of_it,
)
from tests.web.page.test_latent import (  # noqa: F401
    test_link_restores_model_place_and_decode_and_its_copy_leads_back,
    test_map_opens_on_the_first_sample_and_a_click_decodes_exactly_that_place,
)
from tests.web.page.test_own_pictures import (  # noqa: F401
    test_stroke_is_reconstructed_while_it_is_drawn,
    test_unusable_upload_gets_a_sentence_and_the_page_lives_on,
    test_upload_is_cropped_centred_and_inverted,
    test_upload_of_28_pixels_is_taken_as_it_is_and_told_if_unusual,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("replicas")


@pytest.fixture(scope="module")
def server_log(folder):
    return folder / "app-0.log"


@pytest.fixture(scope="module")
def server_url(folder):
    """In place of the one app that the tests of the page look at: nginx, and two of them behind it."""
    with replicas(2, folder, AUTOENCODER_DEVICE="cpu", PYTHONUNBUFFERED="1") as (url, _):
        yield url
    assert not any("Traceback" in log.read_text() for log in folder.glob("app-*.log"))


def turns(folder, path):
    """How many requests for such a path each process answered."""
    lines = (folder / "requests.log").read_text().splitlines()
    return Counter(line.split()[-2] for line in lines if re.fullmatch(path, line.split()[1]))


def test_calls_of_other_programs_work_through_the_proxy(server_url, engine, samples, tmp_path):
    """A call is a file sent, a place in the queue and an answer to wait for, and the answer's pictures."""
    Image.fromarray(samples[42]).save(tmp_path / "garment.png")
    client = Client(server_url, verbose=False, download_files=tmp_path)
    for seed in range(4):
        original, *_, scores = client.predict(
            handle_file(tmp_path / "garment.png"), "denoising", "gaussian", 0.25, seed, api_name="/denoise"
        )
        with Image.open(original) as picture:
            assert np.array_equal(np.asarray(picture.convert("L")), samples[42])
        assert scores["mse"] > 0
    client.close()


def test_the_processes_took_turns_at_the_pages_requests(page, server_url, folder):
    """The page's calls go to both, the calls of one program to one."""
    client = Client(server_url, verbose=False, download_files=False)
    client.predict(0, 0, "basic", api_name="/decode")
    client.close()
    for _ in range(4):
        httpx.get(f"{server_url}/demo/gradio_api/info")  # as below GRADIO_ROOT_PATH
    page.goto(server_url)
    page.locator("#denoise-metrics tr[data-of=denoised] td").first.wait_for()
    page.reload()
    page.locator("#denoise-metrics tr[data-of=denoised] td").first.wait_for()
    # Of all paths, for of one alone: what the page asks for every other time always comes to the same process.
    answered = turns(folder, "/(?!.*gradio_api/).*")
    assert len(answered) == 2
    assert min(answered.values()) * 3 > max(answered.values()), answered
    assert len(turns(folder, "/gradio_api/queue/join")) == len(turns(folder, "/demo/gradio_api/info")) == 1


def test_when_all_are_busy_each_visitor_is_told_so(tmp_path):
    """nginx took a server that had answered "busy" for dead, and when both were, all for ten seconds."""

    class Busy(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(503)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"busy")

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"page")

    with ExitStack() as stack:
        servers = [stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Busy)) for _ in range(2)]
        for server in servers:
            Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
        urls = [f"http://127.0.0.1:{server.server_port}" for server in servers]
        url = stack.enter_context(nginx(urls, tmp_path / "requests.log"))
        for _ in range(5):
            answer = httpx.post(f"{url}/live/strip", content=b"{}")
            assert (answer.status_code, answer.text) == (503, "busy")
        assert httpx.get(url).text == "page"
