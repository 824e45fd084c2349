"""The whole page in real Chromium: fingers, keyboard, proxies."""

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.denoise_page import settled
from tests.support.latent_page import wait_until_ready

# What has the focus, and whether one sees it: on the element or on the label that stands for it.
FOCUS = """() => {
  const focused = document.activeElement;
  const marked = (element) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  };
  const places = [focused, focused.closest('label')].filter(Boolean);
  return focused === document.body ? null : [focused.outerHTML.slice(0, 120), places.some(marked)];
}"""


@pytest.mark.parametrize("query", ["tab=denoise", "tab=latent", "tab=report", "tab=denoise&__theme=dark"])
def test_phone_has_no_horizontal_scroll_and_fingers_hit(browser: Browser, server_url: str, query: str):
    """At 390 pixels nothing sticks out, and what can be tapped is at least 44 pixels high."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{server_url}/?{query}")
    if "denoise" in query:
        settled(page)
    elif "latent" in query:
        wait_until_ready(page)
    else:
        expect(page.locator("#tab-report h2").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.evaluate(
        """() => [...document.querySelectorAll('.tabitem :is(button, select, summary, label:has(input))')]
          .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)
          .map((e) => [e.outerHTML.slice(0, 90), e.getBoundingClientRect().height])"""
    )
    assert not small
    context.close()


@pytest.mark.parametrize(
    ("tab", "parts"),
    [
        ("denoise", ["data-sample", "radio", "number", "range", "canvas"]),
        ("latent", ["latent-map", "lm-model", "lm-chip"]),
    ],
)
def test_focus_is_seen_wherever_the_keyboard_goes(page: Page, open_tab, tab: str, parts: list[str]):
    """Every part can be reached with Tab, and each stop is marked."""
    open_tab(tab)
    settled(page) if tab == "denoise" else wait_until_ready(page)
    stops = []
    for _ in range(150):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None or stops[:1] == [stop]:
            break
        stops.append(stop)
    assert not [html for html, is_marked in stops if not is_marked]
    for part in parts:
        assert any(part in html for html, _ in stops), part


def test_in_a_narrow_window_the_keyboard_goes_as_the_eye_does(denoise: Page):
    """There the choices stand below the pictures: so that their effect is seen first, by eye and by Tab."""
    denoise.set_viewport_size({"width": 683, "height": 384})  # a laptop at 200 %
    denoise.locator("#samples [aria-checked=true]").focus()
    parts = ["#denoise-level", ".pictures", "#denoise-choices", ".findings"]
    stops = []
    while parts[-1] not in stops and len(stops) < 60:
        denoise.keyboard.press("Tab")
        stops.append(denoise.evaluate("parts => parts.find((part) => document.activeElement.closest(part))", parts))
    assert list(dict.fromkeys(stops)) == parts
    tops = [denoise.locator(part).bounding_box()["y"] for part in parts]
    assert tops == sorted(tops)


def test_page_asks_below_its_own_path(page: Page, server_url: str):
    """Behind a proxy that serves the page at /demo/, nothing of its own is sought elsewhere."""
    below, asked = f"{server_url}/demo/", []

    def proxy(route: Route):
        route.fulfill(response=route.fetch(url=route.request.url.replace("/demo", "")))

    page.route(f"{below}**", proxy)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{below}?tab=latent")
    wait_until_ready(page)
    own = [url for url in asked if "/live/" in url or "codes.bin" in url or "samples.webp" in url]
    assert len(own) >= 3
    assert all(url.startswith(below) for url in own)
