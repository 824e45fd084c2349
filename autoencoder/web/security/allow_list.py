"""The routes that are open, with the limits of each kind. Whatever is not listed here does not exist for a visitor."""

import re
from collections.abc import Iterable
from enum import Enum, auto
from typing import Final, NamedTuple

from starlette.types import Scope

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
    MCP = auto()
    """A question of an MCP client."""


TOTAL_AT_ONCE: Final = 640


class Limits(NamedTuple):
    """Bounds of the requests of one kind."""

    at_once: int = TOTAL_AT_ONCE
    """Requests in hand at the same time; one more is told that the server is busy."""
    body: int = 0
    """Longest body in bytes."""
    seconds: float = 10
    """Longest time that a body may take to arrive."""


LIMITS: Final = {
    Kind.PAGE: Limits(),
    Kind.HEALTH: Limits(),
    Kind.LIVE: Limits(96, 65_536, 15),
    Kind.UPLOAD: Limits(90, MAX_BYTES + 16_384, 60),
    Kind.CALL: Limits(128, 65_536, 15),
    Kind.ANSWER: Limits(256),
    Kind.MCP: Limits(32, 2 * MAX_BYTES, 60),
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
    route("POST", r"/live/(?:strip|encode|decode-many)", Kind.LIVE),
    route("POST", "/live/upload", Kind.UPLOAD),
    route("POST", f"{API}/upload", Kind.UPLOAD),
    route("POST", f"{API}/(?:queue/join|call/(?:v2/)?{_NAME})", Kind.CALL),
    route("GET", f"{API}/(?:queue/data|call/{_NAME}/{_NAME})", Kind.ANSWER),
    route("GET HEAD", f"{API}/file=results/{_NAME}/image\\.png"),
)
MCP_ROUTES: Final = (route("POST", f"{API}/mcp/?", Kind.MCP),)
"""Open besides when MCP clients are to be answered: there is no session to listen to or to end."""


class AllowedRoutes:
    """Closes what is not listed: 404 for another path, 405 for another method.

    Args:
        routes: those that are open.
        root_path: path of a proxy's below which the page stands, which not every proxy takes off.
    """

    def __init__(self, routes: Iterable[AllowedRoute], root_path: str = "") -> None:
        self._routes, self._root = tuple(routes), root_path

    def check(self, scope: Scope) -> None:
        """Note the kind of a request's route.

        Raises:
            RefusalError: if it is closed.
        """
        path, scope["root_path"] = scope["path"], self._root
        if self._root and path == self._root:
            query = scope["query_string"].decode("latin-1")
            there = {"Location": f"{path}/{query and '?' + query}"}
            raise RefusalError(308, "The page is at this address with a / behind it.", there)
        if self._root and path.startswith(f"{self._root}/"):
            path = scope["path"] = path.removeprefix(self._root)
        found = next((each for each in self._routes if each.path.fullmatch(path)), None)
        if found is None:
            raise RefusalError(404, "There is nothing here.")
        if scope["method"] not in found.methods:
            allowed = {"Allow": ", ".join(sorted(found.methods))}
            raise RefusalError(405, "This address does not take that method.", allowed)
        if found.kind is Kind.PAGE:
            scope["query_string"] = b"page="  # Gradio's name for the only one: no other, no state, no cached address
        scope[KIND] = found.kind
