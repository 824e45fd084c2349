"""The page's own HTTP routes: health, immutable assets, configuration, report, and the calls of its live parts."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from functools import cache
from typing import Any, Final, TypeVar

import torch
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from autoencoder.inference.batching import workers
from autoencoder.inference.engine import Engine, InputError
from autoencoder.web.json_values import finite, pack
from autoencoder.web.models import ModelRegistry
from autoencoder.web.routes.messages import PictureRequest, PlacesRequest, StripRequest, read
from autoencoder.web.security.errors import RefusalError

_WORKERS: Final = 2
"""Threads that answer them: more are not faster, and each keeps the memory of the largest strip that it made."""
_M = TypeVar("_M", bound=BaseModel)


def routes(registry: ModelRegistry) -> list[Route]:
    """The routes to hand to the server, to stand before Gradio's own."""

    async def healthz(_: Request) -> Response:
        now = registry.now
        models = {name: checkpoint.checksum for name, checkpoint in now.engine.checkpoints.items()}
        missing = list(now.complaints.values())
        return JSONResponse({"status": "ok", "models": models, "set": now.identity, "missing": missing})

    async def asset(request: Request) -> Response:
        name, version = request.path_params["name"], request.path_params["version"]
        accepts_gzip = "gzip" in request.headers.get("accept-encoding", "")
        answer = await run_in_threadpool(registry.now.assets.respond, name, version, accepts_gzip)
        if answer is None:
            raise RefusalError(404, "There is no such file. Load the page again.")
        return answer

    async def config(request: Request) -> Response:
        now = registry.now
        return _validated(request, now.config, "application/json", now.identity)

    async def report(request: Request) -> Response:
        now = registry.now
        return _validated(request, now.report, "text/html", now.identity)

    return [
        Route("/healthz", healthz),
        Route("/assets/{version}/{name:path}", asset),
        Route("/live/config", config),
        Route("/live/report", report),
        Route("/live/strip", endpoint(registry, StripRequest, strip), methods=["POST"]),
        Route("/live/encode", endpoint(registry, PictureRequest, encode), methods=["POST"]),
        Route("/live/decode-many", endpoint(registry, PlacesRequest, decode_many), methods=["POST"]),
    ]


def _validated(request: Request, content: bytes, media_type: str, identity: str) -> Response:
    """The content, or status 304 if the browser has it already; the header ``X-Models`` names its set of models."""
    tag = f'W/"{hashlib.sha256(content).hexdigest()[:16]}"'  # weak: the same content may come compressed
    headers = {"ETag": tag, "Cache-Control": "no-cache", "X-Models": identity}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def strip(engine: Engine, message: StripRequest) -> dict[str, Any]:
    """All noise levels of one image."""
    answer = engine.denoise(_image(message.image), message.model, message.noise, seed=message.seed)
    # Without the noisy images: the page makes them of the seed, in less time than they take on a slow line.
    return {
        "levels": list(answer.levels),
        "reconstruction": pack(answer.reconstruction),
        "scores": {name: finite(values) for name, values in answer.scores.items()},
        "noisy_scores": {name: finite(values) for name, values in answer.noisy_scores.items()},
        "codes": answer.codes.tolist(),
        "clean_code": answer.clean_code.tolist(),
    }


def encode(engine: Engine, message: PictureRequest) -> dict[str, Any]:
    """The place of one image on a model's plane."""
    return {"place": engine.encode(_image(message.image), message.model)}


def decode_many(engine: Engine, message: PlacesRequest) -> dict[str, Any]:
    """The images at some places of a model's plane."""
    return {"images": pack(engine.decode(torch.tensor(message.places, dtype=torch.float64), message.model))}


def endpoint(
    registry: ModelRegistry, kind: type[_M], answer: Callable[[Engine, _M], Any]
) -> Callable[[Request], Awaitable[Response]]:
    """A route that answers a message of a kind with what ``answer`` makes of it, as JSON.

    The whole answer comes from one set of models, which the header ``X-Models`` names. What cannot be answered
    gets a sentence and status 422.
    """

    async def respond(request: Request) -> Response:
        now = registry.now
        try:
            message = read(await request.body(), kind)
            content = await asyncio.get_running_loop().run_in_executor(model_threads(), answer, now.engine, message)
        except InputError as error:
            raise RefusalError(422, str(error), {"X-Models": now.identity}) from error
        return JSONResponse(content, headers={"X-Models": now.identity})

    return respond


@cache
def model_threads() -> Executor:
    """Where the page's calls compute."""
    return workers(_WORKERS, "live")


def _image(pixels: bytes) -> torch.Tensor:
    return torch.frombuffer(bytearray(pixels), dtype=torch.uint8).reshape(1, 1, 28, 28).float() / 255
