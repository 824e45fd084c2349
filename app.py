"""Serve the page: ``python app.py`` (see ``--help``)."""

import argparse
import importlib.util
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import TypeVar

import torch

from autoencoder import heap
from autoencoder.device import DEVICES, resolve
from autoencoder.weights.checkpoint import CheckpointError

_T = TypeVar("_T")


def main(argv: Sequence[str] | None = None) -> int:
    """Load the models, build the page and serve it until interrupted or terminated.

    Args:
        argv: command-line arguments, those of the process when None.

    Returns:
        Exit status: 0 after a normal end, 1 when the page cannot be served.
    """
    options = _options(argv)
    signal.signal(signal.SIGTERM, _terminate)
    heap.limit_arenas()
    try:
        _check_port(options.host, options.port)
        _check_mcp(options.mcp)
        _serve(options)
    except (CheckpointError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    env = os.environ.get
    parser = argparse.ArgumentParser(description="Serve the autoencoder demo.")
    parser.add_argument(
        "--host",
        default=env("GRADIO_SERVER_NAME", "127.0.0.1"),
        help="address to listen on, 0.0.0.0 for all (GRADIO_SERVER_NAME; default %(default)s)",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=env("GRADIO_SERVER_PORT", "7860"),
        help="TCP port (GRADIO_SERVER_PORT; default %(default)s)",
    )
    parser.add_argument(
        "--weights",
        type=Path,
        default=env("AUTOENCODER_WEIGHTS", "weights"),
        help="folder with the models (AUTOENCODER_WEIGHTS; default %(default)s)",
    )
    parser.add_argument(
        "--device",
        default=env("AUTOENCODER_DEVICE", "auto"),
        help=f"one of {', '.join(DEVICES)} (AUTOENCODER_DEVICE; default %(default)s)",
    )
    parser.add_argument(
        "--mcp",
        action="store_true",
        default=env("GRADIO_MCP_SERVER", "").lower() == "true",
        help="also answer MCP clients, at /gradio_api/mcp/ (GRADIO_MCP_SERVER; default off)",
    )
    return parser.parse_args(argv)


def _check_port(host: str, port: int) -> None:
    """Fail before the seconds of loading; Gradio alone would name a parameter that this program lacks."""
    if not 1 <= port <= 65_535:
        raise ValueError(f"The port must lie between 1 and 65535, got {port}.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ValueError(
                f"Cannot listen on {host}:{port} ({error.strerror}). Choose another port with --port or "
                "GRADIO_SERVER_PORT, or end the program that uses it."
            ) from error


def _check_mcp(wanted: bool) -> None:
    if wanted and importlib.util.find_spec("mcp") is None:
        raise ValueError("--mcp needs a package that is not installed. Install it with: pip install 'gradio[mcp]'")


def _serve(options: argparse.Namespace) -> None:
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported: else it calls home
    from autoencoder.web import models, reload, temporary_files, zero_gpu
    from autoencoder.web.security.concurrency import Crowd

    weights: Path = options.weights
    keeper = temporary_files.Janitor(temporary_files.claim())  # Gradio reads the folder's name when it is imported
    zero_gpu.declare()  # before anything looks at CUDA
    on_disk = reload.signature(weights)
    first, where = _load(models.load, weights, options.device)
    showcase, crowd = models.ModelRegistry(first), Crowd()
    for warning in showcase.now.warnings:
        print(warning, file=sys.stderr)
    from autoencoder.web import page, server

    app = page.build(showcase)
    end_watch = reload.Watch(showcase, weights, where, on_disk).start()
    try:
        launch = page.launch_options(app, showcase, options.host, crowd, keeper, options.mcp)
        server.serve(app, options.host, options.port, crowd, launch)
    finally:
        end_watch()


def _load(load: Callable[[Path, torch.device], _T], weights: Path, device: str) -> tuple[_T, torch.device]:
    """The models and where they are; on the CPU if the device was left to us and has no memory left for them."""
    where = resolve(device)
    try:
        return load(weights, where), where
    except torch.OutOfMemoryError as error:
        if device != "auto":
            raise ValueError(f"The {device} device has no memory left for the models: choose auto or cpu.") from error
        print("The graphics card has no memory left for the models: they run on the CPU.", file=sys.stderr)
        return load(weights, torch.device("cpu")), torch.device("cpu")


def _terminate(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Python's own end waits for every thread that a library left behind, and a supervisor does not.
    os._exit(status)
