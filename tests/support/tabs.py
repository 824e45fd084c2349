"""What the tests of all tabs share: how to look at one after the other."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

READY = {
    "denoise": ".stage[aria-busy=false]",
    "latent": "#decoded[data-exact=true]",
    "learn": "#learn-start:enabled",
    "report": "#report[aria-busy=false] h2",
}
"""What each tab has when it is there to be used."""


def each_tab(page: Page) -> Iterator[str]:
    """The names of the tabs, each of which is shown, and there to be used, when it is told."""
    for tab, part in READY.items():
        page.locator(f"#tab-{tab}-button").last.click()
        expect(page.locator(f"#tab-{tab}").locator(part).first).to_be_visible(timeout=60_000)
        yield tab
