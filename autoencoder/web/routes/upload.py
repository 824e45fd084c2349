"""The page's upload: one request takes a picture file and answers what the models see of it.

Gradio's own upload needs three requests, for the file, its place in the queue and its answer, that must
all reach the same process. This one can be answered by any of several.
"""

import asyncio
import base64
from collections.abc import Mapping
from typing import Any, Final

import torch
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from torch import Tensor

from autoencoder.data.picture_file import MAX_BYTES, PictureError, open_picture
from autoencoder.data.preparation import prepare

MAX_GUESTS: Final = 90
"""Uploads in hand at once: more than a class sends."""
MAX_HELD: Final = 16 * MAX_BYTES
"""Bytes of them that are held in memory."""
DECODERS: Final = 2
"""Pictures decoded at once: a large one takes a hundred megabytes while it is open."""
SWITCHES: Final = ("invert", "mirror", "remove_background")
"""Names of the query's parameters that force or forbid what is done to a picture."""
_BUSY: Final = "The server is busy with other pictures. Try again in a moment."
ARRIVAL_LIMIT: Final = 60.0
"""Seconds that a file may take to arrive."""


def routes() -> list[Route]:
    """The routes to add to the page's server."""
    return [Route("/live/upload", _Reception().answer, methods=["POST"])]


def sight(content: bytes, choices: Mapping[str, bool | None] | None = None) -> dict[str, Any]:
    """What the models see of a picture file, and what was done to it.

    Args:
        content: the file.
        choices: ``invert``, ``mirror`` and ``remove_background``, each forced, or None to decide.

    Returns:
        ``image``, ``plain`` and ``inverted`` in base64 of 784 grey levels each: ``image`` as
        decided or forced, ``plain`` and ``inverted`` with inversion forced off and on; ``invert``, ``mirrored`` and
        ``background_removed`` say what was done to ``image``.

    Raises:
        PictureError: a sentence, if the file is no picture that can be used.
    """
    picture, chosen = open_picture(content), dict(choices or {})
    seen = prepare(picture, **chosen)
    other = prepare(picture, **(chosen | {"invert": not seen.inverted}))
    plain, inverted = (other, seen) if seen.inverted else (seen, other)
    return {
        "image": _pack(seen.image),
        "plain": _pack(plain.image),
        "inverted": _pack(inverted.image),
        "invert": seen.inverted,
        "mirrored": seen.mirrored,
        "background_removed": seen.background_removed,
    }


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
                return JSONResponse(await run_in_threadpool(sight, content, _choices(request)))
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


def _choices(request: Request) -> dict[str, bool | None]:
    """The switches in the request's query: ``1`` or ``0`` forces one, anything else leaves it to be decided."""
    forced = {"1": True, "0": False}
    return {name: forced.get(request.query_params.get(name, "")) for name in SWITCHES}


class _TooLongError(Exception):
    """A file is longer than any that is read."""


class _CrowdedError(Exception):
    """Others' files take up the room."""


def _complaint(sentence: str, status: int) -> Response:
    return JSONResponse({"error": sentence}, status_code=status)


def _pack(image: Tensor) -> str:
    pixels = (image * 255).round().to(torch.uint8).numpy()
    return base64.b64encode(pixels.tobytes()).decode("ascii")
