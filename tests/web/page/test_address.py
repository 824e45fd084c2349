"""The address tells the view: reload, tabs, Back, Forward and links keep it."""

import base64
import re
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Page, expect

from autoencoder.web.assets import script_urls
from tests.support.denoise_page import drag, grey, settled
from tests.support.latent_page import click_at, decoded, wait_for_place, wait_until_ready

MAP = """() => {
  const { select, cursor, plot, path, filter, opacity } = studio.map;
  const { middle, magnification } = plot;
  return JSON.stringify([select.value, cursor, middle, magnification, path.points, filter.shown, opacity.value]
    .flat(2).map((value) => (typeof value === 'number' ? value.toPrecision(4) : value)));
}"""


def test_reload_back_and_forward_keep_the_view(denoise: Page):
    page = denoise
    page.locator("#samples [data-sample='3']").click()
    page.locator("#noise-kind").get_by_text("Masking").click()
    page.locator("#noise-level input[type=range]").fill("0.4")
    settled(page)
    expect(page).to_have_url(re.compile("sample=3&noise=masking&level=0.40&seed=7"))
    entries = page.evaluate("history.length")
    page.reload()
    settled(page)
    assert page.evaluate("[studio.state.imageLabel, studio.state.noise, studio.state.level]") == [
        "Dress",
        "masking",
        0.4,
    ]

    page.locator("#tab-latent-button").last.click()
    wait_until_ready(page)
    assert page.evaluate("history.length") == entries + 1
    page.locator(".lm-model").select_option(index=1)
    expect(page.locator(f".lm[data-model='{page.locator('.lm-model').input_value()}']")).to_be_visible()
    wait_until_ready(page)
    page.get_by_role("button", name="Zoom in").click()
    x, y, _ = decoded(page)
    for place in ((x + 0.2, y), (x - 0.2, y + 0.1)):
        page.keyboard.down("Shift")
        click_at(page, place)
        page.keyboard.up("Shift")
        wait_for_place(page, place)
    page.locator(".lm-chip").nth(4).click()
    page.get_by_role("slider", name="Strength of the drawings").fill("0.8")
    expect(page).to_have_url(re.compile("hide=4&backdrop=0.8"))
    before = page.evaluate(MAP)
    assert page.evaluate("history.length") == entries + 1

    page.go_back()
    expect(page.locator("#tab-denoise")).to_be_visible()
    assert page.evaluate("studio.state.imageLabel") == "Dress"
    page.go_forward()
    expect(page.locator("#tab-latent")).to_be_visible()
    assert page.evaluate(MAP) == before
    page.reload()
    wait_until_ready(page)
    assert page.evaluate(MAP) == before
    expect(page.locator("#latent-path")).to_have_attribute("data-frames", "24")
    page.go_back()
    expect(page.locator("#tab-denoise")).to_be_visible()


def test_drawing_outlives_a_reload(denoise: Page):
    drag(denoise, (0.3, 0.3), (0.7, 0.8))
    denoise.mouse.up()
    settled(denoise)
    drawn = grey(denoise, "#original")
    image = base64.urlsafe_b64encode(drawn.astype(np.uint8).tobytes()).decode()
    expect(denoise).to_have_url(re.compile(re.escape(urlencode({"image": image}))))  # written once the hand rests
    denoise.reload()
    settled(denoise)
    assert (grey(denoise, "#original") == drawn).all()


def test_tabs_laid_out_after_the_header_are_steps_of_the_history(page: Page, server_url: str):
    """On a slow machine the header has begun before Gradio lays its tabs out, the first one chosen."""
    script = f"{server_url}/{script_urls()['js/header/tabs.js']}"
    begin = "(tabs) => { tabs.tabsAreThere().then(tabs.followTabs); window.begun = true; }"
    html = f"<script type=module>import('{script}').then({begin})</script>"
    page.route(re.compile(r"/\?tab="), lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(f"{server_url}/?tab=report")
    page.wait_for_function("window.begun")
    page.evaluate("""() => {
      history.replaceState(null, '', '?level=0.50'); // as a part does that knows nothing of tabs
      const choose = (chosen) => tabs.forEach((tab) => tab.setAttribute('aria-selected', String(tab === chosen)));
      const tabs = ['denoise', 'latent', 'report'].map((name) => {
        const tab = document.createElement('button');
        Object.assign(tab, { id: `tab-${name}-button`, role: 'tab', textContent: name, onclick: () => choose(tab) });
        return tab;
      });
      choose(tabs[0]);
      document.body.append(...tabs);
    }""")
    expect(page).to_have_url(re.compile("level=0.50&tab=report"))
    page.get_by_role("tab", name="report").click()  # as Gradio chooses what the link asked for
    page.get_by_role("tab", name="latent").click()
    expect(page).to_have_url(re.compile("tab=latent"))
    for step, name in ((page.go_back, "report"), (page.go_forward, "latent")):
        step()
        expect(page).to_have_url(re.compile(f"tab={name}"))
        expect(page.get_by_role("tab", selected=True)).to_have_text(name)


def test_a_link_without_a_tab_leaves_the_one_that_is_open(page: Page, server_url: str):
    """Gradio asks for the tab late on a slow machine: the tour, or a hand, may have opened another meanwhile."""
    page.add_init_script("""new MutationObserver((_, observer) => {
      const tab = [...document.querySelectorAll('#tab-latent-button')].at(-1);
      if (!tab) return;
      observer.disconnect();
      tab.click();
    }).observe(document, { childList: true, subtree: true });""")
    page.goto(server_url)
    wait_until_ready(page)
    expect(page.get_by_role("tab", selected=True).first).to_have_text("Latent space")
    expect(page).to_have_url(re.compile("tab=latent"))
