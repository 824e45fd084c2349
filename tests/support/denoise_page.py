"""What the tests of the Denoise tab share: what is painted, and what should be."""

import numpy as np
import torch
from playwright.sync_api import Page, expect

from autoencoder.inference.engine import Engine
from autoencoder.web.error_map import HOT

FIRST = 7
"""The sample that the page begins with."""
PICTURES = ("#original", "#noisy", "#denoised", "#error-map")
PIXELS = """selector => {
  const c = document.querySelector(selector);
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  return Array.from({length: d.length / 4}, (_, i) => [d[4 * i], d[4 * i + 1], d[4 * i + 2]]);
}"""
# Resolves once a canvas shows other pixels than when this was first called.
REMEMBER = f"selector => {{ window.before = JSON.stringify(({PIXELS})(selector)); }}"
CHANGED = f"selector => JSON.stringify(({PIXELS})(selector)) !== window.before"
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
SHOWN = """() => {
  const s = window.studio?.state;
  return s?.strip && ["image", "model", "noise", "seed"].every((key) => s.strip[key] === s[key])
    && document.querySelector(".stage[aria-busy=false]");
}"""


def settled(page: Page):
    """Wait until the state has what was just done, and the canvases what the state has."""
    page.evaluate(FRAMES)
    page.wait_for_function(SHOWN)
    page.evaluate(FRAMES)


def pixels(page: Page, selector: str) -> np.ndarray:
    return np.array(page.evaluate(PIXELS, f"{selector} canvas"))


def grey(page: Page, selector: str) -> np.ndarray:
    return pixels(page, selector)[:, 0].reshape(28, 28)


def tensor(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(image.astype(np.float32) / 255)[None, None]


def expect_reconstruction(page: Page, engine: Engine, image: np.ndarray, model, noise, level, seed):
    """All four pictures are the model's own, to one grey level."""
    settled(page)
    answer = engine.denoise(tensor(image), model, noise, (level,), seed)
    assert np.array_equal(grey(page, "#original"), image)
    assert np.abs(grey(page, "#noisy") - answer.noisy[0] * 255).max() <= 1
    shown = grey(page, "#denoised")
    assert np.abs(shown - answer.reconstruction[0] * 255).max() <= 1
    assert np.array_equal(pixels(page, "#error-map"), HOT[np.abs(image.astype(int) - shown).flatten()])
    mse = page.locator("#denoise-metrics tr[data-of=denoised] td").first
    expect(mse).to_have_text(f"{answer.scores['mse'][0]:.4f}")


def drag(page: Page, *places):
    """Draw through places given as shares of the pad."""
    box = page.locator("#draw canvas").bounding_box()
    points = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in places]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=8)
