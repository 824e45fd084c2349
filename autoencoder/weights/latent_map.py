"""The latent plane as the app shows it: codes of the test set, neighbours, a decoded atlas."""

import io
import math
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from autoencoder import files
from autoencoder.model import pca
from autoencoder.model.network import Autoencoder

ATLAS_CELLS: Final = 48
"""Cells a side of the decoded atlas; 48 x 28 pixels make it 1344 pixels wide."""
_BATCH: Final = 2_000
_GOLDEN: Final = (math.sqrt(5) - 1) / 2
_MAX_UNPACKED: Final = 64 * 1024**2
_MAX_INDEX: Final = 2**16 - 1
"""The page's scripts are sent positions in the test set as 16-bit numbers."""
_MAX_CODE: Final = 1e6
_BOX_TAIL: Final = 0.3
"""Percent of the codes that are left out at either end of each axis of what is drawn."""
_BOX_MARGIN: Final = 0.02
"""Of what is drawn, on each side, as a share of its width."""
_GRID_CELLS: Final = 50
_GRID_TAIL: Final = 1.0
"""Percent of the codes beyond the counted grid at either end of each axis."""


@dataclass(frozen=True)
class Box:
    """A rectangle of the latent plane."""

    x_min: float
    x_max: float
    y_min: float
    y_max: float


@dataclass(frozen=True)
class LatentMap:
    """Where a model puts the clean test images on the plane.

    For a wider bottleneck than 2 the plane is the codes' first two principal components; then
    :meth:`unproject` is approximate: of all codes that project to a place it takes the nearest to the mean.
    A bottleneck of a single number is the plane's x; its y means nothing and only spreads the test images.
    """

    codes: NDArray[np.float32]
    """``(N, 2)`` places on the plane."""
    labels: NDArray[np.uint8]
    """``(N,)`` class numbers."""
    index: NDArray[np.int64]
    """``(N,)`` positions in the test set."""
    mean: NDArray[np.float32] | None = None
    """``(latent_dim,)`` mean code, for projected maps only."""
    components: NDArray[np.float32] | None = None
    """``(2, latent_dim)`` orthonormal rows that span the plane, for projected maps only; 1 and 0 of a single number."""

    @property
    def is_projected(self) -> bool:
        """Whether the plane is a projection of a wider bottleneck."""
        return self.components is not None

    @property
    def latent_dim(self) -> int:
        """Numbers of the bottleneck that the map is of."""
        return 2 if self.mean is None else len(self.mean)

    def project(self, z: Tensor) -> Tensor:
        """Codes ``(B, latent_dim)`` -> places ``(B, 2)``."""
        if self.components is None or self.mean is None:
            return z
        return (z - z.new_tensor(self.mean)) @ z.new_tensor(self.components).T

    def unproject(self, places: Tensor) -> Tensor:
        """Places ``(B, 2)`` -> codes ``(B, latent_dim)``."""
        if self.components is None or self.mean is None:
            return places
        return places @ places.new_tensor(self.components) + places.new_tensor(self.mean)

    def neighbours(self, x: float, y: float, k: int) -> NDArray[np.int64]:
        """Row numbers ``(k,)`` of the ``k`` codes nearest to a place, nearest first."""
        distance = np.square(self.codes - np.array([x, y], dtype=np.float32)).sum(1)
        nearest = np.argpartition(distance, min(k, len(distance) - 1))[:k]
        return nearest[np.argsort(distance[nearest], kind="stable")]

    def box(self) -> Box:
        """The part of the plane worth drawing: nearly all codes, and a margin."""
        low, high = np.percentile(self.codes, [_BOX_TAIL, 100 - _BOX_TAIL], axis=0)
        pad = (high - low) * _BOX_MARGIN
        (x_min, y_min), (x_max, y_max) = low - pad, high + pad
        return Box(float(x_min), float(x_max), float(y_min), float(y_max))

    def save(self, path: Path) -> None:
        """Write as ``.npz`` with keys ``codes``, ``labels``, ``index`` (and ``mean``, ``components``)."""
        content = io.BytesIO()
        np.savez_compressed(content, **{name: value for name, value in vars(self).items() if value is not None})
        files.write_bytes(path, content.getvalue())

    @classmethod
    def from_bytes(cls, content: bytes) -> "LatentMap":
        """The map in the content of a file that :meth:`save` wrote.

        Raises:
            ValueError: if it is damaged, incomplete, or holds what no map can hold; the message says what.
        """
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if sum(member.file_size for member in archive.infolist()) > _MAX_UNPACKED:
                    raise ValueError("unpacks to too much")
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                arrays = {
                    name: file[name] for name in ("codes", "labels", "index", "mean", "components") if name in file
                }
            plane = cls(**arrays)
        except Exception as error:  # zipfile, zlib and numpy answer damage with a dozen kinds of exception
            raise ValueError("is not a readable map") from error
        plane._check()
        return plane

    def _check(self) -> None:
        count = len(self.codes) if self.codes.ndim == 2 else 0
        if not 0 < count <= _MAX_INDEX + 1:
            raise ValueError(f"is not a map of 1 to {_MAX_INDEX + 1} images")
        if self.codes.shape[1] != 2 or self.labels.shape != (count,) or self.index.shape != (count,):
            raise ValueError("is not a map: its arrays do not belong together")
        if self.codes.dtype != np.float32 or self.labels.dtype != np.uint8 or self.index.dtype.kind not in "iu":
            raise ValueError("is not a map: its numbers are of the wrong kind")
        if self.index.min() < 0 or self.index.max() > _MAX_INDEX:
            raise ValueError("names a class or a test image that does not exist")
        floats = [self.codes, *(each for each in (self.mean, self.components) if each is not None)]
        if not all(each.dtype == np.float32 and (np.abs(each) <= _MAX_CODE).all() for each in floats):
            raise ValueError("holds codes that are not finite numbers, or too large")
        mean, components = self.mean, self.components
        is_whole = mean is not None and components is not None and mean.ndim == 1 and components.shape == (2, len(mean))
        if not is_whole and not (mean is None and components is None):
            raise ValueError("is not a map: its projection is incomplete")
        box = self.box()
        if box.x_min >= box.x_max or box.y_min >= box.y_max:
            raise ValueError("is not a map: all codes lie on one line")


@torch.inference_mode()
def encode_all(model: Autoencoder, images: Tensor, *, refined: bool = True) -> Tensor:
    """Codes ``(N, latent_dim)`` of images ``(N, 1, 28, 28)``, in batches, by the model in eval mode."""
    model.eval()
    return torch.cat([model.encode(batch, refined=refined) for batch in images.split(_BATCH)])


def build(model: Autoencoder, images: Tensor, labels: Tensor) -> LatentMap:
    """Encode test images ``(N, 1, 28, 28)`` with class numbers ``(N,)`` into a map."""
    z = encode_all(model, images).cpu()
    classes = labels.cpu().numpy().astype(np.uint8)
    index = np.arange(len(z))
    if z.shape[1] == 2:
        return LatentMap(z.numpy().astype(np.float32), classes, index)
    if z.shape[1] == 1:
        mean = z.mean(0)
        x = (z - mean).numpy()
        spread = (index * _GOLDEN % 1 - 0.5) * np.ptp(x)  # even, and the same at each training
        codes = np.column_stack([x[:, 0], spread]).astype(np.float32)
        return LatentMap(codes, classes, index, mean.numpy(), np.array([[1], [0]], dtype=np.float32))
    plane = pca.fit(z, 2)
    return LatentMap(plane.project(z).numpy(), classes, index, plane.mean.numpy(), plane.basis.T.contiguous().numpy())


def atlas(model: Autoencoder, plane: LatentMap) -> NDArray[np.uint8]:
    """:func:`decoded` over ``plane.box()``."""
    return decoded(model, plane.box(), ATLAS_CELLS, plane.unproject)


@torch.inference_mode()
def decoded(
    model: Autoencoder, box: Box, cells: int, unproject: Callable[[Tensor], Tensor] = lambda places: places
) -> NDArray[np.uint8]:
    """Decode a regular grid of places over a box into one large picture.

    The grid's cell (row 0, column 0) is the top left: smallest x, largest y. Each cell shows the
    decode of its centre.

    Args:
        model: whose decoder it is; left in eval mode.
        box: the part of the plane.
        cells: a side.
        unproject: places ``(B, 2)`` to codes ``(B, latent_dim)``.

    Returns:
        ``(cells * 28, cells * 28)`` grey levels in [0, 255].
    """
    steps = (torch.arange(cells) + 0.5) / cells
    xs = box.x_min + steps * (box.x_max - box.x_min)
    ys = box.y_max - steps * (box.y_max - box.y_min)
    places = torch.stack(torch.meshgrid(xs, ys, indexing="xy"), dim=-1).reshape(-1, 2)
    device = next(model.parameters()).device
    model.eval()
    images = model.decode(unproject(places.to(device))).cpu()
    grid = images.reshape(cells, cells, 28, 28).permute(0, 2, 1, 3).reshape(cells * 28, cells * 28)
    return (grid.clamp(0, 1) * 255).round().to(torch.uint8).numpy()


def occupied_share(codes: NDArray[np.float32]) -> float:
    """How evenly codes ``(N, 2)`` fill the plane: the share of the cells of a 50 x 50 grid that hold at least one."""
    low, high = np.percentile(codes, [_GRID_TAIL, 100 - _GRID_TAIL], axis=0)
    cell = np.floor((codes - low) / (high - low) * _GRID_CELLS)
    inside = cell[((cell >= 0) & (cell < _GRID_CELLS)).all(1)]
    return len(np.unique(inside, axis=0)) / _GRID_CELLS**2
