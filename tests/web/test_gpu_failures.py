"""A graphics card that fails or whose memory is used up: fall back where that was left to us, else say so."""

import re
from pathlib import Path
from unittest.mock import Mock

import httpx
import pytest
import torch

import app
from autoencoder.web.api import endpoints
from autoencoder.web.api.calls import Calls
from autoencoder.web.api.pictures import Pictures
from autoencoder.web.security.concurrency import Slots
from autoencoder.web.security.errors import NO_MEMORY, ErrorSentences
from tests.support import loops
from tests.support.raw_http import png

ERRORS = (
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB at 0x7f"),
    RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be reported later"),
    RuntimeError("CUDA error: no kernel image is available for execution on the device\nFor debugging"),
)


@pytest.fixture
def broken_card(monkeypatch):
    """Loading fails anywhere but on the CPU, which is where the tests run."""
    monkeypatch.setattr(app, "resolve", lambda name: torch.device("cpu" if name == "cpu" else "meta"))

    def load(error):
        def loaded(folder, device):
            if device.type != "cpu":
                raise error
            return "models"

        return loaded

    return load


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_models_fall_back_to_the_cpu_and_it_is_said(broken_card, error, capsys):
    shown, where = app.load_on(broken_card(error), Path("weights"), "auto")
    assert (shown, where.type) == ("models", "cpu")
    assert "the models run on the CPU" in capsys.readouterr().err


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_a_device_that_was_asked_for_is_not_swapped_silently(broken_card, error):
    words = "fails (CUDA error: no kernel image is available" if "kernel image" in str(error) else "has no memory left"
    with pytest.raises(ValueError, match=re.escape(f"The cuda device {words}")):
        app.load_on(broken_card(error), Path("weights"), "cuda")


@pytest.mark.parametrize("device", ["auto", "mps"])
def test_on_apples_gpus_several_threads_would_end_the_app(device, monkeypatch, capsys):
    """pytorch/pytorch#197805: training has one."""
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    shown, where = app.load_on(lambda folder, device: device.type, Path("weights"), device)
    assert (shown, where.type) == ("cpu", "cpu")
    assert "two visitors" in capsys.readouterr().err


@pytest.mark.parametrize("error", [*ERRORS[:2], RuntimeError("MPS backend out of memory"), MemoryError()], ids=repr)
def test_a_request_is_told_to_come_again(error):
    async def full(*_):
        raise error

    async def ask():
        transport = httpx.ASGITransport(ErrorSentences(full, (), lambda scope: False))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.post("/live/strip", content=b"{}")

    answer = loops.run(ask())
    assert (answer.status_code, answer.json()["error"]) == (503, NO_MEMORY)


@pytest.mark.parametrize("name", ["denoise", "decode", "encode"])
def test_an_endpoint_says_so_without_a_trace(name, tmp_path, capsys):
    class Full:
        names = ("basic",)
        denoise_many = look_up = encode = Mock(side_effect=ERRORS[0])

    async def call():  # in an event loop, which Gradio would otherwise open and leave open
        import gradio as gr

        pictures = Pictures()
        sent = {"path": await pictures.receive(png(tmp_path / "a.png"))}
        values = {"denoise": (sent, "basic", "gaussian", 0.1, 0), "decode": (0, 0, "basic"), "encode": (sent, "basic")}
        with gr.Blocks():
            calls = Calls(endpoints.build(lambda: Full, pictures), Slots())
        return await calls.outcome(name, values[name])

    assert loops.run(call()) == NO_MEMORY
    assert not capsys.readouterr().out
