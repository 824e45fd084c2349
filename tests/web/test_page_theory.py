"""The ideas behind the experiment, in words, each on the tab that shows it."""

import pytest
from playwright.sync_api import expect

IDEAS = {
    "denoise": (
        "encoder",
        "decoder",
        "bottleneck",
        "compared with the clean one",
        "clip(x + level · n · x)",
        "manifold",
    ),
    "latent": ("manifold", "tangent", "fig. 14.6", "fig. 14.4"),
}


@pytest.mark.parametrize("tab", IDEAS)
def test_words_unfold_by_keyboard_beside_what_shows_them(page, open_tab, tab):
    open_tab(tab)
    theory = page.locator(f"#tab-{tab} .theory")
    expect(theory.locator("dl")).to_be_hidden()
    theory.locator("summary").focus()
    page.keyboard.press("Enter")
    for idea in IDEAS[tab]:
        expect(theory.get_by_text(idea).first).to_be_visible()


def test_report_says_what_autoencoders_are_good_for_and_what_not(page, open_tab):
    open_tab("report")
    section = page.locator(".report section", has=page.get_by_role("heading", name="For and against"))
    for merit in ("no labels", "features for other tasks", "imperfect", "must be tuned"):
        expect(section.get_by_text(merit)).to_be_visible()


@pytest.mark.parametrize("tab", IDEAS)
def test_words_fit_a_phone(page, open_tab, tab):
    page.set_viewport_size({"width": 390, "height": 844})
    open_tab(tab)
    page.locator(f"#tab-{tab} .theory summary").click()
    expect(page.locator(f"#tab-{tab} .theory dl")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
