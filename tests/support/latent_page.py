"""What the tests of the Latent space tab share: how to reach its parts and read what it shows."""

import numpy as np
from playwright.sync_api import Page, expect
from scipy.spatial import KDTree

from autoencoder.inference.engine import Engine

PIXELS = """selector => {
  const c = document.querySelector(selector);
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  return Array.from({length: d.length / 4}, (_, i) => d[4 * i]);
}"""
# Where a place of the plane lies on screen.
ON_SCREEN = """([x, y]) => {
  const view = studio.map.plot.view();
  const frame = document.querySelector('.lm-plot').getBoundingClientRect();
  const [px, py] = view.toPixel(x, y);
  return [frame.left + view.left + px, frame.top + view.top + py];
}"""
IS_EXACT_NEAR = """([x, y, tolerance]) => {
  const shown = document.querySelector('#decoded').dataset;
  return shown.exact === 'true' && Math.hypot(shown.x - x, shown.y - y) < tolerance;
}"""
IS_READY = """() => ['#latent-map[aria-busy=false]', '#decoded[data-exact=true]'].every(
  (selector) => document.querySelector(selector)?.checkVisibility())"""
# Keeps the next answer of the server back until `release()`.
HOLD_ANSWER = """() => {
  const { api } = studio;
  studio.api = (...call) => new Promise((resolve) => {
    release = () => { studio.api = api; resolve(api(...call)); };
  });
}"""


def wait_until_ready(page: Page):
    """Until the map is drawn and the cursor's place is decoded exactly."""
    page.wait_for_function(IS_READY, timeout=30_000)


def wait_for_place(page: Page, place, tolerance: float = 0.03):
    """Until a place is decoded exactly, give or take two pixels or so."""
    page.wait_for_function(IS_EXACT_NEAR, arg=[*map(float, place), tolerance])


def decoded(page: Page) -> tuple[float, float, np.ndarray]:
    """The cursor's place and the pixels shown for it."""
    figure = page.locator("#decoded[data-exact=true]")
    expect(figure).to_be_visible()
    x, y = (float(figure.get_attribute(f"data-{axis}")) for axis in "xy")
    return x, y, pixels(page, "#decoded canvas")


def pixels(page: Page, selector: str) -> np.ndarray:
    """Grey levels of a canvas, row by row."""
    return np.array(page.evaluate(PIXELS, selector))


def on_screen(page: Page, place) -> list[float]:
    """Where a place of the plane lies on screen."""
    return page.evaluate(ON_SCREEN, [*map(float, place)])


def click_at(page: Page, place):
    """Click a place of the plane."""
    page.mouse.click(*on_screen(page, place))


def empty_place(engine: Engine, name: str) -> tuple[float, float]:
    """A place inside the map's box, far from every test item."""
    plane = engine.checkpoint(name).latent_map
    box = plane.box()
    xs, ys = np.linspace(box.x_min, box.x_max, 42)[2:-2], np.linspace(box.y_min, box.y_max, 42)[2:-2]
    grid = np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 2).astype(np.float32)
    gaps, _ = KDTree(plane.codes).query(grid)
    x, y = grid[int(np.argmax(gaps))]
    return float(x), float(y)


def lone_item(engine: Engine, name: str) -> int:
    """The row of the item inside the box that lies farthest from its nearest fellow."""
    plane = engine.checkpoint(name).latent_map
    box = plane.box()
    low, high = np.array([box.x_min, box.y_min]), np.array([box.x_max, box.y_max])
    inside = ((plane.codes > low + 0.1) & (plane.codes < high - 0.1)).all(1)
    gaps, _ = KDTree(plane.codes).query(plane.codes, k=2)
    return int(np.argmax(np.where(inside, gaps[:, 1], -1)))
