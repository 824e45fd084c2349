"""What simple, well-known methods reach on the same noise, with parameters chosen on training images."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

import numpy as np
import torch
from scipy import ndimage
from skimage.restoration import denoise_nl_means, denoise_tv_chambolle
from torch import Tensor

from autoencoder import metrics
from autoencoder.evaluation.scores import Interval, score
from autoencoder.model import pca as principal
from autoencoder.noise import corrupt

LEVELS: Final = (0.0, 0.25, 0.6)
FILE: Final = "baselines.json"

Method = Callable[[Tensor], Tensor]
"""Noisy images ``(B, 1, 28, 28)`` to estimates of the clean ones, same shape."""

_CHOOSING_IMAGES: Final = 500
_SLOW_IMAGES: Final = 2_000
_RIDGE: Final = 1e-6


def pca(train: Tensor, components: int) -> Method:
    """Projection on the leading principal components of clean training images ``(N, 1, 28, 28)``."""
    found = principal.fit(train.flatten(1), components)
    return lambda x: found.unproject(found.project(x.flatten(1))).reshape(x.shape)


def wiener(train: Tensor, level: float) -> Method:
    """Best affine estimate of the clean from the noisy image (LMMSE), from training pairs.

    ``E[x] + Cov(x, y) Cov(y)^-1 (y - E[y])``; clipping makes the noise depend on the image, so the
    moments are taken from really corrupted images instead of assumed.
    """
    noisy = corrupt(train, "gaussian", level, torch.Generator(device=train.device).manual_seed(1))
    x, y = (images.flatten(1).cpu().double() for images in (train, noisy))  # Apple's GPUs know no double precision
    mean_x, mean_y = x.mean(0), y.mean(0)
    cross, auto = (y - mean_y).T @ (x - mean_x) / len(x), (y - mean_y).T @ (y - mean_y) / len(x)
    ridge = _RIDGE * torch.eye(len(auto), dtype=auto.dtype)
    solution = torch.linalg.solve(auto + ridge, cross)
    gain, offset_x, offset_y = (each.float().to(train.device) for each in (solution, mean_x, mean_y))

    def estimate(noisy: Tensor) -> Tensor:
        estimated: Tensor = (noisy.flatten(1) - offset_y) @ gain + offset_x
        return estimated.reshape(noisy.shape)

    return estimate


def gaussian_blur(sigma: float) -> Method:
    """Gaussian blur; ``sigma`` in pixels."""
    return _each_batch(lambda images: ndimage.gaussian_filter(images, (0, sigma, sigma), mode="nearest"))


def median(size: int) -> Method:
    """Median over a square of ``size`` pixels a side."""
    return _each_batch(lambda images: ndimage.median_filter(images, (1, size, size), mode="nearest"))


def total_variation(weight: float) -> Method:
    """Total-variation denoising (Chambolle, 2004); a greater ``weight`` smooths more."""
    return _each_image(lambda image: denoise_tv_chambolle(image, weight=weight))


def non_local_means(strength: float) -> Method:
    """Non-local means (Buades et al., 2005) with 5 x 5 patches; ``strength`` is the cut-off h, in grey levels."""
    return _each_image(lambda image: denoise_nl_means(image, patch_size=5, patch_distance=6, h=strength))


def choose(candidates: Iterable[tuple[float, Method]], images: Tensor, level: float) -> tuple[float, Method]:
    """The candidate, a parameter and its method, with the least MSE on training images ``(N, 1, 28, 28)``."""
    noisy = corrupt(images, "gaussian", level, torch.Generator(device=images.device).manual_seed(2))
    return min(candidates, key=lambda each: metrics.mse(each[1](noisy).clamp(0, 1), images).mean().item())


def measure(train: Tensor, test: Tensor) -> dict[str, Any]:
    """Score every method at each of :data:`LEVELS`.

    Each method is told the noise level, by a parameter chosen on training images for it; the
    autoencoders are not.

    Args:
        train: ``(N, 1, 28, 28)`` training images.
        test: ``(M, 1, 28, 28)`` test images; the slow methods take the first 2,000.

    Returns:
        Level, then method, then ``parameter`` (None where there is none), the figures of merit with
        their intervals.
    """
    few = train[:_CHOOSING_IMAGES]
    fixed = {
        "no denoising": lambda x: x,
        "PCA, 2 components": pca(train, 2),
        "PCA, 64 components": pca(train, 64),
    }
    report: dict[str, Any] = {}
    for level in LEVELS:
        chosen = {
            "Gaussian blur": choose(
                ((s, gaussian_blur(s)) for s in (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2)), few, level
            ),
            "median": choose(((s, median(s)) for s in (3, 5)), few, level),
            "total variation": choose(
                ((w, total_variation(w)) for w in (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.45)), few, level
            ),
            "non-local means": choose(((h, non_local_means(h)) for h in (0.05, 0.1, 0.15, 0.2, 0.3, 0.4)), few, level),
            "linear Wiener": (None, wiener(train, level)),
            **{name: (None, method) for name, method in fixed.items()},
        }
        report[f"{level:g}"] = {
            name: {
                "parameter": parameter,
                **{
                    measure: _finite(interval)
                    for measure, interval in score(
                        method, test[:_SLOW_IMAGES] if name in _SLOW else test, level
                    ).items()
                },
            }
            for name, (parameter, method) in chosen.items()
        }
    return report


_SLOW: Final = ("total variation", "non-local means")


def table(report: Mapping[str, Mapping[str, Any]]) -> str:
    """Markdown table of what :func:`measure` gave: the mean squared error of each method at each level."""
    lines = [
        f"| {name} | " + " | ".join(f"{report[level][name]['mse']['mean']:.5f}" for level in report) + " |"
        for name in report["0"]
    ]
    return "\n".join([f"| MSE at noise | {' | '.join(report)} |", "| --- |" + " --- |" * len(report), *lines])


def _finite(interval: Interval) -> dict[str, float | None]:
    """For JSON, which knows no infinity: the PSNR of an untouched picture is."""
    return {name: value if math.isfinite(value) else None for name, value in asdict(interval).items()}


def _each_batch(function: Callable[[np.ndarray], np.ndarray]) -> Method:
    def apply(x: Tensor) -> Tensor:
        filtered = function(x.squeeze(1).cpu().numpy())
        return torch.from_numpy(filtered).to(x).reshape(x.shape)

    return apply


def _each_image(function: Callable[[np.ndarray], np.ndarray]) -> Method:
    return _each_batch(lambda images: np.stack([function(image) for image in images]))
