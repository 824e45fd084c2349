"""Reference results of others: the course notebook that this project began with, and published maps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from autoencoder.data.classes import DATASET

LEVEL: Final = 0.25
"""Of the Gaussian noise that it was trained and tested with."""
FIGURES: Final = {"mse": 0.0268, "psnr": 16.33, "ssim_global": 0.821}
"""On Fashion-MNIST's test images."""


@dataclass(frozen=True)
class Published:
    """A 2-D map of Fashion-MNIST made without labels, as its paper gives it; None is what it does not give."""

    name: str
    mse: float | None
    """Of reconstructed test images."""
    knn5_accuracy: float
    trustworthiness: float | None


MAPS: Final = (
    Published("PCA, 2 components", 0.0461, 0.51, None),
    Published("Convolutional autoencoder", 0.0244, 0.734, None),
    Published("Parametric UMAP + autoencoder", 0.0241, 0.756, 0.984),
    Published("t-SNE (has no decoder)", None, 0.804, 0.991),
)
"""From Sainburg, McInnes and Gentner (2021), "Parametric UMAP embeddings for representation and semisupervised
learning", and its notebooks."""


def is_comparable(record: Mapping[str, Any]) -> bool:
    """Whether the figures in a ``metrics.json`` are of the same dataset and kind of noise."""
    is_same_set = record.get("data", {}).get("name", DATASET) == DATASET
    return bool(is_same_set and record.get("noise", {}).get("kind", "gaussian") == "gaussian")
