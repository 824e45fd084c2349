"""All tabs for sets of other classes than the ten garments, under one app whose models are replaced."""

import json
import shutil
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect

from autoencoder.data.classes import POINT_OPACITY, colours
from autoencoder.weights import thumbnails
from benchmarks.support.server import served
from tests.conftest import ROOT
from tests.support.damaged_weights import CARD, class_names, plane
from tests.support.denoise_page import settled
from tests.support.latent_page import wait_until_ready

EACH, RARE = 40, 5
PATIENCE = 120
ODD = ("<img src=x onerror='window.ran = 1'>", "café 👕", "Tops <3", "${window.ran = 2}")
SETS = {count: (*ODD[: count - 2], *(f"kind {i}" for i in range(count - min(4, count - 2)))) for count in (3, 12, 26)}
# The colour and opacity of the middle of the first shown item's dot.
DOT = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const { plot, plane, filter } = studio.map;
  const view = plot.view();
  const row = plane.labels.findIndex((label) => filter.shown[label]);
  const [x, y] = view.toPixel(plane.codes[2 * row], plane.codes[2 * row + 1]);
  const at = [view.left + x, view.top + y].map((pixel) => Math.round(pixel * devicePixelRatio));
  done([...plot.canvas.getContext('2d').getImageData(...at, 1, 1).data]);
})))"""


def write(root: Path, classes: tuple[str, ...]) -> None:
    """A model of these classes: the last has few items, and the items of class i are of grey level 8 i."""
    labels = np.repeat(np.arange(len(classes)), EACH)[: EACH * (len(classes) - 1) + RARE]
    new = root / ".new"
    shutil.copytree(ROOT / "weights" / "denoising", new, ignore=shutil.ignore_patterns("figures"))
    class_names(new / CARD, "\n" + "\n".join(f"- {json.dumps(name, ensure_ascii=False)}" for name in classes))
    rows = np.arange(len(labels))
    lattice = np.stack([rows % EACH - EACH / 2, rows // EACH - 13], 1) / 10
    few = {"labels": labels, "index": rows, "codes": lattice}
    plane(new, **{name: lambda old, values=values: values.astype(old.dtype) for name, values in few.items()})
    thumbnails.save((torch.from_numpy(labels) * 8 / 255).reshape(-1, 1, 1, 1).expand(-1, 1, 28, 28), root)
    shutil.rmtree(root / "denoising", ignore_errors=True)
    new.rename(root / "denoising")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("sets") / "weights"
    root.mkdir()
    write(root, SETS[3])
    return root


@pytest.fixture(scope="module")
def url(root):
    log = root.parent / "log"
    with served(log, AUTOENCODER_WEIGHTS=str(root), AUTOENCODER_DEVICE="cpu", PYTHONUNBUFFERED="1") as url:
        yield url
    assert "Traceback" not in log.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("count", SETS)
def test_names_colours_and_numbers_are_those_of_the_set(page: Page, root: Path, url: str, count: int):
    classes = SETS[count]
    write(root, classes)
    deadline = time.monotonic() + PATIENCE
    while len(httpx.get(f"{url}/live/config").json()["classes"]) != count and time.monotonic() < deadline:
        page.wait_for_timeout(200)  # the app looks at the folder once a second
    page.goto(url)
    settled(page)
    samples = page.locator("#samples button")
    assert samples.evaluate_all("(all) => all.map((one) => one.textContent)") == list(classes)
    for label in (0, count - 1):
        samples.nth(label).click()
        settled(page)
        expect(page.locator(".seen-label")).to_have_text(classes[label])
        assert page.evaluate("studio.state.image[0]") == 8 * label

    page.locator("#tab-latent-button").last.click()
    wait_until_ready(page)
    total = EACH * (count - 1) + RARE
    expect(page.locator(".lm-plain")).to_contain_text(f"Each dot is one of {total:,} test images")
    chips = page.locator(".lm-chip")
    assert chips.evaluate_all("(all) => all.map((one) => one.childNodes[1].textContent)") == list(classes)
    counts = [int(text.replace(",", "")) for text in page.locator(".lm-chip small").all_inner_texts()]
    assert sum(counts) == total
    page.evaluate("() => { studio.map.plot.names = []; }")  # they stand over the dots
    for label in range(count):
        chips.nth(label).focus()
        page.keyboard.press("o")
        *colour, opacity = page.evaluate(DOT)
        assert np.allclose(colour, list(bytes.fromhex(colours(count)[label][1:])), atol=3), classes[label]
        assert abs(opacity / 255 - POINT_OPACITY) < 0.02
        page.keyboard.press("o")
    trail = page.locator(".lm-samples button")
    assert [one.get_attribute("title") for one in trail.all()] == list(classes)

    page.locator("#tab-report-button").last.click()
    expect(page.locator("#report h2").first).to_be_visible()
    assert "10,000" not in page.locator("body").inner_text()
    assert page.evaluate("window.ran") is None
