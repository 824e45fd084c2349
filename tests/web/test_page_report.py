"""The Report tab in real Chromium."""

import re

from playwright.sync_api import Page, expect

from autoencoder.inference.engine import Engine

HEIGHTS = """() => [...document.querySelectorAll('#report img')].filter((image) => image.checkVisibility())
  .map((image) => image.getBoundingClientRect().height)"""
ARRIVED = """() => [...document.querySelectorAll('#report img')].filter((image) => image.checkVisibility())
  .every((image) => image.complete && image.naturalWidth)"""


def test_report_shows_the_measured_table(page: Page, open_tab, studio: Engine):
    """The notebook's number is there, and a short verdict on each model, the best first."""
    by_error = sorted(studio.names, key=lambda name: mse(studio, name))
    open_tab("report")
    expect(page.locator("#tab-report table").first).to_be_visible()
    expect(page.locator("#tab-report")).to_contain_text("0.0268")
    verdicts = page.locator("#report section").filter(has_text="Against simple methods").locator("li")
    expect(verdicts).to_have_text([re.compile(f"^{name}: at noise 0.25 .+; at noise 0.6 .+\\.$") for name in by_error])


def mse(studio: Engine, name: str) -> float:
    return studio.checkpoint(name).metrics.results["0.25"].mse.mean


def test_pictures_have_their_place_before_they_arrive(page: Page, server_url: str):
    """Nothing that is being read jumps away."""
    held = []
    page.route("**/*.png", lambda route: held.append(route))
    page.goto(f"{server_url}/?tab=report")
    expect(page.locator("#tab-report h2").first).to_be_visible()
    before = page.evaluate(HEIGHTS)
    for route in held:
        route.continue_()
    page.unroute("**/*.png")
    page.evaluate("() => { for (const image of document.querySelectorAll('#report img')) image.loading = 'eager'; }")
    page.wait_for_function(ARRIVED)
    assert min(before) > 100
    assert page.evaluate(HEIGHTS) == before
