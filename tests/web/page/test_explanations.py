"""The ideas behind the experiment, in words, each on the tab that shows it."""

import re

import httpx
import pytest

from autoencoder.web import page_config, page_files

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
def test_words_unfold_beside_what_shows_them(tab: str):
    html = page_files.render(f"{tab}.html", limits=page_config.LIMITS, kinds=page_config.NOISE_KINDS)
    theory = words(html, r'<details class="fold theory">.*?</details>')
    for idea in IDEAS[tab]:
        assert idea in theory


def test_report_says_what_autoencoders_are_good_for_and_what_not(server_url: str):
    section = words(httpx.get(f"{server_url}/live/report").text, r"<h2>For and against</h2>.*?</section>")
    for merit in ("no labels", "features for other tasks", "imperfect", "must be tuned"):
        assert merit in section


def words(html: str, part: str) -> str:
    """What a browser shows of the part of the HTML that a pattern finds."""
    found = re.search(part, html, re.DOTALL)
    assert found
    return " ".join(re.sub("<.*?>", "", found[0]).split())
