"""How wide must the bottleneck be: the picture through networks of several widths and PCA, as torch computes them."""

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from autoencoder import metrics
from autoencoder.weights import browser_export, sweep_networks
from tests.conftest import ROOT
from tests.support.denoise_page import FRAMES, grey, settled, tensor

PART = ".bottleneck"
FILE = re.compile(r"/(\d+|pca)\.safetensors$")
# Counts the files that are read, each once that which waits for it has had it.
READ = r"""() => {
  const { arrayBuffer } = Response.prototype;
  window.read = 0;
  Response.prototype.arrayBuffer = async function () {
    const bytes = await arrayBuffer.call(this);
    if (/\/(\d+|pca)\.safetensors$/.test(this.url)) setTimeout(() => (read += 1));
    return bytes;
  };
}"""
READY = f"document.querySelector('{PART}').getAttribute('aria-busy') === 'false'"
DIMS = (2, 4, 8, 16, 32, 64, 128)


def expected(image: np.ndarray, dim: int) -> dict[str, torch.Tensor]:
    """What the shipped files make of a picture: by torch, not by the page's script."""
    folder = ROOT / "weights" / sweep_networks.FOLDER
    x = tensor(image)
    mean, components = sweep_networks.pca_of((folder / sweep_networks.PCA_FILE).read_bytes())
    plane = components[:dim]
    with torch.inference_mode():
        network = browser_export.from_network((folder / sweep_networks.file_name(dim)).read_bytes())(x)[0]
    linear = ((x.flatten(1) - mean) @ plane.T @ plane + mean).reshape(x.shape)
    return {"network": network.clamp(0, 1), "pca": linear.clamp(0, 1)}


def choose(page, dim):
    page.locator("#bottleneck").fill(str(DIMS.index(dim)))
    expect(page.locator(f"{PART} output")).to_have_text(f"{dim} of 784")
    page.wait_for_function(READY)
    page.evaluate(FRAMES)


@pytest.fixture
def opened(asked_for, denoise):
    assert not [url for url in asked_for if FILE.search(url)]
    denoise.evaluate(READ)
    denoise.locator(f"{PART} summary").focus()
    denoise.keyboard.press("Enter")
    denoise.wait_for_function(READY)
    return denoise


def test_each_width_shows_what_its_network_and_pca_make_of_the_picture(opened):
    """To one grey level; the errors told are those of the pictures shown; PCA's falls with the width."""
    image = grey(opened, "#original")
    errors = []
    for dim in DIMS:
        choose(opened, dim)
        for name, picture in expected(image, dim).items():
            figure = f"{PART} [data-of={name}]"
            assert np.abs(grey(opened, figure) - picture[0, 0].numpy() * 255).max() <= 1.5
            error = metrics.mse(picture, tensor(image)).item()
            said = float(opened.locator(f"{figure} figcaption span").inner_text().removeprefix("MSE "))
            assert said == pytest.approx(error, abs=1e-4)
        errors.append(error)
    assert errors == sorted(errors, reverse=True)
    # Another picture is squeezed at once.
    before = grey(opened, f"{PART} [data-of=network]")
    opened.locator("#samples button").first.click()
    settled(opened)
    image = grey(opened, "#original")
    shown = grey(opened, f"{PART} [data-of=network]")
    assert np.abs(shown - expected(image, DIMS[-1])["network"][0, 0].numpy() * 255).max() <= 1.5
    assert not np.array_equal(shown, before)
    expect(opened.locator(f"{PART} .bottleneck-verdict")).to_contain_text("T-shirt")


def test_the_neighbours_of_a_width_are_there_before_they_are_asked_for(opened):
    """The keyboard moves the slider; then nothing is fetched for what is seen."""
    opened.wait_for_function("read === 4")  # 8, its neighbours and PCA
    slider = opened.locator("#bottleneck")
    slider.focus()
    opened.keyboard.press("ArrowRight")
    assert opened.locator(PART).get_attribute("aria-busy") == "false"
    assert slider.get_attribute("aria-valuetext") == "16 numbers"
    expect(opened.locator(f"{PART} [data-of=network] canvas")).to_have_attribute(
        "aria-label", "Autoencoder with 16 numbers"
    )


def test_a_network_that_cannot_be_fetched_is_told_and_comes_when_tried_again(denoise, excused):
    excused += ["Failed to load resource", "ERR_FAILED"]
    denoise.route("**/pca.safetensors", lambda route: route.abort())
    denoise.locator(f"{PART} summary").click()
    trouble = denoise.locator(".bottleneck-error")
    expect(trouble).to_contain_text("cannot be fetched")
    expect(denoise.locator(f"{PART} .bottleneck-verdict")).to_have_css("opacity", "0.5")
    denoise.unroute("**/pca.safetensors")
    trouble.get_by_role("button", name="Try again").click()
    denoise.wait_for_function(READY)
    expect(trouble).to_be_hidden()
    expect(denoise.locator(f"{PART} .bottleneck-verdict")).to_contain_text("one number for every 98 pixels")
