"""Losses that training minimises."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F


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


def neighbour_loss(z: Tensor, linked: Tensor, log_scale: Tensor) -> Tensor:
    """How hard it is to tell, from the codes alone, which images are neighbours.

    Contrastive t-SNE: InfoNCE over the batch with the Cauchy similarity ``1 / (1 + |s (z_i - z_j)|^2)``
    (Damrich et al., "From t-SNE to UMAP with contrastive learning", ICLR 2023). It pulls look-alikes
    together and spreads everything else. No labels are involved.

    Args:
        z: ``(2 P, latent_dim)``, where rows i and P + i are the codes of a pair.
        linked: ``(P,)`` bool, whether the pair are neighbours; the others only serve as contrast.
        log_scale: scalar, logarithm of s, learned with the network because codes are normalised.

    Returns:
        Scalar cross-entropy in nats; ``log(2 P - 1)`` when all codes coincide, 0 when no pair is linked.

    Raises:
        ValueError: if there are not two codes for each pair.
    """
    if len(z) != 2 * len(linked):
        raise ValueError(f"Expected two codes for each of {len(linked)} pairs, got {len(z)}.")
    squares = z.square().sum(1)
    distance = torch.addmm(squares[:, None] + squares, z, z.T, alpha=-2).clamp_min(0)  # (2P, 2P)
    logits = -torch.log1p(distance * torch.exp(2 * log_scale))
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    partner = torch.arange(len(z), device=z.device).roll(len(linked))
    counted = linked.repeat(2)
    losses = F.cross_entropy(logits.masked_fill(itself, -torch.inf), partner, reduction="none")
    return (losses * counted).sum() / counted.sum().clamp_min(1)


def fill_loss(z: Tensor, generator: torch.Generator, directions: int = 8) -> Tensor:
    """How unevenly codes fill the plane: sliced Wasserstein distance to a uniform square or cube.

    The square has zero mean and unit variance on each axis. Random slices: Bonneel et al., "Sliced and
    Radon Wasserstein barycenters of measures", 2015.

    Args:
        z: ``(B, latent_dim)``.
        generator: on the device of ``z``.
        directions: random lines on which the codes' order statistics are compared.

    Returns:
        Scalar: mean squared distance over codes and directions.
    """
    axes = torch.randn(z.shape[1], directions, generator=generator, device=z.device)
    axes = axes / axes.norm(dim=0)
    target = (torch.rand(z.shape, generator=generator, device=z.device) - 0.5) * math.sqrt(12)
    difference: Tensor = (z @ axes).sort(0).values - (target @ axes).sort(0).values
    return difference.square().mean()
