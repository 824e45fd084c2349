"""Serve the page: ``python app.py`` (see ``--help``)."""

import argparse
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from autoencoder import checkpoint
from autoencoder.checkpoint import CheckpointError
from autoencoder.device import DEVICES, resolve
from autoencoder.inference import Studio


def main(argv: Sequence[str] | None = None) -> int:
    """Load the models, build the page and serve it until interrupted or terminated.

    Args:
        argv: command-line arguments, those of the process when None.

    Returns:
        Exit status: 0 after a normal end, 1 when the page cannot be served.
    """
    options = _options(argv)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        _check_port(options.host, options.port)
        studio = Studio(checkpoint.load_all(options.weights, resolve(options.device)))
        _serve(studio, options.weights, options.host, options.port)
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


def _serve(studio: Studio, weights: Path, host: str, port: int) -> None:
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported: else it calls home
    from autoencoder.ui import page, zero_gpu
    from autoencoder.ui.assets import Assets

    zero_gpu.declare()
    assets = Assets(studio, weights)
    app = page.build(studio, assets, weights)
    app.launch(server_name=host, server_port=port, **page.launch_options(studio, assets, weights))


def _terminate(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
