"""The page that teaches, in real Chromium: handles, a picture that moves, the tour, the projector, room for the map."""

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect

from autoencoder.inference.engine import Engine
from autoencoder.web.page_config import SAMPLES
from tests.conftest import VIEWPORT
from tests.support.denoise_page import FIRST, FRAMES, PIXELS, grey, settled, tensor
from tests.support.latent_page import click_at, wait_until_ready


def test_the_two_numbers_are_handles(denoise: Page, studio: Engine):
    """Moved, they draw what the decoder makes of them; let go, the picture's own code is back."""
    own = grey(denoise, "#denoised")
    first, second = denoise.locator(".code-sliders input").all()
    second.fill("-0.5")
    first.fill("0.25")
    numbers = denoise.locator(".code-numbers > span")
    expect(numbers).to_have_text(["0.25", "−0.50"])
    drawn = studio.decode(torch.tensor([[0.25, -0.5]]), studio.names[0])[0] * 255
    denoise.wait_for_function(
        """expected => {
          const canvas = document.querySelector("#denoised canvas");
          const shown = canvas.getContext("2d").getImageData(0, 0, 28, 28).data;
          return expected.every((grey, i) => Math.abs(shown[4 * i] - grey) <= 1.5);
        }""",
        arg=drawn.flatten().tolist(),
    )
    denoise.get_by_role("button", name="Its own code").click()
    settled(denoise)
    assert np.array_equal(grey(denoise, "#denoised"), own)
    expect(denoise.get_by_role("button", name="Its own code")).to_be_hidden()


def test_a_shifted_picture_walks_over_the_map(denoise: Page, studio: Engine, samples):
    section = denoise.locator("#transform")
    section.locator("summary").click()
    section.locator("input[type=range]").fill("24")
    expect(section).to_have_attribute("data-step", "24", timeout=60_000)
    shifted = np.zeros((28, 28), np.uint8)
    shifted[:, 4:] = samples[SAMPLES[FIRST]][:, :-4]
    canvases = [np.array(denoise.evaluate(PIXELS, f"#transform figure:nth-of-type({i}) canvas"))[:, 0] for i in (1, 2)]
    assert np.array_equal(canvases[0].reshape(28, 28), shifted)
    code = studio.encode(tensor(shifted), studio.names[0])
    drawn = studio.decode(torch.tensor([list(code)]), studio.names[0])[0].flatten() * 255
    assert np.abs(canvases[1] - drawn).mean() < 3
    expect(section.locator("output")).to_have_text("4.0 pixels")
    section.get_by_text("Turn").click()
    expect(section.locator("output")).to_have_text("40 degrees")
    denoise.evaluate("() => { studio.engine.encodeMany = () => Promise.reject(new Error('offline')); }")
    denoise.locator("#samples [data-sample='2']").click()
    expect(section.get_by_role("alert")).to_be_visible()
    expect(section.locator(".transform-row")).to_be_hidden()  # all but one are of another picture


def test_the_tour_leads_through_states_of_the_page(denoise: Page):
    denoise.get_by_role("button", name="Take the tour").click()
    tour = denoise.locator("#tour")
    expect(tour).to_contain_text("Step 1 of 5")
    expect(denoise.locator("#noise-level input[type=range]")).to_have_value("0")
    tour.get_by_role("button", name="Next").click()
    expect(denoise.locator("#noise-level input[type=range]")).to_have_value("0.5")
    expect(denoise.locator("#compare .compare-row")).to_be_hidden()  # it would answer what is asked next
    tour.get_by_role("button", name="Next").click()
    expect(denoise.locator("#denoised")).to_be_hidden()  # it would give the answer away
    tour.get_by_role("button", name="Model A").click()
    expect(tour.locator(".tour-answer")).to_contain_text("No, Model A saw clean pictures only")
    tour.get_by_role("button", name="Model B").click()
    expect(tour.locator(".tour-answer")).to_contain_text("Yes")
    expect(denoise.locator("#denoised")).to_be_visible()
    tour.get_by_role("button", name="Next").click()
    wait_until_ready(denoise)
    expect(denoise).to_have_url(re.compile("tour=4"))
    tour.press("Escape")
    expect(tour).to_be_hidden()
    expect(denoise).to_have_url(re.compile("^(?!.*tour)"))


@pytest.mark.parametrize(("width", "height"), [(390, 664), (844, 390)])
def test_a_link_to_the_last_step_shows_what_it_speaks_of(page: Page, server_url: str, width, height):
    """The link comes before the tab has its content: the fold was left closed, and on a phone the tour hid the page."""
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{server_url}/?tour=5")
    tour, slider = page.locator("#tour"), page.locator("#bottleneck")
    expect(tour).to_contain_text("Step 5 of 5")
    expect(slider).to_be_visible()
    expect(slider).to_be_in_viewport()
    assert slider.bounding_box()["y"] + slider.bounding_box()["height"] < tour.bounding_box()["y"]


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


def test_pages_of_the_panel_are_tabs_by_keyboard_and_in_links(latent: Page):
    latent.get_by_role("tab", name="Nearest").focus()
    latent.keyboard.press("ArrowRight")
    noise = latent.get_by_role("tab", name="Noise", exact=True)
    expect(noise).to_be_focused()
    expect(latent.get_by_role("tabpanel", name="Noise")).to_be_visible()
    expect(latent.locator("#neighbours")).to_be_hidden()
    expect(latent).to_have_url(re.compile("panel=noise"))
    latent.reload()
    wait_until_ready(latent)
    expect(latent.get_by_role("tabpanel", name="Noise")).to_be_visible()
    latent.get_by_role("button", name="Draw a walk").click()
    click_at(latent, (0.2, 0.1))
    expect(latent.get_by_role("tabpanel", name="Walk")).to_be_visible()


def test_the_guess_follows_the_level_without_a_question_and_gives_up_what_is_stale(page: Page, server_url: str):
    page.goto(f"{server_url}/?tour=3")
    for choice in page.locator(".tour-guess button").all():  # before any picture was chosen
        expect(choice).to_be_visible()
    settled(page)
    page.wait_for_load_state("networkidle")
    before = grey(page, ".tour-guess button")
    page.evaluate("""() => {
      asked = [];
      studio.api = (path, body, signal) => { asked.push(signal); return new Promise(() => {}); };
    }""")
    page.locator("#noise-level input[type=range]").fill("0.2")
    assert not np.array_equal(grey(page, ".tour-guess button"), before)
    assert page.evaluate("asked.length") == 0
    page.evaluate("() => studio.set({ image: studio.samples[2].image })")
    page.wait_for_function("() => asked.length === 3")  # two for the guess, one for the tab
    page.evaluate("() => studio.set({ image: studio.samples[3].image })")
    assert page.evaluate("asked.slice(0, 3).every((one) => one.aborted)")
    page.locator("#tour").get_by_role("button", name="Leave the tour").click()
    expect(page.get_by_role("button", name="Take the tour")).to_be_focused()


def test_a_link_opens_the_tour_at_the_map_where_it_ends_if_no_widths_were_trained(page: Page, server_url: str):
    def without_widths(route):
        answer = route.fetch()
        config = answer.json()
        config["assets"] = {name: url for name, url in config["assets"].items() if not name.startswith("sweep/")}
        route.fulfill(response=answer, json=config)

    page.route("**/live/config", without_widths)
    page.goto(f"{server_url}/?tour=4")
    expect(page.locator("#tour")).to_contain_text("Step 4 of 4")
    expect(page.locator("#tour")).to_contain_text("A map of all garments")
    expect(page.locator("#tour").get_by_role("button", name="Finish")).to_be_visible()
    wait_until_ready(page)
