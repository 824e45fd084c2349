"""Which names the server answers to.

Starlette's ``TrustedHostMiddleware`` takes a list of names; here any address, any name without a dot and what a proxy
forwards count too, and the answer has to say what to do.
"""

import ipaddress
import re
import socket
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from autoencoder.web.security.errors import RefusalError

VARIABLE: Final = "AUTOENCODER_HOSTS"
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_SPACES: Final = ".hf.space"
_NAME: Final = re.compile(r"[a-z0-9._:-]{1,253}")


class TrustedHosts:
    """The names that a ``Host`` header may carry.

    A page of another origin can bend its own name to this server's address (DNS rebinding) and then read
    everything. It cannot do so with an address, a name without a dot or a name of a Space, so those are safe.
    """

    def __init__(self, bound: str, names: str = "") -> None:
        """Take the address listened on, and more names: ``a.org, *.b.org`` (all its subdomains), or ``*``.

        Raises:
            ValueError: a sentence, if one of them is no name of a host.
        """
        given = [name.strip().lower() for name in names.split(",") if name.strip()]
        for name in given:
            bare = name.removeprefix("*").removeprefix(".")
            if name != "*" and not _is_address(name) and split(bare) != (bare, ""):
                raise ValueError(
                    f"{VARIABLE} must be names such as demo.example.org or *.example.org with commas between them, "
                    f"without https:// and without a port, not {name[:80]!r}."
                )
        self._names = {name if name == "*" else name.removeprefix("*") for name in given}
        self._bound = bound.lower()
        self._is_local = self._bound in _LOOPBACK

    def allow(self, header: str) -> bool:
        """Whether a ``Host`` or ``X-Forwarded-Host`` header is one that the server answers to."""
        name, _ = split(header)
        if not name:
            return False
        if "*" in self._names or name in self._names or name in (*_LOOPBACK, self._bound):
            return True
        if any(each.startswith(".") and name.endswith(each) for each in self._names):
            return True
        return not self._is_local and (_is_address(name) or _is_plain(name) or name.endswith(_SPACES))

    def check(self, scope: Scope) -> None:
        """Refuse a request for a name that is not the server's own.

        Raises:
            RefusalError: if it is one.
        """
        headers = Headers(scope=scope)
        # A supervisor may ask without one, which no browser does.
        hosts = headers.getlist("host") or ["localhost"] * (scope["path"] == "/healthz")
        names = ",".join([*hosts, *headers.getlist("x-forwarded-host")]).split(",")
        is_named = len(hosts) == 1 and all(self.allow(name.strip()) for name in names)
        if not is_named or "x-gradio-server" in headers:  # by which Gradio would go, unchecked
            raise RefusalError(400, f"This server does not go by that name. If it should, name it in {VARIABLE}.")


def split(netloc: str) -> tuple[str, str]:
    """Name, in lower case and without brackets, and port of ``name:port``; empty where they make no sense."""
    try:
        parts = urlsplit(f"//{netloc}")
        name, port = parts.hostname or "", parts.port
    except ValueError:
        return "", ""
    if parts.path or parts.query or parts.fragment or parts.username is not None or not _NAME.fullmatch(name):
        return "", ""
    return name.rstrip("."), "" if port is None else str(port)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_plain(name: str) -> bool:
    return "." not in name or name == socket.gethostname().lower()
