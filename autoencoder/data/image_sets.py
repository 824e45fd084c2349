"""Other image sets than Fashion-MNIST: a folder of pictures a class, or the four IDX files of MNIST's kind."""

import hashlib
import os
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from autoencoder import device, files
from autoencoder.data.classes import DATASET, LONGEST_NAME
from autoencoder.data.dataset import Dataset, DatasetError, Split
from autoencoder.data.idx_files import SIDE, read_idx
from autoencoder.data.picture_file import FORMATS, MAX_BYTES, PictureError, open_picture
from autoencoder.data.preparation import prepare

_TEST_SHARE: Final = 7
"""Of pictures that are not divided, one in so many of each class becomes a test picture, as in Fashion-MNIST."""
_TRAIN_FOLDERS: Final = ("train", "training")
_TEST_FOLDERS: Final = ("test", "testing", "val", "valid", "validation")
"""The first that is there is used; capitals do not count."""
_SYSTEM_NAMES: Final = ("__MACOSX", "Thumbs.db", "desktop.ini")
_MOST_NAMED: Final = 20
_FEWEST: Final = 12
_MOST_CLASSES: Final = 256
_MOST_TEST: Final = 20_000
"""Test images kept: the map draws all of them, and their thumbnails are one picture."""


def from_folder(root: Path) -> Dataset:
    """Load pictures laid out as torchvision's ``ImageFolder`` wants them: ``root/CLASS/picture.png``.

    ``root`` may hold them divided, as ``root/train/CLASS/...`` and ``root/test/CLASS/...`` (or ``Training``,
    ``valid`` and the like). Undivided, a random seventh of each class, at least one picture of two, is set aside
    for testing, always the same. Pictures of 28 x 28 pixels keep them;
    others are made such as the page makes them of an upload: grey, light on black, cropped, centred.

    A folder with nothing but one folder of folders, as archives unpack, stands for that one. Hidden files and folders
    are passed over, as are files of other kinds, empty folders, and pictures in no folder, which are noted.

    Raises:
        DatasetError: if there are no such pictures, some cannot be read (the first 20 are named), or there are too few.
    """
    name, root = root.resolve().name, _unwrapped(root)
    folders = class_folders(root)
    parts = {each.name.lower(): each for each in folders}
    if not parts.keys() <= {*_TRAIN_FOLDERS, *_TEST_FOLDERS}:  # beside classes, "train" may be one
        parts = {name: each for name, each in parts.items() if class_folders(each)}
    train = next((parts[name] for name in _TRAIN_FOLDERS if name in parts), None)
    test = next((parts[name] for name in _TEST_FOLDERS if name in parts), None)
    if train is None or test is None:
        classes, everything, notes = _pictures(train or root)
        train_split, test_split = _divided(everything)
        used = [train] if train else folders
    else:
        classes, train_split, notes = _pictures(train)
        test_classes, test_split, more = _pictures(test)
        if test_classes != classes:
            differing = ", ".join(sorted(set(classes) ^ set(test_classes)))
            raise DatasetError(
                f"{train} and {test} do not have the same classes: {differing}. Give both the same folders, with "
                "pictures in each."
            )
        notes = (*notes, *more, f"Trained on {train.name}, tested on {test.name}.")
        used = [train, test]
    unused = [each.name for each in folders if each not in used]
    if loose := sum(each.suffix.lower() in _suffixes() for each in root.iterdir() if not _is_hidden(each.name)):
        unused.append("1 picture beside the folders" if loose == 1 else f"{loose} pictures beside the folders")
    notes += (f"Not used: {', '.join(unused)}.",) if unused else ()
    return _dataset(name, classes, train_split, test_split, root, notes)


def from_idx(root: Path, contents: Mapping[str, bytes]) -> Dataset:
    """Load four IDX files, named as MNIST's are, with images of 28 x 28 pixels.

    Args:
        root: folder to name the set after; its ``classes.txt``, if there is one, names a class a line.
        contents: of the files, by their usual names, such as ``train-images-idx3-ubyte``.

    Raises:
        DatasetError: if a file is no IDX file of that kind, or they do not belong together.
    """
    parts = {}
    for prefix in ("train", "t10k"):
        try:
            parts[prefix] = read_idx(contents, prefix)
        except ValueError as error:
            raise DatasetError(
                f"The {prefix} files in {root} are not IDX files of {SIDE} x {SIDE} images with one label each. "
                "Replace them, or correct --data."
            ) from error
    count = 1 + int(torch.cat([part.labels for part in parts.values()]).max())
    classes = tuple(map(str, range(count)))
    if (named := root / "classes.txt").is_file():
        # Windows' editors begin a file with a mark; what is no UTF-8 is seen in the names.
        lines = named.read_text(encoding="utf-8-sig", errors="replace").split("\n")
        classes = tuple(each.strip() for each in lines[:count])
        if len(classes) < count or not all(classes):
            raise DatasetError(f"{named} must name {count} classes, one a line.")
    return _dataset(root.resolve().name, classes, parts["train"], parts["t10k"], root)


def _pictures(folder: Path) -> tuple[tuple[str, ...], Split, tuple[str, ...]]:
    """The names of the classes in ``folder``, their pictures, and what was left out, as sentences."""
    classes, notes = _listed(folder)
    if not classes:
        raise DatasetError(
            f"{folder} is no image set: it must hold a folder of pictures for each class, as {_kinds()}. Correct "
            "--data."
        )
    paths = [(path, number) for number, name in enumerate(classes) for path in classes[name]]
    with ThreadPoolExecutor(device.available_cpus()) as pool:
        images = list(pool.map(_image, (path for path, _ in paths)))
    if refused := [f"{path}: {each}" for (path, _), each in zip(paths, images, strict=True) if isinstance(each, str)]:
        more = f"\nand {len(refused) - _MOST_NAMED} more." if len(refused) > _MOST_NAMED else ""
        listed = "\n".join(refused[:_MOST_NAMED])
        what = "1 picture" if len(refused) == 1 else f"{len(refused)} pictures"
        raise DatasetError(f"{what} cannot be used: remove or replace what is named here.\n{listed}{more}")
    tensors = [each for each in images if isinstance(each, Tensor)]
    return tuple(classes), Split(torch.cat(tensors), torch.tensor([number for _, number in paths])), notes


def _listed(folder: Path) -> tuple[dict[str, list[Path]], tuple[str, ...]]:
    """The files of each class by its name, in order, and what was left out."""
    suffixes = _suffixes()
    classes: dict[str, list[Path]] = {}
    other: Counter[str] = Counter()
    for place in class_folders(folder):
        found = [Path(parent, name) for parent, _, names in _walk(place) for name in names if not _is_hidden(name)]
        pictures = [path for path in found if path.suffix.lower() in suffixes]
        other.update(path.suffix.lower() or path.name for path in found if path.suffix.lower() not in suffixes)
        classes.setdefault(_text(place.name), []).extend(sorted(pictures, key=_parts))
    empty = sorted(name for name, paths in classes.items() if not paths)
    notes = [f"No picture in the class folders {', '.join(empty)} of {folder}: they are left out."] if empty else []
    if other:
        kinds = ", ".join(f"{count} {suffix}" for suffix, count in other.most_common(_MOST_NAMED))
        notes.append(f"Left out in {folder}, as only {_kinds()} are read: {kinds}.")
    return {name: classes[name] for name in sorted(classes) if classes[name]}, tuple(notes)


def _unwrapped(root: Path) -> Path:
    """What to read in place of a folder whose one folder holds folders, and no picture of its own."""
    while len(folders := class_folders(root)) == 1 and class_folders(folders[0]):
        if any(each.suffix.lower() in _suffixes() for each in folders[0].iterdir()):
            break
        root = folders[0]
    return root


def class_folders(root: Path) -> list[Path]:
    """The folders of ``root`` that can be classes or parts of a set: not hidden ones, nor those of macOS's archives."""
    return sorted((each for each in root.iterdir() if each.is_dir() and not _is_hidden(each.name)), key=_parts)


def _parts(path: Path) -> tuple[str, ...]:
    """Sort key of a path, the same on any system: as they are, Windows' paths ignore capitals."""
    return path.parts


def _walk(place: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    for parent, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        yield parent, folders, names


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name in _SYSTEM_NAMES


def _suffixes() -> set[str]:
    """The endings of the files that can be decoded: what is looked for and what is read are one list."""
    return {suffix for suffix, kind in Image.registered_extensions().items() if kind in FORMATS}


def _kinds() -> str:
    return ", ".join(FORMATS)


def _text(name: str) -> str:
    """A folder's name as text that can be shown and stored anywhere; macOS writes accents apart from their letters."""
    readable = os.fsencode(name).decode("utf-8", "replace")
    return " ".join(
        "".join(each if each.isprintable() else " " for each in unicodedata.normalize("NFC", readable)).split()
    )


def _image(path: Path) -> Tensor | str:
    """``(1, 1, 28, 28)`` of a file, or why it cannot be used."""
    try:
        picture = open_picture(files.read_regular(path, MAX_BYTES + 1))
        return prepare(picture, invert=False if picture.size == (SIDE, SIDE) else None, mirror=False).image
    except PictureError as error:
        return str(error)
    except OSError as error:
        return f"{error.strerror}."


def _divided(everything: Split) -> tuple[Split, Split]:
    generator = torch.Generator().manual_seed(0)
    is_test = torch.zeros(len(everything), dtype=torch.bool)
    for number in everything.labels.unique():
        own = (everything.labels == number).nonzero()[:, 0]
        order = own[torch.randperm(len(own), generator=generator)]
        is_test[order[: max(len(own) // _TEST_SHARE, int(len(own) > 1))]] = True
    order = torch.randperm(len(everything), generator=generator)
    return everything.subset(order[~is_test[order]]), everything.subset(order[is_test[order]])


def _dataset(
    name: str, classes: tuple[str, ...], train: Split, test: Split, root: Path, notes: tuple[str, ...] = ()
) -> Dataset:
    if min(len(train), len(test)) < _FEWEST or not 1 <= len(classes) <= _MOST_CLASSES:
        raise DatasetError(
            f"{root} has {len(train)} training and {len(test)} test images in {len(classes)} classes. At least "
            f"{_FEWEST} of each are needed, and at most {_MOST_CLASSES} classes."
        )
    if odd := [each for each in classes if not 1 <= len(each) <= LONGEST_NAME]:
        raise DatasetError(
            f"A class in {root} is named {odd[0][:LONGEST_NAME]!r}: rename it, with 1 to {LONGEST_NAME} characters."
        )
    generator = torch.Generator().manual_seed(0)
    if len(test) > _MOST_TEST:
        notes = (*notes, f"{_MOST_TEST:,} of the {len(test):,} test images are kept, chosen at random.")
        test = test.subset(torch.randperm(len(test), generator=generator)[:_MOST_TEST])
    name = _text(name)[:LONGEST_NAME] or "data"
    if name == DATASET:
        name += " (own)"  # the figures recorded of the original are not comparable
    digest = hashlib.sha256("\n".join(classes).encode())
    for part in (train, test):
        digest.update((part.images * 255).round().to(torch.uint8).numpy().tobytes())
        digest.update(part.labels.numpy().astype(np.uint8).tobytes())
    # Folders come class by class, and the first so many images are often taken as a sample of all.
    train, test = (part.subset(torch.randperm(len(part), generator=generator)) for part in (train, test))
    return Dataset(train, test, classes, name, digest.hexdigest(), notes)
