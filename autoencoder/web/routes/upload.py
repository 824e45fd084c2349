"""The page's upload: one request takes a picture file and answers what the models see of it.

Gradio's own upload needs three requests, for the file, its place in the queue and its answer, that must
all reach the same process. This one can be answered by any of several.
"""

import asyncio
import base64
from functools import cache
from typing import Any, Final

import torch
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from torch import Tensor

from autoencoder.data.picture import MAX_BYTES, PictureError, open_picture, prepare
from autoencoder.web.security.errors import RefusalError

DECODERS: Final = 2
"""Pictures decoded at once: a large one takes a hundred megabytes while it is open."""


def routes() -> list[Route]:
    """The routes to add to the page's server."""
    return [Route("/live/upload", _answer, methods=["POST"])]


@cache
def decoders() -> asyncio.Semaphore:
    """To be held while a picture is decoded, wherever it came from."""
    return asyncio.Semaphore(DECODERS)


def sight(content: bytes) -> dict[str, Any]:
    """Both readings of a picture file, on black and inverted, and whether the inverted is likely the right one.

    Returns:
        ``plain`` and ``inverted``, base64 of 784 grey levels each, and ``invert``.

    Raises:
        PictureError: a sentence, if the file is no picture that can be used.
    """
    picture = open_picture(content)
    likely, plain, inverted = prepare(picture), prepare(picture, False), prepare(picture, True)
    return {"plain": _pack(plain), "inverted": _pack(inverted), "invert": not torch.equal(likely, plain)}


async def _answer(request: Request) -> Response:
    """What the models see of the request's body; its length and its time are bounded before it comes here."""
    content = await request.body()
    if len(content) > MAX_BYTES:
        raise RefusalError(413, "This file is larger than 10 MB. Scale the picture down and try again.")
    async with decoders():
        try:
            return JSONResponse(await run_in_threadpool(sight, content))
        except PictureError as error:
            raise RefusalError(422, str(error)) from error


def _pack(image: Tensor) -> str:
    pixels = (image * 255).round().to(torch.uint8).numpy()
    return base64.b64encode(pixels.tobytes()).decode("ascii")
