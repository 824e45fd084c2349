"""Take the README's pictures of the page: ``python -m docs.screenshots`` starts the app and writes docs/images/."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.server import served

TARGET: Final = Path(__file__).with_name("images")
DESKTOP: Final = (1440, 900)
PHONE: Final = (390, 844)
_VIEW: Final = "tab=denoise&sample=9&noise=gaussian&level=0.4&seed=7"
_READY: Final = {
    "denoise": ".stage[aria-busy=false]",
    "latent": "#decoded[data-exact=true]",
    "report": "#tab-report table",
}


@dataclass(frozen=True)
class Shot:
    """One picture: where the page is and how large the window."""

    name: str
    tab: str
    query: str
    size: tuple[int, int] = DESKTOP


SHOTS: Final = (
    Shot("denoise", "denoise", _VIEW),
    Shot("denoise-dark", "denoise", f"{_VIEW}&__theme=dark"),
    Shot("denoise-phone", "denoise", _VIEW, PHONE),
    Shot("latent", "latent", "tab=latent"),
    Shot("latent-phone", "latent", "tab=latent", PHONE),
    Shot("report", "report", "tab=report"),
)


def main() -> int:
    """Write all pictures; returns 0."""
    TARGET.mkdir(exist_ok=True)
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for shot in SHOTS:
            _take(browser, url, shot)
        browser.close()
    return 0


def _take(browser: Browser, url: str, shot: Shot) -> None:
    width, height = shot.size
    is_phone = shot.size == PHONE
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=2 if is_phone else 1,
        has_touch=is_phone,
        is_mobile=is_phone,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{url}/?{shot.query}")
    page.wait_for_selector(_READY[shot.tab], timeout=60_000)
    if is_phone:
        _show_the_stage(page, shot.tab)
    page.wait_for_load_state("networkidle")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.screenshot(path=TARGET / f"{shot.name}.png")
    context.close()
    print(TARGET / f"{shot.name}.png")


def _show_the_stage(page: Page, tab: str) -> None:
    """A phone shows one part at a time: the one that moves."""
    part = {"denoise": "#denoise-level", "latent": "#latent-map"}[tab]
    page.evaluate("part => scrollTo(0, document.querySelector(part).getBoundingClientRect().top - 12)", part)


if __name__ == "__main__":
    sys.exit(main())
