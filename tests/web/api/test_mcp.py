"""The endpoints as tools for assistants, called by a real MCP client."""

import base64
import io
import json
import logging

import httpx
import numpy as np
import pytest
from PIL import Image

from benchmarks.support.server import served
from tests.support import loops

mcp = pytest.importorskip("mcp", reason="pip install 'gradio[mcp]'")
from mcp.client.streamable_http import streamable_http_client  # noqa: E402

from autoencoder.web.api.mcp import Tools  # noqa: E402

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    log = tmp_path_factory.mktemp("server") / "log"
    with served(log, AUTOENCODER_DEVICE="cpu", GRADIO_MCP_SERVER="True") as address:
        yield address
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="module")
def picture(samples):
    file = io.BytesIO()
    Image.fromarray(samples[42]).save(file, "PNG")
    return f"data:image/png;base64,{base64.encodebytes(file.getvalue()).decode()}"  # in lines


def ask(url, question):
    """What ``await question(session)`` gives in a session with the server."""

    async def conversation():
        async with (
            streamable_http_client(f"{url}/gradio_api/mcp/") as (incoming, outgoing, _),
            mcp.ClientSession(incoming, outgoing) as session,
        ):
            await session.initialize()
            return await question(session)

    return loops.run(conversation())


def call(url, tool, **arguments):
    return ask(url, lambda session: session.call_tool(tool, arguments))


def test_tools_and_each_of_their_arguments_are_described(url):
    tools = {tool.name: tool for tool in ask(url, lambda session: session.list_tools()).tools}
    assert sorted(tools) == ["decode", "denoise", "encode"]
    for tool in tools.values():
        assert len(tool.description) > 40
        for name, argument in tool.inputSchema["properties"].items():
            assert argument["type"], name
            assert len(argument["description"]) > 10, name
    level = tools["denoise"].inputSchema["properties"]["level"]
    assert (level["type"], level["minimum"], level["maximum"], level["default"]) == ("number", 0, 0.6, 0.25)
    assert tools["denoise"].inputSchema["required"] == ["image"]


def test_decode_answers_with_a_picture_and_its_neighbours(url, engine):
    answer = call(url, "decode", x=0.4, y=-1.2, model="basic")
    assert not answer.isError
    shown = next(each for each in answer.content if each.type == "image")
    with Image.open(io.BytesIO(base64.b64decode(shown.data))) as image:
        found = np.asarray(image.convert("L")).astype(float)
    expected = engine.look_up(0.4, -1.2, "basic")
    assert np.abs(found - expected.image * 255).max() <= 1
    neighbours = json.loads(answer.content[-1].text)
    assert [each["index"] for each in neighbours] == [each.index for each in expected.neighbours]


def test_encode_and_denoise_take_the_picture_itself(url, picture):
    place = call(url, "encode", image=picture)
    assert not place.isError
    x, y = (float(each.text) for each in place.content)
    denoised = call(url, "denoise", image=picture, level=0)
    assert sum(each.type == "image" for each in denoised.content) == 4
    scores = json.loads(denoised.content[-1].text)
    assert scores["code_clean"] == pytest.approx([x, y], abs=1e-3)


def test_a_picture_may_be_as_large_as_an_upload(url):
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (1500, 1400, 3), np.uint8)).save(file, "PNG")
    assert len(file.getvalue()) > 6_000_000
    sent = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    assert not call(url, "encode", image=sent).isError


def test_the_log_still_takes_what_fails(monkeypatch):
    """The server of the package sets what is logged by everybody."""
    monkeypatch.setattr(logging.root, "handlers", [])
    monkeypatch.setattr(logging.root, "level", logging.WARNING)
    Tools(None, None, "basic")
    assert logging.getLogger("autoencoder.web").isEnabledFor(logging.WARNING)
    assert not logging.getLogger("mcp.server").isEnabledFor(logging.ERROR)


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("decode", {"x": 5000, "y": 0}, "Wrong at 'x' in the request: input should be less than or equal to 1000"),
        ("decode", {"model": "nobody"}, "There is no model 'nobody'"),
        ("encode", {"image": "http://127.0.0.1:1/picture.png"}, "Send the picture itself, not its address"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(url, tool, arguments, words):
    answer = call(url, tool, **arguments)
    assert answer.isError
    assert words in answer.content[0].text
    assert "Traceback" not in answer.content[0].text


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_there_is_no_stream_to_hold_open_and_no_session_to_end(url, method):
    headers = {"Accept": "text/event-stream"}
    assert httpx.request(method, f"{url}/gradio_api/mcp/", headers=headers).status_code == 405
