"""Which names the server answers to, and which pages may call it."""

import ipaddress
import os
import re
import socket
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

VARIABLE: Final = "AUTOENCODER_HOSTS"
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_SPACES: Final = ".hf.space"
_NAME: Final = re.compile(r"[a-z0-9._:-]{1,253}")


class Hosts:
    """The names that a ``Host`` header may carry.

    A page of another origin can bend its own name to this server's address (DNS rebinding) and then read
    everything. It cannot do so with an address, a name without a dot or a name of a Space, so those are safe.
    """

    def __init__(self, bound: str, names: str = "") -> None:
        """Take the address listened on, and more names: ``a.org, .b.org`` (with all its subdomains), or ``*``."""
        self._names = {name.strip().lower() for name in names.split(",") if name.strip()}
        self._bound = bound.strip("[]").lower()
        self._is_local = self._bound in _LOOPBACK

    @classmethod
    def from_environment(cls, bound: str) -> "Hosts":
        """The names of ``AUTOENCODER_HOSTS`` and, on a Hugging Face Space, of the Space."""
        space = os.environ.get("SPACE_HOST", "")
        return cls(bound, f"{os.environ.get(VARIABLE, '')},{space}")

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


def is_same_origin(headers: Mapping[str, str]) -> bool:
    """Whether a request comes from the server's own page, or from no page at all."""
    origin = headers.get("origin")
    if origin is None:
        return True
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https"):
        return False
    own = [headers.get("host", ""), *headers.get("x-forwarded-host", "").split(",")[:1]]
    return any(host and _matches(split(parts.netloc), split(host.strip()), parts.scheme) for host in own)


def _matches(origin: tuple[str, str], host: tuple[str, str], scheme: str) -> bool:
    # A proxy may name the host without the port that the browser sees.
    usual = {"http": "80", "https": "443"}[scheme]
    return origin[0] == host[0] and (not host[1] or (origin[1] or usual) == host[1])


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
