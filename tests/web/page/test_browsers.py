"""A short walk through the page in Firefox and in WebKit; all else is tested in Chromium."""

import os

import numpy as np
import pytest
from PIL import Image

from tests.support.denoise_page import PIXELS, SHOWN
from tests.support.webdriver import Walker, missing, opened

pytestmark = pytest.mark.slow

MAP_READY = (
    "() => document.querySelector('#latent-map[aria-busy=false]') && document.querySelector('[data-exact=true]')"
)
TAB_IS = "(tab) => new URLSearchParams(location.search).get('tab') === tab"
SOURCE_IS = f"(source) => ({SHOWN})() && studio.state.source === source"


@pytest.fixture(params=["firefox", "webkit"])
def walker(request, tmp_path):
    if (programs := missing(request.param)) and os.environ.get("CI") != "true":
        pytest.skip(f"{', '.join(programs)} must be installed: make other-browsers does so as root.")
    (tmp_path / "profile").mkdir()
    with opened(request.param, tmp_path / "profile") as walker:
        yield walker


def grey(walker: Walker, selector: str) -> np.ndarray:
    return np.array(walker.evaluate(PIXELS, selector))[:, 0].reshape(28, 28)


def test_walk(walker: Walker, server_url: str, samples, tmp_path):
    """Load, choose a sample, drag the noise, upload, draw, open the map, click it, drag it, read the report."""
    walker.goto(server_url)
    walker.until(SHOWN)
    walker.click("#samples [data-sample='3']")
    walker.until(SHOWN)
    assert walker.evaluate("() => studio.state.imageLabel") == "Dress"

    before = grey(walker, "#noisy canvas")
    walker.drag(walker.centre("#noise-level-range", 0.42), walker.centre("#noise-level-range", 0.99))
    walker.until("() => studio.state.level > 0.55")
    walker.until(SHOWN)
    assert not np.array_equal(before, grey(walker, "#noisy canvas"))

    Image.fromarray(samples[1234]).save(tmp_path / "garment.png")
    walker.choose_file("#upload input", tmp_path / "garment.png")
    walker.until(SOURCE_IS, "upload")
    assert np.array_equal(grey(walker, "#seen canvas"), samples[1234])

    walker.drag(*(walker.centre("#draw canvas", 0.5, down) for down in (0.2, 0.5, 0.8)))
    walker.until(SOURCE_IS, "drawing")
    assert grey(walker, "#draw canvas")[8:20, 13:15].min() > 200

    walker.click("#tab-latent-button")
    walker.until(MAP_READY)
    walker.until("() => document.querySelector('.lm-plot canvas').dataset.points === '10000'")
    walker.click("#latent-map")
    walker.until(MAP_READY)
    x, y = walker.evaluate("() => studio.map.plot.view().x")
    here = walker.centre("#latent-map")
    walker.drag(here, (here[0] + 40, here[1]), (here[0] + 60, here[1]))
    moved = walker.evaluate("() => studio.map.plot.view().x")
    assert moved[0] < x
    assert moved[1] < y

    walker.click("#tab-report-button")
    # Drawn and all: Firefox does not always go back within milliseconds of having gone forward.
    walker.until("() => document.querySelector('#tab-report .report-plot svg')")
    walker.back()
    walker.until(TAB_IS, "latent")
    walker.until("() => document.querySelector('#latent-map')?.checkVisibility()")
