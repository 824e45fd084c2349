"""Pages of other origins may neither call the server nor read its answers."""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import Scope

from autoencoder.web.security.errors import RefusalError
from autoencoder.web.security.trusted_hosts import split


def check(scope: Scope) -> None:
    """Refuse what a page of another origin sends.

    Raises:
        RefusalError: if it does.
    """
    if not is_same_origin(Headers(scope=scope)):
        hint = "If this is the page's own address, let the proxy pass the Host header on."
        raise RefusalError(403, f"Pages of other origins may not call this server. {hint}")
    # Nobody needs it any more, and without it Gradio allows nothing to pages of other origins.
    scope["headers"] = [each for each in scope["headers"] if each[0] != b"origin"]


def is_same_origin(headers: Mapping[str, str]) -> bool:
    """Whether a request comes from the server's own page, or from no page at all."""
    origin = headers.get("origin")
    if origin is None or headers.get("sec-fetch-site") == "same-origin":  # which a browser lets no page forge
        return True
    scheme, _, netloc = origin.partition("://")
    if scheme not in ("http", "https"):
        return False
    own = [headers.get("host", ""), *headers.get("x-forwarded-host", "").split(",")[:1]]
    return any(host and _matches(split(netloc), split(host.strip()), scheme) for host in own)


def _matches(origin: tuple[str, str], host: tuple[str, str], scheme: str) -> bool:
    # A proxy may name the host without the port that the browser sees.
    usual = {"http": "80", "https": "443"}[scheme]
    return origin[0] == host[0] and (not host[1] or (origin[1] or usual) == host[1])
