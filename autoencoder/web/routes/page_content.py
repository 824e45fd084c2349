"""What the page fetches of the present models: its configuration and the report."""

import hashlib

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from autoencoder.web.models import ModelRegistry


def routes(registry: ModelRegistry) -> list[Route]:
    """``GET /live/config`` (JSON) and ``GET /live/report`` (HTML); the header ``X-Models`` names their set."""

    async def config(request: Request) -> Response:
        now = registry.now
        return _validated(request, now.config, "application/json", now.identity)

    async def report(request: Request) -> Response:
        now = registry.now
        return _validated(request, now.report, "text/html", now.identity)

    return [Route("/live/config", config), Route("/live/report", report)]


def _validated(request: Request, content: bytes, media_type: str, identity: str) -> Response:
    """The content, or status 304 if the browser has it already."""
    tag = f'W/"{hashlib.sha256(content).hexdigest()[:16]}"'  # weak: the same content may come compressed
    headers = {"ETag": tag, "Cache-Control": "no-cache", "X-Models": identity}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
