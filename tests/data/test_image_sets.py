"""Other image sets: scikit-learn's digits as folders and as IDX files, trained, loaded and named by their classes."""

import gzip
import json
import shutil
import struct

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits

from autoencoder import train as training
from autoencoder.data import loading
from autoencoder.data.classes import CLASSES
from autoencoder.data.dataset import DatasetError
from autoencoder.web import models
from autoencoder.weights import thumbnails

NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.fixture(scope="module")
def digits():
    """1,797 handwritten digits, ``(N, 28, 28)`` grey levels, and their labels."""
    found = load_digits()
    pictures = [
        np.asarray(Image.fromarray((image / 16 * 255).astype(np.uint8)).resize((28, 28), Image.Resampling.BICUBIC))
        for image in found.images
    ]
    return np.stack(pictures), found.target


@pytest.fixture(scope="module")
def folder(digits, tmp_path_factory):
    """The digits as a folder of pictures for each class."""
    root = tmp_path_factory.mktemp("sets") / "digits"
    for number, (pixels, label) in enumerate(zip(*digits, strict=True)):
        place = root / f"{label} {NAMES[label]}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place / f"{number}.png")
    return root


def write_idx(path, array):
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    path.write_bytes(gzip.compress(header + array.astype(np.uint8).tobytes(), 1))


@pytest.fixture
def idx(digits, tmp_path):
    """The digits as MNIST's four files."""
    images, labels = digits
    for prefix, rows in (("train", slice(1_500)), ("t10k", slice(1_500, None))):
        write_idx(tmp_path / f"{prefix}-images-idx3-ubyte.gz", images[rows])
        write_idx(tmp_path / f"{prefix}-labels-idx1-ubyte.gz", labels[rows])
    return tmp_path


def test_a_folder_of_pictures_keeps_their_pixels_and_divides_them(folder, digits):
    loaded = loading.load(folder)
    assert loaded.name == "digits"
    assert loaded.classes == tuple(sorted(f"{i} {name}" for i, name in enumerate(NAMES)))
    assert len(loaded.train) + len(loaded.test) == 1_797
    counts = np.bincount(digits[1])
    assert torch.bincount(loaded.test.labels).tolist() == [count // 7 for count in counts]
    original = {(pixels.tobytes(), label) for pixels, label in zip(*digits, strict=True)}
    for part in (loaded.train, loaded.test):
        levels = (part.images * 255).round().to(torch.uint8).numpy()
        assert {(p.tobytes(), int(label)) for p, label in zip(levels, part.labels, strict=True)} <= original
    again = loading.load(folder)
    assert torch.equal(again.test.images, loaded.test.images)
    assert again.checksum == loaded.checksum


def test_a_divided_folder_keeps_its_division(folder, tmp_path):
    parts = {"train": shutil.ignore_patterns("*[1-9].png"), "test": shutil.ignore_patterns("*[0-8].png")}
    for name, left_out in parts.items():
        shutil.copytree(folder, tmp_path / name, ignore=left_out)
    counts = {name: len(list((tmp_path / name).rglob("*.png"))) for name in parts}
    shutil.move(tmp_path / "test" / "0 zero", tmp_path / "away")
    with pytest.raises(DatasetError, match="do not have the same classes"):
        loading.load(tmp_path)
    shutil.move(tmp_path / "away", tmp_path / "test" / "0 zero")
    loaded = loading.load(tmp_path)
    assert {"train": len(loaded.train), "test": len(loaded.test)} == counts
    assert counts["train"] != counts["test"]
    assert loaded.test.labels[:60].unique().tolist() == list(range(10))  # a sample, whatever the folders' order


def test_idx_files_of_another_set_are_read_as_they_are(idx, digits):
    loaded = loading.load(idx)
    levels = (loaded.test.images * 255).round().to(torch.uint8).numpy()
    found = sorted((pixels.tobytes(), int(label)) for pixels, label in zip(levels, loaded.test.labels, strict=True))
    images, labels = digits[0][1_500:], digits[1][1_500:]
    assert found == sorted((pixels.tobytes(), int(label)) for pixels, label in zip(images, labels, strict=True))
    assert loaded.classes == tuple(map(str, range(10)))
    (idx / "classes.txt").write_text("\n".join(NAMES))
    assert loading.load(idx).classes == NAMES


def test_torchvisions_raw_folder_gives_the_set_no_name(idx):
    """KMNIST/raw/ is KMNIST, and names its classes in KMNIST/classes.txt."""
    (idx / "raw").mkdir()
    for path in idx.glob("*.gz"):
        path.rename(idx / "raw" / path.name)
    (idx / "classes.txt").write_text("\n".join(NAMES))
    loaded = loading.load(idx)
    assert (loaded.name, loaded.classes) == (idx.name, NAMES)


def test_another_set_in_the_place_of_fashion_mnist_is_told_what_to_be_called(idx, monkeypatch):
    monkeypatch.setenv("FASHION_MNIST_DIR", str(idx))
    with pytest.raises(DatasetError, match="holds another set than Fashion-MNIST: name its folder with --data"):
        loading.load()


@pytest.mark.parametrize("content", [b"", b"\x00\x00\x08", b"\x00\x00\x0d\x03" + bytes(99), b"not IDX at all" * 9])
def test_what_is_no_idx_file_is_refused_by_its_folder(idx, content):
    (idx / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(content))
    with pytest.raises(DatasetError, match=r"train files in .* are not IDX files"):
        loading.load(idx)


def test_images_of_another_size_are_refused(idx):
    write_idx(idx / "t10k-images-idx3-ubyte.gz", np.zeros((297, 32, 32)))
    with pytest.raises(DatasetError, match=r"28 x 28"):
        loading.load(idx)


def test_a_folder_without_pictures_says_what_it_must_hold(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="a folder of pictures for each class"):
        loading.load(tmp_path)


@pytest.mark.slow
def test_digits_are_trained_and_served_under_their_own_names(folder, tmp_path):
    """The app knows the classes from the card alone, and shows one example of each."""
    options = ["--models", "denoising", "--epochs", "3", "--batch-size", "64", "--data", str(folder)]
    assert training.main([*options, "--no-extras", "--preset", "fast", "--output", str(tmp_path)]) == 0
    shown = models.load(tmp_path)
    engine = shown.engine
    assert engine.classes == tuple(sorted(f"{i} {name}" for i, name in enumerate(NAMES)))
    card = (tmp_path / "denoising" / "README.md").read_text()
    assert "image of digits" in card
    assert "garment" not in card
    told = json.loads(shown.config)
    assert [each["name"] for each in told["classes"]] == list(engine.classes)
    assert [each["label"] for each in told["samples"]] == list(range(10))
    assert "notebook printed" not in shown.report.decode()
    assert len(thumbnails.load(tmp_path)) == 300  # 252 test pictures and a row filled up


def test_the_shipped_models_name_the_ten_garments(engine):
    assert engine.classes == CLASSES


def test_labels_of_another_number_type_are_a_sentence(idx):
    path = idx / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(gzip.compress(struct.pack(">BBBBI", 0, 0, 12, 1, 297) + np.arange(297, dtype=">i4").tobytes()))
    with pytest.raises(DatasetError, match="not IDX files of 28 x 28 images"):
        loading.load(idx)


def test_names_of_classes_may_come_from_an_editor_of_windows(idx):
    (idx / "classes.txt").write_text("\r\n".join(NAMES), encoding="utf-8-sig", newline="")
    assert loading.load(idx).classes == NAMES
