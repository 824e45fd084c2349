"""The Latent space tab's own route: a walk over the plane as an animated GIF."""

import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from starlette.responses import Response
from starlette.routing import Route

from autoencoder.inference.engine import Engine
from autoencoder.web.models import ModelRegistry
from autoencoder.web.routes import live

SCALE: Final = 8
"""Screen pixels a model pixel: 28 x 8 = 224."""
FRAME_MS: Final = 110


def routes(showcase: ModelRegistry) -> list[Route]:
    """The routes to add to the page's server."""

    def path_gif(studio: Engine, message: live.Message) -> Response:
        return Response(animated_gif(live.images_at(studio, message)), media_type="image/gif")

    return [Route("/live/path.gif", live.endpoint(showcase, path_gif), methods=["POST"])]


def animated_gif(images: NDArray[np.float32], scale: int = SCALE, frame_ms: int = FRAME_MS) -> bytes:
    """Images ``(N, 28, 28)`` in [0, 1] as an endless GIF that plays there and back.

    All frames share the 256 greys as their palette, so that no level is rounded twice.
    """
    grey = np.round(images * 255).astype(np.uint8)
    large = grey.repeat(scale, axis=1).repeat(scale, axis=2)
    order = [*range(len(large)), *range(len(large) - 2, 0, -1)]
    first, *others = (Image.fromarray(large[i]) for i in order)
    file = io.BytesIO()
    first.save(file, "GIF", save_all=True, append_images=others, duration=frame_ms, loop=0, optimize=False)
    return file.getvalue()
