"""Figures of merit: each takes reconstructions and targets and returns one number an image."""

import torch
from torch import Tensor
from torchmetrics.functional.image import structural_similarity_index_measure

_C1 = 0.01**2
_C2 = 0.03**2


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
    a, b = reconstruction.flatten(1), target.flatten(1)  # (B, 784)
    mean_a, mean_b = a.mean(1), b.mean(1)
    var_a, var_b = a.var(1, correction=0), b.var(1, correction=0)
    covariance = (a * b).mean(1) - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + _C1) / (mean_a.square() + mean_b.square() + _C1)
    structure = (2 * covariance + _C2) / (var_a + var_b + _C2)
    return luminance * structure


def ssim(reconstruction: Tensor, target: Tensor) -> Tensor:
    """Structural similarity with the usual Gaussian window (11 x 11, sigma 1.5), by torchmetrics.

    Args, raises: as :func:`mse`.

    Returns:
        ``(B,)`` in [-1, 1]; 1 means equal.
    """
    _check(reconstruction, target)
    similarity = structural_similarity_index_measure(reconstruction, target, data_range=1.0, reduction="none")
    assert isinstance(similarity, Tensor)
    return similarity.reshape(len(target))


METRICS = {"mse": mse, "psnr": psnr, "ssim": ssim, "ssim_global": ssim_global}


def _check(reconstruction: Tensor, target: Tensor) -> None:
    if reconstruction.shape != target.shape or target.ndim != 4:
        raise ValueError(
            "Metrics compare two batches of images of the same shape (B, C, H, W), got "
            f"{tuple(reconstruction.shape)} and {tuple(target.shape)}."
        )
