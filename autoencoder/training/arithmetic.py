"""Numerical settings of a training: precision of its products, and whether torch.compile is used."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

import torch

Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True)
class Arithmetic:
    """How the arithmetic is done; it changes speed and the last digits, not what is computed."""

    precision: Precision = "float32"
    """Of products. bfloat16, by torch's autocast, is for GPUs; it keeps three digits of a code."""
    compile: bool = False
    """Whether torch.compile makes kernels (on CUDA: graphs) of the network first."""

    def autocast(self, device: torch.device) -> AbstractContextManager[Any]:
        """The context to compute the network in."""
        if self.precision == "bfloat16":
            return torch.autocast(device.type, torch.bfloat16)
        return nullcontext()
