"""Folders as people have them: of any number of classes and any names, with what systems leave in them."""

import os
import threading

import numpy as np
import pytest
from PIL import Image

from autoencoder.data import loading
from autoencoder.data.dataset import DatasetError
from autoencoder.data.picture_file import FORMATS


def picture(seed):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (28, 28), np.uint8))


def fill(root, counts, kind="PNG"):
    """Folders with so many pictures each, no two the same; returns the root."""
    for number, (name, count) in enumerate(counts.items()):
        (root / name).mkdir(parents=True)
        for i in range(count):
            picture(1_000 * number + i).save(root / name / f"{i}.{kind.lower()}", kind)
    return root


@pytest.mark.parametrize("count", [1, 3, 12, 26])
def test_any_number_of_classes_is_read(count, tmp_path):
    names = {f"class {number:02}": 100 if count == 1 else 40 for number in range(count)}
    loaded = loading.load(fill(tmp_path / "set", names))
    assert loaded.classes == tuple(names)
    assert loaded.test.labels.unique().tolist() == list(range(count))
    assert loaded.notes == ()


def test_a_class_of_five_pictures_has_one_to_be_tested_on(tmp_path):
    loaded = loading.load(fill(tmp_path / "set", {"few": 5, "many": 100, "one": 1}))
    assert loaded.test.labels.bincount(minlength=3).tolist() == [1, 14, 0]
    assert loaded.train.labels.bincount(minlength=3).tolist() == [4, 86, 1]


def test_names_are_kept_as_text(tmp_path):
    names = ("<b>bold</b>".replace("/", "\u2215"), "Tops <3", "cafe\u0301 \N{T-SHIRT}", "a\tb", os.fsdecode(b"\xff"))
    loaded = loading.load(fill(tmp_path / "set", dict.fromkeys(names, 30)))
    assert set(loaded.classes) == {names[0], "Tops <3", "caf\u00e9 \N{T-SHIRT}", "a b", "\N{REPLACEMENT CHARACTER}"}
    "".join(loaded.classes).encode()


def test_what_systems_leave_behind_is_passed_over(tmp_path):
    root = fill(tmp_path / "set", {"a": 60, "b": 60, ".git": 3, ".ipynb_checkpoints": 3, "__MACOSX": 3, "empty": 0})
    fill(root / "a" / "deeper", {".ipynb_checkpoints": 3})
    for name in ("._0.png", ".DS_Store", "Thumbs.db", "notes.txt"):
        (root / "a" / name).write_bytes(b"no picture")
    (root / "loose.png").write_bytes(b"no picture")
    loaded = loading.load(root)
    assert loaded.classes == ("a", "b")
    assert len(loaded.train) + len(loaded.test) == 120
    assert [note for note in loaded.notes if "empty" in note]
    assert [note for note in loaded.notes if "1 .txt" in note]


def test_all_pictures_that_cannot_be_used_are_named_at_once(tmp_path):
    root = fill(tmp_path / "set", {"a": 60, "b": 60})
    for name in ("a/1.png", "a/2.png", "b/3.png"):
        (root / name).write_bytes((root / name).read_bytes()[:60])
    os.mkfifo(root / "b" / "fifo.png")
    (root / "b" / "zero.png").symlink_to("/dev/zero")
    (root / "b" / "nowhere.png").symlink_to("nothing")
    refusal = []

    def load():
        try:
            loading.load(root)
        except DatasetError as error:
            refusal.append(str(error))

    loader = threading.Thread(target=load, daemon=True)
    loader.start()
    loader.join(60)
    assert refusal, "reading hangs"
    assert refusal[0].startswith("6 pictures")
    assert all(name in refusal[0] for name in ("1.png", "2.png", "3.png", "fifo.png", "zero.png", "nowhere.png"))
    assert "0.png" not in refusal[0]


def test_a_link_to_a_picture_is_one(tmp_path):
    root = fill(tmp_path / "set", {"a": 60, "b": 60})
    picture(7).save(tmp_path / "elsewhere.png")
    (root / "a" / "link.png").symlink_to(tmp_path / "elsewhere.png")
    loaded = loading.load(root)
    assert len(loaded.train) + len(loaded.test) == 121


@pytest.mark.parametrize("names", [("Train", "Test"), ("train", "valid"), ("training", "testing"), ("TRAIN", "val")])
def test_parts_by_any_usual_name_are_parts(names, tmp_path):
    for name, count in zip(names, (40, 20), strict=True):
        fill(tmp_path / name, {"a": count, "b": count})
    loaded = loading.load(tmp_path)
    assert (loaded.classes, len(loaded.train), len(loaded.test)) == (("a", "b"), 80, 40)
    assert any(all(name in note for name in names) for note in loaded.notes)


def test_a_third_part_is_said_to_be_unused(tmp_path):
    for name in ("train", "test", "valid"):
        fill(tmp_path / name, {"a": 20, "b": 20})
    assert any("Not used: valid" in note for note in loading.load(tmp_path).notes)


def test_every_format_that_is_read_is_found(tmp_path):
    for kind in FORMATS:
        fill(tmp_path, {kind: 20}, kind)
    loaded = loading.load(tmp_path)
    assert loaded.classes == tuple(sorted(FORMATS))
    assert len(loaded.train) + len(loaded.test) == 20 * len(FORMATS)


def test_a_set_of_ones_own_never_passes_for_fashion_mnist(tmp_path):
    """The figures recorded of the original would stand beside it."""
    assert loading.load(fill(tmp_path / "Fashion-MNIST", {"a": 60, "b": 60})).name != "Fashion-MNIST"


def test_a_class_may_be_called_train(tmp_path):
    loaded = loading.load(fill(tmp_path / "vehicles", {"car": 30, "ship": 30, "train": 30}))
    assert loaded.classes == ("car", "ship", "train")
    assert loaded.notes == ()


def test_what_lies_beside_the_pictures_to_train_on_is_named(tmp_path):
    fill(tmp_path / "set" / "train", {"a": 60, "b": 60})
    fill(tmp_path / "set" / "old", {"a": 3})
    loaded = loading.load(tmp_path / "set")
    assert len(loaded.train) + len(loaded.test) == 120
    assert loaded.notes == ("Not used: old.",)


def test_pictures_that_belong_to_no_class_are_named(tmp_path):
    fill(tmp_path / "set" / "train", {"a": 60, "b": 60})
    fill(tmp_path / "set", {"unlabelled": 3})
    picture(1).save(tmp_path / "set" / "loose.png")
    assert loading.load(tmp_path / "set").notes == ("Not used: unlabelled, 1 picture beside the folders.",)


@pytest.mark.parametrize("within", ["photos", "photos/photos", "train", "valid", "photos/train"])
def test_a_folder_that_an_archive_put_around_the_set_is_passed_through(within, tmp_path):
    loaded = loading.load(fill(tmp_path / "set" / within, {"a": 60, "b": 60}).parents[within.count("/")])
    assert (loaded.name, loaded.classes, loaded.notes) == ("set", ("a", "b"), ())


def test_one_class_of_nested_folders_with_pictures_of_its_own_stays_one(tmp_path):
    root = fill(tmp_path / "set", {"a": 60})
    fill(root / "a", {"summer": 30, "winter": 30})
    assert loading.load(root).classes == ("a",)


@pytest.mark.parametrize("name", ["n" * 101, "\u200b"])
def test_a_class_whose_name_cannot_be_recorded_is_refused_before_anything_is_trained(name, tmp_path):
    with pytest.raises(DatasetError, match="rename it, with 1 to 100 characters"):
        loading.load(fill(tmp_path / "set", {"a": 60, name: 60}))


def test_a_set_with_a_very_long_name_is_named_by_its_beginning(tmp_path):
    assert loading.load(fill(tmp_path / ("n" * 200), {"a": 100})).name == "n" * 100
