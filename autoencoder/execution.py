"""How a training's arithmetic is done."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

import torch

from autoencoder import products
from autoencoder.parallel import Peers

Precision = Literal["auto", "float32", "bfloat16"]


@dataclass(frozen=True)
class Execution:
    """How the arithmetic is done; it changes speed and the last digits, not what is computed."""

    precision: Precision = "auto"
    """Of products. auto: float32, but where the CPU has a unit for it, bfloat16 factors between wide dense layers;
    bfloat16: of all matrices and convolutions, which keeps three digits of a code."""
    compile: bool = False
    """Whether torch.compile makes kernels (on CUDA: graphs) of the network first."""

    def autocast(self, device: torch.device) -> AbstractContextManager[Any]:
        """The context to compute the network in."""
        if self.precision == "bfloat16":
            return torch.autocast(device.type, torch.bfloat16)
        return nullcontext()

    def is_direct(self, device: torch.device, peers: Peers) -> bool:
        """Whether dense layers compute their own gradients: see :meth:`Dense.compute_directly`."""
        return self.precision != "bfloat16" and not self.compile and device.type == "cpu" and peers.size == 1

    def is_rounded(self, device: torch.device) -> bool:
        """Whether products of wide matrices round their factors to bfloat16."""
        return self.precision == "auto" and device.type == "cpu" and products.are_quicker_rounded()
