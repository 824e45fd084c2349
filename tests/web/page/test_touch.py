"""Fingers on the map and on the drawing, in Chromium."""

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.denoise_page import grey, settled
from tests.support.latent_page import decoded, wait_until_ready

VIEW = "() => { const { middle, magnification } = studio.map.plot; return [...middle, magnification]; }"


@pytest.fixture
def phone(browser: Browser):
    context = browser.new_context(viewport={"width": 390, "height": 664}, has_touch=True, is_mobile=True)
    yield context.new_page()
    context.close()


class Fingers:
    """Touches of several fingers, as the browser's own input."""

    def __init__(self, page: Page):
        self._send = page.context.new_cdp_session(page).send

    def __call__(self, kind: str, *places):
        points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(places)]
        self._send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})

    def slide(self, start, end):
        """One finger, from a place to another."""
        self("Start", start)
        for share in np.linspace(0.1, 1, 10):
            self("Move", tuple(np.add(start, share * np.subtract(end, start))))
        self("End")


def test_map_knows_scroll_pinch_hand_tap_and_walk(phone: Page, server_url: str):
    phone.goto(f"{server_url}/?tab=latent")
    wait_until_ready(phone)
    phone.locator("#latent-map").scroll_into_view_if_needed()
    phone.evaluate("document.querySelector('#latent-map').scrollIntoView({ block: 'center' })")
    box = phone.locator("#latent-map").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    finger = Fingers(phone)
    place, view, scrolled = decoded(phone)[:2], phone.evaluate(VIEW), phone.evaluate("scrollY")

    finger.slide((x, y + 60), (x, y - 60))
    phone.wait_for_function("before => scrollY > before + 40", arg=scrolled)
    assert phone.evaluate(VIEW) == view
    assert decoded(phone)[:2] == place  # a scroll is no click

    phone.evaluate("document.querySelector('#latent-map').scrollIntoView({ block: 'center', behavior: 'instant' })")
    scrolled = phone.evaluate("scrollY")
    finger.slide((x - 40, y), (x + 40, y))
    assert decoded(phone)[:2] == place  # nor is a slide sideways, which only looks

    finger("Start", (x - 40, y))
    finger("Start", (x - 40, y), (x + 40, y))
    for share in (1.25, 1.5, 1.75, 2):
        finger("Move", (x - 40 * share, y), (x + 40 * share, y))
    finger("End")
    zoomed = phone.evaluate(VIEW)
    assert zoomed[2] == pytest.approx(2, rel=0.05)
    assert decoded(phone)[:2] == place

    phone.get_by_role("button", name="Drag moves the map").tap()
    phone.evaluate("document.querySelector('#latent-map').scrollIntoView({ block: 'center', behavior: 'instant' })")
    scrolled = phone.evaluate("scrollY")
    finger.slide((x, y + 60), (x + 30, y))
    moved = phone.evaluate(VIEW)
    assert moved[0] < zoomed[0]
    assert moved[1] < zoomed[1]
    assert phone.evaluate("scrollY") == scrolled
    assert decoded(phone)[:2] == place

    phone.touchscreen.tap(x + 20, y)
    phone.wait_for_function("x => document.querySelector('#decoded').dataset.x !== String(x)", arg=place[0])
    expect(phone.locator("#decoded[data-exact=true]")).to_be_visible()

    phone.get_by_role("button", name="Draw a walk").tap()  # stands in for the Shift key
    phone.touchscreen.tap(x, y)
    expect(phone.locator(".lm-stop")).to_have_count(1)
    phone.get_by_role("button", name="Clear").tap()  # it was a wrong tap
    expect(phone.locator(".lm-stop")).to_have_count(0)
    phone.evaluate("document.querySelector('#latent-map').scrollIntoView({ block: 'center', behavior: 'instant' })")
    for step in (-60, 60):
        phone.touchscreen.tap(x + step, y)
    expect(phone.locator("#latent-path")).to_have_attribute("data-frames", "24")
    expect(phone.locator(".lm-stop")).to_have_count(2)


def test_only_the_first_finger_draws(phone: Page, server_url: str):
    """A palm or a second finger leaves no mark, and nothing but the drawing answers to a touch."""
    phone.goto(server_url)
    settled(phone)
    phone.evaluate("document.querySelector('#draw canvas').scrollIntoView({ block: 'center' })")
    box = phone.locator("#draw canvas").bounding_box()
    at = lambda across, down: (box["x"] + box["width"] * across, box["y"] + box["height"] * down)  # noqa: E731
    finger = Fingers(phone)
    finger("Start", at(0.2, 0.2))
    finger("Start", at(0.2, 0.2), at(0.8, 0.8))
    for down in (0.3, 0.4, 0.5):
        finger("Move", at(0.2, down), at(0.8, 0.8 + down / 10))
    finger("End")
    settled(phone)
    drawn = grey(phone, "#draw")
    assert drawn[6:14, 5].min() > 200
    assert drawn[:, 14:].max() == 0
    pad = phone.locator(".draw-pad")
    expect(pad).to_have_css("user-select", "none")
    expect(pad.locator("canvas")).to_have_css("touch-action", "none")
