"""The whole page in real Chromium: fingers and keyboard."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.denoise_page import FRAMES, settled
from tests.support.latent_page import wait_until_ready
from tests.support.tabs import each_tab

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
# What can be tapped and is too low for a finger.
SMALL = """() => [...document.querySelectorAll('.tabitem :is(button, select, summary, label:has(input))')]
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)
  .map((e) => [e.outerHTML.slice(0, 90), e.getBoundingClientRect().height])"""


def test_phone_has_no_horizontal_scroll_and_fingers_hit(browser: Browser, server_url: str):
    """At 390 pixels nothing sticks out of any tab, its folds open, and what can be tapped is 44 pixels high."""
    with browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        page.goto(server_url)
        for tab in each_tab(page):
            panel = page.locator(f"#tab-{tab}")
            panel.locator("details").evaluate_all("(all) => { for (const each of all) each.open = true; }")
            panel.locator("button[aria-expanded=false]").evaluate_all("(all) => all.forEach((each) => each.click())")
            page.evaluate(FRAMES)  # what a fold shows is fetched once it is open
            expect(panel.locator("[aria-busy=true]:not(#transform)")).to_have_count(0)  # that one has its size before
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, tab
            assert not page.evaluate(SMALL), tab
        page.set_viewport_size({"width": 1000, "height": 700})  # a tablet
        for tab in each_tab(page):
            assert not page.evaluate(SMALL), tab
        expect(page.locator("#noise-seed input")).to_have_css("font-size", "16px")  # to a smaller one Safari zooms


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
