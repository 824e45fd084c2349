"""Names, roles, contrast and the like: what axe finds on any tab, opened wide."""

import pytest
from playwright.sync_api import Browser

from benchmarks.live import axe_findings


@pytest.mark.slow
def test_axe_finds_nothing_serious(browser: Browser, server_url: str):
    assert axe_findings(browser, server_url) == []
