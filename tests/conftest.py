"""A running app and a real browser for the tests that look at the page from outside."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from autoencoder.data import loading
from autoencoder.data.dataset import Dataset
from autoencoder.inference.engine import Engine
from autoencoder.weights import checkpoint, thumbnails
from autoencoder.weights.checkpoint import Checkpoint
from benchmarks.support import small_set as small_images
from benchmarks.support.server import served
from tests.support.denoise_page import settled
from tests.support.latent_page import wait_until_ready

ROOT = Path(__file__).parent.parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",
    "--renderer-process-limit=1",
)
VIEWPORT: ViewportSize = {"width": 1440, "height": 900}
LOCAL = {"127.0.0.1", "localhost"}
expect.set_options(timeout=15_000)


def pytest_configure() -> None:
    """Ctrl+C reaches the programs under test also where a shell runs this in the background, which ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """On CI a skipped test is a failure: it would hide what was not checked."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter and reporter.stats.get("skipped"):
        reporter.write_line("CI=true: skipped tests count as failures.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def server_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the app under test writes what it says."""
    return tmp_path_factory.mktemp("server") / "log"


@pytest.fixture(scope="session")
def server_url(server_log: Path) -> Iterator[str]:
    """Address of ``python app.py`` on a free port; it must end cleanly on SIGTERM.

    With ``STUDIO_URL`` the tests look at an app that runs there already.
    """
    if url := os.environ.get("STUDIO_URL"):
        server_log.touch()
        yield url.rstrip("/")
        return
    with served(server_log, AUTOENCODER_DEVICE="cpu", PYTHONUNBUFFERED="1") as url:
        yield url
    log = server_log.read_text()
    assert "Traceback" not in log
    assert "/etc/passwd" not in log  # nor any path that was asked for in vain


@pytest.fixture(scope="session")
def fashion() -> Dataset:
    """Fashion-MNIST, 60,000 training and 10,000 test images."""
    return loading.load()


@pytest.fixture(scope="session")
def small_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fashion-MNIST's first 2,000 training and 300 test images as a set of their own, measured in a moment."""
    return small_images.write(tmp_path_factory.mktemp("set"))


@pytest.fixture(scope="session")
def checkpoints() -> dict[str, Checkpoint]:
    """The shipped models, on the CPU."""
    return checkpoint.load_all(ROOT / "weights")


@pytest.fixture(scope="session")
def samples() -> NDArray[np.uint8]:
    """All test images, ``(10000, 28, 28)``."""
    return thumbnails.load(ROOT / "weights")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, else Playwright's own."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def excused() -> list[str]:
    """Words of console errors that a test brings about on purpose: to Chromium each refusal is one."""
    return []


@pytest.fixture(scope="session")
def shared_context(browser: Browser) -> Iterator[BrowserContext]:
    """One context and, by an idle page, one living renderer process: a page in it opens in half the time."""
    with browser.new_context(viewport=VIEWPORT) as context:
        context.new_page()
        yield context


@pytest.fixture
def context(shared_context: BrowserContext, server_url: str) -> Iterator[BrowserContext]:
    """Where a page opens: no page before it left anything there but cached files."""
    idle = shared_context.pages[0]
    if not idle.url.startswith(f"{server_url}/"):  # a page of another site has another renderer
        idle.goto(f"{server_url}/healthz")
    yield shared_context
    for page in shared_context.pages[1:]:
        page.close()
    shared_context.clear_permissions()
    session = shared_context.new_cdp_session(idle)
    session.send("Storage.clearDataForOrigin", {"origin": urljoin(server_url, "/"), "storageTypes": "all"})
    session.detach()


@pytest.fixture
def page(context: BrowserContext, excused: list[str]) -> Iterator[Page]:
    """A fresh page; afterwards it must have seen no error and asked no other host for anything."""
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: troubles.append(request.url) if leaves_home(request.url) else None)
    yield page
    page.close()
    assert not [trouble for trouble in troubles if not any(words in trouble for words in excused)]


def leaves_home(url: str) -> bool:
    """Whether a request goes to another machine."""
    parts = urlsplit(url)
    return parts.scheme not in ("data", "blob") and parts.hostname not in LOCAL


@pytest.fixture
def asked_for(page: Page) -> list[str]:
    """Addresses that the page asks for, from its first one on."""
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    return urls


@pytest.fixture
def open_tab(page: Page, server_url: str) -> Callable[[str], None]:
    """``open_tab("latent")`` shows a tab: by its link on a new page, by its button on an open one."""

    def open_it(name: str) -> None:
        if page.url.startswith(server_url):
            page.locator(f"#tab-{name}-button").last.click()
        else:
            page.goto(f"{server_url}/?tab={name}")
        expect(page.locator(f"#tab-{name}")).to_be_visible()

    return open_it


@pytest.fixture(scope="session")
def engine(checkpoints):
    """The shipped models, as the page asks them."""
    return Engine(checkpoints)


@pytest.fixture
def denoise(page: Page, open_tab):
    """The tab with its first picture denoised."""
    open_tab("denoise")
    settled(page)
    return page


@pytest.fixture
def latent(page: Page, open_tab):
    """The tab, its map drawn and its first place decoded."""
    open_tab("latent")
    wait_until_ready(page)
    return page
