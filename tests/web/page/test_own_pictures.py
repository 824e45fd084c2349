"""Pictures of a visitor's own on the Denoise tab: uploaded and drawn."""

import base64
import io
import re
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from autoencoder.data.picture_file import MAX_BYTES
from autoencoder.inference.engine import Engine
from autoencoder.web.page_config import SAMPLES
from tests.support.denoise_page import FIRST, FRAMES, drag, expect_reconstruction, grey, settled

# Brings a file, in base64, or a link by drop or paste; whether the browser is kept from going there.
BRING = """([how, selector, file, link]) => {
  const transfer = new DataTransfer();
  const bytes = Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0));
  if (file) transfer.items.add(new File([bytes], "picture.png", { type: "image/png" }));
  if (link) transfer.setData("text/uri-list", link);
  const options = { bubbles: true, cancelable: true };
  const event = how === "paste" ? new ClipboardEvent("paste", { clipboardData: transfer, ...options })
    : new DragEvent("drop", { dataTransfer: transfer, ...options });
  return !document.querySelector(selector).dispatchEvent(event);
}"""


def png(array: np.ndarray, **options) -> dict:
    """A picture file as Playwright uploads it."""
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG")
    return {"name": "picture.png", "mimeType": "image/png", "buffer": file.getvalue(), **options}


SEEN_DIFFERS = """(before) => {
  const data = document.querySelector('#seen canvas').getContext('2d').getImageData(0, 0, 28, 28).data;
  return before.some((grey, i) => grey !== data[4 * i]);
}"""


def upload(page: Page, file: dict | Path):
    page.locator("#upload input[type=file]").set_input_files(file)


def test_upload_is_cropped_centred_and_inverted(denoise: Page, engine: Engine):
    """A dark shape on white paper becomes a light one on black, filling the frame."""
    paper = np.full((300, 200), 255, np.uint8)
    paper[40:240, 70:130] = 60
    upload(denoise, png(paper))
    expect(denoise.locator(".seen-label")).to_have_text("Your picture")
    settled(denoise)
    seen = grey(denoise, "#seen")
    assert seen[0, 0] < 10
    assert seen[14, 14] > 150
    assert (seen > 100).any(1).sum() >= 27  # the garment's longer edge fills the frame
    expect_reconstruction(denoise, engine, seen.astype(np.uint8), engine.names[0], "gaussian", 0.5, 7)


def test_switches_show_what_was_done_and_undo_it(denoise: Page, samples):
    """A sneaker that faces right, dark on white: inverted, mirrored, freed of its ground; each can be taken back."""
    switches = denoise.locator("#preparation")
    expect(switches).to_be_hidden()
    sneaker = 255 - np.kron(samples[SAMPLES[7]][:, ::-1], np.ones((4, 4), np.uint8)) // 2
    upload(denoise, png(np.pad(sneaker, 30, constant_values=255)))
    expect(switches).to_be_visible()
    names = ("Inverted", "Mirrored", "Background removed")
    for name in names:
        expect(switches.get_by_label(name)).to_be_checked()
    settled(denoise)
    done = grey(denoise, "#seen")
    assert np.abs(done.astype(int) - samples[SAMPLES[7]]).mean() < 60
    for name in names:
        switches.get_by_label(name).uncheck()
        denoise.wait_for_function(SEEN_DIFFERS, arg=done.flatten().tolist())
        expect(switches.get_by_label(name)).not_to_be_checked()
        if name == "Mirrored":
            settled(denoise)
            assert np.abs(grey(denoise, "#seen")[:, ::-1].astype(int) - done).mean() < 12
        switches.get_by_label(name).check()
        denoise.wait_for_function(f"(seen) => !({SEEN_DIFFERS})(seen)", arg=done.flatten().tolist())
    denoise.locator("#samples [data-sample='2']").click()
    expect(switches).to_be_hidden()


def test_upload_of_28_pixels_is_taken_as_it_is_and_told_if_unusual(denoise: Page, samples):
    note = denoise.locator("#unusual")
    for unusual in (True, False):
        denoise.route("**/live/upload*", flagging(unusual))
        upload(denoise, png(samples[1234]))
        expect(note).to_be_visible(visible=unusual)
        expect(denoise.locator(".seen-label")).to_have_text("Your picture")
        assert np.array_equal(grey(denoise, "#seen"), samples[1234])
        denoise.unroute("**/live/upload*")
    settled(denoise)
    assert np.array_equal(grey(denoise, "#original"), samples[1234])
    expect(denoise.locator("#samples [aria-checked=true]")).to_have_count(0)


def flagging(unusual: bool):
    """A route that answers what the server does, with this flag."""

    def flagged(route):
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "unusual": unusual})

    return flagged


def test_unusable_upload_gets_a_sentence_and_the_page_lives_on(denoise: Page, excused, server_log):
    excused.append("status of 422")
    before = grey(denoise, "#original")
    for content, words in (
        (b"\x89PNG\r\n\x1a\nnothing", "not a picture that can be read"),
        (png(np.full((90, 90), 200, np.uint8))["buffer"], "This picture is blank"),
    ):
        upload(denoise, {"name": "<b>x.png", "mimeType": "image/png", "buffer": content})
        expect(denoise.get_by_text(words)).to_be_visible()
        assert np.array_equal(before, grey(denoise, "#original"))
    upload(denoise, png(np.pad(np.tri(60, dtype=np.uint8) * 255, 15)))
    expect(denoise.locator(".seen-label")).to_have_text("Your picture")
    expect(denoise.locator("#upload-error")).to_be_hidden()
    settled(denoise)
    assert not np.array_equal(before, grey(denoise, "#original"))
    assert "Traceback" not in server_log.read_text()


def test_a_switch_acts_on_the_picture_that_is_shown_not_on_a_file_that_was_refused(denoise: Page, samples, excused):
    excused.append("status of 422")
    upload(denoise, png(samples[1234]))
    expect(denoise.locator(".seen-label")).to_have_text("Your picture")
    upload(denoise, png(np.full((90, 90), 200, np.uint8)))
    expect(denoise.get_by_text("This picture is blank")).to_be_visible()
    denoise.get_by_label("Mirrored").click()
    expect(denoise.locator("#upload-error")).to_be_hidden()
    settled(denoise)
    assert np.array_equal(grey(denoise, "#seen"), samples[1234][:, ::-1])


def test_too_large_a_file_is_refused_before_it_is_sent(denoise: Page, tmp_path: Path):
    """At the same size as by the server, which would have to cut the connection."""
    sent = []
    denoise.on("request", lambda request: sent.append(request.url))
    (tmp_path / "x.png").write_bytes(bytes(MAX_BYTES + 1))
    upload(denoise, tmp_path / "x.png")
    expect(denoise.locator("#upload-error")).to_have_text(re.compile("larger than 10 MB"))
    assert not [url for url in sent if "live/upload" in url]


def test_pictures_can_be_dropped_anywhere_and_pasted(denoise: Page, samples, server_url: str):
    """Files, and links to what this page may fetch; of others it says why not. The page is never left for them."""
    picture = base64.b64encode(png(samples[77])["buffer"]).decode()
    link = f"data:image/png;base64,{picture}"
    for how, place, file, address in [
        ("drop", "#upload .drop", picture, ""),
        ("drop", "#upload .drop", picture, ""),  # the same file twice counts twice
        ("drop", ".masthead", picture, ""),
        ("drop", ".stage", "", link),
        ("paste", "body", picture, ""),
        ("paste", "#noise-seed input", picture, ""),
        ("paste", "body", "", link),
    ]:
        is_kept = denoise.evaluate(BRING, [how, place, file, address])
        assert is_kept or how == "paste"
        expect(denoise.locator(".seen-label")).to_have_text("Your picture")
        settled(denoise)
        assert np.array_equal(grey(denoise, "#original"), samples[77])
        denoise.locator("#samples [data-sample='2']").click()
        settled(denoise)
    error = denoise.locator("#upload-error")
    denoise.locator("#metrics-title").select_text()
    denoise.locator("#metrics-title").drag_to(denoise.locator(".pictures"), source_position={"x": 20, "y": 10})
    expect(error).to_be_hidden()  # the page's own words are none
    for how, address, words in [
        ("drop", "https://example.org/shoe.png", "a link to a picture on another site"),
        ("paste", "https://example.org/shoe.png", "a link to a picture on another site"),
        ("drop", "", "no picture in this"),
        ("paste", "", "no picture in this"),
    ]:
        denoise.evaluate(BRING, [how, "body", "", address])
        expect(error).to_contain_text(words)
        expect(error.locator("button")).to_be_hidden()
    assert denoise.url.startswith(server_url)


def test_stroke_is_reconstructed_while_it_is_drawn(denoise: Page, engine: Engine):
    """The pictures follow before the button is released, and end at the whole stroke."""
    drag(denoise, (0.5, 0.15), (0.5, 0.5))
    denoise.wait_for_function(
        "() => studio.state.strip.image === studio.state.image && studio.state.source === 'drawing'"
    )
    halfway = grey(denoise, "#seen")
    assert halfway[10, 14] > 200
    assert halfway[24, 14] == 0
    box = denoise.locator("#draw canvas").bounding_box()
    denoise.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.9, steps=8)
    denoise.mouse.up()
    settled(denoise)
    drawn = grey(denoise, "#draw")
    assert drawn[24, 14] > 200
    assert ((drawn > 20) & (drawn < 235)).any()  # soft edges
    expect_reconstruction(denoise, engine, drawn.astype(np.uint8), engine.names[0], "gaussian", 0.5, 7)


def test_drawing_can_be_undone_cleared_and_begun_from_a_picture(denoise: Page, samples):
    denoise.get_by_role("button", name="Edit picture").click()
    settled(denoise)
    assert np.array_equal(grey(denoise, "#original"), samples[SAMPLES[FIRST]])
    drag(denoise, (0.2, 0.2), (0.8, 0.2))
    denoise.mouse.up()
    settled(denoise)
    assert grey(denoise, "#original")[5, 14] > 200
    undo = denoise.get_by_role("button", name="Undo")
    undo.press("Enter")
    settled(denoise)
    assert np.array_equal(grey(denoise, "#original"), samples[SAMPLES[FIRST]])
    undo.press("Enter")
    expect(undo).to_be_disabled()
    expect(undo).to_be_focused()
    denoise.get_by_role("button", name="Clear", exact=True).click()
    settled(denoise)
    assert grey(denoise, "#original").max() == 0


def test_drawing_works_by_keyboard(denoise: Page, samples):
    denoise.locator("#draw canvas").focus()
    denoise.keyboard.press("Control+z")  # nothing was drawn: the page's picture stays
    denoise.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    settled(denoise)
    assert np.array_equal(grey(denoise, "#original"), samples[SAMPLES[FIRST]])
    for key in ("Space", "ArrowDown", "ArrowDown", "ArrowDown", "Space", "Shift+ArrowRight"):
        denoise.keyboard.press(key)
    settled(denoise)
    drawn = grey(denoise, "#original")
    assert drawn[13:17, 13:15].min() > 200
    assert drawn[:, 20:].max() == 0  # lifted before it moved on
    for key in ("Control+Shift+z", "Control+ArrowUp"):  # the browser's own
        denoise.keyboard.press(key)
    settled(denoise)
    assert np.array_equal(grey(denoise, "#original"), drawn)
    denoise.keyboard.press("Control+z")
    settled(denoise)
    assert grey(denoise, "#original").max() == 0
    drag(denoise, (0.5, 0.5), (1.3, 0.5))
    denoise.mouse.up()
    denoise.get_by_role("button", name="Clear", exact=True).click()
    denoise.locator("#draw canvas").focus()
    denoise.keyboard.press("Space")
    settled(denoise)
    assert grey(denoise, "#original")[:, 27].max() > 0, "the brush stands outside the pad"


def test_a_stroke_by_keyboard_lasts_until_it_is_lifted_or_left(denoise: Page, samples):
    """Till then its strips are let come: each key's request ended the one before. What is pasted meanwhile stays."""
    canvas = denoise.locator("#draw canvas")
    for end in ("Space", "paste", "another picture"):
        canvas.focus()
        denoise.keyboard.press("Space")
        denoise.keyboard.press("ArrowDown")
        denoise.wait_for_function("() => studio.state.drawing")
        if end == "Space":
            denoise.keyboard.press("Space")
        elif end == "paste":
            picture = base64.b64encode(png(samples[77])["buffer"]).decode()
            denoise.evaluate(BRING, ["paste", "#draw canvas", picture, ""])
            expect(denoise.locator(".seen-label")).to_have_text("Your picture")
            canvas.blur()
            denoise.evaluate(FRAMES)
            assert denoise.evaluate("studio.state.source") == "upload"
        else:
            denoise.locator("#samples [data-sample='2']").click()
        assert not denoise.evaluate("studio.state.drawing")
        settled(denoise)
    assert denoise.evaluate("studio.state.source") == "sample"


def test_a_dropped_folder_is_told_where_folders_are_taken(denoise: Page):
    denoise.evaluate(
        """() => {
          const items = [{ webkitGetAsEntry: () => ({ isDirectory: true }) }];
          const dataTransfer = { items, files: [new File([], "pictures")], getData: () => "" };
          window.dispatchEvent(Object.assign(new Event("drop", { cancelable: true }), { dataTransfer }));
        }"""
    )
    expect(denoise.locator("#upload-error")).to_contain_text("the Learn tab trains on whole folders")
    expect(denoise.locator("#upload-error button")).to_be_hidden()


def test_the_brush_is_as_wide_as_chosen_and_its_thinnest_stroke_white_wherever_it_falls(denoise: Page):
    """On 28 x 28 pixels a line between two rows would else be two grey ones."""
    strokes = []
    for size, row in (("1", 10), ("1", 10.25), ("1", 10.5), ("4", 14)):
        denoise.get_by_role("slider", name="Brush size").fill(size)
        denoise.get_by_role("button", name="Clear", exact=True).click()
        drag(denoise, (0.2, row / 28), (0.8, row / 28))
        denoise.mouse.up()
        settled(denoise)
        strokes.append(grey(denoise, "#original")[:, 14])
    assert min(stroke.max() for stroke in strokes) > 249
    widths = [(stroke > 60).sum() for stroke in strokes]
    assert widths[-1] > max(widths[:-1]) + 4
