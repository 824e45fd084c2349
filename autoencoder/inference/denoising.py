"""Reconstruct many noisy images in one forward pass, and score them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from autoencoder import metrics
from autoencoder.weights.checkpoint import Checkpoint


@dataclass(frozen=True)
class Noised:
    """One image and what noise made of it."""

    levels: tuple[float, ...]
    clean: Tensor
    """``(1, 1, 28, 28)`` in [0, 1]."""
    noisy: Tensor
    """``(L, 1, 28, 28)`` in [0, 1], one for each level."""


@dataclass(frozen=True)
class Denoised:
    """What a model makes of one image at each of L noise levels."""

    levels: tuple[float, ...]
    original: NDArray[np.float32]
    """``(28, 28)`` in [0, 1]."""
    noisy: NDArray[np.float32]
    """``(L, 28, 28)`` in [0, 1]."""
    reconstruction: NDArray[np.float32]
    """``(L, 28, 28)`` in [0, 1]."""
    scores: dict[str, NDArray[np.float32]]
    """mse, psnr, ssim and ssim_global of the reconstruction against the original, each ``(L,)``."""
    noisy_scores: dict[str, NDArray[np.float32]]
    """The same of the noisy image against the original; psnr is infinite where nothing changed."""
    codes: NDArray[np.float32]
    """``(L, 2)`` places on the plane of the noisy images' codes."""
    clean_code: NDArray[np.float32]
    """``(2,)`` place of the clean image's code."""


@torch.inference_mode()
def reconstruct(checkpoint: Checkpoint, images: Sequence[Noised]) -> list[Denoised]:
    """What a model makes of each image, all in one forward pass.

    What it makes of one does not depend on the others, but for the last digits of float32.
    """
    counts = [len(each.noisy) for each in images]
    noisy = torch.cat([each.noisy for each in images])  # (N, 1, 28, 28)
    clean = torch.cat([each.clean for each in images])  # (len(images), 1, 28, 28)
    target = torch.cat([each.clean.expand_as(each.noisy) for each in images])
    reconstruction, z = checkpoint.model(torch.cat([noisy, clean]))
    reconstruction = reconstruction[: len(noisy)].clamp(0, 1)
    places = checkpoint.latent_map.project(z).cpu().numpy()
    originals, noisy_parts, parts = (
        to_numpy(clean),
        _split(to_numpy(noisy), counts),
        _split(to_numpy(reconstruction), counts),
    )
    scores, noisy_scores = _split_scores(reconstruction, target, counts), _split_scores(noisy, target, counts)
    codes, clean_codes = _split(places[: len(noisy)], counts), places[len(noisy) :]
    return [
        Denoised(
            levels=image.levels,
            original=originals[i],
            noisy=noisy_parts[i],
            reconstruction=parts[i],
            scores=scores[i],
            noisy_scores=noisy_scores[i],
            codes=codes[i],
            clean_code=clean_codes[i],
        )
        for i, image in enumerate(images)
    ]


def _split(rows: NDArray[np.float32], counts: Sequence[int]) -> list[NDArray[np.float32]]:
    return np.split(rows, np.cumsum(counts)[:-1])


def _split_scores(images: Tensor, target: Tensor, counts: Sequence[int]) -> list[dict[str, NDArray[np.float32]]]:
    scores = {name: _split(metric(images, target).cpu().numpy(), counts) for name, metric in metrics.METRICS.items()}
    return [{name: parts[i] for name, parts in scores.items()} for i in range(len(counts))]


def to_numpy(images: Tensor) -> NDArray[np.float32]:
    """Images ``(N, 1, H, W)`` as ``(N, H, W)``, wherever they are."""
    array: NDArray[np.float32] = images.squeeze(1).cpu().numpy()
    return array
