"""Thumbnails of the test images, which the models of a weights folder share: two sprites."""

import io
import math
import os
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from autoencoder import files
from autoencoder.weights import file_checks
from autoencoder.weights.checkpoint import CheckpointError
from autoencoder.weights.file_checks import DamageError

FILE: Final = "samples.png"
PREVIEW_FILE: Final = "samples.webp"
COLUMNS: Final = 100

_SIDE: Final = 28
_MOST: Final = (COLUMNS * _SIDE, 656 * _SIDE)
"""Pixels of the sprites: the page counts test images with 16 bits."""


def save(images: Tensor, root: Path) -> None:
    """Write test thumbnails ``(N, 1, 28, 28)`` in [0, 1] as two sprites, 100 thumbnails a row.

    The last row is filled up with black. ``samples.png`` is exact; ``samples.webp`` is the smaller, lossy
    one that browsers fetch.
    """
    pixels = (images.cpu() * 255).round().to(torch.uint8)
    rows = math.ceil(len(pixels) / COLUMNS)
    pixels = torch.cat([pixels, pixels.new_zeros(rows * COLUMNS - len(pixels), 1, _SIDE, _SIDE)])
    grid = pixels.reshape(rows, COLUMNS, _SIDE, _SIDE)
    sprite = grid.permute(0, 2, 1, 3).reshape(rows * _SIDE, COLUMNS * _SIDE)
    picture = Image.fromarray(sprite.numpy())
    exact, small = io.BytesIO(), io.BytesIO()
    picture.save(exact, "PNG", optimize=True)
    picture.save(small, "WEBP", quality=60, method=6)
    files.write_bytes(root / FILE, exact.getvalue())
    files.write_bytes(root / PREVIEW_FILE, small.getvalue())


def load(root: str | os.PathLike[str]) -> NDArray[np.uint8]:
    """Read what :func:`save` wrote: ``(N, 28, 28)`` grey levels in [0, 255], and what fills the last row with it.

    Raises:
        CheckpointError: if the file is missing or damaged.
    """
    content = shared_picture(root, FILE, "PNG")
    with Image.open(io.BytesIO(content), formats=("PNG",)) as picture:
        sprite = np.asarray(picture.convert("L"))
    grid = sprite.reshape(-1, _SIDE, COLUMNS, _SIDE)
    return grid.transpose(0, 2, 1, 3).reshape(-1, _SIDE, _SIDE)


def shared_picture(root: str | os.PathLike[str], name: str, kind: str) -> bytes:
    """The content of one of the two files that :func:`save` wrote, of a format as Pillow names it.

    Raises:
        CheckpointError: if it is missing, damaged or no such sprite.
    """
    path = Path(root, name)
    try:
        content = file_checks.picture(path, kind, _SIDE, _MOST)
        with Image.open(io.BytesIO(content), formats=(kind,)) as picture:
            if picture.width != COLUMNS * _SIDE:
                raise DamageError(path, f"does not hold {COLUMNS} thumbnails a row")
    except DamageError as error:
        raise CheckpointError(
            f"{error}. Restore it with 'git checkout -- {path}', or rebuild it with 'python -m autoencoder.train'.",
            path.name,
            error.cause,
        ) from error
    return content
