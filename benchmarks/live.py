"""How live the page is, measured in headless Chromium against a server on this machine.

Run with ``python -m benchmarks.live``; it starts the app, prints a Markdown table and ends the app.
"""

import argparse
import shutil
import time
from collections.abc import Sequence
from statistics import median
from typing import Final

import numpy as np
from playwright.sync_api import Browser, FloatRect, Page, sync_playwright

from benchmarks.support.browser_pages import (
    PHONE,
    WIDE,
    context_of,
    given,
    latency_of,
    map_ready,
    megabytes_of,
    open_map,
    opened,
    requests_of,
    slow_line,
)
from benchmarks.support.server import served

LATENCY_MS: Final = 150
VISITS: Final = 5
"""On the slow line, a tab."""
VIEWS: Final = (
    "tab=denoise",
    "tab=denoise&present=1",
    "tour=3",
    "tour=5",
    "tab=latent",
    "tab=latent&panel=noise&arrows=1",
    "tab=learn",
    "tab=report",
)
"""What axe looks at, all parts that fold away opened."""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure all rows of the table; returns 1 if one misses what it must reach."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=200, help="events a measure (default: %(default)s)")
    parser.add_argument("--url", help="measure a server that already runs, instead of starting one")
    options = parser.parse_args(argv)
    with served() if not options.url else given(options.url) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=["--no-sandbox"]
        )
        rows = _measure(browser, url, options.events)
        browser.close()
    print("| measure | must | measured |\n| --- | --- | --- |")
    for name, must, value, _ in rows:
        print(f"| {name} | {must} | {value} |")
    return 0 if all(reached for *_, reached in rows) else 1


Row = tuple[str, str, str, bool]
"""Name, what it must be, what it is, whether that is reached."""


def _measure(browser: Browser, url: str, events: int) -> list[Row]:
    rows: list[Row] = []
    with context_of(browser) as context:
        page = opened(context, url)
        rows.append(drag_row(page, events, "slider event to painted pixels, p95; requests"))
        rows.append(drag_row(page, events, f"the same with {LATENCY_MS} ms latency; requests", LATENCY_MS))
        rows.append(_strip_row(page, events))
        open_map(page)
        rows.append(hover_row(page, events))
        rows.append(_click_row(page, events))
    rows += _byte_rows(browser, url)
    rows += _slow_line_rows(browser, url)
    findings = axe_findings(browser, url)
    value = "; ".join([str(len(findings)), *findings])
    rows.append(("axe: serious or critical findings", "0", value, not findings))
    return rows


def drag_row(
    page: Page, events: int, name: str, latency: int = 0, slider: str = "#noise-level", canvas: str = "#noisy canvas"
) -> Row:
    """Drag a slider's handle, the first of several, to and fro with the real mouse, until a canvas has followed."""
    box = box_of(page, f"{slider} input[type=range] >> nth=0")
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    with latency_of(page, latency), requests_of(page) as requests:
        page.evaluate("([slider, canvas]) => { clock = bench.watch('input', slider, canvas); }", [slider, canvas])
        for step in range(events):
            share = 0.5 + 0.45 * np.sin(step / 9)
            page.mouse.move(box["x"] + box["width"] * share, y)
            page.evaluate("() => new Promise(requestAnimationFrame)")
        page.wait_for_function("() => new Promise((done) => setTimeout(() => done(true), 100))")
        times = page.evaluate("() => clock.stop()")["times"]
    page.mouse.up()
    return _timed_row(name, times, 16.7, requests)


def hover_row(
    page: Page, events: int, canvas: str = ".lm-card canvas", name: str = "hover move to painted decode"
) -> Row:
    rng = np.random.default_rng(0)
    box = box_of(page, "#latent-map")
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.wait_for_function("() => !document.querySelector('.lm-card').hidden")
    with requests_of(page) as requests:
        page.evaluate("canvas => { clock = bench.watch('pointermove', '#latent-map', canvas); }", canvas)
        for share in rng.uniform(0.15, 0.85, (events, 2)):
            page.mouse.move(box["x"] + box["width"] * share[0], box["y"] + box["height"] * share[1])
            page.evaluate("() => new Promise(requestAnimationFrame)")
        page.wait_for_function("() => new Promise((done) => setTimeout(() => done(true), 100))")
        times = page.evaluate("() => clock.stop()")["times"]
    return _timed_row(f"{name}, p95; requests", times, 16.7, requests)


def _timed_row(name: str, times: list[float], must: float, requests: list[str]) -> Row:
    p95 = float(np.percentile(times, 95))
    value = f"{p95:.1f} ms (median {median(times):.1f}, n {len(times)}); {len(requests)}"
    return name, f"{must} ms; 0", value, p95 <= must and not requests


def _strip_row(page: Page, events: int) -> Row:
    """Change image, noise kind, seed and model in turn, through the store that the controls set."""
    models = page.evaluate("() => studio.models.map((model) => model.name)")
    kinds = ["gaussian", "speckle", "masking", "salt_pepper"]
    times: list[float] = []
    for step in range(events):
        turn = step // 4
        if step % 4 == 0:
            pixels = np.roll(np.arange(784) % 256, turn).tolist()
            patch = f"{{image: Uint8Array.from({pixels})}}"
        elif step % 4 == 1:
            patch = f"{{noise: '{kinds[(turn + 1) % 4]}'}}"
        elif step % 4 == 2:
            patch = f"{{seed: {turn + 1}}}"
        else:
            patch = f"{{model: '{models[(turn + 1) % len(models)]}'}}"
        times.append(page.evaluate(f"() => bench.strip({patch})"))
    return _median_row("new image, kind, seed or model to a ready strip, median", times, 120)


def _click_row(page: Page, events: int) -> Row:
    rng = np.random.default_rng(1)
    box = box_of(page, "#latent-map")
    times = []
    for share in rng.uniform(0.15, 0.85, (events, 2)):
        page.evaluate("() => { shown = bench.click(); }")
        page.mouse.click(box["x"] + box["width"] * share[0], box["y"] + box["height"] * share[1])
        times.append(page.evaluate("() => shown"))
    return _median_row("click to exact decode, median", times, 40)


def _median_row(name: str, times: list[float], must: float) -> Row:
    value = f"{median(times):.0f} ms (p95 {np.percentile(times, 95):.0f}, n {len(times)})"
    return name, f"{must:.0f} ms", value, median(times) <= must


def box_of(page: Page, selector: str) -> FloatRect:
    box = page.locator(selector).bounding_box()
    if box is None:
        raise RuntimeError(f"{selector} is not on screen.")
    return box


def _byte_rows(browser: Browser, url: str) -> list[Row]:
    """What a first visit fetches, as it comes over the wire, cache empty."""
    with context_of(browser) as context, megabytes_of(page := context.new_page()) as come:
        page.goto(url)
        page.wait_for_load_state("networkidle")
        first = come()
        open_map(page)
        page.wait_for_function("() => studio.sampleSprite()")
        page.wait_for_load_state("networkidle")
        opening = come() - first
    return [
        ("bytes of the first view, compressed", "stated", f"{first:.2f} MB", True),
        ("bytes of opening the map, compressed", "4 MB", f"{opening:.2f} MB", opening <= 4),
    ]


def _slow_line_rows(browser: Browser, url: str) -> list[Row]:
    """From the address to what can be used, with an empty cache: medians, for visits differ by half a second."""
    paint = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000"
    waits = {
        "denoise": ("denoised", 5, "() => document.querySelector('.stage[aria-busy=false]') && studio.state.strip"),
        "latent": ("map drawn", 12, "() => document.querySelector('#latent-map[aria-busy=false]')"),
    }
    rows: list[Row] = []
    for tab, (what, must, until) in waits.items():
        ready, text = [], []
        for _ in range(VISITS):
            with context_of(browser) as context, slow_line(page := context.new_page()):
                begin = time.perf_counter()
                page.goto(f"{url}/?tab={tab}", wait_until="commit")
                page.wait_for_function(f"() => window.studio && ({until})()", timeout=120_000)
                ready.append(time.perf_counter() - begin)
                text.append(page.evaluate(paint))
        rows.append(_seconds_row(f"slow line: {what}", must, median(ready)))
        if tab == "denoise":
            rows.append(_seconds_row("slow line: first text", 2, median(text)))
    return rows


def _seconds_row(name: str, must: float, seconds: float) -> Row:
    return name, f"{must} s", f"{seconds:.1f} s", seconds <= must


def axe_findings(browser: Browser, url: str) -> list[str]:
    """Serious and critical faults of accessibility, in all views, windows and themes."""
    from axe_playwright_python.sync_playwright import Axe

    axe, findings = Axe(), list[str]()
    for size in (WIDE, PHONE):
        for theme in ("light", "dark"):
            for view in VIEWS:
                with context_of(browser, size) as context:
                    page = opened(context, f"{url}/?{view}&__theme={theme}")
                    if "latent" in view:
                        map_ready(page)
                    page.evaluate("() => document.querySelectorAll('details').forEach((part) => { part.open = true; })")
                    # What is dimmed until it is computed is not there to be read.
                    page.wait_for_function("() => !document.querySelector('.is-pending, details[aria-busy=true]')")
                    for found in axe.run(page).response["violations"]:
                        if found["impact"] in ("serious", "critical"):
                            findings.append(f"{view} {theme} {size[0]}: {found['id']} x {len(found['nodes'])}")
    return findings


if __name__ == "__main__":
    raise SystemExit(main())
