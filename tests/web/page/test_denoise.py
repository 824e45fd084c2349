"""The Denoise tab in real Chromium: what a visitor does, and what must then be seen."""

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from autoencoder.inference.engine import Engine
from autoencoder.web.page_config import LIMITS, SAMPLES
from tests.support.denoise_page import FIRST, PICTURES, drag, expect_reconstruction, grey, pixels, settled, tensor
from tests.support.latent_page import wait_until_ready
from tests.support.recorded_requests import record_questions


def test_first_view_shows_a_denoised_sample(denoise: Page, engine: Engine, samples):
    """Nothing need be clicked: a garment is already noisy and reconstructed, best by what was trained on noise."""
    chosen = denoise.locator("#samples [aria-checked=true]")
    expect(chosen).to_have_count(1)
    image = samples[SAMPLES[int(chosen.get_attribute("data-sample"))]]
    level = LIMITS["start_level"]
    expect_reconstruction(denoise, engine, image, engine.names[0], "gaussian", level, 7)
    noisy, clean = (engine.denoise(tensor(image), name, "gaussian", (level,), 7) for name in ("denoising", "basic"))
    assert noisy.scores["mse"][0] < 0.7 * clean.scores["mse"][0]
    better = denoise.locator("#denoise-metrics .wins")
    expect(better).to_have_count(4)
    denoise.locator("#noise-level input[type=range]").fill("0")
    expect(better).to_have_count(0)  # the input is the original: there is nothing to win


def test_first_strip_is_asked_for_once_and_before_gradio_has_laid_out_the_tabs(page: Page, server_url: str):
    held, asked = [], record_questions(page)
    page.route(re.compile(r"/assets/index-[^/]+\.js"), lambda route: held.append(route))
    with page.expect_request("**/live/strip"):
        page.goto(server_url, wait_until="commit")
    assert held
    assert not page.locator(".stage").count()
    for route in held:
        route.continue_()
    expect(page.locator(".compare-row button.wins")).to_have_count(1)
    page.wait_for_function("() => document.querySelectorAll('.compare-row em:not(:empty)').length === 3")
    models = [request.post_data_json["model"] for request in asked if request.url.endswith("live/strip")]
    assert sorted(models) == sorted(page.evaluate("studio.models.map((one) => one.name)"))


def test_each_sample_shows_its_own_class_and_tells_it_to_screen_readers(denoise: Page, engine: Engine, samples):
    """Thumbnail and name of a sample belong together, for all ten, and its picture is the one that is chosen."""
    plane = engine.checkpoint(engine.names[0]).latent_map
    labels = dict(zip(plane.index.tolist(), plane.labels.tolist(), strict=True))
    names = denoise.evaluate("studio.classes.map((one) => one.name)")
    for i, index in enumerate(SAMPLES):
        assert labels[index] == i
        assert denoise.locator(f"#samples [data-sample='{i}']").inner_text().strip() == names[i]
        assert np.array_equal(grey(denoise, f"#samples [data-sample='{i}']"), samples[index])
    for i in (3, 8):
        denoise.locator(f"#samples [data-sample='{i}']").click()
        settled(denoise)
        assert np.array_equal(grey(denoise, "#original"), samples[SAMPLES[i]])
    expect(denoise.locator("[aria-live=polite]").filter(has_text="Bag, noise 0.50")).to_have_count(1)


def test_radio_groups_go_by_arrow_keys(denoise: Page):
    for group, key in (("#noise-kind", "noise"), ("#model", "model")):
        before = denoise.evaluate(f"studio.state.{key}")
        denoise.locator(f"{group} :checked").focus()
        denoise.keyboard.press("ArrowRight")
        settled(denoise)
        assert denoise.evaluate(f"studio.state.{key}") != before
        denoise.keyboard.press("ArrowLeft")
        settled(denoise)
        assert denoise.evaluate(f"studio.state.{key}") == before
    group = denoise.get_by_role("radiogroup", name="Pick a garment")
    group.locator("[data-sample='9']").focus()
    denoise.keyboard.press("ArrowRight")
    expect(group.locator("[data-sample='0']")).to_be_focused()
    expect(group.locator("[data-sample='0']")).to_have_attribute("aria-checked", "true")
    expect(group.locator("[tabindex='0']")).to_have_count(1)
    denoise.keyboard.press("Alt+ArrowRight")  # the browser's own
    expect(group.locator("[data-sample='0']")).to_have_attribute("aria-checked", "true")
    denoise.keyboard.press("End")
    expect(group.locator("[data-sample='9']")).to_have_attribute("aria-checked", "true")


def test_link_restores_the_view(page: Page, server_url: str, engine: Engine, samples):
    model = engine.names[-1]
    page.goto(f"{server_url}/?tab=denoise&sample=3&noise=masking&level=0.4&seed=11&model={model}")
    expect(page.locator("#samples [data-sample='3']")).to_have_attribute("aria-checked", "true")
    expect_reconstruction(page, engine, samples[SAMPLES[3]], model, "masking", 0.4, 11)
    expect(page.locator("#noise-level input[type=range]")).to_have_value("0.4")
    expect(page.locator("#noise-seed input")).to_have_value("11")
    expect(page.locator("#noise-kind label:has(:checked)")).to_have_text("Masking")
    expect(page.locator("#model input:checked")).to_have_value(model)


def test_choices_made_on_the_map_outlive_the_first_look_at_this_tab(
    page: Page, server_url: str, open_tab, engine: Engine, samples
):
    """Coming here from the map, a visitor finds what was chosen there, whatever the link had asked for before."""
    page.goto(f"{server_url}/?tab=latent&sample=3&level=0.4")
    wait_until_ready(page)
    page.get_by_role("tab", name="Noise", exact=True).click()
    page.get_by_role("group", name="Your picture under noise").get_by_role("button", name="Coat").click()
    page.locator(".lm-image input[type=range]").fill("0.5")
    open_tab("denoise")
    expect_reconstruction(page, engine, samples[SAMPLES[4]], engine.names[0], "gaussian", 0.5, 7)
    expect(page.locator("#samples [data-sample='4']")).to_have_attribute("aria-checked", "true")
    expect(page.locator(".seen-label")).to_have_text("Coat")
    expect(page.locator("#noise-level input[type=range]")).to_have_value("0.5")


def test_choices_made_here_outlive_the_first_look_at_the_map(page: Page, server_url: str, open_tab, engine: Engine):
    """Nor does a page of the map's panel that was chosen give way to the link's once the map is there."""
    basic, other = engine.names[1], engine.names[0]
    page.goto(f"{server_url}/?model={basic}&panel=noise")
    expect(page.locator("#model input:checked")).to_have_value(basic)
    page.locator(f"#model input[value={other}]").check()
    held: list[Route] = []
    page.route("**/codes.bin", lambda route: held.append(route))
    with page.expect_request("**/codes.bin"):
        open_tab("latent")
    expect(page.locator(".lm-model")).to_have_value(other)
    page.get_by_role("tab", name="Walk").click()
    for route in held:
        route.continue_()
    page.unroute("**/codes.bin")
    wait_until_ready(page)
    expect(page.get_by_role("tabpanel", name="Walk")).to_be_visible()


def test_what_changed_on_another_tab_is_there_on_return(denoise: Page, open_tab, engine: Engine, samples):
    """The stage is not painted while it is out of sight; it catches up when it is shown."""
    open_tab("latent")
    wait_until_ready(denoise)  # a click before the tab's script listens is lost
    denoise.locator("#lm-tab-noise").click()
    denoise.locator(".lm-image input[type=range]").fill("0.2")
    open_tab("denoise")
    expect_reconstruction(denoise, engine, samples[SAMPLES[FIRST]], engine.names[0], "gaussian", 0.2, 7)
    denoise.locator("#noise-level input[type=range]").fill("0.4")
    open_tab("latent")
    questions = record_questions(denoise)
    denoise.get_by_role("group", name="Your picture under noise").get_by_role("button", name="Coat").click()
    expect(denoise.locator(".lm-image .lm-hint").first).to_contain_text("Coat")
    assert len(questions) == 1, "only what is seen is asked for"
    open_tab("denoise")
    expect_reconstruction(denoise, engine, samples[SAMPLES[4]], engine.names[0], "gaussian", 0.4, 7)
    open_tab("latent")
    expect(denoise.locator(".lm-level output")).to_have_text("0.40")
    expect(denoise.locator("#noise-drift")).to_contain_text("At level 0.40")


def test_nonsense_in_a_link_is_ignored(page: Page, server_url: str, engine: Engine, samples):
    page.goto(f"{server_url}/?tab=x&sample=99&noise=rain&level=9&seed=-1&model=<b>&image=%F0")
    expect_reconstruction(page, engine, samples[SAMPLES[FIRST]], engine.names[0], "gaussian", LIMITS["start_level"], 7)


def test_copied_link_leads_back_even_to_a_drawing(denoise: Page):
    denoise.context.grant_permissions(["clipboard-read", "clipboard-write"])
    drag(denoise, (0.3, 0.3), (0.7, 0.8))
    denoise.mouse.up()
    denoise.locator("#noise-level input[type=range]").fill("0.33")
    settled(denoise)
    before = [grey(denoise, selector) for selector in PICTURES]
    denoise.locator("#denoise-actions").get_by_role("button", name="Copy link").click()
    expect(denoise.locator("#denoise-actions")).to_contain_text("Copied")
    denoise.goto(denoise.evaluate("() => navigator.clipboard.readText()"))
    settled(denoise)
    for selector, old in zip(PICTURES, before, strict=True):
        assert np.array_equal(grey(denoise, selector), old), selector


def test_metrics_say_plainly_which_is_nearer_and_what_each_model_makes_of_it(denoise: Page, engine: Engine, samples):
    """With no noise the input is the original; with much, the reconstruction is nearer to it."""
    denoise.locator("#noise-level input[type=range]").fill("0")
    expect(denoise.locator(".verdict")).to_contain_text("No pixel is noisy: the input is the original itself")
    expect(denoise.locator("#denoise-metrics tr[data-of=noisy]")).to_contain_text("∞")
    denoise.locator("#noise-level input[type=range]").fill("0.6")
    expect(denoise.locator(".verdict")).to_contain_text("The reconstruction is nearer to the original")
    answer = engine.denoise(tensor(samples[SAMPLES[FIRST]]), engine.names[0], "gaussian", (0.6,), 7)
    for of, scores in (("noisy", answer.noisy_scores), ("denoised", answer.scores)):
        cells = denoise.locator(f"#denoise-metrics tr[data-of={of}] td").all_inner_texts()
        expected = [scores[name][0] for name in ("mse", "psnr", "ssim", "ssim_global")]
        assert [float(text.replace("−", "-")) for text in cells] == pytest.approx(expected, abs=0.051)
    code = [float(text.replace("−", "-")) for text in denoise.locator(".code-numbers > span").all_inner_texts()]
    assert code == pytest.approx(answer.codes[0].tolist(), abs=0.006)
    denoise.evaluate("() => { studio.models[0].latent_dim = 1; studio.set({ level: 0.3 }); }")
    expect(denoise.locator("[data-about=blur]")).to_contain_text("One number is too few")
    expect(denoise.locator(".code-title")).to_have_text("its code: 1 number")
    # Every model, under the same noise.
    denoise.locator("#noise-level input[type=range]").fill("0.6")
    answers = {
        name: engine.denoise(tensor(samples[SAMPLES[FIRST]]), name, "gaussian", (0.6,), 7) for name in engine.names
    }
    for name, answer in answers.items():
        card = denoise.locator(f"#compare [data-model='{name}']")
        expect(card.locator("em")).to_contain_text(f"{answer.scores['mse'][0]:.4f}")
        shown = grey(denoise, f"#compare [data-model='{name}']")
        assert np.abs(shown - answer.reconstruction[0] * 255).max() <= 1
    best = min(answers, key=lambda name: answers[name].scores["mse"][0])
    expect(denoise.locator("#compare .wins")).to_have_attribute("data-model", best)
    other = engine.names[-1]
    denoise.locator(f"#compare [data-model='{other}']").click()
    expect_reconstruction(denoise, engine, samples[SAMPLES[FIRST]], other, "gaussian", 0.6, 7)
    expect(denoise.locator("#model input:checked")).to_have_value(other)


def test_pictures_download_crisp_and_large(denoise: Page):
    for selector in PICTURES:
        with denoise.expect_download() as download:
            denoise.locator(f"{selector} .save").click()
        with Image.open(download.value.path()) as picture:
            large = np.asarray(picture.convert("RGB"))
        assert large.shape == (448, 448, 3)
        shown = pixels(denoise, selector).reshape(28, 28, 3)
        assert np.array_equal(large, shown.repeat(16, 0).repeat(16, 1)), selector


def test_old_picture_stays_while_the_next_is_awaited_and_when_it_cannot_be_had(denoise: Page):
    """Waiting shows when it lasts; trouble is a sentence on the page, and the next choice works again."""
    denoise.wait_for_load_state("networkidle")
    before = grey(denoise, "#denoised")
    held = []
    denoise.route("**/live/strip", lambda route: held.append(route))
    denoise.locator("#samples [data-sample='0']").click()
    expect(denoise.locator(".stage")).to_have_class(re.compile("is-pending"))
    assert np.array_equal(before, grey(denoise, "#denoised"))
    held[0].continue_()
    denoise.unroute("**/live/strip")
    settled(denoise)
    expect(denoise.locator(".stage")).not_to_have_class(re.compile("is-pending"))
    after = grey(denoise, "#denoised")
    assert not np.array_equal(before, after)
    denoise.wait_for_load_state("networkidle")
    # Thrown in the page, not on the wire: a failed request is a console error, which the fixture forbids.
    denoise.evaluate("() => { wire = window.fetch; window.fetch = () => Promise.reject(new TypeError('offline')); }")
    denoise.locator("#noise-kind").get_by_text("Masking").click()
    expect(denoise.locator("#denoise-error")).to_have_text(re.compile("cannot be reached"))
    assert np.array_equal(after, grey(denoise, "#denoised"))
    with denoise.expect_download() as download:
        denoise.locator("#denoised .save").click()
    assert download.value.suggested_filename == "denoised-denoising-gaussian-0.50.png"  # as it is, not as was asked for
    denoise.evaluate("() => { window.fetch = wire; }")
    denoise.locator("#noise-kind").get_by_text("Speckle").click()
    settled(denoise)
    expect(denoise.locator("#denoise-error")).to_be_hidden()
