"""The page in windows of every height and width, with the colours and the language of others."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import VIEWPORT
from tests.support.denoise_page import FRAMES
from tests.support.latent_page import wait_until_ready
from tests.support.tabs import each_tab

PHONE = (390, 664)
TURNED = (PHONE, (844, 390))
OTHERS = ((320, 568), (768, 500), (683, 384))  # the last is a laptop at 200 %
# Elements of a tab that reach beyond the window, and do not lie in something that scrolls sideways.
CUT = """() => [...document.querySelectorAll('.tabitem *, .masthead *')].filter((element) => {
  const { right, left, width } = element.getBoundingClientRect();
  const scrolls = 'svg, .report-scroll table, .hidden-text, #samples, .segmented > div';
  const isSeen = element.checkVisibility() && width && !element.closest(scrolls);
  return isSeen && (right > innerWidth + 1 || left < -1) && getComputedStyle(element).position !== 'absolute';
}).map((element) => element.outerHTML.slice(0, 80))"""
# What can be tapped and is too low for a finger.
SMALL = """() => [...document.querySelectorAll('.tabitem :is(button, select, summary, label:has(input))')]
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)
  .map((e) => [e.outerHTML.slice(0, 90), e.getBoundingClientRect().height])"""
BACKGROUND = "(element) => getComputedStyle(element).backgroundColor"


@pytest.fixture
def window(browser: Browser, sizes):
    is_phone = PHONE in sizes
    viewport = {"width": 800, "height": 600}
    with browser.new_context(viewport=viewport, locale="de-DE", has_touch=is_phone, is_mobile=is_phone) as context:
        yield context.new_page()


def expect_room_for_fingers(page: Page, tab: str):
    """Nothing sticks out of a tab with its folds open, and what can be tapped is 44 pixels high."""
    panel = page.locator(f"#tab-{tab}")
    panel.locator("details").evaluate_all("(all) => { for (const each of all) each.open = true; }")
    panel.locator("button[aria-expanded=false]").evaluate_all("(all) => all.forEach((each) => each.click())")
    page.evaluate(FRAMES)  # what a fold shows is fetched once it is open
    expect(panel.locator("[aria-busy=true]:not(#transform)")).to_have_count(0)  # that one has its size before
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0], tab
    assert not page.evaluate(SMALL), tab


@pytest.mark.parametrize("sizes", [TURNED, pytest.param(OTHERS, marks=pytest.mark.slow)], ids=str)
def test_every_tab_is_alive_without_a_scroll_and_nothing_is_cut(window: Page, server_url: str, sizes):
    """In a window that is opened at the first size, then turned or dragged to the others; on a phone fingers hit."""
    for size in sizes:
        width, height = size
        window.set_viewport_size({"width": width, "height": height})
        if size == sizes[0]:
            window.goto(server_url)
        for tab in each_tab(window):
            assert not window.evaluate(CUT), (size, tab)
            assert window.evaluate("document.documentElement.scrollWidth") <= width, (size, tab)
            if tab == "denoise" and size == PHONE:
                # What goes in and what comes out are seen beside each other, before anything is touched.
                parts = [window.locator(part) for part in ("#noise-level", "#original", "#noisy", "#denoised")]
                for part in parts:
                    expect(part).to_be_in_viewport(ratio=1)
                assert len({part.bounding_box()["y"] for part in parts[1:]}) == 1
            if tab == "latent":
                assert window.locator("#latent-map").bounding_box()["height"] <= max(height, 320), size
            if size == PHONE:
                expect_room_for_fingers(window, tab)
        assert window.evaluate("scrollY") == 0, size
    assert window.evaluate("document.documentElement.lang") == "en"
    if PHONE in sizes:
        window.set_viewport_size({"width": 1000, "height": 700})  # a tablet
        for tab in each_tab(window):
            assert not window.evaluate(SMALL), tab
        expect(window.locator("#noise-seed input")).to_have_css("font-size", "16px")  # to a smaller one Safari zooms


def test_what_is_chosen_shows_in_forced_colours_and_while_hovered(denoise: Page, open_tab):
    denoise.emulate_media(forced_colors="active")
    model = denoise.locator("#model label")
    chosen, other = (model.filter(has=denoise.locator(f"input{each}")) for each in (":checked", ":not(:checked)"))
    assert chosen.first.evaluate(BACKGROUND) != other.first.evaluate(BACKGROUND)
    open_tab("latent")
    wait_until_ready(denoise)
    for colours in ("active", "none"):
        denoise.emulate_media(forced_colors=colours)
        path = denoise.get_by_role("button", name="Draw a walk")
        path.hover()
        before = path.evaluate(BACKGROUND)
        path.click()
        expect(path).to_have_attribute("aria-pressed", "true")
        assert path.evaluate(BACKGROUND) != before, colours
        path.click()


def test_what_is_seen_first_is_fetched_first(page: Page, server_url: str):
    """Words before the page's frame is there; then the map's axes and atlas, its points, and last the thumbnails."""
    held, asked = [], []
    page.route("**/assets/index-*.js", lambda route: held.append(route))
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    page.goto(f"{server_url}/?tab=latent", wait_until="commit")
    advice = page.get_by_text("If nothing comes, check the connection and load the page again.")
    expect(page.locator("#waiting")).to_be_visible()
    expect(advice).to_be_hidden()
    advice.evaluate("(element) => element.getAnimations()[0].finish()")  # 20 seconds pass
    expect(advice).to_be_visible()
    atlas = []
    page.route("**/atlas.webp", lambda route: atlas.append(route))
    for route in held:
        route.continue_()
    page.unroute("**/assets/index-*.js")
    expect(page.locator(".lm-plot text").first).to_be_attached()
    expect(page.locator("#waiting")).to_be_hidden()
    page.evaluate(FRAMES)
    assert not {"codes.bin", "samples.webp"} & set(asked)
    atlas[0].continue_()
    page.unroute("**/atlas.webp")
    wait_until_ready(page)
    page.wait_for_function("() => studio.sampleSprite()")
    order = [name for name in asked if name in ("atlas.webp", "codes.bin", "samples.webp")]
    assert order == ["atlas.webp", "codes.bin", "samples.webp"]


def test_map_needs_no_graphics_card(page: Page, server_url: str):
    page.add_init_script("""
      const { getContext } = HTMLCanvasElement.prototype;
      HTMLCanvasElement.prototype.getContext = function (kind, ...options) {
        return kind.includes('gl') ? null : getContext.call(this, kind, ...options);
      };""")
    page.goto(f"{server_url}/?tab=latent")
    wait_until_ready(page)
    expect(page.locator(".lm-plot canvas")).to_have_attribute("data-points", "10000")


def test_on_a_laptop_all_is_seen_and_for_a_projector_the_tools_go_and_the_type_grows(denoise: Page):
    denoise.set_viewport_size({"width": 1366, "height": 768})
    denoise.evaluate(FRAMES)
    for selector in (".pictures", "#denoise-metrics table", ".verdict", "#compare"):
        box = denoise.locator(selector).bounding_box()
        assert box["y"] + box["height"] <= 768, selector
    denoise.set_viewport_size(VIEWPORT)
    heading = denoise.locator("#metrics-title")
    size = "element => parseFloat(getComputedStyle(element).fontSize)"
    before = heading.evaluate(size)
    denoise.get_by_role("button", name="Projector").click()
    assert heading.evaluate(size) >= 1.3 * before
    expect(denoise.locator("#denoise-own")).to_be_hidden()
    expect(denoise).to_have_url(re.compile("present=1"))
    denoise.reload()
    expect(denoise.locator("#denoise-own")).to_be_hidden()
    denoise.set_viewport_size({"width": 390, "height": 664})  # a phone, which such a link was sent to
    assert heading.evaluate(size) == before
    expect(denoise.locator("#denoise-own")).to_be_visible()
    denoise.set_viewport_size(VIEWPORT)
    denoise.get_by_role("button", name="Projector").click()
    expect(denoise.locator("#denoise-own")).to_be_visible()


def test_the_map_is_as_large_as_the_window_lets_it(latent: Page):
    for width, height, least in ((1366, 768, 600), (1440, 900, 700), (2560, 1440, 1100), (390, 844, 358)):
        latent.set_viewport_size({"width": width, "height": height})
        latent.evaluate(FRAMES)
        box = latent.locator("#latent-map").bounding_box()
        assert box["width"] == pytest.approx(box["height"], abs=1)
        assert box["width"] >= least
        assert box["y"] + box["height"] <= height  # wholly visible
