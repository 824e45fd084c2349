"""A graphics card whose memory is used up: fall back where that was left to us, else say so."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from starlette.requests import Request

import app
from autoencoder.web.api import endpoints
from autoencoder.web.api.calls import Calls
from autoencoder.web.api.pictures import Pictures
from autoencoder.web.routes import live, upload
from autoencoder.web.routes.messages import Message
from autoencoder.web.security.concurrency import Slots
from autoencoder.web.security.errors import RefusalError
from tests.support import loops
from tests.support.raw_http import png


def fail(*_):
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB at 0x7f")


@pytest.fixture
def full_card(monkeypatch):
    """Loading fails anywhere but on the CPU, which is where the tests run."""
    monkeypatch.setattr(app, "resolve", lambda name: torch.device("cpu" if name == "cpu" else "meta"))
    return lambda folder, device: "models" if device.type == "cpu" else fail()


def test_models_fall_back_to_the_cpu_and_it_is_said(full_card, capsys):
    shown, where = app.load_on(full_card, Path("weights"), "auto")
    assert (shown, where.type) == ("models", "cpu")
    assert "they run on the CPU" in capsys.readouterr().err


def test_a_device_that_was_asked_for_is_not_swapped_silently(full_card):
    with pytest.raises(ValueError, match="cuda device has no memory left"):
        app.load_on(full_card, Path("weights"), "cuda")


def test_a_live_call_is_told_to_come_again():
    async def receive():
        return {"type": "http.request", "body": b"{}", "more_body": False}

    registry = SimpleNamespace(now=SimpleNamespace(engine=None, identity="abc"))
    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    with pytest.raises(RefusalError) as refused:
        loops.run(live.endpoint(registry, Message, fail)(request))
    assert (refused.value.status, str(refused.value)) == (503, live.NO_MEMORY)


@pytest.mark.parametrize("name", ["denoise", "decode", "encode"])
def test_an_endpoint_says_so_without_a_trace(name, tmp_path, capsys):
    class Full:
        names = ("basic",)
        denoise_many = look_up = encode = fail

    async def call():  # in an event loop, which Gradio would otherwise open and leave open
        import gradio as gr

        pictures = Pictures()
        sent = {"path": await pictures.receive(png(tmp_path / "a.png"))}
        values = {"denoise": (sent, "basic", "gaussian", 0.1, 0), "decode": (0, 0, "basic"), "encode": (sent, "basic")}
        with gr.Blocks():
            calls = Calls(endpoints.build(lambda: Full, pictures), Slots())
        return await calls.outcome(name, values[name])

    assert loops.run(call()) == live.NO_MEMORY
    assert not capsys.readouterr().out


def test_an_upload_is_told_to_come_again(tmp_path):
    async def receive():
        return {"type": "http.request", "body": png(tmp_path / "a.png"), "more_body": False}

    registry = SimpleNamespace(now=SimpleNamespace(engine=SimpleNamespace(is_unusual=fail)))
    [route] = upload.routes(registry)
    request = Request({"type": "http", "method": "POST", "headers": [], "query_string": b""}, receive)
    with pytest.raises(RefusalError) as refused:
        loops.run(route.endpoint(request))
    assert (refused.value.status, str(refused.value)) == (503, live.NO_MEMORY)
