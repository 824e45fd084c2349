"""The command line of ``app.py``, and what can be said about it before the seconds of loading."""

import errno
import importlib.util
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import tyro

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Options:
    """Serve the autoencoder demo."""

    host: str = field(default_factory=lambda: _variable("GRADIO_SERVER_NAME", "127.0.0.1"))
    """Address to listen on, 0.0.0.0 or :: for all (GRADIO_SERVER_NAME)."""
    port: int = field(default_factory=lambda: _port(_variable("GRADIO_SERVER_PORT", "7860")))
    """TCP port (GRADIO_SERVER_PORT)."""
    weights: Path = field(default_factory=lambda: Path(_variable("AUTOENCODER_WEIGHTS", "weights")))
    """Folder with the models (AUTOENCODER_WEIGHTS)."""
    device: str = field(default_factory=lambda: _variable("AUTOENCODER_DEVICE", "auto"))
    """Device to compute on: auto, cpu, cuda or mps (AUTOENCODER_DEVICE)."""
    mcp: bool = field(default_factory=lambda: _variable("GRADIO_MCP_SERVER", "").lower() == "true")
    """Whether to answer MCP clients, too, at /gradio_api/mcp/ (GRADIO_MCP_SERVER)."""

    def __post_init__(self) -> None:
        _port(str(self.port))


def parse(argv: Sequence[str] | None) -> Options:
    """The options, from arguments or the environment.

    Raises:
        ValueError: a sentence, if one of them cannot be had here.
        SystemExit: after words on the error stream, if an argument is malformed.
    """
    options = tyro.cli(Options, args=argv, prog="python app.py")
    if options.mcp and importlib.util.find_spec("mcp") is None:
        install = "pip install 'gradio[mcp]' 'mcp>=1.30'"
        raise ValueError(f"--mcp needs a package that is not installed. Install it with: {install}")
    weights = options.weights
    if not weights.exists() and not weights.is_absolute() and (_ROOT / weights).exists():
        return replace(options, weights=_ROOT / weights)  # started from another folder
    return options


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
