"""Data-parallel training: several processes, each with its share of every batch (torch.distributed)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

_T = TypeVar("_T")
_PATIENCE: Final = timedelta(hours=2)
"""Longer than anything that one process does while the others wait for it."""


@dataclass(frozen=True)
class Processes:
    """The processes that train one model together; by default this one alone."""

    rank: int = 0
    """Number of this process among them; number 0 writes."""
    size: int = 1
    """How many they are."""

    def share(self, rows: Tensor) -> Tensor:
        """This process's part of the rows of a batch, ``(B, ...)`` to about ``(B / size, ...)``."""
        return rows[self.rank :: self.size]

    def mean(self, value: Tensor) -> Tensor:
        """The mean of all processes' tensors, the same in each."""
        if self.size == 1:
            return value
        total = value.clone()
        distributed.all_reduce(total)
        return total / self.size

    def any(self, is_true: bool, device: torch.device) -> bool:
        """Whether it is true in any process, the same answer in each."""
        return bool(self.mean(torch.tensor(float(is_true), device=device))) if self.size > 1 else is_true

    def broadcast(self, value: _T) -> _T:
        """The first process's value, in all."""
        if self.size == 1:
            return value
        box = [value]
        distributed.broadcast_object_list(box)
        return box[0]

    def wrap(self, module: nn.Module) -> nn.Module:
        """``module`` with gradients averaged over the processes.

        On CUDA, BatchNorm then counts the whole batch; on the CPU, where torch has no synchronised
        BatchNorm, each process normalises by its own share (see :meth:`agree_on_statistics`).
        """
        if self.size == 1:
            return module
        if next(module.parameters()).is_cuda:
            module = nn.SyncBatchNorm.convert_sync_batchnorm(module)
        return DistributedDataParallel(module, broadcast_buffers=False)

    def agree_on_statistics(self, module: nn.Module) -> None:
        """Give ``module``'s running statistics in each process their mean over the processes."""
        if self.size > 1:
            for statistics in module.buffers():
                if statistics.is_floating_point():
                    statistics.copy_(self.mean(statistics))


def is_launched() -> bool:
    """Whether ``torchrun`` started this process as one of several."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def rank() -> int:
    """Number of this process among those that ``torchrun`` started; 0 without it."""
    return int(os.environ.get("RANK", "0")) if is_launched() else 0


def own_device(device: torch.device) -> torch.device:
    """The device of this process: with CUDA, the GPU that has its number on this machine."""
    if device.type == "cuda" and is_launched():
        return torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    return device


@contextmanager
def joined(device: torch.device) -> Iterator[Processes]:
    """The processes that ``torchrun`` started, connected with each other; one alone without it."""
    if not is_launched():
        yield Processes()
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=_PATIENCE)
    try:
        yield Processes(distributed.get_rank(), distributed.get_world_size())
    finally:
        distributed.destroy_process_group()
