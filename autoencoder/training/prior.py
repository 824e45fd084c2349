"""Measure the errors of a trained encoder, for the prior by which wide codes are refined."""

from typing import Final

import torch
from torch import Tensor

from autoencoder.model.code_prior import LEVELS, TOLERANCE
from autoencoder.model.network import Autoencoder
from autoencoder.model.refinement import clipped_moments
from autoencoder.noise import corrupt

_IMAGES: Final = 1_500
_CURVED: Final = 100
"""Images whose curvature is averaged: each costs a decode a number of the code."""
_BATCH: Final = 500
_STEPS: Final = 80
_LEARNING_RATE: Final = 0.03
_DIFFERENCE: Final = 0.02
_LEAST_VARIANCE: Final = 1e-3
WEIGHT: Final = 4.0
"""Of the prior: above 1, for the encoder's guess and the image share their noise. Chosen on validation images."""


def measure(model: Autoencoder, images: Tensor, seed: int) -> None:
    """Set the prior of a model in eval mode from held-out clean images ``(N, 1, 28, 28)``; noise follows the seed."""
    assert model.prior is not None
    images = images[:_IMAGES]
    best = torch.cat([_best_codes(model, batch) for batch in images.split(_BATCH)])
    generator = torch.Generator(device=images.device).manual_seed(seed)
    for number, level in enumerate(LEVELS):
        noisy = corrupt(images, "gaussian", level, generator)
        with torch.no_grad():
            codes = torch.cat([model.encode(batch, refined=False) for batch in noisy.split(_BATCH)])
        spread = torch.cov((codes - best).T) + _LEAST_VARIANCE * torch.eye(codes.shape[1], device=codes.device)
        precision = WEIGHT * torch.linalg.inv(spread)
        model.prior.precision[number] = precision
        model.prior.gain[number] = torch.linalg.inv(_curvature(model, codes[:_CURVED], level) + precision)


def _best_codes(model: Autoencoder, images: Tensor) -> Tensor:
    """The codes of least squared error on clean images, by Adam from the encoder's."""
    z = model.encode(images, refined=False).detach().requires_grad_()
    optimizer = torch.optim.Adam([z], lr=_LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, _STEPS)
    for _ in range(_STEPS):
        (z.grad,) = torch.autograd.grad((model.decode(z) - images).square().sum(), z)
        optimizer.step()
        schedule.step()
    return z.detach()


@torch.no_grad()
def _curvature(model: Autoencoder, codes: Tensor, level: float) -> Tensor:
    """Mean over codes ``(N, D)`` of J'J ``(D, D)``, for J the slopes of the expected noisy decode, by the noise."""
    width = codes.shape[1]
    offsets = _DIFFERENCE * torch.eye(width, device=codes.device)
    total = codes.new_zeros(width, width)
    for z in codes:
        here = model.decode(z[None]).flatten(1)
        slopes = (model.decode(z + offsets).flatten(1) - here) / _DIFFERENCE  # (D, 784)
        if level:
            slopes = slopes * clipped_moments(here, here.new_tensor(level))[1]
        total += slopes @ slopes.T
    return total / len(codes) / (level**2 + TOLERANCE)
