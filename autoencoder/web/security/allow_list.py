"""The routes that are open, with the limits of each kind. Whatever is not listed here does not exist for a visitor."""

import re
from collections.abc import Iterable
from enum import Enum, auto
from typing import Final, NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from autoencoder.data.picture_file import MAX_BYTES
from autoencoder.web.security.errors import RefusalError

API: Final = "/gradio_api"
KIND: Final = "autoencoder.kind"
"""Key of an ASGI scope: the kind of its route."""


class Kind(Enum):
    """What a route is for; decides the limits of its requests."""

    PAGE = auto()
    """The page and its files: no body is read, and what is answered is the same for all."""
    HEALTH = auto()
    """A supervisor's question: always let in."""
    LIVE = auto()
    """The page's own calls."""
    UPLOAD = auto()
    """A picture file."""
    CALL = auto()
    """A call of a public endpoint, which is computed after the request has ended."""
    ANSWER = auto()
    """Waiting for the answers to such calls."""
    RESULT = auto()
    """A picture that was made for a program."""
    MCP = auto()
    """A question of an MCP client."""


class Limits(NamedTuple):
    """Bounds of the requests of one kind."""

    body: int
    """Longest body in bytes."""
    seconds: float
    """Longest time that a body may take to arrive."""
    at_once: int
    """Requests in hand at the same time; one more is told that the server is busy."""


TOTAL_AT_ONCE: Final = 640
LIMITS: Final = {
    Kind.PAGE: Limits(0, 10, TOTAL_AT_ONCE),
    Kind.HEALTH: Limits(0, 10, TOTAL_AT_ONCE),
    Kind.LIVE: Limits(65_536, 15, 96),
    Kind.UPLOAD: Limits(MAX_BYTES + 16_384, 60, 90),
    Kind.CALL: Limits(65_536, 15, 128),
    Kind.ANSWER: Limits(0, 10, 256),
    Kind.RESULT: Limits(0, 10, TOTAL_AT_ONCE),
    Kind.MCP: Limits(2 * MAX_BYTES, 60, 32),
}
NEW_WORK: Final = frozenset({Kind.LIVE, Kind.UPLOAD, Kind.CALL, Kind.MCP})
"""Refused once the server is about to end."""


class AllowedRoute(NamedTuple):
    """An open route: its methods, the whole path below the root as a pattern, and its kind."""

    methods: frozenset[str]
    path: re.Pattern[str]
    kind: Kind


def route(methods: str, path: str, kind: Kind = Kind.PAGE) -> AllowedRoute:
    """The route for ``methods`` (``"GET HEAD"``) on paths that match all of ``path``, a regular expression."""
    return AllowedRoute(frozenset(methods.split()), re.compile(path), kind)


_NAME: Final = "[A-Za-z0-9_-]{1,64}"
_FILE: Final = r"(?:[A-Za-z0-9_@~+-][A-Za-z0-9_.@~+-]{0,127}/){0,6}[A-Za-z0-9_@~+-][A-Za-z0-9_.@~+-]{0,127}"

ROUTES: Final = (
    route("GET HEAD", "/?"),
    route("GET HEAD", "/healthz", Kind.HEALTH),
    route("GET HEAD", "/config/?"),
    route("GET HEAD", rf"(?:{API})?/theme\.css"),
    route("GET HEAD", r"/favicon\.ico|/robots\.txt|/manifest\.json"),
    route("GET HEAD", f"/(?:assets|static|svelte)/{_FILE}"),
    route("GET HEAD", f"{API}/(?:info|startup-events)/?"),
    route("GET HEAD", "/live/(?:config|report)"),
    route("POST", r"/live/(?:strip|encode|decode|decode-many)", Kind.LIVE),
    route("POST", "/live/upload", Kind.UPLOAD),
    route("POST", f"{API}/upload/?", Kind.UPLOAD),
    route("POST", f"{API}/(?:queue/join|cancel|call/{_NAME}/?)", Kind.CALL),
    route("GET", f"{API}/(?:queue/data|call/{_NAME}/{_NAME})", Kind.ANSWER),
    route("GET HEAD", f"{API}/file=results/{_NAME}/image\\.png", Kind.RESULT),
)
MCP_ROUTES: Final = (route("POST", f"{API}/mcp/?", Kind.MCP),)
"""Open besides when MCP clients are to be answered: there is no session to listen to or to end."""


class AllowedRoutes:
    """ASGI middleware: 404 for a path that is not listed, 405 for another method; notes the kind of the route.

    Args:
        app: what answers the open routes.
        routes: those that are open.
        root_path: path of a proxy's below which the page stands, which not every proxy takes off.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[AllowedRoute], root_path: str = "") -> None:
        self._app, self._routes, self._root = app, tuple(routes), root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] == "http":
            scope[KIND] = self._kind(scope)
        await self._app(scope, receive, send)

    def _kind(self, scope: Scope) -> Kind:
        path, scope["root_path"] = scope["path"], self._root
        if self._root and path == self._root:
            query = scope["query_string"].decode("latin-1")
            there = {"Location": f"{path}/{query and '?' + query}"}
            raise RefusalError(308, "The page is at this address with a / behind it.", there)
        if self._root and path.startswith(f"{self._root}/"):
            path = scope["path"] = path.removeprefix(self._root)
        found = find(self._routes, path)
        if found is None:
            raise RefusalError(404, "There is nothing here.")
        if scope["method"] not in found.methods:
            allowed = {"Allow": ", ".join(sorted(found.methods))}
            raise RefusalError(405, "This address does not take that method.", allowed)
        if found.kind is Kind.PAGE:
            scope["query_string"] = b"page="  # Gradio's name for the only one: no other, no state, no cached address
        return found.kind


def find(routes: Iterable[AllowedRoute], path: str) -> AllowedRoute | None:
    """The first route that fits a path; None for a path that is closed, or leads anywhere else than it says."""
    dotted = any(part in (".", "..") for part in path.split("/"))
    if dotted or not path.isprintable() or set(path) & set("\\%"):
        return None
    return next((each for each in routes if each.path.fullmatch(path)), None)
