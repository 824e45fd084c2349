"""A training's film: what became of held-out images' codes, and of the decoded plane, from before its first step on.

Two files beside the weights, which older weights lack: ``film.safetensors`` with the codes and, as metadata, what is
known of each frame; ``film.webp`` with the decoded planes, one beside the other in rows of :data:`COLUMNS`.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field, TypeAdapter, ValidationError
from safetensors import SafetensorError
from torch import Tensor

from autoencoder import files
from autoencoder.model.config import IMAGE_SHAPE
from autoencoder.weights import file_checks, tensor_file
from autoencoder.weights.file_checks import DamageError
from autoencoder.weights.records import Count, Measure, Record

CODES_FILE: Final = "film.safetensors"
PLANES_FILE: Final = "film.webp"
COLUMNS: Final = 5
CELLS: Final = 12
"""Cells a side of a decoded plane."""
REACH: Final = 2.8
"""Half the side of the square that is shown, in units of the codes' spread: the same in all frames."""
_QUALITY: Final = 60
_MAX_BYTES: Final = 2 * 1024**2
_MOST: Final = 100

Stage = Literal["start", "joint", "decoder", "finished"]
_List = Annotated[tuple[Measure, ...], Field(min_length=2, max_length=_MOST)]


@dataclass(frozen=True)
class Frame:
    """One moment of a training."""

    stage: Stage
    """Before the first step, after an epoch of one of the first two phases, or when all is done."""
    epoch: int
    """Epochs done."""
    mse: float
    """Mean squared error of the held-out images, clean, decoded from their codes."""
    codes: Tensor
    """``(N, 2)`` float16: the encoder's; from the decoder's phase on those that are searched."""
    plane: Tensor
    """``(28 CELLS, 28 CELLS)`` uint8: decoded over the square, as :func:`autoencoder.weights.latent_map.atlas`."""


class _Facts(Record):
    """What the metadata tells of the frames."""

    stages: Annotated[tuple[Stage, ...], Field(max_length=_MOST)]
    epochs: Annotated[tuple[Count, ...], Field(max_length=_MOST)]
    mse: _List
    reach: Annotated[float, Field(gt=0, le=1e6)]
    columns: Annotated[int, Field(ge=1, le=_MOST)]


def save(frames: Sequence[Frame], labels: Tensor, folder: Path) -> None:
    """Write the film of a training.

    Args:
        frames: in their order, at least two.
        labels: ``(N,)`` class numbers of the held-out images.
        folder: the model's.

    Raises:
        OSError: if it cannot be written.
    """
    facts = {
        "stages": [frame.stage for frame in frames],
        "epochs": [frame.epoch for frame in frames],
        "mse": [frame.mse for frame in frames],
        "reach": REACH,
        "columns": COLUMNS,
    }
    # The page's reader knows floats alone; they hold class numbers up to 2,048 exactly.
    tensors = {"codes": torch.stack([frame.codes for frame in frames]), "labels": labels.cpu().half()}
    files.write_bytes(folder / CODES_FILE, safetensors.torch.save(tensors, {"film": json.dumps(facts)}))
    picture = io.BytesIO()
    Image.fromarray(_mosaic(frames)).save(picture, "WEBP", quality=_QUALITY, method=6)
    files.write_bytes(folder / PLANES_FILE, picture.getvalue())


def _mosaic(frames: Sequence[Frame]) -> NDArray[np.uint8]:
    side = CELLS * IMAGE_SHAPE[-1]
    whole = np.zeros((-(-len(frames) // COLUMNS) * side, COLUMNS * side), dtype=np.uint8)
    for number, frame in enumerate(frames):
        row, column = divmod(number, COLUMNS)
        whole[row * side : (row + 1) * side, column * side : (column + 1) * side] = frame.plane.numpy()
    return whole


def load(folder: Path, classes: int) -> dict[str, bytes]:
    """The contents of a model's two files by their names; of one without a film, none.

    Args:
        folder: the model's.
        classes: how many there are.

    Raises:
        DamageError: if one is missing, damaged, or does not go with the other.
    """
    paths = [folder / name for name in (CODES_FILE, PLANES_FILE)]
    if not any(path.exists() for path in paths):
        return {}
    content = file_checks.read(paths[0], _MAX_BYTES)
    facts = _checked(paths[0], content, classes)
    planes = file_checks.picture(paths[1], "WEBP", IMAGE_SHAPE[-1])
    with Image.open(io.BytesIO(planes), formats=("WEBP",)) as image:
        width, height = image.size
    if width % facts.columns or height * facts.columns != width * -(-len(facts.mse) // facts.columns):
        raise DamageError(paths[1], f"does not hold the frames of {CODES_FILE}")
    return {CODES_FILE: content, PLANES_FILE: planes}


def remove(folder: Path) -> None:
    """Remove the film of a model whose weights are others now."""
    for name in (CODES_FILE, PLANES_FILE):
        (folder / name).unlink(missing_ok=True)


def _checked(path: Path, content: bytes, classes: int) -> _Facts:
    try:
        tensors = safetensors.torch.load(content)
        codes, labels = tensors["codes"], tensors["labels"]
        facts = TypeAdapter(_Facts).validate_json(tensor_file.metadata(content)["film"])
    except (SafetensorError, ValidationError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise DamageError(path, "is not a readable film") from error
    count = len(facts.mse)
    if {len(facts.stages), len(facts.epochs)} != {count} or labels.ndim != 1 or codes.shape != (count, len(labels), 2):
        raise DamageError(path, "is not a film: its parts do not belong together")
    if not bool(torch.isfinite(codes).all()) or not bool(((labels >= 0) & (labels < classes)).all()):
        raise DamageError(path, "holds codes that are not finite numbers, or a class that does not exist")
    return facts
