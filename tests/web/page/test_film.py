"""Watch it unfold: the film of a training, as its files have it."""

import base64
import io
import json
import re

import numpy as np
import pytest
import safetensors.torch
from PIL import Image
from playwright.sync_api import expect

from autoencoder.weights import film
from tests.conftest import ROOT
from tests.support.denoise_page import FRAMES

DONE = "document.querySelector('#film').getAttribute('aria-busy') === 'false'"
COLOURS = "(button) => [null, '::before'].map((part) => getComputedStyle(button, part).backgroundColor)"
# As on return to a page in the background: the next frame comes a minute late.
LATE = "() => { const next = requestAnimationFrame; requestAnimationFrame = (act) => next((now) => act(now + 60000)); }"


@pytest.fixture(scope="module")
def shipped():
    """Facts, codes and planes of the denoising model's film."""
    files = film.load(ROOT / "weights" / "denoising", classes=10)
    content = files[film.CODES_FILE]
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    codes = safetensors.torch.load(content)["codes"].float().numpy()
    planes = np.array(Image.open(io.BytesIO(files[film.PLANES_FILE])).convert("L")).astype(int)
    return json.loads(header["__metadata__"]["film"]), codes, planes


def films(urls):
    return [url for url in urls if re.search(r"film\.(webp|safetensors)$", url)]


@pytest.fixture
def opened(asked_for, latent):
    assert not films(asked_for)
    latent.locator("#film summary").focus()
    latent.keyboard.press("Enter")
    latent.wait_for_function(DONE)
    latent.evaluate(FRAMES)
    return latent


def scrub(page, position):
    page.locator("#film input").fill(str(position))
    page.evaluate(FRAMES)


def canvas(page, selector):
    address = page.evaluate("selector => document.querySelector(selector).toDataURL()", selector)
    return np.array(Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGBA")).astype(int)


def test_each_frame_shows_its_codes_its_plane_and_its_error_and_it_plays_and_pauses(opened, shipped):
    facts, codes, planes = shipped
    last = len(facts["epochs"]) - 1
    side = planes.shape[1] // facts["columns"]
    for number in (0, last // 2, last):
        scrub(opened, number)
        expect(opened.locator(".film-now")).to_contain_text(f"{facts['mse'][number]:.4f}")
        row, column = divmod(number, facts["columns"])
        plane = planes[row * side : (row + 1) * side, column * side : (column + 1) * side]
        assert np.abs(canvas(opened, ".film-planes")[..., 0] - plane).max() <= 2
        dots = canvas(opened, ".film-dots")[..., 3]
        unit = len(dots) / (2 * facts["reach"])
        x, y = (codes[number] * [1, -1] + facts["reach"]).T * unit
        inside = (x > 0) & (x < len(dots)) & (y > 0) & (y < len(dots))
        assert (dots[y[inside].astype(int), x[inside].astype(int)] > 0).all()
        area = np.zeros_like(dots, dtype=bool)
        for dx, dy in np.ndindex(7, 7):
            rows, columns = (np.clip(at.astype(int) + step - 3, 0, len(dots) - 1) for at, step in ((y, dy), (x, dx)))
            area[rows, columns] = True
        assert not (dots[~area] > 0).any()
    # And it plays, from before the first epoch to the finished map.
    scrub(opened, 0)
    play = opened.locator("#film .play")
    expect(opened.locator(".film-phase")).to_contain_text("Before training")
    for colours in ("active", "none"):  # the system's own, then ours: the icon is seen
        opened.emulate_media(forced_colors=colours)
        assert len(set(play.evaluate(COLOURS))) == 2
    opened.evaluate(LATE)
    play.click()
    expect(play).to_have_accessible_name("Pause")
    assert play.get_attribute("aria-pressed") is None, "Pause, pressed, would say that it rests"
    opened.wait_for_function("document.querySelector('#film input').valueAsNumber >= 1")
    play.click()
    at = opened.locator("#film input").input_value()
    opened.evaluate(FRAMES)
    assert opened.locator("#film input").input_value() == at
    scrub(opened, last - 0.25)
    play.click()
    expect(play).to_have_accessible_name("Play the training")
    expect(opened.locator(".film-phase")).to_contain_text("Finished")


def test_who_asked_for_less_motion_goes_frame_by_frame(latent, shipped):
    latent.emulate_media(reduced_motion="reduce")
    latent.locator("#film summary").click()
    latent.wait_for_function(DONE)
    for number in (1, 2):
        latent.get_by_role("button", name="Step: show the next frame").click()
        latent.evaluate(FRAMES)
        expect(latent.locator(".film-now")).to_contain_text(f"epoch {shipped[0]['epochs'][number]} of")
        assert float(latent.locator("#film input").input_value()) == number


def test_another_model_s_map_has_its_own_film_and_a_wide_model_s_none(opened, asked_for, excused):
    """At once, though the map itself is long in coming or is missed while the next one is awaited."""
    held = []
    opened.route("**/codes.bin", lambda route: held.append(route))
    with opened.expect_request("**/codes.bin"):
        opened.locator(".lm-model").select_option("basic")
    opened.wait_for_function(DONE)
    assert len(films(asked_for)) == 4
    opened.locator(".lm-model").select_option("denoising-64")
    expect(opened.locator("#film")).to_be_hidden()
    excused += ["Failed to load resource"]
    with opened.expect_event("requestfailed"):
        held[0].abort()
    opened.evaluate(FRAMES)
    expect(opened.locator("#latent-map")).to_have_attribute("aria-busy", "true")


def test_a_film_that_comes_late_is_not_shown_for_another_model(latent):
    """The one asked for first comes last."""
    curve, held = latent.locator("#film polyline"), []
    latent.route("**/film.webp", lambda route: route.continue_() if held else held.append(route))
    with latent.expect_request("**/film.webp"):
        latent.locator("#film summary").click()
    latent.locator(".lm-model").select_option("basic")
    latent.wait_for_function(DONE)
    shown = curve.get_attribute("points")
    assert shown
    with latent.expect_response("**/film.webp"):
        held[0].continue_()
    latent.evaluate(FRAMES)
    assert curve.get_attribute("points") == shown


def test_a_film_that_cannot_be_fetched_is_told_and_comes_when_tried_again(latent, excused):
    excused += ["Failed to load resource", "ERR_FAILED"]
    latent.route("**/film.safetensors", lambda route: route.abort())
    latent.locator("#film summary").click()
    trouble = latent.locator(".film-error")
    expect(trouble).to_contain_text("cannot be fetched")
    latent.unroute("**/film.safetensors")
    trouble.get_by_role("button", name="Try again").click()
    expect(latent.locator(".film-now")).to_contain_text("Before the first epoch")
    expect(trouble).to_be_hidden()
