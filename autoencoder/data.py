"""Find, verify and load Fashion-MNIST (Xiao et al., 2017) as tensors, and split off a validation set."""

import gzip
import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor
from torchvision.datasets import FashionMNIST
from torchvision.datasets.mnist import read_image_file, read_label_file

VALIDATION_SIZE: Final = 5_000
DEBIAN_FOLDER: Final = Path("/usr/share/datasets/fashion-mnist")
LOCAL_FOLDER: Final = Path("data")

# SHA-256 of the decompressed IDX files: gzip headers differ between distributors, the bytes do not.
SHA256: Final = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}


class DatasetError(RuntimeError):
    """The dataset cannot be found, read or verified; the message says what to do."""


@dataclass(frozen=True)
class Split:
    """Images with their class numbers."""

    images: Tensor
    """``(N, 1, 28, 28)`` float32 in [0, 1]."""
    labels: Tensor
    """``(N,)`` int64, class numbers, see :data:`autoencoder.classes.CLASSES`."""

    def __len__(self) -> int:
        return len(self.images)

    def subset(self, index: Tensor | slice) -> "Split":
        """The items at ``index``, in that order."""
        return Split(self.images[index], self.labels[index])

    def to(self, device: torch.device) -> "Split":
        """The same items on ``device``."""
        return Split(self.images.to(device), self.labels.to(device))


@dataclass(frozen=True)
class Dataset:
    """Fashion-MNIST in memory."""

    train: Split
    """All 60,000 training items."""
    test: Split
    """The 10,000 test items."""
    checksum: str
    """SHA-256 over the four verified files' own SHA-256, 64 hexadecimal digits."""


def load(folder: str | os.PathLike[str] | None = None) -> Dataset:
    """Load Fashion-MNIST from the first place that has it.

    Looked at in this order: ``folder`` or, without one, ``$FASHION_MNIST_DIR`` (either is then the
    only place); ``data/``; the folder of Debian's ``dataset-fashion-mnist``; last, a download into
    ``data/``. In each, the four IDX files may be plain or ``.gz``, directly or in
    ``FashionMNIST/raw`` as torchvision lays them out.

    Raises:
        DatasetError: if no place has the four files or one is damaged; says what to do.
    """
    source = find(folder) or _download()
    contents = {name: _read_verified(source, name) for name in SHA256}
    return Dataset(
        train=_to_split(contents, "train"),
        test=_to_split(contents, "t10k"),
        checksum=hashlib.sha256("".join(SHA256.values()).encode()).hexdigest(),
    )


def find(folder: str | os.PathLike[str] | None = None) -> Path | None:
    """The folder that holds the four files, or None if no default place does (see :func:`load`).

    Raises:
        DatasetError: if ``folder`` or ``$FASHION_MNIST_DIR`` was named but lacks a file.
    """
    named = folder or os.environ.get("FASHION_MNIST_DIR")
    if not named:
        return next((place for root in (LOCAL_FOLDER, DEBIAN_FOLDER) for place in _complete(root)), None)
    for place in _complete(Path(named)):
        return place
    raise DatasetError(
        f"{named} does not hold Fashion-MNIST. Expected there (or in FashionMNIST/raw below it), plain or "
        f".gz: {', '.join(SHA256)}. Correct --data or FASHION_MNIST_DIR, or leave both out to search "
        "data/ and Debian's folder, then download."
    )


def validation_split(train: Split, seed: int = 0, size: int = VALIDATION_SIZE) -> tuple[Split, Split]:
    """Hold ``size`` random items out of the training set, for choosing between models.

    Args:
        train: the training items.
        seed: of the permutation; the same seed always gives the same split.
        size: number of items held out; 0 keeps all for training.

    Returns:
        ``(fit, validation)``, disjoint, together all of ``train``.

    Raises:
        ValueError: if ``size`` is not in [0, len(train)).
    """
    if not 0 <= size < len(train):
        raise ValueError(f"Validation size must lie in [0, {len(train)}), got {size}.")
    order = torch.randperm(len(train), generator=torch.Generator().manual_seed(seed))
    order = order.to(train.images.device)
    cut = len(train) - size
    return train.subset(order[:cut]), train.subset(order[cut:])


def _complete(root: Path) -> Iterator[Path]:
    for place in (root, root / "FashionMNIST" / "raw", root / "raw"):
        if all(_file(place, name) for name in SHA256):
            yield place


def _file(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def _read_verified(folder: Path, name: str) -> bytes:
    path = _file(folder, name)
    if path is None:
        raise DatasetError(f"{folder / name} is missing. Remove {folder} to have it downloaded again.")
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
    except (OSError, EOFError) as error:
        raise DatasetError(
            f"{path} cannot be read ({error}). Replace it, or remove it to download it again."
        ) from error
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise DatasetError(
            f"{path} is not the original Fashion-MNIST file (its SHA-256 differs). Replace it, or remove it "
            "to have it downloaded again."
        )
    return content


def _to_split(contents: dict[str, bytes], prefix: str) -> Split:
    # torchvision's readers want a path to the plain file.
    with tempfile.TemporaryDirectory() as folder:
        images, labels = Path(folder, "images"), Path(folder, "labels")
        images.write_bytes(contents[f"{prefix}-images-idx3-ubyte"])
        labels.write_bytes(contents[f"{prefix}-labels-idx1-ubyte"])
        pixels = read_image_file(str(images)).unsqueeze(1).float() / 255  # (N, 1, 28, 28)
        return Split(pixels, read_label_file(str(labels)))


def _download() -> Path:
    try:
        FashionMNIST(str(LOCAL_FOLDER), download=True)
    except (OSError, RuntimeError) as error:
        raise DatasetError(
            "Fashion-MNIST was not found in data/ or "
            f"{DEBIAN_FOLDER} and could not be downloaded ({error}). Install it with 'apt-get install "
            "dataset-fashion-mnist' on Debian or Ubuntu, or put the four IDX files of "
            "github.com/zalandoresearch/fashion-mnist into data/, or name their folder with --data or "
            "FASHION_MNIST_DIR."
        ) from error
    place = find()
    if place is None:
        raise DatasetError(f"The download into {LOCAL_FOLDER} is incomplete. Remove that folder and try again.")
    return place
