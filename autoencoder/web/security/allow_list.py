"""The routes that are open. Whatever is not listed here does not exist for a visitor."""

import re
from collections.abc import Iterable
from enum import Enum, auto
from typing import Final, NamedTuple

API: Final = "/gradio_api"


class Kind(Enum):
    """What has to be looked at before a request is let through."""

    PLAIN = auto()
    """Nothing more: no body is read, and what is answered is the same for all."""
    HEALTH = auto()
    """A supervisor's question: let in even when the house is full."""
    LIVE = auto()
    """The page's own calls, which read their bodies themselves."""
    JOIN = auto()
    """A run, by the number of its function."""
    CALL = auto()
    """A run, by its name."""
    CANCEL = auto()
    """The end of a run."""
    EVENTS = auto()
    """The answers to a session's runs."""
    RESULT = auto()
    """The answer to one run."""
    STREAM = auto()
    """An event stream that belongs to nobody else."""
    UPLOAD = auto()
    """A file."""
    FILE = auto()
    """A file that was uploaded or made for a visitor."""


class Door(NamedTuple):
    """An open route: its methods, the whole path below the root as a pattern, and what to look at."""

    methods: frozenset[str]
    path: re.Pattern[str]
    kind: Kind


def door(methods: str, path: str, kind: Kind = Kind.PLAIN) -> Door:
    """The door for ``methods`` (``"GET HEAD"``) on paths that match all of ``path``, a regular expression."""
    return Door(frozenset(methods.split()), re.compile(path), kind)


_NAME: Final = "[A-Za-z0-9_-]{1,64}"
_ASSET: Final = r"(?:[A-Za-z0-9_@~+-][A-Za-z0-9_.@~+-]{0,127}/){0,6}[A-Za-z0-9_@~+-][A-Za-z0-9_.@~+-]{0,127}"

DOORS: Final = (
    door("GET HEAD", "/?"),
    door("GET HEAD", "/healthz", Kind.HEALTH),
    door("GET HEAD", "/config/?"),
    door("GET HEAD", rf"(?:{API})?/theme\.css"),
    door("GET HEAD", r"/favicon\.ico|/robots\.txt|/manifest\.json"),
    door("GET HEAD", f"/(?:assets|static|svelte)/{_ASSET}"),
    door("GET HEAD", f"{API}/(?:info|startup-events)/?"),
    door("GET HEAD", "/live/(?:config|report)"),
    door("POST", r"/live/(?:strip|decode|decode-many|path\.gif|upload)", Kind.LIVE),
    door("POST", f"{API}/queue/join", Kind.JOIN),
    door("GET", f"{API}/queue/data", Kind.EVENTS),
    door("POST", f"{API}/call/(?P<name>{_NAME})/?", Kind.CALL),
    door("GET", f"{API}/call/(?P<name>{_NAME})/(?P<event>{_NAME})", Kind.RESULT),
    door("POST", f"{API}/cancel", Kind.CANCEL),
    door("GET", f"{API}/heartbeat/{_NAME}", Kind.STREAM),
    door("POST", f"{API}/upload/?", Kind.UPLOAD),
    door("GET HEAD", f"{API}/file=(?P<file>/.+)", Kind.FILE),
)

MCP_DOORS: Final = (
    door("GET POST DELETE", f"{API}/mcp/?"),
    door("GET", f"{API}/mcp/schema"),
)
"""Open besides when MCP clients are to be answered."""


def find(doors: Iterable[Door], path: str) -> tuple[frozenset[str], Door | None, re.Match[str] | None]:
    """The methods open for a path (none: it is closed), with the first door that fits and how it fits."""
    for each in doors:
        match = each.path.fullmatch(path)
        if match and not _is_crooked(path):
            return each.methods, each, match
    return frozenset(), None, None


def _is_crooked(path: str) -> bool:
    """Whether a path, as it was decoded once, leads anywhere else than it says."""
    dotted = any(part in (".", "..") for part in path.split("/"))
    return dotted or not path.isprintable() or bool(set(path) & set("\\%"))
