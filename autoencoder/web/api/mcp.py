"""The endpoints as tools for assistants, by the Model Context Protocol at ``/gradio_api/mcp/``."""

import base64
import binascii
import json
import logging
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any

from mcp.server.fastmcp import FastMCP, Image
from mcp.server.fastmcp.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import WithJsonSchema
from starlette.routing import Route

from autoencoder.inference.engine import MAX_COORDINATE, MAX_LEVEL, MAX_SEED
from autoencoder.noise import KINDS
from autoencoder.web.api.calls import Calls
from autoencoder.web.api.endpoints import DECODE, DENOISE, ENCODE
from autoencoder.web.api.pictures import Pictures
from autoencoder.web.security.allow_list import API, LIMITS, Kind


def _argument(kind: str, description: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, "description": description, **more})


# The types only describe: the endpoints check the values, and answer in a sentence.
_Picture = Annotated[Any, _argument("string", "the picture itself as data:image/png;base64,..., not its address")]
_Model = Annotated[Any, _argument("string", "name of the model; denoising-64 cleans best, the others have two numbers")]
_Noise = Annotated[Any, _argument("string", "kind of the noise", enum=list(KINDS))]
_Level = Annotated[Any, _argument("number", "strength of the noise, in grey levels", minimum=0, maximum=MAX_LEVEL)]
_Seed = Annotated[Any, _argument("integer", "of the noise; the same draws the same", minimum=0, maximum=MAX_SEED)]
_Coordinate = Annotated[
    Any,
    _argument("number", "garments lie between about -2 and 2", minimum=-MAX_COORDINATE, maximum=MAX_COORDINATE),
]


class Tools:
    """An MCP server with a tool for each endpoint.

    Args:
        calls: answers them.
        pictures: takes the pictures that they are sent, and holds those that they make.
        model: the model of whoever names none.
    """

    def __init__(self, calls: Calls, pictures: Pictures, model: str) -> None:
        security = TransportSecuritySettings(enable_dns_rebinding_protection=False)  # that is web.security's business
        self._server = FastMCP(
            "autoencoder",
            stateless_http=True,
            transport_security=security,
            max_request_body_size=LIMITS[Kind.MCP].body,
            log_level="WARNING",  # of everybody's log
        )
        logging.getLogger("mcp").setLevel("CRITICAL")  # it logs traces, and the client is told
        self._calls, self._pictures = calls, pictures
        self._add_tools(model)
        own = self._server.streamable_http_app().routes
        [self._endpoint] = [each.endpoint for each in own if isinstance(each, Route)]

    def routes(self) -> list[Route]:
        """Where clients ask."""
        return [Route(f"{API}/mcp{end}", self._endpoint) for end in ("", "/")]

    def run(self) -> AbstractAsyncContextManager[None]:
        """Answer while this is entered."""
        return self._server.session_manager.run()

    def _add_tools(self, first: str) -> None:
        async def denoise(
            image: _Picture, model: _Model = first, noise: _Noise = "gaussian", level: _Level = 0.25, seed: _Seed = 0
        ) -> list[Any]:
            return await self._answer("denoise", await self._sent(image), model, noise, level, seed)

        async def decode(x: _Coordinate = 0, y: _Coordinate = 0, model: _Model = first) -> list[Any]:
            return await self._answer("decode", x, y, model)

        async def encode(image: _Picture, model: _Model = first) -> list[Any]:
            return await self._answer("encode", await self._sent(image), model)

        for tool, description in ((denoise, DENOISE), (decode, DECODE), (encode, ENCODE)):
            self._server.add_tool(tool, description=description, structured_output=False)

    async def _answer(self, name: str, *values: Any) -> list[Any]:
        outcome = await self._calls.outcome(name, values)
        if isinstance(outcome, str):
            raise ToolError(outcome)
        return [self._shown(each) for each in outcome]

    def _shown(self, output: Any) -> Any:
        picture = self._pictures.result(output["path"]) if isinstance(output, dict) and "path" in output else None
        return json.dumps(output) if picture is None else Image(data=picture, format="png")

    async def _sent(self, picture: Any) -> dict[str, str]:
        head, _, text = picture.partition(",") if isinstance(picture, str) else ("", "", "")
        if not head.startswith("data:"):
            raise ToolError("Send the picture itself, not its address: data:image/png;base64,... as text.")
        try:
            content = base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise ToolError("The picture is not base64.") from error
        return {"path": await self._pictures.receive(content)}
