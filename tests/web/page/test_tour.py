"""The guided tour, in real Chromium: its steps, its question, its links."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.support.denoise_page import grey, settled
from tests.support.latent_page import wait_until_ready


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
