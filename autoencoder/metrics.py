"""Figures of merit: each takes reconstructions and targets and returns one number an image."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

_C1 = 0.01**2
_C2 = 0.03**2
_SIGMA = 1.5
_RADIUS = 5


def mse(reconstruction: Tensor, target: Tensor) -> Tensor:
    """Mean squared error over the pixels of each image.

    Args:
        reconstruction: ``(B, 1, 28, 28)`` in [0, 1].
        target: same shape and range.

    Returns:
        ``(B,)``, squared grey levels; 0 is a perfect reconstruction.

    Raises:
        ValueError: if the shapes differ or are not ``(B, C, H, W)``.
    """
    _check(reconstruction, target)
    return (reconstruction - target).square().flatten(1).mean(1)


def psnr(reconstruction: Tensor, target: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of each image, ``20 log10(1 / sqrt(MSE))`` for a peak of 1.

    Args, raises: as :func:`mse`.

    Returns:
        ``(B,)`` in decibel; infinite where the images are equal.
    """
    return -10 * torch.log10(mse(reconstruction, target))


def ssim_global(reconstruction: Tensor, target: Tensor) -> Tensor:
    """Structural similarity over one window as large as the image, as the reference experiment computes it.

    Equation 13 of Wang et al., "Image quality assessment", IEEE TIP 2004, with population
    statistics of the whole image, C1 = 0.01^2 and C2 = 0.03^2. It reads higher than the usual
    windowed :func:`ssim`; compare like with like.

    Args, raises: as :func:`mse`.

    Returns:
        ``(B,)`` in [-1, 1]; 1 means equal.
    """
    _check(reconstruction, target)
    return _similarity(reconstruction, target, lambda images: images.mean((2, 3), keepdim=True)).flatten(1).mean(1)


def ssim(reconstruction: Tensor, target: Tensor) -> Tensor:
    """Structural similarity with the usual Gaussian window (11 x 11, sigma 1.5), averaged over all pixels.

    The same equation as :func:`ssim_global`, in a window around each pixel; images are mirrored at their borders.

    Args, raises: as :func:`mse`.

    Returns:
        ``(B,)`` in [-1, 1]; 1 means equal.
    """
    _check(reconstruction, target)
    down, across = (_averages(size, target) for size in target.shape[2:])
    return _similarity(reconstruction, target, lambda images: down.T @ images @ across).flatten(1).mean(1)


METRICS = {"mse": mse, "psnr": psnr, "ssim": ssim, "ssim_global": ssim_global}


def _averages(size: int, like: Tensor) -> Tensor:
    """``(size, size)``: what each pixel of a line adds to the weighed mean around each other one.

    The window is a product, so an image is averaged by two of these: in a fraction of a convolution's time.
    """
    offsets = torch.arange(-_RADIUS, _RADIUS + 1, dtype=like.dtype, device=like.device)
    window = torch.softmax(-offsets.square() / (2 * _SIGMA**2), 0)  # (11,)
    lines = torch.eye(size, dtype=like.dtype, device=like.device)
    mirrored = F.pad(lines[None], [_RADIUS] * 2, mode="reflect")[0]
    return mirrored.unfold(1, len(window), 1) @ window


def _similarity(a: Tensor, b: Tensor, average: Callable[[Tensor], Tensor]) -> Tensor:
    """Equation 13 wherever ``average`` gives a mean: ``(B, C, H, W)`` or ``(B, C, 1, 1)``."""
    mean_a, mean_b = average(a), average(b)
    var_a, var_b = average(a * a) - mean_a.square(), average(b * b) - mean_b.square()
    covariance = average(a * b) - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + _C1) / (mean_a.square() + mean_b.square() + _C1)
    return luminance * (2 * covariance + _C2) / (var_a + var_b + _C2)


def _check(reconstruction: Tensor, target: Tensor) -> None:
    if reconstruction.shape != target.shape or target.ndim != 4:
        raise ValueError(
            "Metrics compare two batches of images of the same shape (B, C, H, W), got "
            f"{tuple(reconstruction.shape)} and {tuple(target.shape)}."
        )
