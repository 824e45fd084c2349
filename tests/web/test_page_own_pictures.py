"""Pictures of a visitor's own on the Denoise tab: uploaded and drawn."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from autoencoder.inference.engine import Engine
from autoencoder.web.page_config import SAMPLES
from autoencoder.web.routes.upload import MAX_BYTES
from tests.support.denoise_page import drag, expect_reconstruction, grey, settled

DROP = """text => {
  const transfer = new DataTransfer();
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  transfer.items.add(new File([bytes], "picture.png", { type: "image/png" }));
  const drop = new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
  document.querySelector("#upload .drop").dispatchEvent(drop);
}"""


def png(array: np.ndarray, **options) -> dict:
    """A picture file as Playwright uploads it."""
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG")
    return {"name": "picture.png", "mimeType": "image/png", "buffer": file.getvalue(), **options}


def upload(page: Page, file: dict):
    page.locator("#upload input[type=file]").set_input_files(file)


def test_upload_is_cropped_centred_and_inverted(denoise: Page, studio: Engine):
    """A dark shape on white paper becomes a light one on black, filling the frame; Invert turns it round."""
    paper = np.full((300, 200), 255, np.uint8)
    paper[40:240, 70:130] = 60
    upload(denoise, png(paper))
    expect(denoise.locator(".seen-label")).to_have_text("Your picture")
    settled(denoise)
    seen = grey(denoise, "#seen")
    assert seen[0, 0] < 10
    assert seen[14, 14] > 150
    assert (seen > 100).any(1).sum() >= 27  # the garment's longer edge fills the frame
    expect_reconstruction(denoise, studio, seen.astype(np.uint8), studio.names[0], "gaussian", 0.25, 7)
    denoise.locator("#invert").get_by_label("Off").check()
    settled(denoise)
    assert not np.array_equal(seen, grey(denoise, "#seen"))
    denoise.locator("#invert").get_by_label("Auto").check()
    settled(denoise)
    assert np.array_equal(seen, grey(denoise, "#seen"))


def test_upload_of_28_pixels_on_black_is_taken_as_it_is(denoise: Page, samples):
    upload(denoise, png(samples[1234]))
    expect(denoise.locator(".seen-label")).to_have_text("Your picture")
    settled(denoise)
    assert np.array_equal(grey(denoise, "#original"), samples[1234])
    expect(denoise.locator("#samples [aria-checked=true]")).to_have_count(0)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\nnothing", "not a picture that can be read"),
        (png(np.full((90, 90), 200, np.uint8))["buffer"], "This picture is blank"),
    ],
)
def test_unusable_upload_gets_a_sentence_and_the_page_lives_on(denoise: Page, excused, server_log, content, words):
    excused.append("status of 422")
    before = grey(denoise, "#original")
    upload(denoise, {"name": "<b>x.png", "mimeType": "image/png", "buffer": content})
    expect(denoise.get_by_text(words)).to_be_visible()
    assert np.array_equal(before, grey(denoise, "#original"))
    upload(denoise, png(np.pad(np.tri(60, dtype=np.uint8) * 255, 15)))
    expect(denoise.locator(".seen-label")).to_have_text("Your picture")
    expect(denoise.locator("#upload-error")).to_be_hidden()
    settled(denoise)
    assert not np.array_equal(before, grey(denoise, "#original"))
    assert "Traceback" not in server_log.read_text()


def test_too_large_a_file_is_refused_before_it_is_sent(denoise: Page):
    """At the same size as by the server, which would have to cut the connection."""
    sent = []
    denoise.on("request", lambda request: sent.append(request.url))
    upload(denoise, {"name": "x.png", "mimeType": "image/png", "buffer": bytes(MAX_BYTES + 1)})
    expect(denoise.locator("#upload-error")).to_have_text(re.compile("larger than 10 MB"))
    assert not [url for url in sent if "live/upload" in url]


def test_picture_can_be_dropped_on_the_page(denoise: Page, samples):
    """Dropped like from a folder; the same file twice counts twice."""
    picture = base64.b64encode(png(samples[77])["buffer"]).decode()
    for _ in range(2):
        denoise.evaluate(DROP, picture)
        expect(denoise.locator(".seen-label")).to_have_text("Your picture")
        settled(denoise)
        assert np.array_equal(grey(denoise, "#original"), samples[77])
        denoise.locator("#samples [data-sample='2']").click()
        settled(denoise)


def test_stroke_is_reconstructed_while_it_is_drawn(denoise: Page, studio: Engine):
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
    expect_reconstruction(denoise, studio, drawn.astype(np.uint8), studio.names[0], "gaussian", 0.25, 7)


def test_drawing_can_be_undone_cleared_and_begun_from_a_picture(denoise: Page, samples):
    denoise.get_by_role("button", name="Edit picture").click()
    settled(denoise)
    assert np.array_equal(grey(denoise, "#original"), samples[SAMPLES[9]])
    drag(denoise, (0.2, 0.2), (0.8, 0.2))
    denoise.mouse.up()
    settled(denoise)
    assert grey(denoise, "#original")[5, 14] > 200
    denoise.get_by_role("button", name="Undo").click()
    settled(denoise)
    assert np.array_equal(grey(denoise, "#original"), samples[SAMPLES[9]])
    denoise.get_by_role("button", name="Clear", exact=True).click()
    settled(denoise)
    assert grey(denoise, "#original").max() == 0


def test_drawing_works_by_keyboard(denoise: Page):
    denoise.locator("#draw canvas").focus()
    for key in ("Space", "ArrowDown", "ArrowDown", "ArrowDown", "Space", "Shift+ArrowRight"):
        denoise.keyboard.press(key)
    settled(denoise)
    drawn = grey(denoise, "#original")
    assert drawn[13:17, 13:15].min() > 200
    assert drawn[:, 20:].max() == 0  # lifted before it moved on
    denoise.keyboard.press("Control+z")
    settled(denoise)
    assert grey(denoise, "#original").max() == 0


def test_wider_brush_paints_wider(denoise: Page):
    widths = []
    for size in ("0.5", "4"):
        denoise.get_by_role("slider", name="Brush size").fill(size)
        denoise.get_by_role("button", name="Clear", exact=True).click()
        drag(denoise, (0.2, 0.5), (0.8, 0.5))
        denoise.mouse.up()
        settled(denoise)
        widths.append(int((grey(denoise, "#original")[:, 14] > 60).sum()))
    assert widths[1] > widths[0] + 4
