"""The command line of ``app.py``, and what can be said about it before the seconds of loading."""

import argparse
import errno
import importlib.util
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from autoencoder.device import DEVICES

_ROOT = Path(__file__).resolve().parents[2]


class Options(NamedTuple):
    """How to serve."""

    host: str
    port: int
    weights: Path
    device: str
    mcp: bool


def parse(argv: Sequence[str] | None) -> Options:
    """The options, from arguments or the environment.

    Raises:
        ValueError: a sentence, if one of them cannot be.
    """
    parser = argparse.ArgumentParser(description="Serve the autoencoder demo.")
    parser.add_argument(
        "--host",
        default=_variable("GRADIO_SERVER_NAME", "127.0.0.1"),
        help="address to listen on, 0.0.0.0 or :: for all (GRADIO_SERVER_NAME; default %(default)s)",
    )
    parser.add_argument(
        "--port", default=_variable("GRADIO_SERVER_PORT", "7860"), help="TCP port (GRADIO_SERVER_PORT; %(default)s)"
    )
    parser.add_argument(
        "--weights",
        type=Path,
        default=_variable("AUTOENCODER_WEIGHTS", "weights"),
        help="folder with the models (AUTOENCODER_WEIGHTS; default %(default)s)",
    )
    parser.add_argument(
        "--device",
        default=_variable("AUTOENCODER_DEVICE", "auto"),
        help=f"one of {', '.join(DEVICES)} (AUTOENCODER_DEVICE; default %(default)s)",
    )
    parser.add_argument(
        "--mcp",
        action="store_true",
        default=_variable("GRADIO_MCP_SERVER", "").lower() == "true",
        help="also answer MCP clients, at /gradio_api/mcp/ (GRADIO_MCP_SERVER; default off)",
    )
    given = parser.parse_args(argv)
    port, weights = _port(given.port), given.weights
    if given.mcp and importlib.util.find_spec("mcp") is None:
        install = "pip install 'gradio[mcp]' 'mcp>=1.30'"
        raise ValueError(f"--mcp needs a package that is not installed. Install it with: {install}")
    if not weights.exists() and not weights.is_absolute() and (_ROOT / weights).exists():
        weights = _ROOT / weights  # started from another folder
    return Options(given.host, port, weights, given.device, given.mcp)


def _variable(name: str, default: str) -> str:
    """A variable of the environment; an empty one counts as none."""
    return os.environ.get(name, "").strip() or default


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 5 or not 1 <= int(text) <= 65_535:
        raise ValueError(f"The port must lie between 1 and 65535, got {text[:40]!r}.")
    return int(text)


def listen(host: str, port: int) -> socket.socket:
    """The listening socket, taken before the models are loaded: until they are, those who ask wait.

    Raises:
        ValueError: a sentence, if there is no such address or the port is in use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    takes_both = host == "::" and socket.has_dualstack_ipv6()
    try:
        listener = socket.create_server((host, port), family=family, dualstack_ipv6=takes_both)
    except (OSError, UnicodeError) as error:
        cause, _, _ = (getattr(error, "strerror", None) or "no such address").partition(" (while")
        remedy = "address with --host or GRADIO_SERVER_NAME"
        if getattr(error, "errno", None) in (errno.EADDRINUSE, errno.EACCES):
            remedy = "port with --port or GRADIO_SERVER_PORT, or end the program that uses it"
        raise ValueError(f"Cannot listen on {host}:{port} ({cause}). Choose another {remedy}.") from error
    # Its connections inherit it; asyncio sets it for sockets of its own alone. Else an answer waits 40 ms for its rest.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
