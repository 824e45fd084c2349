"""How a training's arithmetic is done."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

import torch

from autoencoder.model import products
from autoencoder.training.distributed import Peers

Precision = Literal["auto", "float32", "bfloat16"]


@dataclass(frozen=True)
class Execution:
    """How the arithmetic is done; it changes speed and the last digits, not what is computed."""

    precision: Precision = "auto"
    """Of products. auto: float32, but bfloat16 factors between wide dense layers where one process trains on a CPU
    with a unit for them (Intel's AMX); bfloat16: of all, convolutions too, which keeps three digits of a code."""
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

    def is_rounded(self, device: torch.device, peers: Peers) -> bool:
        """Whether products of wide dense layers, and Muon's, round their factors to bfloat16.

        Several processes never do: those on other machines could decide otherwise, and would drift apart.
        """
        return self.precision == "auto" and self.is_direct(device, peers) and products.are_quicker_rounded()
