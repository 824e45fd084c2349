"""Reading of IDX files, in which MNIST and its kind come: https://yann.lecun.com/exdb/mnist."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from autoencoder.data.dataset import Split

SIDE: Final = 28
"""Of an image, in pixels."""


def read_idx(contents: Mapping[str, bytes], prefix: str) -> Split:
    """The images and labels of a part of an MNIST-like set.

    Args:
        contents: of its files, by name.
        prefix: the part's, ``train`` or ``t10k``.

    Raises:
        ValueError: if they are no IDX files of ``(N, 28, 28)`` and ``(N,)`` bytes.
    """
    pixels = _bytes_of_idx(contents[f"{prefix}-images-idx3-ubyte"], dimensions=3)
    numbers = _bytes_of_idx(contents[f"{prefix}-labels-idx1-ubyte"], dimensions=1)
    if pixels.shape != (len(numbers), SIDE, SIDE):
        raise ValueError(f"got {pixels.shape} images and {len(numbers)} labels")
    images = torch.from_numpy(pixels.astype(np.float32))
    return Split(images.unsqueeze(1).div_(255), torch.from_numpy(numbers.astype(np.int64)))


def _bytes_of_idx(content: bytes, dimensions: int) -> NDArray[np.uint8]:
    """The array in an IDX file. torchvision's reader wants a plain file on a disk."""
    if content[:4] != bytes((0, 0, 8, dimensions)):
        raise ValueError(f"got no IDX file of bytes in {dimensions} dimensions")
    shape = np.frombuffer(content, ">u4", dimensions, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape.tolist())
