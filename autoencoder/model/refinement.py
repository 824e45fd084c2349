"""Refine latent codes: a few Gauss-Newton steps from the encoder's guess towards the best code.

An encoder network must guess in one pass where on the decoder's sheet an image belongs, and its guess
can be improved by asking the decoder (semi-amortised inference; Kim et al., ICML 2018). With two numbers
in the code the decoder's Jacobian costs two more decodes, so the classical least-squares step is at hand.

Clipping makes noise lift black pixels and darken white ones: a noisy image is compared with what a
decode *would look like on average* under noise of that strength, not with the decode itself.
"""

import math
from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

MODEL_ERROR: Final = 0.02
"""Squared error per pixel that two numbers leave on clean images: what goes beyond it counts as noise."""

_LEAST_LEVEL: Final = 1e-3
_LEVEL_STEPS: Final = 4
_DIFFERENCE: Final = 0.02
"""Step of the Jacobian's forward differences. A tenth of it costs nothing in error, but then float32
rounding makes a code depend on the images that share its batch, by up to 0.0007."""
_DAMPING: Final = 0.05
_PRIOR: Final = 1.0
_LEAST_DAMPING: Final = 1e-6
_LONGEST_STEP: Final = 0.3
_ROOT_HALF: Final = math.sqrt(0.5)


def clipped_moments(mu: Tensor, level: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Moments of ``y = clip(mu + level * n, 0, 1)`` with n ~ N(0, 1): a doubly censored normal variable.

    Args:
        mu: in [0, 1].
        level: positive; broadcasts against ``mu``.

    Returns:
        E[y], the probability that y is not clipped (which is also dE[y]/dmu) and E[(y - mu)^2],
        each of the broadcast shape.
    """
    below, above = mu / level, (1 - mu) / level
    kept_below, kept_above = torch.erf(below * _ROOT_HALF) / 2, torch.erf(above * _ROOT_HALF) / 2
    at_zero, at_one, inside = 0.5 - kept_below, 0.5 - kept_above, kept_below + kept_above
    density_zero, density_one = _normal_density(below), _normal_density(above)
    mean = mu * inside + level * (density_zero - density_one) + at_one
    spread = level.square() * (inside - below * density_zero - above * density_one)
    return mean, inside, spread + mu.square() * at_zero + (1 - mu).square() * at_one


def estimate_level(clean: Tensor, noisy: Tensor, model_error: float = MODEL_ERROR) -> Tensor:
    """Level of the Gaussian noise, from the misfit between a noisy image and a guess of the clean one.

    Solves ``mean E[(y - mu)^2] = mean (noisy - clean)^2 - model_error`` for the level by fixed-point steps.

    Args:
        clean: the guess, ``(B, pixels)`` in [0, 1].
        noisy: same shape.
        model_error: squared error per pixel of the guess on clean images.

    Returns:
        ``(B, 1)`` in [0.001, 1].
    """
    excess = ((noisy - clean).square().mean(1, keepdim=True) - model_error).clamp_min(0)
    level = (1.5 * excess).sqrt().clamp(_LEAST_LEVEL, 1)
    for _ in range(_LEVEL_STEPS):
        implied = clipped_moments(clean, level)[2].mean(1, keepdim=True)
        level = (level * (excess / implied).sqrt()).clamp(_LEAST_LEVEL, 1)
    return level


@torch.no_grad()
def refine(
    decode: Callable[[Tensor], Tensor], z: Tensor, x: Tensor, steps: int, *, allow_for_noise: bool = True
) -> Tensor:
    """Codes that explain images better than the given ones, by damped Gauss-Newton steps.

    Each step minimises the squared misfit between the image and the expected noisy decode, linearised
    at the present code. Misfit damps the step as a prior around the code would, so noisier images move
    less. Of all codes on the way, the guess included, the one with the smallest misfit is returned.

    Args:
        decode: codes ``(N, D)`` to images ``(N, 1, 28, 28)`` in [0, 1]; called once a step, with
            ``(1 + D) * B`` codes, and once at the end.
        z: first guess, ``(B, D)``, on a scale where 1 is about the spread of all codes.
        x: the images, ``(B, 1, 28, 28)`` in [0, 1], clean or noisy.
        steps: Gauss-Newton steps.
        allow_for_noise: whether images may carry noise, of a level to be estimated; otherwise they are
            taken to be clean.

    Returns:
        ``(B, D)``, without gradient.
    """
    observed, (count, width) = x.flatten(1), z.shape
    offsets = torch.cat([z.new_zeros(1, width), _DIFFERENCE * torch.eye(width, device=z.device, dtype=z.dtype)])
    best, best_misfit = z, z.new_full((count, 1), math.inf)
    level: Tensor | None = None
    for step in range(steps + 1):
        is_last = step == steps
        places = z if is_last else (z + offsets[:, None]).flatten(0, 1)
        decoded = decode(places).flatten(1)
        here = decoded[:count]
        if allow_for_noise and level is None:
            level = estimate_level(here, observed)
        mean, inside = (here, torch.ones_like(here)) if level is None else clipped_moments(here, level)[:2]
        residual = observed - mean
        misfit = residual.square().mean(1, keepdim=True)
        best = torch.where(misfit < best_misfit, z, best)
        best_misfit = torch.minimum(misfit, best_misfit)
        if not is_last:
            slopes = (decoded.unflatten(0, (width + 1, count))[1:] - here) / _DIFFERENCE
            z = z + _step((slopes * inside).permute(1, 2, 0), residual, misfit)
    return best


def _step(jacobian: Tensor, residual: Tensor, misfit: Tensor) -> Tensor:
    """Damped least-squares step ``(B, D)`` from a Jacobian ``(B, pixels, D)`` and residuals ``(B, pixels)``."""
    pixels = jacobian.shape[1]
    normal = jacobian.mT @ jacobian
    damping = _DAMPING * normal.diagonal(dim1=1, dim2=2) + _PRIOR * pixels * misfit + _LEAST_DAMPING
    step = torch.linalg.solve(normal + torch.diag_embed(damping), (jacobian.mT @ residual[:, :, None])).squeeze(2)
    length = step.norm(dim=1, keepdim=True)
    shortened: Tensor = step * (_LONGEST_STEP / length.clamp_min(_LONGEST_STEP))
    return shortened


def _normal_density(x: Tensor) -> Tensor:
    density: Tensor = torch.exp(-0.5 * x.square()) / math.sqrt(2 * math.pi)
    return density
