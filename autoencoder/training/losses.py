"""Losses that training minimises."""

import math
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

_DIRECTIONS: Final = 8
"""Random lines on which the codes' order statistics are compared."""


def reconstruction_loss(reconstruction: Tensor, target: Tensor, l1_weight: float = 0.0) -> Tensor:
    """``(1 - w) * MSE + w * L1`` over all pixels of a batch.

    Args:
        reconstruction: ``(B, 1, 28, 28)``.
        target: the clean images, same shape, in [0, 1].
        l1_weight: w, in [0, 1]; the reference experiment uses 0.3.

    Returns:
        Scalar, per pixel.
    """
    squared = F.mse_loss(reconstruction, target)
    return squared if l1_weight == 0 else torch.lerp(squared, F.l1_loss(reconstruction, target), l1_weight)


def fill_loss(z: Tensor, generator: torch.Generator) -> Tensor:
    """How unevenly codes fill the plane: sliced Wasserstein distance to a uniform square or cube.

    The square has zero mean and unit variance on each axis. Random slices: Bonneel et al., "Sliced and
    Radon Wasserstein barycenters of measures", 2015.

    Args:
        z: ``(B, latent_dim)``.
        generator: on the device of ``z``.

    Returns:
        Scalar: mean squared distance over codes and directions.
    """
    axes = torch.randn(z.shape[1], _DIRECTIONS, generator=generator, device=z.device)
    axes = axes / axes.norm(dim=0)
    target = (torch.rand(z.shape, generator=generator, device=z.device) - 0.5) * math.sqrt(12)
    difference: Tensor = (z @ axes).sort(0).values - (target @ axes).sort(0).values
    return difference.square().mean()
