"""The networks of the bottleneck sweep as the page's script computes them, and PCA beside them: ``weights/sweep/``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from autoencoder.model.config import PIXELS
from autoencoder.model.pca import PCA
from autoencoder.weights import browser_export, file_checks
from autoencoder.weights.file_checks import DamageError

FOLDER: Final = "sweep"
PCA_FILE: Final = "pca.safetensors"
_SUFFIX: Final = ".safetensors"
_MAX_BYTES: Final = 8 * 1024**2


def file_name(latent_dim: int) -> str:
    """Name of the file with the network of a width."""
    return f"{latent_dim}{_SUFFIX}"


def pca_content(found: PCA) -> bytes:
    """The content of a file with principal components, in float16: ``mean`` (784,) and ``components`` (K, 784)."""
    tensors = {"mean": found.mean, "components": found.basis.T}
    return safetensors.torch.save({name: each.cpu().half().contiguous() for name, each in tensors.items()})


def pca_of(content: bytes) -> tuple[Tensor, Tensor]:
    """Mean ``(784,)`` and components ``(K, 784)``, as float32, of what :func:`pca_content` gave.

    Raises:
        ValueError: if it is no such file; the message says why, to be read after the file's name.
    """
    try:
        tensors = safetensors.torch.load(content)
        mean, components = tensors["mean"].float(), tensors["components"].float()
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ValueError("holds no readable components") from error
    if mean.shape != (PIXELS,) or components.ndim != 2 or not 0 < len(components) <= PIXELS == components.shape[1]:
        raise ValueError("holds components of other images")
    if not bool(torch.isfinite(mean).all() and torch.isfinite(components).all()):
        raise ValueError("holds components that are not finite numbers")
    return mean, components


def load(root: Path) -> tuple[Mapping[str, bytes], list[str]]:
    """The files of the sweep that the page can use, and those that are damaged, by their paths below ``root``.

    Without components, or without one network, there is nothing to compare and none is given.
    """
    sound: dict[str, bytes] = {}
    damaged = []
    for path in sorted((root / FOLDER).glob(f"*{_SUFFIX}")):
        name = f"{FOLDER}/{path.name}"
        try:
            sound[name] = _checked(path)
        except (DamageError, ValueError):
            damaged.append(name)
    is_whole = f"{FOLDER}/{PCA_FILE}" in sound and len(sound) > 1
    return (sound if is_whole else {}), damaged


def _checked(path: Path) -> bytes:
    content = file_checks.read(path, _MAX_BYTES)
    if path.name == PCA_FILE:
        pca_of(content)
    elif path.name != file_name(browser_export.from_network(content).config.latent_dim):
        raise DamageError(path, "is the network of another width")
    return content
