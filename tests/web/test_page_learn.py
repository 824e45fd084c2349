"""The Learn tab in real Chromium: a training that runs, pauses, begins anew, is shown on the map and is shared."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.support.denoise_page import CHANGED, PIXELS, REMEMBER
from tests.support.latent_page import wait_until_ready
from tests.support.questions import record_questions

# A small net on few pictures: this is about the page, not about what can be learnt.
SMALL = "tab=learn&learn-widths=&learn-batch=16&learn-count=2000"
HELD_OUT = "() => Number(document.querySelector('.ln-held output').textContent)"

# How many colours a canvas shows: too large a one for its pixels to be sent.
COLOURS = """selector => {
  const c = document.querySelector(selector);
  return new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size;
}"""


@pytest.fixture
def learn(page: Page, server_url: str) -> Page:
    page.goto(f"{server_url}/?{SMALL}")
    expect(page.locator("#learn-start")).to_be_enabled(timeout=60_000)
    return page


def trained(page: Page, steps: int) -> None:
    """Train for so many steps at least."""
    page.locator("#learn-start").click()
    page.wait_for_function(f"() => Number(document.querySelector('#learn-step').value) > {steps}", timeout=60_000)
    page.locator("#learn-start").click()


def test_it_learns_without_asking_the_server(learn: Page):
    questions = record_questions(learn)
    before = learn.evaluate(HELD_OUT)
    trained(learn, 300)
    assert learn.evaluate(HELD_OUT) < 0.8 * before
    assert not questions


def test_one_step_is_one_step_and_reset_begins_with_other_weights(learn: Page):
    expect(learn.locator("#learn-step")).to_have_text("0")
    learn.evaluate(REMEMBER, ".ln-examples canvas")
    learn.get_by_role("button", name="One step").click()
    expect(learn.locator("#learn-step")).to_have_text("1")
    learn.locator("#learn-reset").click()
    expect(learn.locator("#learn-step")).to_have_text("0")
    learn.wait_for_function(CHANGED, arg=".ln-examples canvas")


def test_pointing_at_the_map_decodes_by_the_model_of_this_moment(learn: Page):
    learn.locator("#learn-map").hover(position={"x": 200, "y": 200})
    expect(learn.locator(".ln-place")).to_contain_text(",")
    learn.evaluate(REMEMBER, ".ln-decode canvas")
    learn.get_by_role("button", name="One step").click()
    learn.wait_for_function(CHANGED, arg=".ln-decode canvas")
    learn.locator("#learn-map").focus()
    place = learn.locator(".ln-place").inner_text()
    learn.keyboard.press("ArrowRight")
    expect(learn.locator(".ln-place")).not_to_have_text(place)


def test_what_was_learnt_opens_on_the_map(learn: Page):
    """As any other model: its map, its atlas, the exact decode of a place."""
    trained(learn, 20)
    learn.get_by_role("button", name="Open in the Latent space tab").click()
    expect(learn.locator(".lm-model")).to_have_value("learnt here 1", timeout=60_000)
    wait_until_ready(learn)
    expect(learn.locator("#neighbours li")).to_have_count(6)
    assert np.ptp(learn.evaluate(PIXELS, "#decoded canvas")) > 0


@pytest.mark.parametrize("numbers", [1, 8])
def test_a_bottleneck_of_any_width_is_shown(page: Page, server_url: str, numbers: int):
    page.goto(f"{server_url}/?{SMALL}&learn-bottleneck={numbers}")
    expect(page.locator("#learn-start")).to_be_enabled(timeout=60_000)
    expect(page.locator(".ln-bottleneck :checked")).to_have_value(str(numbers))
    page.get_by_role("button", name="One step").click()
    expect(page.locator("#learn-step")).to_have_text("1")
    assert page.evaluate(COLOURS, "#learn-map") > 10


def test_a_link_restores_the_settings(page: Page, server_url: str):
    asked = {"bottleneck": "3", "widths": "128", "noise": "masking", "level": "0.3", "rate": "0.001", "batch": "256"}
    query = "&".join(f"learn-{name}={value}" for name, value in asked.items())
    page.goto(f"{server_url}/?tab=learn&{query}&learn-count=7")
    expect(page.locator("#learn-start")).to_be_enabled(timeout=60_000)
    shown = page.evaluate("() => Object.fromEntries(new FormData(document.querySelector('#learn form')))")
    assert shown == {**asked, "count": "9000"}, "what cannot be chosen is left as it is"
    page.wait_for_function("() => location.search.includes('learn-noise=masking')")


def test_own_pictures_are_trained_on_and_sent_nowhere(learn: Page, tmp_path):
    """A zip with twelve folders: as many classes, more than the page's own; what is no picture is left out."""
    rng = np.random.default_rng(0)
    path, kinds = tmp_path / "own.zip", [f"kind {i:02}" for i in range(12)]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes.txt", "no picture")
        archive.writestr("kind 00/broken.png", "no picture either")
        for i in range(30):
            file = io.BytesIO()
            Image.fromarray(rng.integers(0, 255, (40, 60, 3), dtype=np.uint8)).save(file, "PNG")
            archive.writestr(f"{kinds[i % 12]}/{i}.png", file.getvalue())
    sent: list[str] = []
    learn.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    learn.locator(".ln-own input[accept]").set_input_files(path)
    expect(learn.locator(".ln-source")).to_have_text("your 30 pictures")
    expect(learn.locator(".ln-classes li")).to_have_text(kinds)
    learn.get_by_role("button", name="One step").click()
    expect(learn.locator("#learn-step")).to_have_text("1")
    assert not sent
    learn.locator(".ln-own input[accept]").set_input_files({"name": "a.zip", "mimeType": "", "buffer": b"no zip file"})
    expect(learn.locator(".ln-error")).to_contain_text("cannot be read")


@pytest.mark.parametrize("height", [768, 900])
def test_its_map_is_wholly_visible_on_a_laptop(learn: Page, height: int):
    learn.set_viewport_size({"width": 1366, "height": height})
    box = learn.locator("#learn-map").bounding_box()
    assert box
    assert box["width"] == box["height"] >= 400
    assert box["y"] + box["height"] <= height
