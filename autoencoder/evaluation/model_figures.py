"""The reference experiment's figures, drawn of one trained model."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from autoencoder.data.dataset import Split
from autoencoder.evaluation import figures
from autoencoder.model.network import Autoencoder
from autoencoder.noise import corrupt
from autoencoder.weights.latent_map import LatentMap

GRID_IMAGES: Final = 8
ERROR_IMAGES: Final = 6
GRID_NOISE: Final = 0.25
ROBUSTNESS_LEVELS: Final = (0.1, 0.25, 0.4, 0.6)
CURVES: Final = ("epoch", "phase", "train_loss", "validation_mse")
"""Columns of the training log that are drawn."""
_SEED: Final = 0


@torch.inference_mode()
def draw(
    model: Autoencoder,
    kind: str | None,
    test: Split,
    classes: Sequence[str],
    plane: LatentMap,
    history: Mapping[str, Sequence[Any]],
    folder: Path,
) -> None:
    """Write all figures of a model as PNG into ``folder``, which must exist.

    Args:
        model: in eval mode.
        kind: of the noise that it was trained on and is to be shown; None for a model of clean images.
        test: the test images.
        classes: names of their classes.
        plane: the model's map of them.
        history: the columns :data:`CURVES` of the training log.
        folder: to write into.
    """
    generator = torch.Generator(device=test.images.device).manual_seed(_SEED)
    level, kind = (GRID_NOISE, kind) if kind else (0.0, "gaussian")

    examples = figures.one_of_each_class(_array(test.images), test.labels.cpu().numpy(), classes)
    figures.save(examples, folder / "classes.png")

    clean = test.images[:GRID_IMAGES]
    noisy = corrupt(clean, kind, level, generator)
    grid = figures.reconstruction_grid(_array(clean), _array(noisy), _array(model(noisy)[0]), level)
    figures.save(grid, folder / "reconstruction_grid.png")

    clean = test.images[:ERROR_IMAGES]
    errors = figures.error_maps(_array(clean), _array(model(corrupt(clean, kind, level, generator))[0]))
    figures.save(errors, folder / "error_maps.png")

    pick = int(torch.randint(len(test), (1,), generator=torch.Generator().manual_seed(_SEED)))
    clean = test.images[pick : pick + 1]
    noisy = torch.cat([corrupt(clean, kind, each, generator) for each in ROBUSTNESS_LEVELS])
    robustness = figures.noise_robustness(_array(clean)[0], _array(noisy), _array(model(noisy)[0]), ROBUSTNESS_LEVELS)
    figures.save(robustness, folder / "noise_robustness.png")

    title = "Codes of the clean test images"
    if plane.is_projected:
        title += f": two principal components of {model.config.latent_dim}"
    figures.save(figures.latent_space(plane.codes, plane.labels, classes, title), folder / "latent_space.png")

    figures.save(figures.training_curves(history), folder / "training_curves.png")


def _array(images: Tensor) -> np.ndarray:
    return images.squeeze(1).cpu().numpy()
