"""The calls of the load benchmark: what each client asks again and again, and how an answer is judged."""

import asyncio
import base64
import io
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import Image

from benchmarks.support.http_client import Connection, Reply

API: Final = "/gradio_api"
MODELS: Final = ("denoising", "basic", "denoising-64")
KINDS: Final = ("gaussian", "speckle", "masking", "salt_pepper")
HIGHEST_LEVEL: Final = 0.6
SERVICE_UNAVAILABLE: Final = 503
_SAMPLES: Final = Path(__file__).resolve().parents[2] / "weights" / "samples.png"
_SIDE: Final = 28
_SHOWN: Final = 224
_HALF_PLANE: Final = 1.5


class BusyError(Exception):
    """The server said that it is busy."""


class WrongError(Exception):
    """The server gave no answer, or a wrong one."""


@dataclass
class Client:
    """One of the many: its connection, its picture and its own sequence of random choices."""

    connection: Connection
    garment: Image.Image
    """28 x 28 grey levels."""
    random: random.Random
    picture: Mapping[str, Any] | None = None
    """The uploaded picture, as Gradio's endpoints name it."""


Call = Callable[[Client], Awaitable[None]]


def garments(count: int) -> list[Image.Image]:
    """Test images."""
    with Image.open(_SAMPLES) as sheet:
        columns = sheet.width // _SIDE
        corners = [(_SIDE * (i % columns), _SIDE * (i // columns)) for i in range(count)]
        return [sheet.convert("L").crop((x, y, x + _SIDE, y + _SIDE)) for x, y in corners]


async def upload(client: Client) -> None:
    """Send the client's picture as a PNG of 224 x 224 pixels, which later calls refer to."""
    file = io.BytesIO()
    client.garment.resize((_SHOWN, _SHOWN), Image.Resampling.BICUBIC).save(file, "PNG")
    paths = _content(await client.connection.upload(f"{API}/upload", "garment.png", file.getvalue()))
    client.picture = {"path": paths[0], "meta": {"_type": "gradio.FileData"}}


async def denoise(client: Client) -> None:
    """``/denoise`` of the client's picture with a model, noise, level and seed drawn anew."""
    await _denoised(client)


async def denoise_with_files(client: Client) -> None:
    """The same as a program sees it: the picture is sent each time and the four pictures are fetched."""
    await upload(client)
    for each in (await _denoised(client))[:4]:
        reply = await client.connection.get(f"{API}/file={each['path']}")
        if reply.status != 200 or not reply.body.startswith(b"\x89PNG"):
            raise WrongError(f"A picture could not be fetched: {_excerpt(reply)}")


async def decode(client: Client) -> None:
    """``/decode`` of a place drawn anew."""
    place = [client.random.uniform(-_HALF_PLANE, _HALF_PLANE) for _ in range(2)]
    image, nearest = await called(client, "decode", [*place, client.random.choice(MODELS)])
    if not image["path"].endswith(".png") or len(nearest) < 1:
        raise WrongError("The answer of /decode is incomplete.")


async def strip(client: Client) -> None:
    """The page's own call for all noise levels of one image."""
    answer = _content(
        await client.connection.post(
            "/live/strip",
            {
                "image": base64.b64encode(client.garment.tobytes()).decode(),
                "model": client.random.choice(MODELS),
                "noise": client.random.choice(KINDS),
                "seed": client.random.randrange(2**31),
            },
        )
    )
    if len(answer["codes"]) != len(answer["levels"]):
        raise WrongError("The answer of live/strip is incomplete.")


async def live_decode(client: Client) -> None:
    """The page's own call for places of the plane."""
    place = [client.random.uniform(-_HALF_PLANE, _HALF_PLANE) for _ in range(2)]
    message = {"places": [place], "model": client.random.choice(MODELS)}
    answer = _content(await client.connection.post("/live/decode-many", message))
    if len(base64.b64decode(answer["images"])) != _SIDE**2:
        raise WrongError("The answer of live/decode-many is incomplete.")


async def load_page(client: Client) -> None:
    """The page itself, then what it asks for as it starts."""
    reply = await client.connection.get("/")
    if reply.status != 200 or b"gradio_config" not in reply.body:
        raise WrongError(f"The page did not come: {_excerpt(reply)}")
    await strip(client)


async def _denoised(client: Client) -> list[Any]:
    if client.picture is None:
        await upload(client)
    draw = client.random
    level = round(draw.uniform(0, HIGHEST_LEVEL), 2)
    values = [client.picture, draw.choice(MODELS), draw.choice(KINDS), level, draw.randrange(2**31)]
    answer = await called(client, "denoise", values)
    if len(answer) != 5 or not 0 < answer[4]["mse"] < 1 or not all(each["path"] for each in answer[:4]):
        raise WrongError("The answer of /denoise is incomplete.")
    return answer


async def called(client: Client, endpoint: str, values: list[Any]) -> list[Any]:
    """What an endpoint returns for some values.

    Raises:
        BusyError: if the server says that it is busy.
        WrongError: if it refuses otherwise; the message holds its words.
    """
    path = f"{API}/call/{endpoint}"
    event = _content(await client.connection.post(path, {"data": values}))["event_id"]
    stream = (await client.connection.get(f"{path}/{event}")).body.decode()
    kind, _, data = stream.strip().rpartition("event: ")[2].partition("\ndata: ")
    if kind != "complete":
        if "busy" in data:
            raise BusyError(data)
        raise WrongError(f"The stream ended with {kind or 'nothing'}: {data[:200]}")
    answer: list[Any] = json.loads(data)
    return answer


def _content(reply: Reply) -> Any:
    if reply.status == SERVICE_UNAVAILABLE and b"busy" in reply.body:
        raise BusyError(reply.body.decode())
    if reply.status != 200:
        raise WrongError(f"Status {_excerpt(reply)}")
    return json.loads(reply.body)


def _excerpt(reply: Reply) -> str:
    return f"{reply.status} {reply.body[:200].decode(errors='replace')}"


FAILURES: Final = (WrongError, OSError, ValueError, KeyError, TypeError, IndexError, asyncio.IncompleteReadError)
"""All that a client counts as a failure: no answer, no HTTP, no JSON, or not the JSON that was promised."""
