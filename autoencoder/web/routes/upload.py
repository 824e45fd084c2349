"""The page's upload: one request takes a picture file and answers what the models see of it.

Gradio's own upload needs three requests, for the file, its place in the queue and its answer, that must
all reach the same process. This one can be answered by any of several.
"""

import asyncio
import base64
from typing import Any, Final

import torch
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from torch import Tensor

from autoencoder.data.picture import MAX_BYTES, PictureError, open_picture, prepare

MAX_GUESTS: Final = 90
"""Uploads in hand at once: more than a class sends."""
MAX_HELD: Final = 16 * MAX_BYTES
"""Bytes of them that are held in memory."""
DECODERS: Final = 2
"""Pictures decoded at once: a large one takes a hundred megabytes while it is open."""
_BUSY: Final = "The server is busy with other pictures. Try again in a moment."
ARRIVAL_LIMIT: Final = 60.0
"""Seconds that a file may take to arrive."""


def routes() -> list[Route]:
    """The routes to add to the page's server."""
    return [Route("/live/upload", _Reception().answer, methods=["POST"])]


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


class _Reception:
    """Takes files in, a bounded number at a time."""

    def __init__(self) -> None:
        self._guests = 0
        self._held = 0
        self._decoders = asyncio.Semaphore(DECODERS)

    async def answer(self, request: Request) -> Response:
        """What the models see of the request's body; a sentence and a status of 400 or above if they cannot."""
        if self._guests >= MAX_GUESTS:
            return _complaint(_BUSY, 503)
        self._guests += 1
        body = bytearray()
        try:
            async with asyncio.timeout(ARRIVAL_LIMIT):
                content = await self._arrived(request, body)
            async with self._decoders:
                return JSONResponse(await run_in_threadpool(sight, content))
        except PictureError as error:
            return _complaint(str(error), 422)
        except _TooLongError:
            return _complaint("This file is larger than 10 MB. Scale the picture down and try again.", 413)
        except TimeoutError:
            return _complaint("The picture took too long to arrive. Try again.", 408)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        except _CrowdedError:
            return _complaint(_BUSY, 503)
        finally:
            self._guests -= 1
            self._held -= len(body)

    async def _arrived(self, request: Request, body: bytearray) -> bytes:
        async for chunk in request.stream():
            body += chunk
            self._held += len(chunk)
            if len(body) > MAX_BYTES:
                raise _TooLongError
            if self._held > MAX_HELD:
                raise _CrowdedError
        return bytes(body)


class _TooLongError(Exception):
    """A file is longer than any that is read."""


class _CrowdedError(Exception):
    """Others' files take up the room."""


def _complaint(sentence: str, status: int) -> Response:
    return JSONResponse({"error": sentence}, status_code=status)


def _pack(image: Tensor) -> str:
    pixels = (image * 255).round().to(torch.uint8).numpy()
    return base64.b64encode(pixels.tobytes()).decode("ascii")
