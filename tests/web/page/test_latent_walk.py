"""The Latent space tab in real Chromium: walks, the visitor's own picture, the second map, the phone."""

import numpy as np
import torch
from PIL import Image
from playwright.sync_api import Page, expect

from autoencoder.inference.engine import Engine
from tests.support.denoise_page import CHANGED, REMEMBER
from tests.support.latent_page import click_at, decoded, on_screen, pixels, wait_for_place


def test_shift_clicks_make_a_path_that_plays(latent: Page, engine: Engine):
    """Two places give a strip whose ends are their decodes; GIF and PNG of it can be saved."""
    name = engine.names[0]
    codes = engine.checkpoint(name).latent_map.codes
    start, end = codes[np.argsort(np.square(codes - codes.mean(0)).sum(1))[[100, 4000]]]
    for place in (start, end):
        latent.keyboard.down("Shift")
        click_at(latent, place)
        latent.keyboard.up("Shift")
    path = latent.locator("#latent-path")
    expect(path).to_have_attribute("data-frames", "24")
    expect(path).to_have_attribute("data-playing", "true")
    path.get_by_role("button", name="Pause").click()
    strip = pixels(latent, "#latent-path .lm-strip canvas").reshape(28, 24 * 28)
    wait_for_place(latent, end)
    x, y, _ = decoded(latent)
    expected = engine.decode(torch.tensor([[x, y]]), name)[0] * 255
    assert np.abs(strip[:, -28:] - expected).max() <= 2
    assert not np.array_equal(strip[:, :28], strip[:, -28:])
    for button, kind in (("Strip PNG", "PNG"), ("Animated GIF", "GIF")):
        with latent.expect_download() as download:
            path.get_by_role("button", name=button).click()
        with Image.open(download.value.path()) as picture:
            assert picture.format == kind
            assert getattr(picture, "n_frames", 1) == (46 if kind == "GIF" else 1)
    latent.evaluate(REMEMBER, "#latent-path .lm-strip canvas")
    latent.keyboard.down("Shift")
    click_at(latent, start)
    latent.keyboard.up("Shift")
    latent.wait_for_function(CHANGED, arg="#latent-path .lm-strip canvas")
    expect(latent.locator(".lm-stop")).to_have_count(3)
    strip = pixels(latent, "#latent-path .lm-strip canvas").reshape(28, 24 * 28)
    assert np.array_equal(strip[:, :28], strip[:, -28:])  # there and back again
    path.get_by_role("button", name="Clear").click()
    expect(path).to_have_attribute("data-frames", "0")


def test_walk_stands_still_for_who_asked_for_less_motion(latent: Page):
    """With reduced motion a walk waits for Play, and the slider steps through it."""
    latent.emulate_media(reduced_motion="reduce")
    latent.locator("#latent-map").focus()
    for key in ("Enter", "Shift+ArrowRight", "Enter"):
        latent.keyboard.press(key)
    path = latent.locator("#latent-path")
    expect(path).to_have_attribute("data-frames", "24")
    expect(path).to_have_attribute("data-playing", "false")
    first = pixels(latent, ".lm-player")
    path.get_by_role("slider").focus()
    latent.keyboard.press("End")
    assert not np.array_equal(first, pixels(latent, ".lm-player"))


def test_image_of_the_denoise_tab_gets_a_star_and_a_trail(latent: Page, engine: Engine, samples):
    """An image chosen there appears here, on each model's own map, and the level moves its code. Where a code leaps to
    a place that fits better, nothing lies between: no line, but dots."""
    image = samples[3]
    one = torch.from_numpy(image / 255.0).float()[None, None]
    levels = tuple(step / 100 for step in range(61))
    latent.evaluate(
        "pixels => studio.set({image: new Uint8Array(pixels), imageLabel: 'Test', level: 0.3})",
        image.flatten().tolist(),
    )
    star = latent.locator(".lm-star")
    for name in engine.names[:2]:
        latent.locator(".lm-model").select_option(name)
        expect(latent.locator(f".lm[data-model={name}]")).to_be_visible()
        expect(star).to_have_count(1)
        place = engine.encode(one, name)
        latent.wait_for_function(
            """([x, y]) => { const m = document.querySelector('.lm-star').getScreenCTM();
               return Math.hypot(m.e - x, m.f - y) < 3; }""",
            arg=on_screen(latent, list(place)),
        )
        box = latent.evaluate("name => studio.models.find((one) => one.name === name).box", name)
        codes = np.array(engine.denoise(one, name, "gaussian", levels, 7).codes)
        far = np.hypot(*np.diff(codes, axis=0).T) >= (box["x_max"] - box["x_min"]) / 10
        leaps = int(far.sum())
        expect(latent.locator("polyline.lm-leap")).to_have_count(leaps)
        expect(latent.locator("polyline.lm-trail")).to_have_count(leaps + 1)
    assert leaps  # of the last one
    expect(latent.locator("polyline.lm-leap").first).not_to_have_css("stroke-dasharray", "none")
    expect(latent.locator(".lm-image .lm-hint")).to_contain_text("dotted where it leaps")
    # Star, code of now and the line between them belong together.
    now, away = latent.locator(".lm-now"), latent.locator("polyline.lm-away")
    clean = star.get_attribute("transform").removeprefix("translate(").removesuffix(")")
    moved = f"{now.get_attribute('cx')},{now.get_attribute('cy')}"
    expect(away).to_have_attribute("points", f"{moved} {clean}")
    before = now.get_attribute("cx")
    latent.get_by_role("tab", name="Noise", exact=True).click()
    latent.locator(".lm-image input[type=range]").focus()
    latent.keyboard.press("End")
    expect(now).not_to_have_attribute("cx", before)
    assert latent.evaluate("studio.state.level") == 0.6


def test_compare_marks_the_same_items(latent: Page, engine: Engine):
    latent.get_by_role("tab", name="Compare").click()
    compare = latent.locator(".lm-compare")
    compare.locator("select").select_option(engine.names[1])
    expect(compare).to_have_attribute("data-marked", "6")
    before = decoded(latent)[:2]
    compare.locator("canvas").click(position={"x": 60, "y": 90})
    latent.wait_for_function("x => document.querySelector('#decoded').dataset.x !== String(x)", arg=before[0])
    after = decoded(latent)[:2]
    assert after != before
    compare.locator("canvas").press("Control+ArrowRight")
    assert latent.evaluate("studio.map.cursor") == list(after), "that is the browser's"
    compare.locator("canvas").press("ArrowRight")
    latent.wait_for_function("x => document.querySelector('#decoded').dataset.x !== String(x)", arg=after[0])
    # Neither a map that is long in coming nor the large one's own, as a link may name it, leaves the last one's dots.
    latent.route("**/codes.bin", lambda route: None)
    compare.locator("select").select_option(engine.names[2])
    expect(compare.locator("canvas")).to_be_hidden()
    latent.evaluate("name => studio.map.comparison.choose(name)", engine.names[0])
    expect(compare.locator("canvas")).to_be_hidden()


def test_projected_map_says_that_decoding_is_approximate(latent: Page, engine: Engine):
    """The two-number explanation would be untrue of a wider bottleneck."""
    expect(latent.locator(".lm-plain")).to_be_visible()
    latent.evaluate("name => { studio.models.find((one) => one.name === name).projected = true; }", engine.names[1])
    latent.locator(".lm-model").select_option(engine.names[1])
    expect(latent.locator(".lm-note")).to_contain_text("approximate")
    expect(latent.locator(".lm-plain")).to_be_hidden()
