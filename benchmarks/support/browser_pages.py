"""What benchmarks of the page need around them: a browser's pages and the network."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, BrowserContext, Page, Request

CLOCKS: Final = Path(__file__).parent.with_name("live.js")
WIDE: Final = (1440, 900)
PHONE: Final = (390, 844)


def open_map(page: Page) -> None:
    """Open the Latent space tab and wait for its map."""
    page.get_by_role("tab", name="Latent space").click()
    map_ready(page)


def map_ready(page: Page) -> None:
    """Until the map is drawn and its first place decoded."""
    page.wait_for_selector("#latent-map[aria-busy=false]", timeout=60_000)
    page.wait_for_selector("#decoded[data-exact=true]")


def opened(context: BrowserContext, url: str) -> Page:
    """A page with its clocks, at rest."""
    page = context.new_page()
    page.goto(url)
    page.get_by_role("tab", name="Latent space").wait_for()
    page.wait_for_load_state("networkidle")
    page.evaluate(CLOCKS.read_text(encoding="utf-8"))
    return page


@contextmanager
def context_of(browser: Browser, size: tuple[int, int] = WIDE) -> Iterator[BrowserContext]:
    """A fresh browser context of a window size."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    try:
        yield context
    finally:
        context.close()


@contextmanager
def requests_of(page: Page) -> Iterator[list[str]]:
    """Addresses that the page asks for while the block runs."""
    urls: list[str] = []

    def note(request: Request) -> None:
        urls.append(request.url)

    page.on("request", note)
    yield urls
    page.remove_listener("request", note)


@contextmanager
def megabytes_of(page: Page) -> Iterator[Callable[[], float]]:
    """What has come over the wire since the block began, as a function that tells it, in MB."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("Network.enable")
    sizes: list[float] = []
    cdp.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    yield lambda: sum(sizes) / 1e6
    cdp.detach()


@contextmanager
def latency_of(page: Page, milliseconds: int) -> Iterator[None]:
    """Each answer of the network comes so much later."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("Network.enable")
    unlimited = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    cdp.send("Network.emulateNetworkConditions", {**unlimited, "latency": milliseconds})
    yield
    cdp.send("Network.emulateNetworkConditions", {**unlimited, "latency": 0})
    cdp.detach()


@contextmanager
def slow_line(page: Page) -> Iterator[None]:
    """1.6 Mbit/s, 150 ms and a processor four times slower."""
    cdp = page.context.new_cdp_session(page)
    speed = 1_600_000 / 8
    conditions = {"offline": False, "latency": 150, "downloadThroughput": speed, "uploadThroughput": speed}
    cdp.send("Network.emulateNetworkConditions", conditions)
    cdp.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    yield
    cdp.detach()


@contextmanager
def given(url: str) -> Iterator[str]:
    """A server that runs already."""
    yield url.rstrip("/")
