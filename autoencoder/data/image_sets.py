"""Other image sets than Fashion-MNIST: a folder of pictures a class, or the four IDX files of MNIST's kind."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torchvision.datasets import ImageFolder
from torchvision.datasets.mnist import read_image_file, read_label_file

from autoencoder.data.dataset import Dataset, DatasetError, Split
from autoencoder.data.picture_file import PictureError, open_picture
from autoencoder.data.preparation import prepare

_SIDE: Final = 28
_TEST_SHARE: Final = 7
"""Of pictures that are not divided, one in so many of each class becomes a test picture, as in Fashion-MNIST."""
_TEST_FOLDERS: Final = ("test", "val", "validation")
_FEWEST: Final = 12
_MOST_CLASSES: Final = 256


def from_folder(root: Path) -> Dataset:
    """Load pictures laid out as torchvision's ``ImageFolder`` wants them: ``root/CLASS/picture.png``.

    ``root`` may hold them divided: ``root/train/CLASS/...`` and ``root/test/CLASS/...``. Undivided, a random
    seventh of each class is set aside for testing, always the same. Pictures of 28 x 28 pixels keep them;
    others are made such as the page makes them of an upload: grey, light on black, cropped, centred.

    Raises:
        DatasetError: if there are no such pictures, one cannot be read, or there are too few.
    """
    test = next((root / name for name in _TEST_FOLDERS if (root / "train").is_dir() and (root / name).is_dir()), None)
    if test is None:
        classes, everything = _pictures(root / "train" if (root / "train").is_dir() else root)
        train_split, test_split = _divided(everything)
    else:
        classes, train_split = _pictures(root / "train")
        test_classes, test_split = _pictures(test)
        if test_classes != classes:
            raise DatasetError(f"{root / 'train'} and {test} do not have the same classes: give both the same folders.")
    return _dataset(root.resolve().name, classes, train_split, test_split, root)


def from_idx(root: Path, files: Mapping[str, Path]) -> Dataset:
    """Load four IDX files, named as MNIST's are, with images of 28 x 28 pixels.

    Args:
        root: folder to name the set after; its ``classes.txt``, if there is one, names a class a line.
        files: plain files by their usual names, such as ``train-images-idx3-ubyte``.

    Raises:
        DatasetError: if a file is no IDX file of that kind, or they do not belong together.
    """
    parts = {}
    for prefix in ("train", "t10k"):
        images, labels = files[f"{prefix}-images-idx3-ubyte"], files[f"{prefix}-labels-idx1-ubyte"]
        try:
            parts[prefix] = read_idx(images, labels)
        # torchvision's reader asserts, indexes and reshapes without words.
        except (AssertionError, ValueError, IndexError, KeyError, RuntimeError) as error:
            raise DatasetError(
                f"The {prefix} files in {root} are not IDX files of {_SIDE} x {_SIDE} images with one label each. "
                "Replace them, or correct --data."
            ) from error
    count = 1 + int(torch.cat([part.labels for part in parts.values()]).max())
    named = root / "classes.txt"
    classes = tuple(named.read_text(encoding="utf-8").split("\n")[:count]) if named.is_file() else ()
    if named.is_file() and (len(classes) < count or not all(each.strip() for each in classes)):
        raise DatasetError(f"{named} must name {count} classes, one a line.")
    classes = tuple(each.strip() for each in classes) or tuple(map(str, range(count)))
    return _dataset(root.resolve().name, classes, parts["train"], parts["t10k"], root)


def read_idx(images: Path, labels: Path) -> Split:
    """Read a plain IDX file of images ``(N, 28, 28)`` and one of labels.

    Raises:
        AssertionError, ValueError, IndexError, KeyError, RuntimeError: if they are no such files.
    """
    pixels, numbers = read_image_file(str(images)), read_label_file(str(labels))
    if pixels.shape[1:] != (_SIDE, _SIDE) or len(pixels) != len(numbers):
        raise ValueError(f"got {tuple(pixels.shape)} images and {len(numbers)} labels")
    return Split(pixels.unsqueeze(1).float() / 255, numbers)


def _pictures(folder: Path) -> tuple[tuple[str, ...], Split]:
    try:
        listing = ImageFolder(str(folder))
    except OSError as error:
        raise DatasetError(
            f"{folder} is no image set: it must hold a folder of pictures for each class ({error}). Correct --data."
        ) from error
    images = torch.cat([_image(Path(path)) for path, _ in listing.samples])
    return tuple(listing.classes), Split(images, torch.tensor(listing.targets))


def _image(path: Path) -> Tensor:
    try:
        picture = open_picture(path.read_bytes())
        return prepare(picture, invert=False if picture.size == (_SIDE, _SIDE) else None, mirror=False).image
    except (OSError, PictureError) as error:
        raise DatasetError(f"{path} cannot be used: {error} Remove or replace it.") from error


def _divided(everything: Split) -> tuple[Split, Split]:
    generator = torch.Generator().manual_seed(0)
    is_test = torch.zeros(len(everything), dtype=torch.bool)
    for number in everything.labels.unique():
        own = (everything.labels == number).nonzero()[:, 0]
        order = own[torch.randperm(len(own), generator=generator)]
        is_test[order[: len(own) // _TEST_SHARE]] = True
    order = torch.randperm(len(everything), generator=generator)
    return everything.subset(order[~is_test[order]]), everything.subset(order[is_test[order]])


def _dataset(name: str, classes: tuple[str, ...], train: Split, test: Split, root: Path) -> Dataset:
    if min(len(train), len(test)) < _FEWEST or not 1 <= len(classes) <= _MOST_CLASSES:
        raise DatasetError(
            f"{root} has {len(train)} training and {len(test)} test images in {len(classes)} classes. At least "
            f"{_FEWEST} of each are needed, and at most {_MOST_CLASSES} classes."
        )
    digest = hashlib.sha256("\n".join(classes).encode())
    for part in (train, test):
        digest.update((part.images * 255).round().to(torch.uint8).numpy().tobytes())
        digest.update(part.labels.numpy().astype(np.uint8).tobytes())
    return Dataset(train, test, classes, name, digest.hexdigest())
