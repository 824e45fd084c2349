"""The browser's engine beside torch: the same noise, codes, pictures and scores, and nothing asked of the server."""

import base64
from dataclasses import replace

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect

from autoencoder.inference.engine import Engine
from autoencoder.model.config import ModelConfig
from autoencoder.model.network import Autoencoder
from autoencoder.noise import KINDS
from autoencoder.web import assets
from autoencoder.weights import browser_export
from tests.support.denoise_page import settled
from tests.support.latent_page import wait_until_ready
from tests.support.recorded_requests import record_questions

IMAGES = 20
# Numbers as base64 of their bytes: a list of them takes the browser's wire seconds.
PACK = """(numbers) => {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return btoa(text);
}"""
PLACES = ((0.3, -0.4), (-1.1, 0.9))
RUN = (
    f"async ([url, file, pixels, places]) => {{ const pack = {PACK};"
    """
  const { BrowserModel } = await import(url);
  const bytes = Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0));
  const model = new BrowserModel(bytes.buffer);
  const images = Float32Array.from(atob(pixels), (letter) => letter.charCodeAt(0) / 255);
  const rough = model.codes(images, false);
  const refined = model.codes(images);
  const numbers = [rough, model.network.decode(rough), model.network.decode(refined)];
  return [...numbers, ...places.map((place) => model.tangents(place))].map(pack);
}"""
)
STRIP = (
    f"async (request) => {{ const pack = {PACK};"
    """
  const image = Uint8Array.from(request.image);
  const answer = await (await studio.engine.browser).strip({ ...request, image });
  return { ...answer, noisy: pack(answer.noisy), reconstruction: pack(answer.reconstruction) };
}"""
)


def in_browser(page: Page, url: str, file: bytes, pixels: np.ndarray, places=()) -> list[np.ndarray]:
    """Unrefined codes, their decodes and the decodes of refined codes, as the page's script computes them.

    Then, for each of some places of the plane, how the decode changes along x and along y.
    """
    script = f"{url}/{assets.script_urls()['js/lib/engine/model.js']}"
    text = [base64.b64encode(each).decode() for each in (file, pixels.tobytes())]
    return [unpacked(each, np.float32) for each in page.evaluate(RUN, [script, *text, places])]


def unpacked(text: str, kind: type[np.generic] = np.uint8) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind)


def in_torch(model: Autoencoder, pixels: np.ndarray) -> list[np.ndarray]:
    x = torch.from_numpy(pixels.copy()).float()[:, None] / 255
    with torch.inference_mode():
        rough = model.encode(x, refined=False)
        found = [rough, model.decode(rough), model.decode(model.encode(x))]
    return [each.numpy().ravel() for each in found]


def difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).mean())


def test_codes_pictures_and_tangents_are_torchs(page: Page, server_url: str, checkpoints, samples):
    """To the last digits of a torch model with the float16 weights that are served; to a grey level of the one before.

    Of the tangents the oracle is automatic differentiation of decoder and projection.
    """
    page.goto(f"{server_url}/healthz")  # the script needs nothing of the page
    for checkpoint in checkpoints.values():
        rounded = browser_export.from_network(browser_export.network(checkpoint.model))
        found = in_browser(page, server_url, browser_export.export(checkpoint), samples[:IMAGES], PLACES)
        for model, bounds in ((rounded, (1e-4, 1e-5, 2e-3)), (checkpoint.model, (2e-3, 1e-3, 2e-3))):
            expected = in_torch(model, samples[:IMAGES])
            for bound, ours, theirs in zip(bounds, found, expected, strict=False):
                assert difference(ours, theirs) <= bound, checkpoint.name

        def decode(at, model=rounded, plane=checkpoint.latent_map):
            return model.decode(plane.unproject(at))

        for place, tangents in zip(PLACES, found[3:], strict=True):
            at = torch.tensor([place])
            for direction, ours in zip(torch.eye(2), tangents.reshape(2, -1), strict=True):
                theirs = torch.autograd.functional.jvp(decode, at, direction[None])[1].numpy().ravel()
                assert difference(ours, theirs) < 1e-2 * np.abs(theirs).max(), checkpoint.name


@pytest.mark.parametrize(
    "shape",
    [
        {"latent_dim": 1, "sine_features": 0, "normalize_code": False, "dropout": 0.2, "encoder_widths": (32,)},
        {"latent_dim": 5, "linear_path": True, "front_channels": 4, "unet_depth": 1, "decoder_widths": (16, 48)},
        {"latent_dim": 3, "back_channels": 3, "unet_depth": 3, "sine_features": 8},
        {"latent_dim": 6, "code_prior": True, "refine_steps": 3, "sine_features": 8, "linear_path": False},
    ],
)
def test_every_shape_that_can_be_trained_is_computed(page: Page, server_url: str, checkpoints, samples, shape):
    torch.manual_seed(0)
    model = Autoencoder(ModelConfig(**shape))
    for name, values in model.state_dict().items():
        if values.is_floating_point():  # nothing is 0 or 1, as it is before any training
            values.copy_(
                torch.rand_like(values) + 0.5 if name.endswith("running_var") else 0.2 * torch.randn_like(values)
            )
        if name.startswith("prior."):  # as covariances are
            values.copy_(values @ values.mT)
    plane = replace(checkpoints["basic"].latent_map, mean=None, components=None)
    checkpoint = replace(checkpoints["basic"], model=model.eval(), latent_map=plane)
    page.goto(f"{server_url}/healthz")
    found = in_browser(page, server_url, browser_export.export(checkpoint, torch.float32), samples[:8])
    for ours, theirs in zip(found, in_torch(model, samples[:8]), strict=True):
        assert difference(ours, theirs) <= 1e-5 * max(1, float(np.abs(theirs).max()))


def test_strips_are_the_servers(page: Page, server_url: str, engine: Engine, samples):
    """The noise to the last bit that is shown, for every kind; scores and places to what is printed of them."""
    page.goto(f"{server_url}/?engine=browser")
    settled(page)
    expect(page.locator("#engine")).to_have_text("browser")
    for i, kind in enumerate(KINDS):
        image = samples[i]
        request = {"model": "denoising", "image": image.ravel().tolist(), "noise": kind, "seed": 11 + i}
        found = page.evaluate(STRIP, request)
        expected = engine.denoise(
            torch.from_numpy(image.copy()).float()[None, None] / 255, "denoising", kind, seed=11 + i
        )
        assert found["levels"] == list(expected.levels)
        apart = np.abs(unpacked(found["noisy"]) - np.round(expected.noisy * 255).ravel())
        assert apart.max() <= 1
        assert apart.mean() < 1e-3
        # At a level where two cells are equally near, each engine may take another: such levels are few.
        rows = unpacked(found["reconstruction"]).reshape(expected.reconstruction.shape)
        apart = np.abs(rows - expected.reconstruction * 255).reshape(len(rows), -1).mean(1)
        assert np.median(apart) < 1
        assert (apart > 2).sum() <= 12
        assert np.median(np.abs(np.array(found["codes"]) - expected.codes)) < 0.01
        for name, values in expected.noisy_scores.items():
            ours = [np.inf if value is None else value for value in found["noisy_scores"][name]]
            assert np.allclose(ours, values, atol=1e-3), name
        assert np.abs(np.array(found["scores"]["ssim"]) - expected.scores["ssim"]).mean() < 0.01


def test_nothing_is_asked_while_scrubbing_hovering_and_walking(latent: Page):
    """With this browser's engine a class of thirty costs the server nothing."""
    latent.get_by_role("button", name="Compute in this browser").click()
    expect(latent.locator("#engine")).to_have_text("browser")
    latent.wait_for_function("() => studio.engine.here.has(studio.map.plane.name)")
    questions = record_questions(latent)
    box = latent.locator("#latent-map").bounding_box()
    for share in (0.2, 0.5, 0.7):
        latent.mouse.move(box["x"] + share * box["width"], box["y"] + 0.4 * box["height"])
    for share in (0.3, 0.7):
        latent.keyboard.down("Shift")
        latent.mouse.click(box["x"] + share * box["width"], box["y"] + 0.6 * box["height"])
        latent.keyboard.up("Shift")
    expect(latent.locator("#latent-path")).to_have_attribute("data-frames", "24")
    wait_until_ready(latent)
    latent.evaluate("() => studio.set({ level: 0.5 })")
    assert not questions


def test_an_engine_that_cannot_be_fetched_is_told_and_comes_when_pressed_again(denoise: Page, excused):
    """The server goes on computing meanwhile; by itself nothing changes any more."""
    excused.append("Failed to load resource")
    denoise.route("**/model.safetensors.zlib", lambda route: route.fulfill(status=503))
    denoise.evaluate("() => { studio.engine.browser = null; }")  # as if it had not come yet
    switch = denoise.get_by_role("button", name="Compute in this browser")
    switch.press("Enter")
    told = denoise.locator("#where [role=alert]")
    expect(told).to_be_visible()
    expect(denoise.locator("#engine")).to_have_text("server")
    expect(switch).to_be_focused()
    denoise.unroute("**/model.safetensors.zlib")
    denoise.evaluate("() => dispatchEvent(new Event('online'))")
    denoise.wait_for_load_state("networkidle")
    expect(denoise.locator("#engine")).to_have_text("server")
    switch.press("Enter")
    expect(denoise.locator("#engine")).to_have_text("browser")
    expect(told).to_be_hidden()


def test_a_browser_without_webassembly_is_told_so_and_not_to_try_again(page: Page, server_url: str):
    """As in a phone's lockdown mode. The server's engine needs none."""
    page.add_init_script("delete globalThis.WebAssembly")
    page.goto(f"{server_url}/?engine=browser")
    told = page.locator("#strip-error")
    expect(told).to_contain_text("This browser has no WebAssembly, which the models need. Use another, or allow it")
    expect(told.get_by_role("button")).to_be_hidden()
    page.get_by_role("button", name="Compute on the server").click()
    settled(page)
    expect(told).to_be_hidden()
    page.get_by_role("button", name="Compute in this browser").click()
    expect(page.locator("#where").get_by_role("alert")).to_contain_text("This browser has no WebAssembly")


def test_hover_draws_the_exact_decode_in_the_same_frame(latent: Page, engine: Engine):
    """Not the atlas's cell: what the decoder draws at the very place under the pointer."""
    latent.wait_for_function("() => studio.engine.here.has(studio.map.plane.name)", timeout=30_000)
    latent.get_by_role("button", name="None", exact=True).click()  # no class: no dot lies under the pointer
    box = latent.locator("#latent-map").bounding_box()
    shown = latent.evaluate(
        """([left, top]) => new Promise((done) => {
          const map = document.querySelector("#latent-map");
          map.dispatchEvent(new PointerEvent("pointermove", { clientX: left, clientY: top, bubbles: true }));
          requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => {
              const canvas = document.querySelector(".lm-card canvas");
              const { data } = canvas.getContext("2d").getImageData(0, 0, 28, 28);
              const text = document.querySelector(".lm-card span").textContent;
              const { kind } = document.querySelector(".lm-card").dataset;
              done({ kind, grey: [...data].filter((_, i) => i % 4 === 0),
                place: studio.map.plot.view().toPlane(...[left, top].map((at, i) => {
                  const frame = map.getBoundingClientRect();
                  const view = studio.map.plot.view();
                  return at - (i ? frame.top + view.top : frame.left + view.left);
                })), text });
            };
            port2.postMessage(null);
          });
        })""",
        [box["x"] + 0.08 * box["width"], box["y"] + 0.12 * box["height"]],
    )
    assert shown["kind"] == "decode", shown["text"]
    expected = engine.decode(torch.tensor([shown["place"]], dtype=torch.float64), engine.names[0])[0]
    assert np.abs(np.array(shown["grey"]) - expected.ravel() * 255).max() <= 2


def test_codes_of_a_picture_that_is_left_are_given_up(page: Page, server_url: str):
    """25 of them take seconds, in the one queue in which the next picture waits too."""
    page.goto(f"{server_url}/?engine=browser")
    settled(page)
    switch = page.get_by_role("button", name="Compute on the server instead")
    assert switch.evaluate("(button) => getComputedStyle(button).textDecorationLine") == "underline"
    page.evaluate("""async () => {
      const { worker } = await studio.engine.browser;
      const ask = worker.ask.bind(worker);
      encoded = 0;
      worker.ask = (task, request) => { encoded += Number(task === "encode"); return ask(task, request); };
    }""")
    page.locator("#transform summary").click()
    page.wait_for_function("() => encoded === 1")
    page.evaluate("() => { for (const { image } of studio.samples) studio.set({ image }); }")
    page.wait_for_function("() => document.querySelector('#transform').dataset.step", timeout=60_000)
    expect(page.locator("#transform[aria-busy]")).to_have_count(0)
    assert page.evaluate("encoded") == 2
