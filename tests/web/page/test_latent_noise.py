"""The Latent space tab in real Chromium: what noise does to all codes, tangents, mixtures of pixels along a walk."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, expect

from autoencoder.inference.engine import Engine
from autoencoder.weights.noisy_codes import FILE, NoisyCodes
from tests.support.latent_page import click_at, decoded, on_screen, pixels, wait_until_ready
from tests.support.recorded_requests import record_questions

# The opaque pixels of the layer, once what was asked for has been painted.
PAINTED = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const canvas = document.querySelector(".lm-noise");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const { arrows, dots } = canvas.dataset;
  const text = document.querySelector("#noise-drift").textContent;
  let hash = 0;
  for (let i = 0; i < data.length; i += 1) hash = (hash * 31 + data[i]) | 0;
  done({ arrows: Number(arrows), dots: Number(dots), hash, text,
    count: data.filter((value, i) => i % 4 === 3 && value > 0).length });
})))"""
COLOUR_AT = """async ([x, y]) => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const canvas = document.querySelector(".lm-noise");
  const frame = canvas.getBoundingClientRect();
  const scale = canvas.width / frame.width;
  return [...canvas.getContext("2d").getImageData((x - frame.left) * scale, (y - frame.top) * scale, 1, 1).data];
}"""


@pytest.fixture
def noise(latent: Page) -> Page:
    """The tab with its panel at the switches of all pictures under noise, which are there to be used."""
    latent.locator("#lm-tab-noise").click()
    expect(latent.locator("#arrows")).to_be_enabled()
    return latent


def codes_of(engine: Engine, name: str) -> NoisyCodes:
    checkpoint = engine.checkpoint(name)
    return NoisyCodes.from_bytes((checkpoint.folder / FILE).read_bytes(), checkpoint.latent_map)


def at_level(codes: NoisyCodes, level: float) -> NDArray[np.float64]:
    """Places ``(N, 2)``, between two levels in proportion."""
    return np.array(
        [
            [np.interp(level, codes.levels, codes.places[:, item, axis]) for axis in (0, 1)]
            for item in range(len(codes.rows))
        ]
    )


def set_level(page: Page, level: float) -> None:
    page.locator(".lm-level input").fill(str(level))


def test_arrows_follow_the_level_and_the_model_and_ask_for_nothing(noise: Page, engine: Engine):
    """At 0.4 the basic model's codes move far, and the sentence says how far; at 0 every arrow is a dot."""
    off = noise.evaluate(PAINTED)
    assert (off["arrows"], off["dots"], off["count"]) == (0, 0, 0)
    noise.locator("#arrows").check()
    expect(noise.locator(".lm-noise[data-arrows]:not([data-arrows='0'])")).to_have_count(1)
    shown, questions = {}, record_questions(noise)
    for name in ("basic", "denoising"):
        noise.locator(".lm-model").select_option(name)
        wait_until_ready(noise)
        expect(noise.locator("#arrows")).to_be_enabled()
        questions.clear()
        for level in (0, 0.37):
            set_level(noise, level)
            shown[name, level] = noise.evaluate(PAINTED)
            codes = codes_of(engine, name)
            moved = np.hypot(*(at_level(codes, level) - codes.places[0]).T).mean()
            words = f"At level {level:.2f} Gaussian noise moves a code by {moved:.2f} on average"
            assert words in shown[name, level]["text"]
            assert 200 < shown[name, level]["arrows"] < 300
        assert not questions
    assert shown["basic", 0.37]["count"] > 1.5 * shown["basic", 0]["count"]
    assert shown["basic", 0.37]["count"] > 1.3 * shown["denoising", 0.37]["count"]
    noise.locator("#arrows").uncheck()
    assert noise.evaluate(PAINTED)["count"] == 0


def test_noise_on_all_shows_a_dot_where_each_noisy_code_lies(noise: Page, engine: Engine):
    name = engine.names[0]
    codes, labels = codes_of(engine, name), engine.checkpoint(name).latent_map.labels
    noise.locator("#noise-on-all").check()
    assert noise.evaluate(PAINTED)["dots"] == 1000
    expect(noise.locator(".lm-plot canvas")).to_be_hidden()
    label = 1
    noise.get_by_role("button", name="None", exact=True).click()
    noise.locator(".lm-chip").nth(label).click()
    assert noise.evaluate(PAINTED)["dots"] == (labels[codes.rows] == label).sum()
    colour = noise.evaluate("label => studio.classes[label].colour", label).lstrip("#")
    wanted = np.array([int(colour[i : i + 2], 16) for i in (0, 2, 4)])
    frame = noise.locator("#latent-map").bounding_box()
    for level in (0.4, 0.47):  # the second between two that were computed
        set_level(noise, level)
        places = at_level(codes, level)[labels[codes.rows] == label]
        spots = [on_screen(noise, place) for place in places[:20]]
        inside = [
            (x, y)
            for x, y in spots
            if 60 < x - frame["x"] < frame["width"] - 30 and 30 < y - frame["y"] < frame["height"] - 60
        ]
        found = np.array([noise.evaluate(COLOUR_AT, spot) for spot in inside])
        assert (np.abs(found[:, :3] - wanted).max(1) < 60).mean() > 0.9, found
    noise.locator("#noise-on-all").uncheck()
    expect(noise.locator(".lm-plot canvas")).to_be_visible()


def test_switches_come_back_from_the_address(noise: Page):
    for switch in ("#arrows", "#noise-on-all", "#tangents"):
        noise.locator(switch).check()
    noise.wait_for_url(lambda url: all(f"{name}=1" in url for name in ("arrows", "noise-on-all", "tangents")))
    noise.reload()
    wait_until_ready(noise)
    for switch in ("#arrows", "#noise-on-all", "#tangents"):
        expect(noise.locator(switch)).to_be_checked()
    expect(noise.locator(".lm-noise[data-dots='1000']")).to_have_count(1)
    expect(noise.locator(".lm-tangents[data-x]")).to_be_visible()
    noise.locator("#lm-tab-noise").click()
    noise.locator("#arrows").uncheck()
    noise.wait_for_url(lambda url: "arrows=1" not in url)


def test_a_model_without_such_codes_says_so(noise: Page, engine: Engine):
    other = engine.names[1]
    noise.evaluate("name => { delete studio.assets[name]; }", f"{other}/{FILE}")
    noise.locator("#arrows").check()
    noise.locator(".lm-model").select_option(other)
    wait_until_ready(noise)
    expect(noise.locator("#noise-drift")).to_contain_text("was not computed for this model")
    expect(noise.locator("#arrows")).to_be_disabled()
    assert noise.evaluate(PAINTED)["count"] == 0
    noise.locator(".lm-model").select_option(engine.names[0])
    expect(noise.locator("#arrows")).to_be_enabled()
    assert noise.evaluate(PAINTED)["arrows"] > 200


def test_tangents_are_shown_at_the_cursor_and_under_the_pointer(latent: Page, engine: Engine):
    """Red where the picture grows brighter, blue where darker, and the map shows which way x and y grow."""
    figure = latent.locator(".lm-tangents")
    expect(figure).to_be_hidden()
    latent.locator("#tangents").check()
    expect(latent.locator(".lm-directions")).to_have_count(1)
    x, y, _ = decoded(latent)
    latent.wait_for_function("x => Number(document.querySelector('.lm-tangents').dataset.x) === x", arg=x)
    step = torch.tensor([[x + 0.01, y], [x - 0.01, y]])
    brighter, darker = engine.decode(step, engine.names[0])
    expected = (brighter - darker).ravel()
    red = pixels(latent, ".lm-tangents canvas")  # white holds as much of it as red does, blue little
    assert red[expected.argmax()] > 170
    assert red[expected.argmin()] < red[expected.argmax()]
    box = latent.locator("#latent-map").bounding_box()
    latent.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    latent.wait_for_function("x => Number(document.querySelector('.lm-tangents').dataset.x) !== x", arg=x)
    latent.mouse.move(box["x"] + 0.5 * box["width"], box["y"] - 30)
    latent.wait_for_function("x => Number(document.querySelector('.lm-tangents').dataset.x) === x", arg=x)
    latent.locator("#tangents").uncheck()
    expect(figure).to_be_hidden()
    expect(latent.locator(".lm-directions")).to_have_count(0)
    latent.locator("#tangents").check()
    latent.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    expect(latent.locator(".lm-card")).to_be_visible()
    # Another model is chosen by the keyboard: until its map is there nothing is told of the old one's places.
    latent.route("**/codes.bin", lambda route: None)
    latent.locator(".lm-model").select_option(engine.names[1])
    for part in (".lm-card", ".lm-tangents", ".lm-directions"):
        expect(latent.locator(part)).to_be_hidden()
    latent.locator("#latent-map").press("Enter")
    expect(latent.locator(".lm-stop")).to_have_count(0)


def test_what_tangents_could_not_be_had_is_not_told_once_they_are_off(latent: Page):
    latent.evaluate("() => { studio.engine.tangents = () => Promise.reject(new Error('Try again.')); }")
    toggle = latent.locator("#tangents")
    toggle.check()
    expect(latent.locator("#tangents-error")).to_be_visible()
    toggle.uncheck()
    expect(latent.locator("#tangents-error")).to_be_hidden()


def test_below_a_walk_the_pixels_of_its_ends_are_mixed(latent: Page, engine: Engine):
    """The mixtures of a leg are between the pictures of its ends; both rows are saved, each below its label."""
    codes = engine.checkpoint(engine.names[0]).latent_map.codes
    for place in codes[np.argsort(np.square(codes - codes.mean(0)).sum(1))[[100, 4000]]]:
        latent.keyboard.down("Shift")
        click_at(latent, place)
        latent.keyboard.up("Shift")
    walk = latent.locator("#latent-path")
    expect(walk).to_have_attribute("data-frames", "24")
    rows = [pixels(latent, f"#latent-path figure:nth-of-type({row}) canvas").reshape(28, 24, 28) for row in (1, 2)]
    decodes, mixtures = (row.transpose(1, 0, 2) for row in rows)
    shares = np.linspace(0, 1, 24)[:, None, None]
    assert np.abs(mixtures - ((1 - shares) * decodes[0] + shares * decodes[-1])).max() <= 1
    assert np.abs(mixtures[12] - decodes[12]).max() > 20  # a double exposure is no garment
    with latent.expect_download() as download:
        walk.get_by_role("button", name="Strip PNG").click()
    with Image.open(download.value.path()) as picture:
        saved = np.asarray(picture.convert("L"))
    assert saved.shape == (2 * (40 + 112), 24 * 112)
    for row, strip in enumerate(rows):
        label, content = saved[152 * row : 152 * row + 40], saved[152 * row + 40 : 152 * (row + 1)]
        assert np.array_equal(content, strip.reshape(28, -1).repeat(4, 0).repeat(4, 1))
        assert label.max() == 255
        assert label.min() < 80
