"""The edition without a server: served as files below a path, then without a network."""

import io
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from benchmarks.support.static_server import static_server
from tests.conftest import VIEWPORT
from tests.support.denoise_page import PIXELS, settled
from tests.support.latent_page import wait_until_ready
from tests.support.tabs import each_tab

pytestmark = pytest.mark.slow


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A visitor who has kept nothing yet and whose network can be cut."""
    with browser.new_context(viewport=VIEWPORT) as context:
        yield context


@pytest.fixture(scope="module")
def site_url() -> Iterator[str]:
    with static_server() as url:
        yield url


def test_every_tab_works_without_a_network(page: Page, site_url: str):
    """Once all is fetched the network is cut: nothing is asked for any more, and every control goes on."""
    page.goto(site_url)
    settled(page)
    expect(page.locator("#engine")).to_have_text("browser")
    page.wait_for_function("() => document.documentElement.dataset.kept", timeout=240_000)
    page.context.set_offline(True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.startswith("http") else None)
    denoises(page)
    explores(page)
    learns(page)
    page.locator("#tab-report-button").click()
    page.locator("#tab-report summary").first.click()
    expect(page.locator("#tab-report table").first).to_be_visible()
    widths = page.evaluate("() => [...document.querySelectorAll('#report img')].map((image) => image.naturalWidth)")
    assert widths
    assert all(widths)
    assert not asked


def denoises(page: Page) -> None:
    """Another garment, noise, level, seed and model; a drawing; an upload."""
    for act in (
        lambda: page.locator("#samples button").nth(2).click(),
        lambda: page.locator("#noise-kind").get_by_text("Masking").click(),
        lambda: page.locator("#noise-seed .reroll").click(),
        lambda: page.locator("#model label").nth(1).click(),
    ):
        before = page.evaluate(PIXELS, "#denoised canvas")
        act()
        settled(page)
        assert page.evaluate(PIXELS, "#denoised canvas") != before
    page.locator(".bottleneck summary").click()
    page.locator("#bottleneck").fill("6")
    expect(page.locator("label[for=bottleneck]")).to_contain_text("128 of 784")
    expect(page.locator("[data-of=network] figcaption")).to_contain_text("MSE")
    file = io.BytesIO()
    picture = np.full((200, 160, 3), 255, np.uint8)
    picture[40:160, 50:110] = 40
    Image.fromarray(picture).save(file, "PNG")
    page.locator("#upload input").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": file.getvalue()})
    expect(page.locator(".seen-label")).to_have_text("Your picture")
    settled(page)
    seen = np.array(page.evaluate(PIXELS, "#original canvas"))[:, 0].reshape(28, 28)
    assert seen[14, 14] > 100, "the garment is light"
    assert seen[0, 0] == 0, "on black"


def explores(page: Page) -> None:
    """A click, another model's map, a walk and its GIF."""
    page.locator("#tab-latent-button").click()
    wait_until_ready(page)
    page.locator(".lm-model").select_option("basic")
    wait_until_ready(page)
    page.get_by_role("tab", name="Noise", exact=True).click()
    page.locator("#arrows").check()
    expect(page.locator("#noise-drift")).to_contain_text("noise moves a code by")
    page.locator("#tangents").check()
    expect(page.locator(".lm-tangents")).to_be_visible()
    page.locator("#film summary").click()
    expect(page.locator(".film-now")).to_contain_text("MSE")
    page.locator("#film summary").click()
    page.evaluate("scrollTo(0, 0)")
    box = page.locator("#latent-map").bounding_box()
    assert box
    for share in (0.3, 0.7):
        page.keyboard.down("Shift")
        page.mouse.click(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"])
        page.keyboard.up("Shift")
    expect(page.locator("#latent-path")).to_have_attribute("data-frames", "24")
    with page.expect_download() as download:
        page.get_by_role("button", name="Animated GIF").click()
    with Image.open(download.value.path()) as gif:
        assert (gif.n_frames, gif.size) == (46, (224, 224))


def learns(page: Page) -> None:
    """A step, and what it has learnt on the map."""
    page.locator("#tab-learn-button").click()
    expect(page.locator("#learn-start")).to_be_enabled(timeout=60_000)
    page.get_by_role("button", name="One step").click()
    expect(page.locator("#learn-step")).to_have_text("1")
    page.get_by_role("button", name="Open in the Latent space tab").click()
    expect(page.locator(".lm-model")).to_have_value("learnt here 1", timeout=60_000)
    wait_until_ready(page)


def test_opened_by_a_link_to_another_tab_it_keeps_what_it_needs_too(page: Page, site_url: str):
    """It waited for the Denoise tab's first picture, which was never asked for."""
    page.goto(f"{site_url}?tab=learn")
    page.wait_for_function(
        "() => Object.values(window.studio?.assets ?? {}).some((url) => url.startsWith('blob:'))", timeout=120_000
    )


def test_tabs_go_by_keys_and_by_links(page: Page, site_url: str):
    page.goto(f"{site_url}?tab=latent&__theme=dark")
    expect(page.locator("#tab-latent")).to_be_visible()
    expect(page.locator("#tab-denoise")).to_be_hidden()
    assert page.evaluate("() => document.body.classList.contains('dark')")
    wait_until_ready(page)
    assert page.locator(".lm-under").evaluate("(map) => getComputedStyle(map).backgroundColor") == "rgb(0, 0, 0)"
    page.locator("#tab-latent-button").press("Alt+ArrowLeft")  # the browser's own
    expect(page.locator("#tab-latent")).to_be_visible()
    page.locator("#tab-latent-button").press("ArrowLeft")
    expect(page.locator("#tab-denoise")).to_be_visible()


def test_a_phone_has_no_horizontal_scroll(browser, site_url: str):
    """The report's charts, prepared while they were hidden, were wider than the page when they were first shown."""
    context = browser.new_context(viewport={"width": 390, "height": 664})
    page = context.new_page()
    page.goto(site_url)
    page.wait_for_function("() => document.documentElement.dataset.kept", timeout=240_000)
    for tab in each_tab(page):
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, tab
    context.close()
