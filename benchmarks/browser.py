"""The browser as the engine, measured in headless Chromium on the edition without a server.

Run with ``python -m benchmarks.browser``; it builds the site, serves it from this machine and prints a Markdown table.
"""

import argparse
import base64
import shutil
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np
import torch
from playwright.sync_api import Browser, Page, sync_playwright

from autoencoder.web import assets
from autoencoder.weights import browser_export, checkpoint, thumbnails
from benchmarks.live import Row, box_of, drag_row, hover_row
from benchmarks.support.browser_pages import CLOCKS, context_of, map_ready, megabytes_of, requests_of
from benchmarks.support.server import ROOT
from benchmarks.support.static_server import static_server

IMAGES: Final = 200
LEARN_SECONDS: Final = 20
_PARITY: Final = """async ([url, file, pixels]) => {
  const { BrowserModel } = await import(url);
  const model = new BrowserModel(Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0)).buffer);
  const images = Float32Array.from(atob(pixels), (letter) => letter.charCodeAt(0) / 255);
  const rough = model.codes(images, false);
  const refined = model.codes(images);
  return [model.network.decode(rough), rough, model.network.decode(refined)].map((numbers) => [...numbers]);
}"""
_STRIP: Final = """async ([model, turn]) => {
  const kinds = ["gaussian", "speckle", "masking", "salt_pepper"];
  const image = Uint8Array.from({ length: 784 }, (_, i) => (i + turn) % 256);
  const start = performance.now();
  await studio.engine.strip({ model, image, noise: kinds[turn % 4], seed: turn });
  return performance.now() - start;
}"""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure all rows of the table; returns 1 if one misses what it must reach."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=200, help="events a measure (default: %(default)s)")
    options = parser.parse_args(argv)
    with static_server() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=["--no-sandbox"]
        )
        rows = [*_byte_rows(browser, url), *_page_rows(browser, url, options.events), *_learn_rows(browser, url)]
        rows += _parity_rows(browser, url)
        browser.close()
    print("| measure | must | measured |\n| --- | --- | --- |")
    for name, must, value, _ in rows:
        print(f"| {name} | {must} | {value} |")
    return 0 if all(reached for *_, reached in rows) else 1


def _opened(page: Page, url: str) -> Page:
    page.goto(url)
    page.wait_for_function("() => window.studio?.state.strip", timeout=120_000)
    return page


def _byte_rows(browser: Browser, url: str) -> list[Row]:
    """What comes over the wire, cache empty, until a strip is there and until the map is drawn."""
    with context_of(browser) as context, megabytes_of(page := context.new_page()) as come:
        # The other models follow right after the first strip; held back, or a late look would count them.
        asked = count()
        page.route("**/*.zlib", lambda route: route.abort() if next(asked) else route.continue_())
        _opened(page, url)
        first = come()
    with context_of(browser) as context, megabytes_of(page := context.new_page()) as come:
        page.goto(f"{url}?tab=latent")
        map_ready(page)
        page.wait_for_function("() => studio.sampleSprite()")
        opening = come()
    return [
        ("first view, compressed, until Denoise works", "1.2 MB", f"{first:.2f} MB", first <= 1.2),
        ("opening the page on the map, all told", "4 MB", f"{opening:.2f} MB", opening <= 4),
    ]


def _page_rows(browser: Browser, url: str, events: int) -> list[Row]:
    with context_of(browser) as context:
        page = _opened(context.new_page(), url)
        page.wait_for_function("() => document.documentElement.dataset.kept", timeout=600_000)
        page.evaluate(CLOCKS.read_text(encoding="utf-8"))
        rows = [drag_row(page, events, "slider event to painted pixels, p95; requests")]
        handle = "handle of the code to painted drawing, p95; requests"
        rows.append(drag_row(page, events, handle, slider=".code-sliders", canvas="#denoised canvas"))
        for name in page.evaluate("() => studio.models.map((model) => model.name)"):
            page.evaluate(_STRIP, [name, 0])  # compiles
            times = [page.evaluate(_STRIP, [name, turn + 1]) for turn in range(events)]
            value = f"{median(times):.0f} ms (p95 {np.percentile(times, 95):.0f}, n {len(times)})"
            rows.append((f"strip of 61 levels, {name}", "150 ms", value, median(times) <= 150))
        page.get_by_role("tab", name="Latent space").click()
        map_ready(page)
        rows.append(hover_row(page, events))
        rows.append(_walk_row(page))
        rows += _theory_rows(page, events)
    return rows


def _walk_row(page: Page) -> Row:
    """Requests of a visitor who hovers, clicks, walks and scrubs."""
    box = box_of(page, "#latent-map")
    with requests_of(page) as asked:
        for share in np.linspace(0.2, 0.8, 20):
            page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.4 * box["height"])
            page.keyboard.down("Shift")
            page.mouse.click(box["x"] + share * box["width"], box["y"] + share * box["height"])
            page.keyboard.up("Shift")
        page.wait_for_selector("#latent-path[data-frames='24']")
        page.evaluate("() => studio.set({ level: 0.5 })")
    sent = [url for url in asked if url.startswith("http")]
    return "requests while scrubbing, hovering, walking", "0", str(len(sent)), not sent


def _theory_rows(page: Page, events: int) -> list[Row]:
    """The level is dragged while what noise does to all codes follows it, then the pointer while tangents do."""
    page.locator("#lm-tab-noise").click()
    page.locator("#arrows").check()
    rows = [_level_row(page, events, "arrows")]
    page.locator("#arrows").uncheck()
    page.locator("#noise-on-all").check()
    rows.append(_level_row(page, events, "noise on all"))
    page.locator("#arrows").check()
    rows.append(_level_row(page, events, "both"))
    page.locator("#tangents").check()
    page.wait_for_selector(".lm-tangents[data-x]")
    return [*rows, hover_row(page, events, ".lm-tangents canvas", "hover move to painted tangents")]


def _level_row(page: Page, events: int, what: str) -> Row:
    slider = page.locator(".lm-level input")
    slider.scroll_into_view_if_needed()
    return drag_row(page, events, f"level to painted {what}, p95; requests", slider=".lm-level", canvas=".lm-noise")


def _learn_rows(browser: Browser, url: str) -> list[Row]:
    """Default settings, from scratch."""
    with context_of(browser) as context:
        page = context.new_page()
        page.goto(f"{url}?tab=learn")
        page.wait_for_selector("#learn-start:not([disabled])", timeout=120_000)
        page.wait_for_function("() => document.documentElement.dataset.kept", timeout=600_000)
        page.locator("#learn-start").click()
        page.wait_for_timeout(LEARN_SECONDS * 1000)
        steps = int(page.locator("#learn-step").inner_text())
        held_out = float(page.locator(".ln-held output").inner_text())
        page.locator("#learn-start").click()
    rate = steps / LEARN_SECONDS
    name = f"Learn: held-out MSE after {LEARN_SECONDS} s from scratch"
    return [
        ("Learn: steps a second, looks at the model included", "80", f"{rate:.0f}", rate >= 80),
        (name, "0.036", f"{held_out:.4f}", held_out <= 0.036),
    ]


def _parity_rows(browser: Browser, url: str) -> list[Row]:
    pixels = thumbnails.load(ROOT / "weights")[:IMAGES]
    x = torch.from_numpy(pixels.copy()).float()[:, None] / 255
    script = url + assets.script_urls()["js/lib/engine/model.js"]
    rows: list[Row] = []
    with context_of(browser) as context:
        page = _opened(context.new_page(), url)
        for name, one in checkpoint.load_all(Path(ROOT, "weights")).items():
            with torch.inference_mode():
                rough = one.model.encode(x, refined=False)
                expected = [one.model.decode(rough), rough, one.model(x)[0]]
            for dtype, must in ((torch.float32, (1e-5, 1e-4, 2e-3)), (torch.float16, (1e-3, None, 2e-3))):
                file = base64.b64encode(browser_export.export(one, dtype)).decode()
                answers = page.evaluate(_PARITY, [script, file, base64.b64encode(pixels.tobytes()).decode()])
                found = [
                    float(np.abs(np.array(ours) - theirs.numpy().ravel()).mean())
                    for ours, theirs in zip(answers, expected, strict=True)
                ]
                reached = all(bound is None or value <= bound for value, bound in zip(found, must, strict=True))
                label = f"{name}, {str(dtype)[6:]}: decode / unrefined code / picture of the refined code"
                bounds = " / ".join("-" if bound is None else f"{bound:g}" for bound in must)
                rows.append((label, bounds, " / ".join(f"{value:.1e}" for value in found), reached))
    return rows


if __name__ == "__main__":
    raise SystemExit(main())
