"""The Latent space tab in real Chromium: click, hover, filter, zoom, keys, links."""

import numpy as np
import torch
from playwright.sync_api import Page, expect

from autoencoder.data.classes import CLASSES
from autoencoder.inference.engine import Engine
from autoencoder.web.page_config import SAMPLES
from autoencoder.weights.latent_map import ATLAS_CELLS
from tests.support.denoise_page import FIRST, FRAMES, settled
from tests.support.latent_page import (
    HOLD_ANSWER,
    click_at,
    decoded,
    empty_place,
    lone_item,
    on_screen,
    pixels,
    wait_for_place,
    wait_until_ready,
)
from tests.support.recorded_requests import record_questions


def expect_sample(page: Page, engine: Engine, sample: int):
    """The map opens on the sample that the page shows: a place that is known already, on axes with names."""
    wait_for_place(page, code_of(engine, SAMPLES[sample]), 1e-4)
    expect(page.get_by_text("A test image lies right here.")).to_be_visible()
    assert page.locator("#latent-map .lm-plot .name").all_text_contents() == ["x", "y"]


def test_map_opens_on_the_linked_sample(page: Page, server_url: str, engine: Engine):
    page.goto(f"{server_url}/?tab=latent&sample=3")
    wait_until_ready(page)
    expect_sample(page, engine, 3)


def test_map_opens_on_the_first_sample_and_a_click_decodes_exactly_that_place(latent: Page, engine: Engine):
    """No point need be near: the picture is the model's decode of the clicked coordinates."""
    expect_sample(latent, engine, FIRST)
    before = decoded(latent)[2]
    place = empty_place(engine, engine.names[0])
    click_at(latent, place)
    wait_for_place(latent, place)
    x, y, shown = decoded(latent)
    expected = engine.decode(torch.tensor([[x, y]], dtype=torch.float64), engine.names[0])[0] * 255
    assert not np.array_equal(before, shown)
    assert np.abs(shown - expected.flatten()).max() <= 1
    nearest = [n.index for n in engine.look_up(x, y, engine.names[0]).neighbours]
    buttons = latent.locator("#neighbours button").all()
    assert [int(button.get_attribute("data-index")) for button in buttons] == nearest


def test_neighbour_moves_the_cursor_to_itself_and_keeps_the_focus(latent: Page, engine: Engine):
    """By click, and by keyboard, where one walks from neighbour to neighbour without looking for the focus again."""
    place = empty_place(engine, engine.names[0])
    click_at(latent, place)
    wait_for_place(latent, place)  # until then the neighbours are those of the place before
    button = latent.locator("#neighbours button").nth(2)
    index = int(button.get_attribute("data-index"))
    button.click()
    wait_for_place(latent, code_of(engine, index), 1e-4)
    expect(latent.locator("#neighbours button").first).to_have_attribute("data-index", str(index))
    button = latent.locator("#neighbours button").nth(1)
    button.focus()
    for _ in range(2):
        index = int(button.get_attribute("data-index"))
        latent.keyboard.press("Enter")
        wait_for_place(latent, code_of(engine, index), 1e-4)
        expect(button).to_be_focused()


def test_pressed_neighbour_counts_though_others_arrive_before_the_release(latent: Page, engine: Engine):
    """A hand that is slower than the server gets what it saw when it pressed."""
    button = latent.locator("#neighbours button").nth(2)
    index = button.get_attribute("data-index")
    latent.evaluate(HOLD_ANSWER)
    click_at(latent, empty_place(engine, engine.names[0]))
    button.hover()
    latent.mouse.down()
    latent.evaluate("() => release()")
    expect(button).not_to_have_attribute("data-index", index)
    latent.mouse.up()
    wait_for_place(latent, code_of(engine, int(index)), 1e-4)


def code_of(engine: Engine, index: int):
    """Where the first model's map has a test item."""
    plane = engine.checkpoint(engine.names[0]).latent_map
    return plane.codes[list(plane.index).index(index)]


def test_hover_shows_thumbnail_or_atlas_without_a_request(latent: Page, engine: Engine, samples):
    """A point shows its test image, an empty place the atlas's decode; the server is not asked."""
    name = engine.names[0]
    plane = engine.checkpoint(name).latent_map
    latent.wait_for_function("() => studio.sampleSprite()")
    latent.wait_for_function("() => studio.engine.here.size")
    # As in a browser that cannot compute the model: it would draw the very place.
    latent.evaluate("() => { studio.engine.canCompute = () => false; studio.engine.here.clear(); }")
    questions = record_questions(latent)
    row = lone_item(engine, name)
    latent.mouse.move(*on_screen(latent, plane.codes[row]))
    card = latent.locator(".lm-card")
    expect(card).to_have_attribute("data-kind", "item")
    expect(card).to_have_attribute("data-index", str(plane.index[row]))
    shown = pixels(latent, ".lm-card canvas").reshape(28, 28)
    assert np.abs(shown - samples[plane.index[row]].astype(float)).mean() < 12  # the sprite is lossy

    x, y = empty_place(engine, name)
    latent.mouse.move(*on_screen(latent, (x, y)))
    expect(card).to_have_attribute("data-kind", "decode")
    shown = pixels(latent, ".lm-card canvas")
    cell = engine.decode(torch.tensor([cell_centre(plane.box(), x, y)]), name)[0].flatten() * 255
    assert np.abs(shown - cell).mean() < 12  # so is the atlas
    assert not questions


def cell_centre(box, x, y):
    """Centre of the atlas cell that holds a place."""

    def centre(value, low, high):
        step = (high - low) / ATLAS_CELLS
        return low + (np.floor((value - low) / step) + 0.5) * step

    return [centre(x, box.x_min, box.x_max), centre(y, box.y_min, box.y_max)]


def test_filtering_keeps_thumbnails_right(latent: Page, engine: Engine):
    """With one class alone shown, hovering finds that class's items and no hidden one."""
    plane = engine.checkpoint(engine.names[0]).latent_map
    row = lone_item(engine, engine.names[0])
    label = int(plane.labels[row])
    chips = latent.locator(".lm-chips button")
    card = latent.locator(".lm-card")
    chips.nth(label).dblclick()
    expect(latent.locator(".lm-chips button[aria-pressed=true]")).to_have_count(1)
    latent.wait_for_function(
        "n => document.querySelector('.lm-plot canvas').dataset.points === String(n)",
        arg=int((plane.labels == label).sum()),
    )
    latent.evaluate("scrollTo(0, 0)")  # away from the legend, to the map
    place = on_screen(latent, plane.codes[row])
    latent.mouse.move(*place)
    expect(card).to_have_attribute("data-index", str(plane.index[row]))
    latent.get_by_role("button", name="All", exact=True).click()
    chips.nth(label).click()
    latent.evaluate("scrollTo(0, 0)")
    latent.mouse.move(place[0], place[1] + 1)
    expect(card).not_to_have_attribute("data-index", str(plane.index[row]))


def test_keyboard_moves_decodes_and_walks(latent: Page):
    """Arrow keys move the cursor, Enter adds places, and the outcome is told in words."""
    latent.evaluate(
        "() => { said = []; const { say } = studio; studio.say = (text) => { said.push(text); say(text); }; }"
    )
    latent.locator("#latent-map").focus()
    x, y, before = decoded(latent)
    unit = latent.evaluate("studio.map.plot.view().unit")
    latent.keyboard.press("ArrowRight")
    wait_for_place(latent, (x + 8 * unit, y), 1e-6)
    latent.keyboard.press("Enter")
    latent.keyboard.press("Shift+ArrowUp")
    wait_for_place(latent, (x + 8 * unit, y + 40 * unit), 1e-6)
    latent.keyboard.press("Enter")
    expect(latent.locator("#latent-path")).to_have_attribute("data-frames", "24")
    said = latent.evaluate("said")
    names = [name for name in CLASSES if name in said[-2]]
    assert said[-2].startswith(f"Decoded x {x + 8 * unit:.2f}, y {y + 40 * unit:.2f}".replace("-", "−"))
    assert names
    assert said[-1] == "A walk over 2 places, 24 images."
    expect(latent.get_by_role("status").filter(has_text=said[-1])).to_have_attribute("aria-live", "polite")
    latent.keyboard.press("Escape")
    expect(latent.locator("#latent-path")).to_have_attribute("data-frames", "0")
    # With Control they are the browser's own.
    walk = latent.get_by_role("tab", name="Walk")
    walk.press("Control+Home")
    expect(walk).to_be_focused()
    latent.locator(".lm-chip").first.press("Control+o")
    expect(latent.locator(".lm-chip[aria-pressed=false]")).to_have_count(0)
    assert not np.array_equal(before, decoded(latent)[2])


def test_link_restores_model_place_and_decode_and_its_copy_leads_back(page: Page, server_url: str, engine: Engine):
    name = engine.names[-1]
    page.goto(f"{server_url}/?tab=latent&model={name}&x=0.4&y=-1.2")
    wait_until_ready(page)
    wait_for_place(page, (0.4, -1.2), 1e-6)
    assert page.locator(".lm-model").input_value() == name
    expected = engine.decode(torch.tensor([[0.4, -1.2]]), name)[0].flatten() * 255
    assert np.abs(decoded(page)[2] - expected).max() <= 1
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copy = page.locator("#tab-latent [data-do=link]")
    copy.click()
    expect(copy).to_have_text("Copied")
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert link.startswith(server_url)
    page.goto(link)
    wait_until_ready(page)
    wait_for_place(page, (0.4, -1.2), 1e-3)
    assert np.abs(decoded(page)[2] - expected).max() <= 2


def test_map_is_fetched_only_when_its_tab_opens(page: Page, server_url: str, open_tab):
    """The first view does not pay for the codes; nothing comes from elsewhere."""
    urls = []
    page.on("request", lambda request: urls.append(request.url))
    page.goto(server_url)
    settled(page)
    page.wait_for_load_state("networkidle")
    assert not any("codes.bin" in url for url in urls)
    open_tab("latent")
    wait_until_ready(page)
    assert any("codes.bin" in url for url in urls)
    assert all(url.startswith((server_url, "data:", "blob:")) for url in urls)


# A model as the Learn tab leaves one: of a shipped one's files, whose bottleneck it says to hold one number.
LEARN = """() => {
  const name = "learnt here 1";
  for (const file of ["model.safetensors.zlib", "codes.bin", "atlas.webp"])
    studio.assets[`${name}/${file}`] = studio.assets[`${studio.models[0].name}/${file}`];
  const shown = { name, description: name, latent_dim: 1, projected: true, isLocal: true };
  studio.models.push({ ...studio.models[0], ...shown });
  studio.set({ mapModel: name });
}"""


def test_a_model_learnt_here_is_shown_on_the_map_alone(latent: Page, open_tab):
    """A link could tell nobody of it; the Denoise tab, seen afterwards, asks it nothing."""
    latent.evaluate(LEARN)
    expect(latent.locator(".lm[data-model='learnt here 1']")).to_be_visible()
    wait_until_ready(latent)
    expect(latent.locator(".lm-intro p:visible")).to_have_count(1)
    expect(latent.locator(".lm-single")).to_contain_text("one number")
    latent.evaluate("() => studio.set({ level: 0.44 })")
    latent.wait_for_url("**level=0.44**")
    told = latent.evaluate("() => [...new URLSearchParams(location.search).keys()]")
    assert not {"map", "x", "y", "zoom", "path"} & set(told)
    latent.evaluate("""() => {
      const { engine } = studio;
      const strip = engine.strip.bind(engine);
      asked = [];
      engine.strip = (request, signal) => { asked.push(request.model); return strip(request, signal); };
    }""")
    open_tab("denoise")
    expect(latent.locator(".compare-row .wins")).to_have_count(1)  # all have come
    shipped = latent.evaluate("studio.models.filter((one) => !one.isLocal).map((one) => one.name)")
    assert sorted(latent.evaluate("asked")) == sorted(shipped)
    expect(latent.locator(".compare-row button")).to_have_count(len(shipped))


def test_a_trail_is_asked_for_once_and_never_shown_on_another_model_s_map(latent: Page, open_tab):
    open_tab("denoise")
    expect(latent.locator(".compare-row .wins")).to_have_count(1)
    latent.evaluate("() => studio.set({ level: 0.2 })")
    level = latent.locator(".lm-level output")
    assert level.text_content() != "0.20", "nothing is drawn out of sight"
    open_tab("latent")
    latent.locator("#lm-tab-noise").click()
    expect(level).to_have_text("0.20")
    expect(latent.locator("#noise-drift")).to_contain_text("At level 0.20")
    latent.locator(".lm-model").select_option("basic")
    expect(latent.locator(".lm[data-model='basic']")).to_be_visible()
    expect(latent.locator(".lm-star")).to_have_count(1)
    latent.wait_for_load_state("networkidle")
    questions = record_questions(latent)
    latent.locator(".lm-samples button").first.click()
    expect(latent.locator(".lm-star")).to_have_count(1)
    models = [request.post_data_json["model"] for request in questions]
    assert models == ["basic"], "the Denoise tab, unseen, asks for none"
    # A newer question ends the one under way.
    assert latent.evaluate("""async () => {
      const { api } = studio;
      const signals = [];
      held = [];
      studio.api = (path, body, signal) => new Promise((resolve) => {
        signals.push(signal);
        held.push(() => { resolve(api(path, body)); return api(path, body); });
      });
      for (const seed of [8, 9]) {
        studio.set({ seed });
        await new Promise(requestAnimationFrame);
      }
      return signals.map(({ aborted }) => aborted);
    }""") == [True, False]
    latent.route("**/codes.bin", lambda route: None)  # the next map's points are long in coming
    latent.locator(".lm-model").select_option("denoising-64")
    expect(latent.locator("#latent-map")).to_have_attribute("aria-busy", "true")
    latent.evaluate("() => Promise.all(held.map((answer) => answer()))")
    latent.evaluate(FRAMES)
    expect(latent.locator(".lm-star")).to_have_count(0)
