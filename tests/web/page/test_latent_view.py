"""The Latent space tab's view in real Chromium: backdrop, zoom, pan, the panel's pages, and its content as files."""

import re
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from autoencoder.inference.engine import Engine
from tests.support.latent_page import click_at, decoded, wait_until_ready

RANGES = "() => { const { x, y } = studio.map.plot.view(); return [x, y]; }"


def test_backdrop_can_be_faded_and_switched_off(latent: Page):
    atlas = latent.locator(".lm-under")
    opacity = latent.get_by_role("slider", name="Strength of the drawings")
    expect(atlas).to_have_css("opacity", "0.55")
    opacity.fill("0.9")
    expect(atlas).to_have_css("opacity", "0.9")
    switch = latent.get_by_role("checkbox", name="Drawings")
    switch.uncheck()
    expect(atlas).to_have_css("opacity", "0")
    expect(opacity).to_be_disabled()
    switch.check()
    expect(atlas).to_have_css("opacity", "0.9")


def test_a_view_that_was_zoomed_and_dragged_survives_a_click_and_a_filter(latent: Page):
    """The atlas is a layer of its own: after a pan it must lie where the axes say, and stay there."""
    before = latent.evaluate(RANGES)
    latent.get_by_role("button", name="Zoom in").click()
    latent.wait_for_function(f"before => JSON.stringify(({RANGES})()) !== before", arg=str(before).replace(" ", ""))
    box = latent.locator("#latent-map").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    atlas = latent.locator(".lm-under canvas")
    before = atlas.bounding_box()
    latent.mouse.move(x, y)
    latent.mouse.down()
    latent.mouse.move(x + 60, y + 30, steps=4)
    # Its release is not told, as after a menu: without a button the mouse moves nothing.
    wire = latent.context.new_cdp_session(latent)
    wire.send("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x, "y": y, "buttons": 0})
    latent.mouse.up()
    after = atlas.bounding_box()
    assert np.allclose([after["x"] - before["x"], after["y"] - before["y"]], [60, 30], atol=2)
    moved = latent.evaluate(RANGES)
    click_elsewhere(latent)
    latent.locator(".lm-chips button").first.click()
    expect(latent.locator(".lm-chips button").first).to_have_attribute("aria-pressed", "false")
    assert latent.evaluate(RANGES) == moved
    assert atlas.bounding_box() == after
    # Keys zoom about the cursor, but not about one that is out of view: else all would leap away.
    latent.evaluate("() => { studio.map.plot.pan(5000, 0); }")
    middle = latent.evaluate("studio.map.plot.middle")
    latent.locator("#latent-map").press("+")
    assert latent.evaluate("studio.map.plot.middle") == middle


def click_elsewhere(page: Page):
    """Click a place of the map and wait for its exact decode."""
    box = page.locator("#latent-map").bounding_box()
    x = page.locator("#decoded").get_attribute("data-x")
    page.mouse.click(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.4)
    expect(page.locator("#decoded")).not_to_have_attribute("data-x", x)


def test_decoded_picture_and_codes_are_saved(latent: Page, engine: Engine):
    """The picture crisp and large, the codes as CSV."""
    _, _, shown = decoded(latent)
    with latent.expect_download() as download:
        latent.get_by_role("button", name="Image PNG").click()
    with Image.open(download.value.path()) as picture:
        large = np.asarray(picture.convert("L"))
    assert np.array_equal(large, shown.reshape(28, 28).repeat(16, 0).repeat(16, 1))
    with latent.expect_download() as download:
        latent.get_by_role("button", name="Codes CSV").click()
    lines = Path(download.value.path()).read_text().splitlines()
    plane = engine.checkpoint(engine.names[0]).latent_map
    assert lines[0] == "index,class,x,y"
    assert len(lines) == len(plane.codes) + 1
    assert np.allclose(np.array(lines[5].split(",")[2:], dtype=float), plane.codes[4], atol=1e-6)


def test_pages_of_the_panel_are_tabs_by_keyboard_and_in_links(latent: Page):
    latent.get_by_role("tab", name="Nearest").focus()
    latent.keyboard.press("ArrowRight")
    noise = latent.get_by_role("tab", name="Noise", exact=True)
    expect(noise).to_be_focused()
    expect(latent.get_by_role("tabpanel", name="Noise")).to_be_visible()
    expect(latent.locator("#neighbours")).to_be_hidden()
    expect(latent).to_have_url(re.compile("panel=noise"))
    latent.reload()
    wait_until_ready(latent)
    expect(latent.get_by_role("tabpanel", name="Noise")).to_be_visible()
    latent.get_by_role("button", name="Draw a walk").click()
    click_at(latent, (0.2, 0.1))
    expect(latent.get_by_role("tabpanel", name="Walk")).to_be_visible()
