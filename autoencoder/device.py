"""Choose the device to compute on, and how many processors to use."""

import math
import os
from pathlib import Path
from typing import Final

import torch

DEVICES: Final = ("auto", "cpu", "cuda", "mps")
_CGROUP: Final = Path("/sys/fs/cgroup")
_CPU_QUOTAS: Final = (("cpu.max", "cpu.max"), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"))
"""Files of a container's processor quota and its period, both in microseconds: cgroup version 2, then 1."""


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


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that no memory is left; torch has no kind of its own for the CPU's and Apple's GPUs'."""
    words = str(error).lower()
    return isinstance(error, MemoryError) or any(
        each in words for each in ("allocate memory", "out of memory", "not enough memory")
    )


def available_cpus() -> int:
    """Processors that this process may use, at least 1: those it is bound to, and no more than a container's quota."""
    # macOS and Windows do not say which processors a process is bound to.
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(count, math.ceil(_cpu_quota())))


def _cpu_quota() -> float:
    """Processors that the control group of a container grants; more than there are where it sets no limit."""
    for quota_file, period_file in _CPU_QUOTAS:
        try:
            quota = (_CGROUP / quota_file).read_text(encoding="ascii").split()[0]
            period = (_CGROUP / period_file).read_text(encoding="ascii").split()[-1]
            if quota != "max" and int(quota) > 0 and int(period) > 0:
                return int(quota) / int(period)
        except (OSError, ValueError, IndexError):
            continue
    return float(1 << 20)


def _on_zero_gpu() -> bool:
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")
