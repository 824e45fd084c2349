"""The page's upload: one request takes a picture file and answers what the models see of it.

Gradio's own upload needs three requests, for the file, its place in the queue and its answer, that must
all reach the same process. This one can be answered by any of several.
"""

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import torch
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from torch import Tensor

from autoencoder.data.picture_file import MAX_BYTES, PictureError, open_picture
from autoencoder.data.preparation import prepare
from autoencoder.web.models import ModelRegistry
from autoencoder.web.routes.live import NO_MEMORY, model_threads, pack
from autoencoder.web.security.errors import RefusalError

DECODERS: Final = 2
"""Pictures decoded at once: a large one takes a hundred megabytes while it is open."""
SWITCHES: Final = ("invert", "mirror", "remove_background")
"""Names of the query's parameters that force or forbid what is done to a picture."""


def routes(registry: ModelRegistry) -> list[Route]:
    """The routes to add to the page's server."""

    async def upload(request: Request) -> Response:
        content = await request.body()
        if len(content) > MAX_BYTES:
            raise RefusalError(413, "This file is larger than 10 MB. Scale the picture down and try again.")
        async with decoders():
            try:
                seen, answer = await run_in_threadpool(sight, content, _choices(request))
            except PictureError as error:
                raise RefusalError(422, str(error)) from error
        is_unusual = registry.now.engine.is_unusual
        try:
            unusual = await asyncio.get_running_loop().run_in_executor(model_threads(), is_unusual, seen)
        except torch.OutOfMemoryError as error:
            raise RefusalError(503, NO_MEMORY) from error
        return JSONResponse({**answer, "unusual": unusual})

    return [Route("/live/upload", upload, methods=["POST"])]


@cache
def decoders() -> asyncio.Semaphore:
    """To be held while a picture is decoded, wherever it came from."""
    return asyncio.Semaphore(DECODERS)


def sight(content: bytes, choices: Mapping[str, bool | None]) -> tuple[Tensor, dict[str, Any]]:
    """What the models see of a picture file, and what was done to it.

    Args:
        content: the file.
        choices: ``invert``, ``mirror`` and ``remove_background``, each forced, or None to decide.

    Returns:
        What they see, ``(1, 1, 28, 28)`` in [0, 1], and the same for the page: ``image`` in base64 of 784 grey levels;
        ``invert``, ``mirrored`` and ``background_removed`` say what was done to it.

    Raises:
        PictureError: a sentence, if the file is no picture that can be used.
    """
    seen = prepare(open_picture(content), **choices)
    return seen.image, {
        "image": pack(seen.image.numpy()),
        "invert": seen.inverted,
        "mirrored": seen.mirrored,
        "background_removed": seen.background_removed,
    }


def _choices(request: Request) -> dict[str, bool | None]:
    """The switches in the request's query: ``1`` or ``0`` forces one, anything else leaves it to be decided."""
    forced = {"1": True, "0": False}
    return {name: forced.get(request.query_params.get(name, "")) for name in SWITCHES}
