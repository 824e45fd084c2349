"""The whole page in real Chromium by keyboard."""

import pytest
from playwright.sync_api import Page

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
