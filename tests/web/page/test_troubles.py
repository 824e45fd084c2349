"""Requests that fail: what was shown dims, a sentence says why, and what was asked for is asked again."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.support.denoise_page import FIRST, FRAMES, drag, grey, settled
from tests.support.latent_page import click_at, decoded, wait_until_ready

# The pauses after which the page asks again by itself never end: what asks again is what the test does.
HOLD_TIMERS = """() => {
  window.wait ??= window.setTimeout;
  window.setTimeout = (act, ms, ...rest) => ms < 2000 ? wait(act, ms, ...rest) : -1;
}"""
# What the page's own requests meet: thrown in the page, for a failed request on the wire is an error of the console.
BREAK = """(paths) => {
  window.asked = [];
  window.wire ??= window.fetch;
  window.fetch = (url, options) => {
    if (!paths.some((path) => String(url).includes(path))) return wire(url, options);
    asked.push(String(options?.body ?? ''));
    return Promise.reject(new TypeError('offline'));
  };
}"""
MEND = "() => { window.fetch = wire; }"
# Requests for a model's strips fail, but only when waiting for them would be shown.
FAIL_LATE = """(model) => {
  const wire = window.fetch;
  Object.assign(window, { statuses: [], failed: 0 });
  studio.subscribe(["stripStatus"], ({ stripStatus }) => statuses.push(stripStatus));
  window.fetch = (url, options) => !String(options?.body).includes(`"${model}"`) ? wire(url, options)
    : new Promise((_, fail) => setTimeout(() => { failed += 1; fail(new TypeError("offline")); }, 500));
}"""
BREAK_OFF = """() => {
  const wire = window.fetch;
  window.fetch = (url, how) => String(url).includes("strip") ? Promise.resolve(new Response(BODY)) : wire(url, how);
}"""
FIRE = "(name) => dispatchEvent(new Event(name))"
# Notes pauses of two seconds and more, and shortens them.
HURRY = """() => {
  window.wait ??= window.setTimeout;
  window.pauses = [];
  window.setTimeout = (act, ms, ...rest) => wait(act, ms < 2000 ? ms : void pauses.push(ms), ...rest);
}"""


def break_requests(page: Page, *paths: str):
    page.wait_for_load_state("networkidle")
    page.evaluate(HOLD_TIMERS)
    page.evaluate(BREAK, list(paths))


def test_a_picture_that_cannot_be_had_is_asked_for_again(denoise: Page):
    """By the button, by the same choice, when the connection or the visitor is back, and by itself later and later."""
    trouble = denoise.locator("#strip-error")
    denoise.locator(".code-sliders input").first.fill("0.25")
    for sample, way in enumerate(("button", "same choice", "online", "focus", "time")):
        break_requests(denoise, "live/strip")
        if way == "time":
            drag(denoise, (0.5, 0.15), (0.5, 0.5))  # only its click makes the pauses longer, not each frame
            denoise.mouse.up()
            expect(trouble).to_be_visible()
            denoise.evaluate(HURRY)
        choice = denoise.locator(f"#samples [data-sample='{sample}']")
        choice.click()
        expect(trouble).to_contain_text("cannot be reached")
        expect(denoise.locator(".stage.is-pending.is-other")).to_be_visible()
        # The garment that is named is the only one that is seen.
        assert denoise.locator(".seen-label").inner_text() == choice.inner_text()
        assert np.array_equal(grey(denoise, "#original"), grey(denoise, "#seen"))
        for selector in ("#noisy", "#denoised", "#error-map"):
            assert grey(denoise, selector).max() == 0
        expect(denoise.locator(".findings")).to_be_hidden()
        expect(denoise.locator("#code-plane")).to_be_hidden()
        if way == "button":  # back at the garment whose code is held, all is its own
            denoise.locator(f"#samples [data-sample='{FIRST}']").click()
            denoise.evaluate(FRAMES)
            assert np.array_equal(grey(denoise, "#original"), grey(denoise, "#seen"))
            assert grey(denoise, "#denoised").max() > 0
            choice.click()
        if way == "time":
            denoise.wait_for_function("() => pauses.length > 6")
            assert denoise.evaluate("pauses.slice(0, 7)") == [4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]
        denoise.evaluate(MEND)
        if way == "button":
            trouble.get_by_role("button", name="Try again").click()
        elif way == "same choice":
            choice.click()
        elif way != "time":
            denoise.evaluate(FIRE, way)
        settled(denoise)
        expect(trouble).to_be_hidden()
        expect(denoise.locator(".stage.is-pending")).to_have_count(0)
        assert grey(denoise, "#denoised").max() > 0


def test_what_is_shown_does_not_dim_while_another_models_strip_is_asked_for_again(denoise: Page):
    denoise.evaluate(HOLD_TIMERS)
    denoise.evaluate(FAIL_LATE, "basic")
    denoise.locator("#samples [data-sample='3']").click()
    expect(denoise.locator("#strip-error")).to_contain_text("cannot be reached")
    for model, opacity in (("basic", "0.5"), ("denoising", "1")):
        expect(denoise.locator(f"#compare [data-model={model}] canvas")).to_have_css("opacity", opacity)
    denoise.evaluate("() => { statuses = []; failed = 0; }")
    denoise.locator("#strip-error button").click()
    denoise.wait_for_function("() => failed")
    assert "pending" not in denoise.evaluate("statuses")


def test_an_answer_that_breaks_off_is_told_in_our_words(denoise: Page):
    error = denoise.locator("#strip-error")
    for sample, body in enumerate(("new ReadableStream({ start: (line) => line.error(new TypeError('x')) })", "'[0'")):
        denoise.evaluate(BREAK_OFF.replace("BODY", body))
        error.evaluate("(error) => { error.firstChild.textContent = ''; }")
        denoise.locator(f"#samples [data-sample='{sample}']").click()
        expect(error).to_contain_text("This could not be read as a whole.")


def test_a_refusal_is_not_asked_again(denoise: Page, excused):
    excused.append("status of 422")
    denoise.evaluate(HURRY)
    with denoise.expect_response("**/live/upload*"):
        denoise.locator("#upload input").set_input_files({"name": "x", "mimeType": "image/png", "buffer": b"x"})
    expect(denoise.locator("#upload-error")).to_be_visible()
    expect(denoise.locator("#upload-error button")).to_be_hidden()
    asked = []
    denoise.on("request", lambda request: asked.append(request.url))
    denoise.evaluate(FIRE, "online")
    denoise.evaluate(FRAMES)
    denoise.evaluate("() => fetch('healthz').then((answer) => answer.text())")  # what was asked before is seen by now
    assert denoise.evaluate("pauses") == []
    assert not [url for url in asked if "upload" in url]


def test_the_map_shows_nothing_of_another_place(latent: Page):
    """A decode, a walk, a trail and a second map that cannot be had leave nothing of the last ones behind."""
    # As for a model that the browser cannot compute: it would draw the walk itself.
    latent.wait_for_function("() => studio.engine.here.size")
    latent.evaluate("() => { studio.engine.canCompute = () => false; studio.engine.here.clear(); }")
    break_requests(latent, "live/decode", "live/strip")
    x, y, _ = decoded(latent)
    click_at(latent, (x + 0.5, y + 0.2))
    expect(latent.locator("#decode-error")).to_contain_text("cannot be reached")
    expect(latent.locator("#neighbours button:visible")).to_have_count(0)
    expect(latent.locator(".lm-around")).to_have_text("")
    for _ in range(2):
        latent.locator("#latent-map").press("Enter")
        latent.locator("#latent-map").press("Shift+ArrowRight")
    expect(latent.locator("#path-error")).to_be_visible()
    latent.get_by_role("tab", name="Noise", exact=True).click()
    latent.locator(".lm-samples button").first.click()
    expect(latent.locator("#trail-error")).to_be_visible()
    expect(latent.locator(".lm-star")).to_have_count(0)
    latent.evaluate(MEND)
    latent.evaluate(FIRE, "online")
    wait_until_ready(latent)
    expect(latent.locator("#latent-path")).to_have_attribute("data-frames", "24")
    expect(latent.locator(".lm-star")).to_have_count(1)
    expect(latent.locator(".trouble:visible")).to_have_count(0)
    latent.evaluate(BREAK, ["live/strip"])
    latent.evaluate("() => studio.set({ seed: 8 })")
    expect(latent.locator("#trail-error")).to_be_visible()
    expect(latent.locator(".lm-star")).to_have_count(0)


def test_what_the_page_begins_with_is_asked_for_again(page: Page, server_url: str):
    """Settings, map and report: none of them leaves a dead page."""
    broken = {"live/config": True, "codes.bin": True, "live/report": True}
    init = f"window.broken = {str(broken).lower().replace(chr(39), chr(34))};"
    page.add_init_script(f"""{init} ({HOLD_TIMERS})();
      const wire = window.fetch;
      window.fetch = (url, options) => Object.entries(broken).some(([path, on]) => on && String(url).includes(path))
        ? Promise.reject(new TypeError('offline')) : wire(url, options);""")
    page.goto(f"{server_url}/?tab=latent")
    bar = page.locator("#page-trouble")
    expect(bar).to_contain_text("cannot be reached")
    page.evaluate("() => { broken['live/config'] = false; }")
    bar.get_by_role("button", name="Try again").click()
    expect(bar).to_have_count(0)
    expect(page.locator("#map-error")).to_contain_text("The map cannot be fetched")
    page.evaluate("() => { broken['codes.bin'] = false; }")
    page.locator("#map-error button").click()
    wait_until_ready(page)
    page.locator("#tab-report-button").last.click()
    expect(page.locator("#report-error")).to_be_visible()
    page.evaluate("() => { broken['live/report'] = false; }")
    page.locator("#report-error button").click()
    expect(page.locator("#report h2").first).to_be_visible()


@pytest.mark.parametrize("script", ["", "export function start() { throw new Error('damaged'); }"])
def test_a_part_that_cannot_begin_says_so(page: Page, server_url: str, excused, script: str):
    """Whether its script does not come or breaks off; the other parts work."""
    excused += ["damaged", "Failed to load resource", "Failed to fetch"]
    page.route(
        "**/js/learn/main.js",
        lambda route: route.fulfill(status=200 if script else 503, body=script, content_type="text/javascript"),
    )
    page.goto(f"{server_url}/?tab=learn")
    expect(page.locator("#tab-learn").get_by_role("alert").filter(has_text="Load the page again")).to_be_visible()
    page.locator("#tab-denoise-button").last.click()
    settled(page)


# The page's first strip is kept waiting until the test has it fail.
HOLD = """() => {
  const wire = window.fetch;
  let isFirst = true;
  window.fetch = (url, options) => {
    if (!isFirst || !String(url).includes('live/strip')) return wire(url, options);
    isFirst = false;
    return new Promise((_, reject) => (window.drop = () => reject(new TypeError('offline'))));
  };
}"""


def test_what_nobody_waits_for_any_more_fails_in_silence(page: Page, open_tab):
    """The first strip is asked for before there is a tab, and then another garment is chosen."""
    page.add_init_script(f"({HOLD})()")
    open_tab("denoise")
    page.wait_for_function("() => window.drop && studio.state.image")
    page.locator("#samples [data-sample='3']").click()
    settled(page)
    page.evaluate("() => { window.drop(); }")
    page.evaluate(FRAMES)
    assert not page.locator("#strip-error").is_visible()  # at once: asked again it would be gone


# Drops a picture on the body; whether the browser is kept from going there.
DROP = """() => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(["a picture"], "a.png", { type: "image/png" }));
  return !document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}"""


def test_a_dropped_file_never_replaces_the_page_and_is_taken_where_it_is_shown(page: Page, open_tab):
    """Whatever tab the page was opened at; another picture that is chosen meanwhile stays."""
    sent = []
    page.route("**/live/upload*", lambda route: sent.append(route))
    open_tab("learn")
    page.wait_for_function("() => document.querySelector('#learn-start')?.disabled === false")
    assert page.evaluate(DROP), "Denoise was not seen yet"
    open_tab("denoise")
    settled(page)
    open_tab("learn")
    assert page.evaluate(DROP)
    assert not page.locator("#upload .drop[aria-busy=true]").count(), "nothing is sent from another tab"
    open_tab("denoise")
    break_requests(page, "live/upload")
    assert page.evaluate(DROP)
    expect(page.locator("#upload-error")).to_contain_text("cannot be reached")
    page.locator("#samples [data-sample='3']").click()
    expect(page.locator("#upload-error")).to_be_hidden()
    page.evaluate(MEND)
    page.evaluate(FIRE, "online")
    assert not sent, "it is not sent again"
    page.evaluate(DROP)
    area = page.locator("#upload .drop")
    expect(area).to_have_attribute("aria-busy", "true")
    assert area.evaluate("(area) => getComputedStyle(area, '::after').content") == '"Reading…"'
    page.locator("#samples [data-sample='4']").click()
    expect(area).to_have_attribute("aria-busy", "false")
    settled(page)
    expect(page.locator(".seen-label")).to_have_text("Coat")


def test_numbers_of_a_code_that_cannot_be_drawn_are_told_and_drawn_later(denoise: Page):
    denoise.wait_for_function("() => studio.engine.here.size")
    # As for a model that is not here yet: the server is asked.
    denoise.evaluate("() => { studio.engine.canCompute = () => false; studio.engine.here.clear(); }")
    break_requests(denoise, "live/decode-many")
    slider = denoise.locator(".code-sliders input").first
    slider.fill("0.25")
    trouble = denoise.locator("#code-error")
    expect(trouble).to_contain_text("cannot be reached")
    expect(slider).to_have_value("0.25")
    expect(slider).to_have_attribute("aria-valuetext", "0.25")
    expect(denoise.locator(".code-numbers > span").first).to_have_text("0.25")
    assert grey(denoise, "#denoised").max() == 0, "the drawing of other numbers"
    denoise.evaluate(MEND)
    denoise.evaluate(FIRE, "online")
    expect(trouble).to_be_hidden()
    assert grey(denoise, "#denoised").max() > 0
    break_requests(denoise, "live/decode-many")
    slider.fill("0.3")
    expect(trouble).to_be_visible()
    denoise.get_by_role("button", name="Its own code").click()
    expect(trouble).to_be_hidden()
