"""Find, verify and load images as tensors: Fashion-MNIST (Xiao et al., 2017), or another set like it."""

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from filelock import FileLock
from torchvision.datasets import FashionMNIST

from autoencoder.data import image_sets
from autoencoder.data.classes import CLASSES, DATASET
from autoencoder.data.dataset import Dataset, DatasetError
from autoencoder.data.idx_files import read_idx

DEBIAN_FOLDER: Final = Path("/usr/share/datasets/fashion-mnist")
LOCAL_FOLDER: Final = Path("data")

_REPLACE: Final = "Replace it; if its folder is data/, remove that to have it downloaded again."

# SHA-256 of the decompressed IDX files: gzip headers differ between distributors, the bytes do not.
SHA256: Final = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}


def load(folder: str | os.PathLike[str] | None = None) -> Dataset:
    """Load Fashion-MNIST from the first place that has it, or the image set in ``folder``.

    Looked at in this order: ``folder`` or, without one, ``$FASHION_MNIST_DIR`` (either is then the
    only place); ``data/``; the folder of Debian's ``dataset-fashion-mnist``; last, a download into
    ``data/``. In each, the four IDX files may be plain or ``.gz``, directly or in
    ``FashionMNIST/raw`` as torchvision lays them out.

    ``folder`` may also hold another set: four IDX files of the same names (MNIST, KMNIST), or a folder
    of pictures for each class (see :mod:`autoencoder.data.image_sets`).

    Raises:
        DatasetError: if no place has the files or one is damaged; says what to do.
    """
    if folder is not None and not Path(folder).is_dir():
        raise DatasetError(f"There is no folder {folder}. Correct --data.")
    if folder is not None and next(_complete(Path(folder)), None) is None and _has_folders(Path(folder)):
        return image_sets.from_folder(Path(folder))
    source = find(folder) or download()
    read = contents(source)
    damaged = [name for name in SHA256 if hashlib.sha256(read[name]).hexdigest() != SHA256[name]]
    if folder is not None and len(damaged) == len(SHA256):
        return image_sets.from_idx(Path(folder), read)
    if len(damaged) == len(SHA256):
        raise DatasetError(f"{source} holds another set than Fashion-MNIST: name its folder with --data.")
    if damaged:
        raise DatasetError(
            f"{_file(source, damaged[0])} is not the original Fashion-MNIST file (its SHA-256 differs). {_REPLACE} "
            "Of another set, all four files must be its own."
        )
    train, test = (read_idx(read, prefix) for prefix in ("train", "t10k"))
    checksum = hashlib.sha256("".join(SHA256.values()).encode()).hexdigest()
    return Dataset(train, test, CLASSES, DATASET, checksum)


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
        f".gz: {', '.join(SHA256)}; or, for --data, a folder of pictures for each class. Correct --data or "
        "FASHION_MNIST_DIR, or leave both out to search data/ and Debian's folder, then download."
    )


def contents(folder: Path) -> dict[str, bytes]:
    """The plain content, by name, of the four IDX files in a folder that :func:`find` gave.

    Raises:
        DatasetError: if one is missing or cannot be read.
    """
    return {name: _read(folder, name) for name in SHA256}


def _complete(root: Path) -> Iterator[Path]:
    for place in (root, root / "FashionMNIST" / "raw", root / "raw"):
        if all(_file(place, name) for name in SHA256):
            yield place


def _file(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def _read(folder: Path, name: str) -> bytes:
    path = _file(folder, name)
    if path is None:
        raise DatasetError(f"{folder / name} is missing. {_REPLACE}")
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(f"{path} cannot be read ({error}). {_REPLACE}") from error
    return content


def _has_folders(root: Path) -> bool:
    """Whether ``root`` holds folders that could be classes, and not torchvision's own."""
    return any(each.name not in ("FashionMNIST", "raw") for each in image_sets.class_folders(root))


def download() -> Path:
    """Download Fashion-MNIST into ``data/``; returns the folder of its four files.

    Raises:
        DatasetError: if that fails; says what to do.
    """
    try:
        LOCAL_FOLDER.mkdir(exist_ok=True)
        with FileLock(LOCAL_FOLDER / ".download.lock"):  # under torchrun all processes come here at once
            if find() is None:
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
