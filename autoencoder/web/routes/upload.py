"""The page's upload: one request takes a picture file and answers what the models see of it.

Gradio's own upload needs three requests, for the file, its place in the queue and its answer, that must
all reach the same process. This one can be answered by any of several.
"""

import asyncio
from functools import cache
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from autoencoder.data.picture_file import PictureError, open_picture
from autoencoder.data.preparation import Prepared, prepare
from autoencoder.web.json_values import pack
from autoencoder.web.models import ModelRegistry
from autoencoder.web.routes.live import model_threads
from autoencoder.web.security.errors import RefusalError

SWITCHES: Final = ("invert", "mirror", "remove_background")
"""Names of the query's parameters that force or forbid what is done to a picture."""


def routes(registry: ModelRegistry) -> list[Route]:
    """The routes to add to the page's server."""

    async def upload(request: Request) -> Response:
        is_unusual = registry.now.engine.is_unusual
        try:
            found = await seen(await request.body(), **_choices(request))
            unusual = await asyncio.get_running_loop().run_in_executor(model_threads(), is_unusual, found.image)
        except PictureError as error:
            raise RefusalError(422, str(error)) from error
        return JSONResponse(
            {
                "image": pack(found.image.numpy()),
                "invert": found.inverted,
                "mirrored": found.mirrored,
                "background_removed": found.background_removed,
                "unusual": unusual,
            }
        )

    return [Route("/live/upload", upload, methods=["POST"])]


async def seen(content: bytes, **choices: bool | None) -> Prepared:
    """What the models see of a picture file, whoever sent it.

    Args:
        content: the file.
        choices: ``invert``, ``mirror`` and ``remove_background``, each forced, or None to decide.

    Raises:
        PictureError: a sentence, if the file is no picture that can be used.
    """
    async with _decoders():
        return await run_in_threadpool(lambda: prepare(open_picture(content), **choices))


@cache
def _decoders() -> asyncio.Semaphore:
    """Pictures decoded at once: a large one takes a hundred megabytes while it is open."""
    return asyncio.Semaphore(2)


def _choices(request: Request) -> dict[str, bool | None]:
    """The switches in the request's query: ``1`` or ``0`` forces one, anything else leaves it to be decided."""
    forced = {"1": True, "0": False}
    return {name: forced.get(request.query_params.get(name, "")) for name in SWITCHES}
