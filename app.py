"""Serve the page: ``python app.py`` (see ``--help``)."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import TypeVar

import torch

from autoencoder import malloc
from autoencoder.device import is_out_of_memory, resolve
from autoencoder.web import command_line
from autoencoder.weights.checkpoint import CheckpointError

_T = TypeVar("_T")


def main(argv: Sequence[str] | None = None) -> int:
    """Load the models, build the page and serve it until interrupted or terminated.

    Args:
        argv: command-line arguments, those of the process when None.

    Returns:
        Exit status: 0 after a normal end, 1 when the page cannot be served.
    """
    signal.signal(signal.SIGTERM, _terminate)
    malloc.limit_arenas()
    try:
        options = command_line.parse(argv)
        with command_line.listen(options.host, options.port) as listener:
            _serve(options, listener)
    except (CheckpointError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def _serve(options: command_line.Options, listener: socket.socket) -> None:
    # Gradio reads its variables when it is imported. Those that count are in the options, or read by web.server.
    for name in {name for name in os.environ if name.startswith("GRADIO_")} - {"GRADIO_ROOT_PATH"}:
        del os.environ[name]
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # else it calls home
    from autoencoder.web import models, reload, zero_gpu

    is_zero_gpu = zero_gpu.declare()  # before anything looks at CUDA
    on_disk = reload.signature(options.weights)
    first, device = load_on(models.load, options.weights, options.device)
    registry = models.ModelRegistry(first)
    for warning in first.warnings:
        print(warning, file=sys.stderr)
    from autoencoder.web import server

    service = server.Service(registry, options.host, options.mcp)
    if is_zero_gpu:
        zero_gpu.report()
    reload.Watch(registry, options.weights, device, on_disk).start()
    server.serve(service, listener)


def load_on(load: Callable[[Path, torch.device], _T], weights: Path, device: str) -> tuple[_T, torch.device]:
    """The models and where they are; on the CPU if the device was left to us and fails.

    Raises:
        ValueError: a sentence, if a device that was asked for fails.
    """
    where, cpu = resolve(device), torch.device("cpu")
    if where.type == "mps":  # a process ends in which two threads compute on it (pytorch/pytorch#197805)
        where = cpu
        print("On Apple's GPUs torch cannot answer two visitors at once: the models run on the CPU.", file=sys.stderr)
    try:
        return load(weights, where), where
    except RuntimeError as error:
        if where == cpu:
            raise
        # A card that is too old for this torch seems to be there until it has to compute.
        lacks_memory = is_out_of_memory(error)
        cause = "has no memory left for the models" if lacks_memory else f"fails ({str(error).splitlines()[0]})"
        if device != "auto":
            raise ValueError(f"The {device} device {cause}: choose auto or cpu.") from error
        print(f"The graphics card {cause}: the models run on the CPU.", file=sys.stderr)
        return load(weights, cpu), cpu


def _terminate(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Python's own end waits for every thread that a library left behind, and a supervisor does not.
    os._exit(status)
