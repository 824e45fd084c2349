"""Take the README's pictures of the page: ``python -m docs.screenshots`` starts the app and writes docs/images/."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.support.server import served

TARGET: Final = Path(__file__).with_name("images")
STEPS: Final = 800


def denoise(page: Page) -> None:
    """The first picture denoised."""
    page.wait_for_selector(".stage[aria-busy=false]", timeout=60_000)


def latent(page: Page) -> None:
    """The map drawn and its first place decoded."""
    page.wait_for_selector("#decoded[data-exact=true]", timeout=60_000)


def learn(page: Page) -> None:
    """A training paused after some steps."""
    page.wait_for_selector("#learn-start:not([disabled])", timeout=60_000)
    page.locator("#learn-start").click()
    page.wait_for_function(f"() => document.querySelector('#learn-step').value > {STEPS}", timeout=120_000)
    page.locator("#learn-start").click()


SHOTS: Final[dict[str, tuple[str, Callable[[Page], None]]]] = {
    "denoise": ("tab=denoise&sample=9&noise=gaussian&level=0.4&seed=7", denoise),
    "latent": ("tab=latent", latent),
    "learn": ("tab=learn", learn),
}
"""The address's query of each picture, and what brings the page there."""


def main() -> int:
    """Write all pictures; returns 0."""
    TARGET.mkdir(exist_ok=True)
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for name, (query, prepare) in SHOTS.items():
            _take(browser, f"{url}/?{query}", prepare, TARGET / f"{name}.png")
        browser.close()
    return 0


def _take(browser: Browser, url: str, prepare: Callable[[Page], None], target: Path) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page.goto(url)
    prepare(page)
    page.wait_for_load_state("networkidle")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.screenshot(path=target)
    page.close()
    print(target)


if __name__ == "__main__":
    sys.exit(main())
