"""The Denoise tab's controls in real Chromium: kind of noise, model, seed, level and play."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from autoencoder.inference.engine import Engine
from autoencoder.web.page_config import SAMPLES
from tests.support.denoise_page import CHANGED, FIRST, FRAMES, REMEMBER, expect_reconstruction, grey, settled
from tests.support.questions import record_questions


def test_slider_changes_pixels_in_place_without_a_request(denoise: Page, studio: Engine, samples):
    """Dragging, arrow keys and typing scrub what has been fetched already."""
    denoise.wait_for_load_state("networkidle")
    questions = record_questions(denoise)
    slider = denoise.locator("#noise-level input[type=range]")
    box = slider.bounding_box()
    before = grey(denoise, "#noisy")
    denoise.mouse.move(box["x"] + box["width"] * 0.42, box["y"] + box["height"] / 2)
    denoise.mouse.down()
    denoise.mouse.move(box["x"] + box["width"] - 1, box["y"] + box["height"] / 2, steps=12)
    denoise.mouse.up()
    settled(denoise)
    assert not np.array_equal(before, grey(denoise, "#noisy"))
    assert denoise.evaluate("studio.state.level") == 0.6
    slider.press("ArrowLeft")
    expect_reconstruction(denoise, studio, samples[SAMPLES[FIRST]], studio.names[0], "gaussian", 0.59, 7)
    denoise.locator("#noise-level input[type=number]").fill("0.1")
    expect_reconstruction(denoise, studio, samples[SAMPLES[FIRST]], studio.names[0], "gaussian", 0.1, 7)
    expect(slider).to_have_value("0.1")
    denoise.get_by_role("button", name="0.25, as in the Report").click()
    expect(slider).to_have_value("0.25")
    assert not questions


def test_a_picture_asks_once_for_each_model_and_never_again(denoise: Page, studio: Engine):
    """One answer holds all levels; the models that are not chosen come after, for the comparison."""
    denoise.wait_for_load_state("networkidle")
    questions = record_questions(denoise)
    with denoise.expect_response(lambda answer: (answer.request.post_data_json or {}).get("model") == studio.names[-1]):
        denoise.locator("#samples [data-sample='2']").click()
    denoise.locator(f"#compare [data-model='{studio.names[1]}']").click()
    settled(denoise)
    denoise.locator("#noise-level input[type=range]").fill("0.6")
    settled(denoise)
    assert all(request.url.endswith("live/strip") for request in questions)
    assert [request.post_data_json["model"] for request in questions] == list(studio.names)


def test_kind_seed_and_model_each_change_the_picture(denoise: Page, studio: Engine, samples):
    image = samples[SAMPLES[FIRST]]
    denoise.locator("#noise-kind").get_by_text("Salt & pepper").click()
    expect_reconstruction(denoise, studio, image, studio.names[0], "salt_pepper", 0.5, 7)
    denoise.locator("#noise-seed input").fill("123")
    expect_reconstruction(denoise, studio, image, studio.names[0], "salt_pepper", 0.5, 123)
    denoise.locator("#model").locator("label").last.click()
    expect_reconstruction(denoise, studio, image, studio.names[-1], "salt_pepper", 0.5, 123)
    denoise.get_by_role("button", name="New noise").click()
    settled(denoise)
    seed = int(denoise.locator("#noise-seed input").input_value())
    expect_reconstruction(denoise, studio, image, studio.names[-1], "salt_pepper", 0.5, seed)


@pytest.mark.parametrize(("typed", "counts"), [("", "0.5"), ("0.333", "0.33"), ("7", "0.6")])
def test_level_box_shows_what_counts_when_left(denoise: Page, typed, counts):
    """Emptied, too fine or too large: slider, number and picture agree again once the box is left."""
    box = denoise.locator("#noise-level input[type=number]")
    box.fill("0.5")
    box.fill(typed)
    box.blur()
    expect(box).to_have_value(counts)
    expect(denoise.locator("#noise-level input[type=range]")).to_have_value(counts)
    assert denoise.evaluate("studio.state.level") == float(counts)


def test_seed_box_returns_to_the_seed_in_use_when_left(denoise: Page):
    box = denoise.locator("#noise-seed input")
    box.fill("-1")
    expect(box).to_have_attribute("aria-invalid", "true")
    box.blur()
    expect(box).to_have_value("7")
    expect(box).to_have_attribute("aria-invalid", "false")
    expect(denoise.locator("#denoise-error")).to_contain_text("whole number")


def test_complaint_about_the_seed_outlasts_the_next_answer(denoise: Page):
    """Another picture arrives well, but that does not make the seed a good one."""
    denoise.locator("#noise-seed input").fill("-1")
    denoise.locator("#samples [data-sample='3']").click()
    settled(denoise)
    denoise.wait_for_load_state("networkidle")
    expect(denoise.locator("#denoise-error")).to_contain_text("whole number")
    denoise.get_by_role("button", name="New noise").click()
    expect(denoise.locator("#denoise-error")).to_be_hidden()


def test_impossible_seed_is_answered_in_words(denoise: Page):
    denoise.locator("#noise-seed input").fill("-4")
    expect(denoise.get_by_role("alert").filter(has_text="whole number between 0 and")).to_be_visible()
    denoise.locator("#noise-seed input").fill("4")
    expect(denoise.locator("#denoise-error")).to_be_hidden()
    assert denoise.evaluate("studio.state.seed") == 4


def test_play_raises_and_lowers_the_noise_until_paused(denoise: Page):
    denoise.evaluate(REMEMBER, "#noisy canvas")
    button = denoise.locator("#denoise-play button")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    denoise.wait_for_function(CHANGED, arg="#noisy canvas")
    for turn in ("> 0.5", "< 0.1", "> 0.2"):
        denoise.wait_for_function(f"() => studio.state.level {turn}")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    level = denoise.evaluate("studio.state.level")
    denoise.evaluate(FRAMES)
    assert denoise.evaluate("studio.state.level") == level
    assert float(denoise.locator("#noise-level input[type=range]").input_value()) == level


def test_less_motion_makes_play_a_step(denoise: Page):
    denoise.emulate_media(reduced_motion="reduce")
    button = denoise.get_by_role("button", name="Step: raise the noise level")
    button.click()
    assert denoise.evaluate("studio.state.level") == 0.55
    button.click()
    assert denoise.evaluate("studio.state.level") == 0.6
