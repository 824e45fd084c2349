"""The Denoise tab's controls in real Chromium: kind of noise, model, seed, level, play, code and picture moved."""

import numpy as np
import torch
from playwright.sync_api import Page, expect

from autoencoder.inference.engine import Engine
from autoencoder.web.page_config import SAMPLES
from tests.support.denoise_page import CHANGED, FIRST, PIXELS, REMEMBER, expect_reconstruction, grey, settled, tensor
from tests.support.recorded_requests import record_questions

STILL = "Play: let the noise level rise and fall"
# Time passes, and a frame is drawn, when the test says so. Playwright's own clock would stay in the pages that follow.
OWN_TIME = """() => {
  let now = 0;
  const waiting = [];
  performance.now = () => now;
  window.requestAnimationFrame = (act) => waiting.push(act);
  window.pass = (ms) => {
    now += ms;
    for (const act of waiting.splice(0)) act(now);
  };
}"""


def test_level_changes_pixels_in_place_without_a_request(denoise: Page, engine: Engine, samples):
    """Dragging, arrow keys and typing scrub what has been fetched already."""
    expect(denoise.locator("#compare .wins")).to_have_count(1)  # the last question of the beginning is answered
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
    expect_reconstruction(denoise, engine, samples[SAMPLES[FIRST]], engine.names[0], "gaussian", 0.59, 7)
    number = denoise.locator("#noise-level input[type=number]")
    number.fill("0.1")
    expect_reconstruction(denoise, engine, samples[SAMPLES[FIRST]], engine.names[0], "gaussian", 0.1, 7)
    expect(slider).to_have_value("0.1")
    denoise.get_by_role("button", name="0.25, as in the Report").click()
    expect(slider).to_have_value("0.25")
    # Emptied, too fine or too large: slider, number and picture agree again once the box is left.
    for typed, counts in (("", "0.25"), ("0.333", "0.33"), ("7", "0.6")):
        number.fill(typed)
        number.blur()
        expect(number).to_have_value(counts)
        expect(slider).to_have_value(counts)
        assert denoise.evaluate("studio.state.level") == float(counts)
    assert not questions


def test_a_picture_asks_once_for_each_model_and_never_again(denoise: Page, engine: Engine):
    """One answer holds all levels; the models that are not chosen come after, for the comparison."""
    expect(denoise.locator("#compare .wins")).to_have_count(1)  # the last question of the beginning is answered
    questions = record_questions(denoise)
    with denoise.expect_response(lambda answer: (answer.request.post_data_json or {}).get("model") == engine.names[-1]):
        denoise.locator("#samples [data-sample='2']").click()
    denoise.locator(f"#compare [data-model='{engine.names[1]}']").click()
    settled(denoise)
    denoise.locator("#noise-level input[type=range]").fill("0.6")
    settled(denoise)
    assert all(request.url.endswith("live/strip") for request in questions)
    assert [request.post_data_json["model"] for request in questions] == list(engine.names)


def test_kind_seed_and_model_each_change_the_picture(denoise: Page, engine: Engine, samples):
    image = samples[SAMPLES[FIRST]]
    denoise.locator("#noise-kind").get_by_text("Salt & pepper").click()
    expect_reconstruction(denoise, engine, image, engine.names[0], "salt_pepper", 0.5, 7)
    denoise.locator("#noise-seed input").fill("123")
    expect_reconstruction(denoise, engine, image, engine.names[0], "salt_pepper", 0.5, 123)
    denoise.locator("#model").locator("label").last.click()
    expect_reconstruction(denoise, engine, image, engine.names[-1], "salt_pepper", 0.5, 123)
    denoise.get_by_role("button", name="New noise").click()
    settled(denoise)
    seed = int(denoise.locator("#noise-seed input").input_value())
    expect_reconstruction(denoise, engine, image, engine.names[-1], "salt_pepper", 0.5, seed)


def test_an_impossible_seed_is_answered_in_words_until_a_good_one_is_chosen(denoise: Page):
    """Another picture that arrives well does not make the seed a good one; left, the box has the seed in use again."""
    box, complaint = denoise.locator("#noise-seed input"), denoise.locator("#denoise-error[role=alert]")
    box.fill("-1")
    expect(box).to_have_attribute("aria-invalid", "true")
    denoise.evaluate("() => studio.set({ noise: 'masking' })")
    settled(denoise)
    denoise.wait_for_load_state("networkidle")
    expect(complaint).to_contain_text("whole number between 0 and")
    box.blur()
    expect(complaint).to_be_hidden()
    expect(box).to_have_value("7")
    expect(box).to_have_attribute("aria-invalid", "false")
    box.fill("-4")
    expect(complaint).to_be_visible()
    box.fill("4")
    expect(complaint).to_be_hidden()
    assert denoise.evaluate("studio.state.seed") == 4


def test_play_raises_and_lowers_the_noise_until_paused_and_with_less_motion_by_steps(denoise: Page):
    denoise.evaluate(REMEMBER, "#noisy canvas")
    denoise.evaluate(OWN_TIME)
    button = denoise.locator("#denoise-play button")
    button.click()
    expect(button).to_have_accessible_name("Pause")
    levels = [denoise.evaluate("studio.state.level")]
    for _ in range(11):
        denoise.evaluate("() => pass(400)")
        levels.append(denoise.evaluate("studio.state.level"))
    steps = np.diff(levels)
    assert steps[0] > 0 > steps[1:9].max()
    assert steps[9:].min() > 0
    assert np.abs(steps).max() < 0.1
    assert denoise.evaluate(CHANGED, "#noisy canvas")
    button.click()
    expect(button).to_have_accessible_name(STILL)
    denoise.evaluate("() => pass(400)")
    assert denoise.evaluate("studio.state.level") == levels[-1]
    slider = denoise.locator("#noise-level input[type=range]")
    assert float(slider.input_value()) == levels[-1]
    slider.fill("0.5")
    denoise.emulate_media(reduced_motion="reduce")
    button = denoise.get_by_role("button", name="Step: raise the noise level")
    button.click()
    assert denoise.evaluate("studio.state.level") == 0.55
    button.click()
    assert denoise.evaluate("studio.state.level") == 0.6


def test_play_gives_way_to_whatever_sets_the_level_and_to_another_tab(denoise: Page, open_tab):
    """From another tab nothing could pause it."""
    button = denoise.locator("#denoise-play button")
    button.click()
    expect(button).to_have_accessible_name("Pause")
    denoise.get_by_role("button", name="Take the tour").click()
    expect(button).to_have_accessible_name(STILL)
    assert denoise.evaluate("studio.state.level") == 0
    denoise.get_by_role("button", name="Leave the tour").click()
    button.click()
    denoise.locator(".code-sliders input").first.press("ArrowRight")  # each step would take the slider back
    expect(button).to_have_accessible_name(STILL)
    button.click()
    open_tab("report")
    expect(button).to_have_attribute("aria-label", STILL)


def test_the_two_numbers_are_handles(denoise: Page, engine: Engine):
    """Moved, they draw what the decoder makes of them; let go, the picture's own code is back."""
    own = grey(denoise, "#denoised")
    first, second = denoise.locator(".code-sliders input").all()
    second.fill("-0.5")
    first.fill("0.25")
    numbers = denoise.locator(".code-numbers > span")
    expect(numbers).to_have_text(["0.25", "−0.50"])
    drawn = engine.decode(torch.tensor([[0.25, -0.5]]), engine.names[0])[0] * 255
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


def test_a_shifted_picture_walks_over_the_map(denoise: Page, engine: Engine, samples):
    section = denoise.locator("#transform")
    section.locator("summary").click()
    section.locator("input[type=range]").fill("24")
    expect(section).to_have_attribute("data-step", "24", timeout=60_000)
    shifted = np.zeros((28, 28), np.uint8)
    shifted[:, 4:] = samples[SAMPLES[FIRST]][:, :-4]
    canvases = [np.array(denoise.evaluate(PIXELS, f"#transform figure:nth-of-type({i}) canvas"))[:, 0] for i in (1, 2)]
    assert np.array_equal(canvases[0].reshape(28, 28), shifted)
    code = engine.encode(tensor(shifted), engine.names[0])
    drawn = engine.decode(torch.tensor([list(code)]), engine.names[0])[0].flatten() * 255
    assert np.abs(canvases[1] - drawn).mean() < 3
    expect(section.locator("output")).to_have_text("4.0 pixels")
    section.get_by_text("Turn").click()
    expect(section.locator("output")).to_have_text("40 degrees")
    denoise.evaluate("() => { studio.engine.encodeMany = () => Promise.reject(new Error('offline')); }")
    denoise.locator("#samples [data-sample='2']").click()
    expect(section.get_by_role("alert")).to_be_visible()
    expect(section.locator(".transform-row")).to_be_hidden()  # all but one are of another picture
