"""The Report tab in real Chromium."""

import codecs
import csv
import re

from playwright.sync_api import Page, expect

from autoencoder.inference.engine import Engine

HEIGHTS = """() => [...document.querySelectorAll('#report img')].filter((image) => image.checkVisibility())
  .map((image) => image.getBoundingClientRect().height)"""
LINES = """() => Object.fromEntries([...document.querySelectorAll('[data-chart]')].map((host) =>
  [host.dataset.chart, host.querySelectorAll('.scatterlayer path.js-line, .scatterlayer path.point').length > 2]))"""
ARRIVED = """() => [...document.querySelectorAll('#report img')].filter((image) => image.checkVisibility())
  .every((image) => image.complete && image.naturalWidth)"""


def test_charts_are_drawn_with_their_numbers_below(page: Page, open_tab, engine: Engine):
    """Four charts on at most three screens of a laptop; under each its tables, with the notebook's number and a verdict
    on each model, the best first."""
    by_error = sorted(engine.names, key=lambda name: mse(engine, name))
    page.set_viewport_size({"width": 1440, "height": 900})
    open_tab("report")
    page.wait_for_selector("#report[aria-busy=false]")
    expect(page.locator(".studio-voice")).to_have_text("")  # there before its first words, which are lost else
    assert page.evaluate("document.documentElement.scrollHeight") <= 3000
    assert page.evaluate(LINES) == {"noise": True, "widths": True, "maps": True, "epochs": True}
    noise = page.locator("#report section").filter(has=page.locator("[data-chart=noise]"))
    expect(noise.locator("table").first).to_be_hidden()
    noise.locator("summary").click()
    expect(noise.locator("table").first).to_contain_text("0.0268")
    expect(noise.locator("li")).to_have_text(
        [re.compile(f"^{name}: at noise 0.25 .+; at noise 0.6 .+\\.$") for name in by_error]
    )
    with page.expect_download() as saved:
        noise.get_by_role("button", name="Save as CSV").first.click()
    assert saved.value.path().read_bytes().startswith(codecs.BOM_UTF8)  # without which Excel misreads it
    rows = list(csv.reader(saved.value.path().read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0] == ["model", "MSE", "PSNR, dB", "SSIM (windowed)", "SSIM (global)"]
    assert len(rows) == 1 + noise.locator("table").first.locator("tbody tr").count()


def mse(engine: Engine, name: str) -> float:
    return engine.checkpoint(name).metrics.results["0.25"].mse.mean


def test_pictures_have_their_place_before_they_arrive(page: Page, server_url: str):
    """Nothing that is being read jumps away."""
    held = []
    page.route("**/*.png", lambda route: held.append(route))
    page.goto(f"{server_url}/?tab=report")
    page.locator("#report details").filter(has=page.locator("img")).first.locator("summary").click()
    before = page.evaluate(HEIGHTS)
    for route in held:
        route.continue_()
    page.unroute("**/*.png")
    page.evaluate("() => { for (const image of document.querySelectorAll('#report img')) image.loading = 'eager'; }")
    page.wait_for_function(ARRIVED)
    assert min(before) > 100
    assert page.evaluate(HEIGHTS) == before
