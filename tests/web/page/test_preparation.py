"""Pictures prepared by the page's script, for the edition without a server, beside Python's preparation."""

import base64
import re
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page

from autoencoder.data.picture_file import PictureError
from autoencoder.data.preparation import prepare
from autoencoder.web import assets

RUN = """async ([url, data, width, height, choices]) => {
  const { prepare } = await import(url);
  const pixels = Uint8ClampedArray.from(atob(data), (letter) => letter.charCodeAt(0));
  try {
    const found = prepare({ data: pixels, width, height }, choices);
    return { ...found, image: [...found.image] };
  } catch (error) {
    return error.message;
  }
}"""
NEAREST = Image.Resampling.NEAREST
MOST = 0.02  # mean absolute difference


def drawn(ground, ink, size=(300, 400)) -> Image.Image:
    """A garment's rectangle on a ground."""
    picture = Image.new("RGB", size, ground)
    ImageDraw.Draw(picture).rectangle((100, 120, 180, 319), fill=ink)
    return picture


def textured(low: int, high: int) -> Image.Image:
    rng = np.random.default_rng(0)
    ground = rng.integers(low, high, (300, 300, 3), dtype=np.uint8)
    ground[80:220, 90:200] = (200, 20, 20)
    return Image.fromarray(ground)


def gradient() -> Image.Image:
    ground = np.broadcast_to(np.linspace(120, 220, 300)[None, :, None], (400, 300, 3)).astype(np.uint8).copy()
    ground[100:300, 80:200] = (30, 60, 90)
    return Image.fromarray(ground)


def ring() -> Image.Image:
    picture = Image.new("RGB", (300, 300), "white")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((60, 60, 240, 240), fill="black")
    draw.ellipse((140, 140, 170, 170), fill="white")
    return picture


def cut_out(ink=(240, 240, 240), hidden=(0, 0, 0), size=(200, 260)) -> Image.Image:
    picture = Image.new("RGBA", size, (*hidden, 0))
    ImageDraw.Draw(picture).polygon([(60, 40), (150, 60), (120, 220), (50, 200)], fill=(*ink, 255))
    return picture


CASES = {
    "black on white": (drawn("white", "black"), {}),
    "white on black": (drawn("black", "white"), {}),
    "white on light grey": (drawn((225, 225, 225), "white"), {}),
    "colours": (drawn((250, 240, 200), (60, 80, 200)), {}),
    "gradient": (gradient(), {}),
    "texture": (textured(130, 190), {}),
    "hole": (ring(), {}),
    "cut-out": (cut_out(), {}),
    "ground of a cut-out kept": (cut_out((40, 60, 140), (200, 30, 90)), {"remove_background": False}),
    "speck cut out": (cut_out((40, 60, 140), (200, 30, 90), (1500, 1500)).resize((400, 400), NEAREST), {}),
    "inversion off": (drawn("white", "black"), {"invert": False}),
    "mirrored": (ring(), {"mirror": True}),
    "ground kept": (drawn("white", "black"), {"remove_background": False}),
    "exact": (drawn("black", "white").resize((28, 28)), {}),
    "blank": (Image.new("RGB", (100, 100), "white"), {}),
}


@pytest.fixture(scope="module")
def blank(browser: Browser, server_url: str) -> Iterator[Page]:
    """A page with nothing on it, from which the app's scripts may be imported."""
    with browser.new_page() as page:
        page.goto(f"{server_url}/healthz")
        yield page


@pytest.mark.parametrize("name", CASES)
def test_the_script_prepares_as_python_does(blank: Page, server_url: str, name: str):
    picture, choices = CASES[name]
    script = f"{server_url}/{assets.script_urls()['js/lib/preparation/prepare.js']}"
    data = base64.b64encode(picture.convert("RGBA").tobytes()).decode()
    found = blank.evaluate(RUN, [script, data, picture.width, picture.height, choices])
    if isinstance(found, str):
        with pytest.raises(PictureError, match=re.escape(found)):
            prepare(picture, **choices)
        return
    expected = prepare(picture, **choices)
    ours, theirs = np.array(found["image"]) / 255, expected.image.numpy().ravel()
    assert np.abs(ours - theirs).mean() < MOST
    done = (expected.inverted, expected.mirrored, expected.background_removed)
    assert (found["invert"], found["mirrored"], found["background_removed"]) == done
