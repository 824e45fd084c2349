"""Choose the device to compute on."""

import os
from typing import Final

import torch

DEVICES: Final = ("auto", "cpu", "cuda", "mps")


def resolve(name: str = "auto") -> torch.device:
    """The device called ``name``; ``auto`` takes CUDA, else Apple's MPS, else the CPU.

    On a Hugging Face ZeroGPU Space CUDA seems to be there but may be used in lent moments only: there is just the CPU.

    Raises:
        ValueError: if the name is unknown or this machine has no such device.
    """
    # Not even asked for on ZeroGPU: its package refuses to start in a process that has looked at CUDA.
    has_cuda = not _on_zero_gpu() and torch.cuda.is_available()
    available = {"cpu": True, "cuda": has_cuda, "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next(device for device in ("cuda", "mps", "cpu") if available[device]))
    if name not in available:
        raise ValueError(f"Unknown device {name!r}: choose one of {', '.join(DEVICES)}.")
    if not available[name]:
        raise ValueError(f"This machine has no {name} device that torch can use: choose auto or cpu.")
    return torch.device(name)


def _on_zero_gpu() -> bool:
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")
