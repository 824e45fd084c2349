"""The Learn tab in real Chromium: a training that runs, pauses, begins anew, is shown on the map and is shared."""

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.support.denoise_page import CHANGED, FRAMES, PIXELS, REMEMBER
from tests.support.latent_page import wait_until_ready
from tests.support.recorded_requests import record_questions

# A small net on few pictures: this is about the page, not about what can be learnt.
SMALL = "tab=learn&learn-widths=&learn-batch=16&learn-count=2000"
HELD_OUT = "() => Number(document.querySelector('.ln-held output').textContent)"

# How many colours a canvas shows: too large a one for its pixels to be sent.
COLOURS = """selector => {
  const c = document.querySelector(selector);
  return new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size;
}"""
# Begins anew, and keeps the steps that are shown from then on.
RESET = """() => {
  const step = document.querySelector('#learn-step');
  window.shown = [];
  new MutationObserver(() => shown.push(step.value)).observe(step, { childList: true });
  document.querySelector('#learn-reset').click();
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


def test_it_learns_without_asking_the_server_and_opens_on_the_map(learn: Page):
    """There it is as any other model: its map, its atlas, the exact decode of a place."""
    questions = record_questions(learn)
    before = learn.evaluate(HELD_OUT)
    trained(learn, 300)
    assert learn.evaluate(HELD_OUT) < 0.8 * before
    assert not questions
    button = learn.get_by_role("button", name="Open in the Latent space tab")
    learn.evaluate("() => { kept = HTMLCanvasElement.prototype.toBlob; }")
    learn.evaluate("() => { HTMLCanvasElement.prototype.toBlob = (tell) => tell(null); }")
    assert button.evaluate("(button) => { button.click(); return button.closest('[inert]') !== null; }"), "busy"
    expect(learn.locator(".ln-error")).to_contain_text("cannot be drawn", timeout=60_000)
    learn.evaluate("() => { HTMLCanvasElement.prototype.toBlob = kept; }")
    button.click()
    expect(learn.locator(".lm-model")).to_have_value("learnt here 2", timeout=60_000)
    wait_until_ready(learn)
    assert learn.evaluate("() => studio.models.filter((one) => one.isLocal).length") == 1
    expect(learn.locator("#neighbours li")).to_have_count(6)
    assert np.ptp(learn.evaluate(PIXELS, "#decoded canvas")) > 0


def own_pictures(path: Path) -> list[str]:
    """Write a zip with twelve folders, more than the page has classes, and what is no picture; their names."""
    rng = np.random.default_rng(0)
    kinds = [f"kind {i:02}" for i in range(12)]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes.txt", "no picture")
        archive.writestr("kind 00/broken.png", "no picture either")
        archive.writestr("__MACOSX/kind 00/._1.png", "what a Mac adds")
        for i in range(30):
            file = io.BytesIO()
            Image.fromarray(rng.integers(0, 255, (40, 60, 3), dtype=np.uint8)).save(file, "PNG")
            archive.writestr(f"{kinds[i % 12]}/_MG_{i}.png", file.getvalue())
    return kinds


def drop(page: Page, place: str, *files: Path) -> None:
    """Drop files as a visitor does: those of an event that a script makes cannot be read as folders are."""
    box = page.locator(place).bounding_box()
    assert box
    data = {"items": [], "files": [*map(str, files)], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": box["x"] + 9, "y": box["y"] + 9, "data": data})


def test_one_step_is_one_step_and_reset_begins_with_other_weights_at_any_width(learn: Page):
    expect(learn.locator("#learn-step")).to_have_text("0")
    learn.evaluate(REMEMBER, ".ln-examples canvas")
    learn.get_by_role("button", name="One step").click()
    expect(learn.locator("#learn-step")).to_have_text("1")
    learn.locator("#learn-reset").click()
    expect(learn.locator("#learn-step")).to_have_text("0")
    learn.wait_for_function(CHANGED, arg=".ln-examples canvas")
    learn.locator("#learn-start").click()
    learn.wait_for_function("() => Number(document.querySelector('#learn-step').value) > 20", timeout=60_000)
    learn.evaluate(RESET)
    expect(learn.locator("#learn-step")).to_have_text("0")
    assert learn.evaluate("() => shown") == ["0"], "nothing of the training before"
    learn.wait_for_function("() => location.search.includes('learn-seed=3')")
    for numbers in ("1", "8"):
        learn.locator("#learn-map").evaluate("(map) => map.getContext('2d').clearRect(0, 0, map.width, map.height)")
        learn.locator(".ln-bottleneck").get_by_text(numbers, exact=True).click()
        expect(learn.locator("#learn-step")).to_have_text("0")
        learn.get_by_role("button", name="One step").click()
        expect(learn.locator("#learn-step")).to_have_text("1")
        assert learn.evaluate(COLOURS, "#learn-map") > 10


def test_its_map_decodes_where_one_points_and_is_wholly_visible(learn: Page):
    """By the model of this moment; visible on a laptop, and on a phone once it learns."""
    learn.locator("#learn-map").hover(position={"x": 200, "y": 200})
    expect(learn.locator(".ln-place")).to_contain_text(",")
    learn.evaluate(REMEMBER, ".ln-decode canvas")
    learn.get_by_role("button", name="One step").click()
    learn.wait_for_function(CHANGED, arg=".ln-decode canvas")
    place = learn.locator(".ln-place").inner_text()
    learn.get_by_role("application", name="Codes").press("Alt+ArrowRight")  # the browser's own
    expect(learn.locator(".ln-place")).to_have_text(place)
    learn.get_by_role("application", name="Codes").press("ArrowRight")
    expect(learn.locator(".ln-place")).not_to_have_text(place)
    expect(learn.locator(".studio-voice")).to_have_text(learn.locator(".ln-place").inner_text())
    learn.evaluate("scrollTo(0, 0)")
    for height in (768, 900):
        learn.set_viewport_size({"width": 1366, "height": height})
        box = learn.locator("#learn-map").bounding_box()
        assert box
        assert box["width"] == box["height"] >= 400
        assert box["y"] + box["height"] <= height
        for beside in ("#learn-loss", ".ln-decode canvas"):
            expect(learn.locator(beside)).to_be_in_viewport(ratio=1)
    expect(learn.get_by_label("Batch")).to_be_visible()
    learn.set_viewport_size({"width": 390, "height": 664})
    expect(learn.get_by_label("Batch")).to_be_hidden()
    more = learn.get_by_role("button", name="More settings")
    for is_shown in (True, False):
        more.click()
        expect(learn.get_by_label("Batch")).to_be_visible(visible=is_shown)
    learn.evaluate("scrollTo(0, 0)")
    learn.locator("#learn-start").click()
    expect(learn.locator("#learn-step")).to_have_text(re.compile(r"\d{3}"))  # which must not push down what was in view
    for part in ("#learn-map", "#learn-start"):
        expect(learn.locator(part)).to_be_in_viewport(ratio=1)


def test_a_link_restores_the_settings(page: Page, server_url: str):
    asked = {"bottleneck": "3", "widths": "128", "noise": "masking", "level": "0.3", "rate": "0.001", "batch": "256"}
    asked["seed"] = "5"
    query = "&".join(f"learn-{name}={value}" for name, value in asked.items())
    page.goto(f"{server_url}/?tab=learn&{query}&learn-count=7")
    expect(page.locator("#learn-start")).to_be_enabled(timeout=60_000)
    shown = page.evaluate("() => Object.fromEntries(new FormData(document.querySelector('#learn form')))")
    assert shown == {**asked, "count": "9000"}, "what cannot be chosen is left as it is"
    page.wait_for_function("() => location.search.includes('learn-noise=masking')")


def test_own_pictures_are_trained_on_and_sent_nowhere(learn: Page, tmp_path):
    """Dropped anywhere on the tab; what cannot be read is left out."""
    kinds = own_pictures(tmp_path / "own.zip")
    (tmp_path / "broken.zip").write_text("no zip file")
    sent: list[str] = []
    learn.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    drop(learn, "#learn-map", tmp_path)
    expect(learn.locator(".ln-source")).to_have_text("27 of your 30 pictures")
    expect(learn.locator(".ln-classes li")).to_have_text(kinds)
    expect(learn.get_by_role("button", name="Open in the Latent space tab")).to_be_hidden()
    learn.get_by_role("button", name="One step").click()
    expect(learn.locator("#learn-step")).to_have_text("1")
    assert not sent
    learn.locator(".ln-own input[accept]").set_input_files({"name": "a.zip", "mimeType": "", "buffer": b"no zip file"})
    expect(learn.locator(".ln-error")).to_contain_text("cannot be read")
    expect(learn.locator(".ln-error button")).to_be_hidden()
    for i in range(257):
        picture = tmp_path / "many" / str(i) / "a.png"
        picture.parent.mkdir(parents=True)
        picture.touch()  # told before it is found that none can be read
    learn.locator(".ln-own input[webkitdirectory]").set_input_files(tmp_path / "many")
    expect(learn.locator(".ln-error")).to_contain_text("Bring at most 256 folders, got 257.")
    learn.get_by_role("button", name="Back to the test images").click()
    expect(learn.locator(".ln-source")).to_have_text("2,000 of 10,000 test images")


def test_what_is_asked_for_last_is_learnt_from(page: Page, server_url: str, excused, tmp_path):
    """The test images fail to come, are asked for again, and are late."""
    excused.append("Failed to load resource")
    own_pictures(tmp_path / "own.zip")
    page.route("**/samples.webp*", lambda route: route.abort())
    page.route("**/learn/worker.js", lambda route: route.abort())
    page.goto(f"{server_url}/?{SMALL}")
    error = page.locator(".ln-error")
    expect(error).to_contain_text("cannot be loaded")
    page.unroute("**/learn/worker.js")
    late: list[Route] = []
    page.route("**/samples.webp*", lambda route: late.append(route))
    error.get_by_role("button", name="Try again").click()
    expect(page.locator(".ln-after")).to_have_attribute("aria-busy", "true")
    page.locator(".ln-own input[accept]").set_input_files(tmp_path / "own.zip")
    source = page.locator(".ln-source")
    expect(source).to_have_text("27 of your 30 pictures")
    expect(error).to_be_hidden()
    for route in late:
        route.continue_()
    page.evaluate("() => studio.sampleSprite()")
    page.evaluate(FRAMES)
    expect(source).to_have_text("27 of your 30 pictures")
    expect(page.locator("#learn-start")).to_be_enabled()  # by another worker: the first could not be fetched
