"""The page's own HTTP routes: health, immutable assets, and the calls behind its live parts."""

import asyncio
import base64
import binascii
import json
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor
from functools import cache
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from autoencoder.inference.batching import workers
from autoencoder.inference.denoising import Denoised
from autoencoder.inference.engine import Decoded, Engine, InputError
from autoencoder.web.models import ModelRegistry
from autoencoder.web.security.errors import RefusalError

MAX_PLACES: Final = 64
_WORKERS: Final = 2
"""Threads that answer them: more are not faster, and each keeps the memory of the largest strip that it made."""
NO_MEMORY: Final = "The graphics card has no memory left for this. Try again in a moment."
_PIXELS: Final = 784

Message = Mapping[str, Any]
Answer = Callable[[Engine, Message], Any]


def routes(registry: ModelRegistry) -> list[Route]:
    """The routes to hand to the server, to stand before Gradio's own."""

    async def healthz(_: Request) -> Response:
        now = registry.now
        models = {name: checkpoint.checksum for name, checkpoint in now.studio.checkpoints.items()}
        missing = list(now.complaints.values())
        return JSONResponse({"status": "ok", "models": models, "set": now.identity, "missing": missing})

    async def asset(request: Request) -> Response:
        name, version = request.path_params["name"], request.path_params["version"]
        accepts_gzip = "gzip" in request.headers.get("accept-encoding", "")
        for assets in registry.assets:
            if answer := await run_in_threadpool(assets.respond, name, version, accepts_gzip):
                return answer
        return JSONResponse({"error": "There is no such file. Load the page again."}, status_code=404)

    return [
        Route("/healthz", healthz),
        Route("/assets/{version}/{name:path}", asset),
        Route("/live/strip", endpoint(registry, strip), methods=["POST"]),
        Route("/live/decode", endpoint(registry, decode), methods=["POST"]),
        Route("/live/encode", endpoint(registry, encode), methods=["POST"]),
        Route("/live/decode-many", endpoint(registry, decode_many), methods=["POST"]),
    ]


def strip(studio: Engine, message: Message) -> dict[str, Any]:
    """All noise levels of one image: ``image`` (base64 of 784 grey levels), ``model``, ``noise``, ``seed``."""
    _only(message, "image", "model", "noise", "seed")
    image = _image(_field(message, "image", str))
    model, kind = _field(message, "model", str), _field(message, "noise", str)
    answer = studio.denoise(image, model, kind, seed=_field(message, "seed", int))
    return {"model": model, "noise": kind, "seed": message["seed"], **_strip_json(answer)}


def encode(studio: Engine, message: Message) -> dict[str, Any]:
    """The place on ``model``'s plane of an ``image`` (base64 of 784 grey levels)."""
    _only(message, "image", "model")
    return {"place": studio.encode(_image(_field(message, "image", str)), _field(message, "model", str))}


def decode(studio: Engine, message: Message) -> dict[str, Any]:
    """The image at a place ``x``, ``y`` of ``model``'s plane, with the nearest test items."""
    _only(message, "x", "y", "model")
    x, y = _number(_field(message, "x", int, float)), _number(_field(message, "y", int, float))
    found = studio.look_up(x, y, _field(message, "model", str))
    return {"image": _pack(found.image), "x": x, "y": y, "neighbours": neighbours_json(found, studio.classes)}


def decode_many(studio: Engine, message: Message) -> dict[str, Any]:
    """The images at up to 64 ``places`` ``[[x, y], ...]`` of ``model``'s plane."""
    return {"images": _pack(images_at(studio, message))}


def images_at(studio: Engine, message: Message) -> NDArray[np.float32]:
    """Images ``(N, 28, 28)`` in [0, 1] at the message's ``places`` of ``model``'s plane."""
    _only(message, "places", "model")
    places = _field(message, "places", list)
    if not 1 <= len(places) <= MAX_PLACES or not all(isinstance(p, list) and len(p) == 2 for p in places):
        raise InputError(f"Send 1 to {MAX_PLACES} places, each as [x, y].")
    numbers = torch.tensor([[_number(value) for value in place] for place in places], dtype=torch.float64)
    return studio.decode(numbers, _field(message, "model", str))


def neighbours_json(found: Decoded, classes: Sequence[str]) -> list[dict[str, Any]]:
    """The nearest test items of a decode, ready for JSON."""
    return [{**vars(each), "name": classes[each.label]} for each in found.neighbours]


def _strip_json(answer: Denoised) -> dict[str, Any]:
    return {
        "levels": list(answer.levels),
        "noisy": _pack(answer.noisy),
        "reconstruction": _pack(answer.reconstruction),
        "scores": {name: finite(values) for name, values in answer.scores.items()},
        "noisy_scores": {name: finite(values) for name, values in answer.noisy_scores.items()},
        "codes": answer.codes.tolist(),
        "clean_code": answer.clean_code.tolist(),
    }


def finite(values: Sequence[float] | NDArray[np.float32]) -> list[float | None]:
    """Numbers for JSON, which has no infinity: None where a value is not finite."""
    return [float(value) if math.isfinite(value) else None for value in values]


def endpoint(registry: ModelRegistry, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """A route that answers a JSON object with what ``answer`` makes of it, as JSON.

    The whole answer comes from one set of models, which the header ``X-Models`` names. What cannot be answered
    gets a sentence and status 422, or 503 when there is no memory for it.
    """

    async def respond(request: Request) -> Response:
        now = registry.now
        try:
            message = _message(await request.body())
            content = await asyncio.get_running_loop().run_in_executor(_threads(), answer, now.studio, message)
        except InputError as error:
            raise RefusalError(422, str(error), {"X-Models": now.identity}) from error
        except torch.OutOfMemoryError as error:
            raise RefusalError(503, NO_MEMORY, {"X-Models": now.identity}) from error
        response = JSONResponse(content)
        response.headers["X-Models"] = now.identity
        return response

    return respond


@cache
def _threads() -> Executor:
    return workers(_WORKERS, "live")


def _message(body: bytes) -> Message:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InputError("The request is not JSON.") from error
    if not isinstance(message, dict):
        raise InputError("The request must be a JSON object.")
    return message


def _only(message: Message, *names: str) -> None:
    if not set(message) <= set(names):
        raise InputError(f"The request must have nothing but {', '.join(names)}.")


def _field(message: Message, name: str, *types: type) -> Any:
    value = message.get(name)
    if not isinstance(value, types) or isinstance(value, bool):
        raise InputError(f"The request must have {name!r} as {' or '.join(_NAMES[kind] for kind in types)}.")
    return value


_NAMES: Final = {str: "text", int: "a whole number", float: "a number", list: "a list"}


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError("Coordinates must be numbers.")
    try:
        return float(value)
    except OverflowError as error:
        raise InputError("Coordinates must lie between -1000 and 1000.") from error


def _image(text: str) -> torch.Tensor:
    try:
        pixels = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError("The image is not base64.") from error
    if len(pixels) != _PIXELS:
        raise InputError(f"The image must have {_PIXELS} grey levels, one byte each, got {len(pixels)}.")
    return torch.frombuffer(bytearray(pixels), dtype=torch.uint8).reshape(1, 1, 28, 28).float() / 255


def _pack(images: NDArray[np.float32]) -> str:
    grey = np.round(images * 255).astype(np.uint8)
    return base64.b64encode(grey.tobytes()).decode("ascii")
