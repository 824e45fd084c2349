"""Refine wide codes: a few conjugate-gradient steps from the encoder's code towards the most probable one.

With dozens of numbers in a code, a decode fits the noise as well as the garment unless the code is held near the
encoder's guess. How near is what the encoder's errors tell: at each noise level they are taken for normally
distributed, with a covariance measured after training (maximum a posteriori estimate with a Gaussian prior). A
gradient costs one backward pass where a Jacobian would cost a decode for each number; the inverse of the mean
curvature preconditions it, and each image has its own step length. That is measured at every other step and serves
for two (cyclic steepest descent; Dai & Fletcher, Numerische Mathematik 2005): measuring it costs a decode more.
"""

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor, nn

from autoencoder.model.refinement import clipped_moments, estimate_level

LEVELS: Final = (0.0, 0.1, 0.25, 0.4, 0.6)
"""Levels of the noise at which errors are measured; between them the matrices are interpolated."""
TOLERANCE: Final = 0.004
"""Variance of a pixel that neither the code nor the noise explains."""
MODEL_ERROR: Final = 0.005
"""Squared error per pixel that wide codes leave on clean images."""
_DIFFERENCE: Final = 0.08
"""Length over which the curvature along a direction is measured."""
_TINY: Final = 1e-12
_CYCLE: Final = 2
"""Steps that share a length."""


class CodePrior(nn.Module):
    """What a model knows of its encoder's errors; until it is measured, codes stay as they are.

    Args:
        latent_dim: D, numbers in the code.
    """

    precision: Tensor
    """``(L, D, D)`` inverse covariances of the encoder's errors, weighed."""
    gain: Tensor
    """``(L, D, D)`` inverse of the mean curvature of what is minimised."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        for name in ("precision", "gain"):
            self.register_buffer(name, torch.zeros(len(LEVELS), latent_dim, latent_dim))

    def refine(self, decode: Callable[[Tensor], Tensor], z: Tensor, x: Tensor, steps: int) -> Tensor:
        """Codes nearer to the most probable ones.

        Args:
            decode: codes ``(N, D)`` to images ``(N, 1, 28, 28)`` in [0, 1].
            z: the encoder's, ``(B, D)``.
            x: the images, ``(B, 1, 28, 28)`` in [0, 1], clean or with Gaussian noise of an unknown level.
            steps: each a decode and a backward pass, and every other one a second decode.

        Returns:
            ``(B, D)``, without gradient.
        """
        with torch.inference_mode(False), torch.no_grad():
            start, observed = z.detach().clone(), x.detach().flatten(1).clone()
            z, slope, direction, length = start, start, torch.zeros_like(start), torch.ones_like(start[:, :1])
            for number in range(steps):
                with torch.enable_grad():
                    at = z.clone().requires_grad_()
                    decoded = decode(at).flatten(1)
                here = decoded.detach()
                if number == 0:
                    level = estimate_level(here, observed, MODEL_ERROR)
                    shares = _shares(level[:, 0])
                    weight = 1 / (level.square() + TOLERANCE)  # (B, 1)
                mean, inside, _ = clipped_moments(here, level)
                (pull,) = torch.autograd.grad(decoded, at, (observed - mean) * inside * weight)
                before, slope = slope, pull - _times(self.precision, shares, z - start)
                step = _times(self.gain, shares, slope)
                turn = _dot(slope - before, step) / length  # Polak and Ribiere's
                direction = step + turn.clamp_min(0) * direction
                length = _dot(slope, step).clamp_min(_TINY)
                if number % _CYCLE == 0:
                    reach = _DIFFERENCE / direction.norm(dim=1, keepdim=True).clamp_min(_TINY)
                    change = (decode(z + reach * direction).flatten(1) - here) / reach * inside
                    curvature = weight * change.square().sum(1, keepdim=True)
                    curvature += _dot(direction, _times(self.precision, shares, direction))
                    stride = _dot(slope, direction) / curvature.clamp_min(_TINY)
                z = z + stride * direction
        return z


def _shares(level: Tensor) -> Tensor:
    """Shares ``(B, L)`` of the matrices at :data:`LEVELS` for levels ``(B,)``, linear between two of them."""
    levels = level.new_tensor(LEVELS)
    level = level.clamp(max=LEVELS[-1])
    above = torch.searchsorted(levels, level).clamp(1, len(LEVELS) - 1)  # beyond the last is only NaN
    share = (level - levels[above - 1]) / (levels[above] - levels[above - 1])
    alone = torch.eye(len(LEVELS)).to(levels)
    return torch.lerp(alone[above - 1], alone[above], share[:, None])


def _times(matrices: Tensor, shares: Tensor, vectors: Tensor) -> Tensor:
    """Vectors ``(B, D)`` times their mixtures of ``(L, D, D)``, which as matrices would take gigabytes."""
    return (shares[:, :, None] * vectors[:, None]).flatten(1) @ matrices.mT.flatten(0, 1)


def _dot(a: Tensor, b: Tensor) -> Tensor:
    return (a * b).sum(1, keepdim=True)
