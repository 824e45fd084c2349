"""Where noise takes the codes of some test images, over the slider's range: what the page draws on the map."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import safetensors.numpy
import torch
from numpy.typing import NDArray
from torch import Tensor

from autoencoder.model.network import Autoencoder
from autoencoder.noise import corrupt
from autoencoder.threefry import Threefry
from autoencoder.weights.latent_map import LatentMap, encode_all

FILE: Final = "noisy_codes.safetensors"
KIND: Final = "gaussian"
LEVELS: Final = tuple(round(0.05 * i, 2) for i in range(13))
"""0 to 0.6, the slider's range; between them the page interpolates."""
_IMAGES: Final = 1_000
_SEED: Final = 0
_QUANTA: Final = 2**16 - 1


@dataclass(frozen=True)
class NoisyCodes:
    """Places of N test images on a model's map at L noise levels, in 16 bits a number."""

    levels: NDArray[np.float32]
    """``(L,)``, rising from 0."""
    rows: NDArray[np.uint16]
    """``(N,)`` rows of the map that the images have."""
    bounds: NDArray[np.float32]
    """``(2, 2)`` least and greatest coordinates, which stand for 0 and 65,535."""
    steps: NDArray[np.uint16]
    """``(L, N, 2)`` the places, from one bound to the other."""

    @classmethod
    def of(cls, levels: NDArray[np.float32], rows: NDArray[np.uint16], places: NDArray[np.float32]) -> Self:
        """The codes at places ``(L, N, 2)``."""
        bounds = np.stack([places.min((0, 1)), places.max((0, 1))])
        width = np.maximum(bounds[1] - bounds[0], np.finfo(np.float32).tiny)
        return cls(levels, rows, bounds, np.round((places - bounds[0]) / width * _QUANTA).astype(np.uint16))

    @classmethod
    def from_bytes(cls, content: bytes, plane: LatentMap) -> Self:
        """The codes in the content of a file, of the model that ``plane`` is the map of.

        Raises:
            ValueError: if it is damaged, or of another map; the message says what.
        """
        try:
            arrays = safetensors.numpy.load(content)
            codes = cls(*(arrays[name] for name in cls.__dataclass_fields__))
        except Exception as error:  # a header that lies is answered with several kinds of exception
            raise ValueError("is not a readable file of noisy codes") from error
        codes._check(plane)
        return codes

    def to_bytes(self) -> bytes:
        """The content of a safetensors file, which the page reads too."""
        return safetensors.numpy.save({name: np.ascontiguousarray(array) for name, array in vars(self).items()})

    @property
    def places(self) -> NDArray[np.float32]:
        """``(L, N, 2)`` places on the plane."""
        low, high = self.bounds
        places: NDArray[np.float32] = low + self.steps / np.float32(_QUANTA) * (high - low)
        return places

    def _check(self, plane: LatentMap) -> None:
        kinds = {"levels": np.float32, "rows": np.uint16, "bounds": np.float32, "steps": np.uint16}
        if any(getattr(self, name).dtype != kind for name, kind in kinds.items()):
            raise ValueError("holds numbers of the wrong kind")
        count, images = self.levels.size, self.rows.size
        if self.levels.ndim != 1 or self.rows.ndim != 1 or not 1 < count <= 100 or not images:
            raise ValueError("holds no levels or no images, or too many levels")
        if self.bounds.shape != (2, 2) or self.steps.shape != (count, images, 2):
            raise ValueError("holds arrays that do not belong together")
        if self.levels[0] != 0 or not (np.diff(self.levels) > 0).all() or not np.isfinite(self.bounds).all():
            raise ValueError("holds levels that do not rise from 0, or bounds that are not finite numbers")
        if self.rows.max() >= len(plane.codes):
            raise ValueError("names images that the map does not hold")
        quantum = (self.bounds[1] - self.bounds[0]) / _QUANTA
        if not (np.abs(self.places[0] - plane.codes[self.rows]) <= quantum).all():
            raise ValueError("is of another map: without noise its codes are not the map's")


def build(model: Autoencoder, images: Tensor, plane: LatentMap) -> NoisyCodes:
    """Encode test images of a map under Gaussian noise, as the app does: by search and refinement.

    Args:
        model: whose map it is.
        images: ``(T, 1, 28, 28)`` in [0, 1], all test images.
        plane: the map; up to 1,000 of its images are taken, at equal intervals.

    Returns:
        Their places. The noise of an image is the same at all levels but for its strength, as the slider's is.

    Raises:
        ValueError: if the map names more images than there are.
    """
    if plane.index.max() >= len(images):
        raise ValueError(f"The map names test image {plane.index.max()}, and there are {len(images)}.")
    count = min(_IMAGES, len(plane.codes))
    rows = np.arange(count) * len(plane.codes) // count
    clean = images[torch.from_numpy(plane.index[rows]).to(images.device)]
    places = [torch.from_numpy(plane.codes[rows])]
    for level in LEVELS[1:]:
        places.append(plane.project(encode_all(model, corrupt(clean, KIND, level, Threefry(_SEED))).cpu()))
        if plane.latent_dim == 1:  # y only spreads the images: it stays what it was
            places[-1][:, 1] = places[0][:, 1]
    found = torch.stack(places).numpy().astype(np.float32)
    return NoisyCodes.of(np.array(LEVELS, np.float32), rows.astype(np.uint16), found)
