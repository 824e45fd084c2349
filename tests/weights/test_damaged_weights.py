"""Damaged weights: each is refused by the name of its file, at once, and the sound models are loaded."""

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, WebPImagePlugin

from autoencoder import files
from autoencoder.weights import checkpoint, thumbnails
from tests.conftest import ROOT
from tests.support.caller import TELLTALE
from tests.support.damaged_weights import CARD, DAMAGE, MAP, WEIGHTS, class_names, flip, webp


def copied(name, target):
    """A shipped model's folder without what loading leaves alone."""
    left_out = shutil.ignore_patterns("figures", "film.*", "history.csv")
    return Path(shutil.copytree(ROOT / "weights" / name, target / name, ignore=left_out))


@pytest.fixture
def root(tmp_path):
    """A weights folder with two models."""
    for name in ("basic", "denoising"):
        copied(name, tmp_path / "weights")
    return tmp_path / "weights"


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_named_and_how_to_mend_it(tmp_path, kind):
    blamed, damage = DAMAGE[kind]
    folder = copied("basic", tmp_path)
    damage(folder)
    with pytest.raises(checkpoint.CheckpointError, match=r"python -m autoencoder\.evaluate") as refusal:
        checkpoint.load(folder)
    assert refusal.value.file == blamed
    assert f"{folder / blamed} " in str(refusal.value)
    assert not TELLTALE.search(refusal.value.cause)


@pytest.mark.parametrize("kind", [f"{WEIGHTS} missing", "NaN in metrics", "map with one flipped bit"])
def test_the_sound_model_beside_a_damaged_one_is_served(root, kind):
    blamed, damage = DAMAGE[kind]
    damage(root / "basic")
    sound, damaged = checkpoint.load_sound(root)
    assert list(sound) == ["denoising"]
    assert damaged["basic"].file == blamed


def test_an_unreadable_file_is_named():
    """As another user than the file's owner; root may read everything."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = copied("basic", Path(scratch))
        Path(scratch).chmod(0o755)
        (folder / WEIGHTS).chmod(0)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        try:
            with pytest.raises(
                checkpoint.CheckpointError, match=r"model\.safetensors cannot be read \(Permission denied"
            ):
                checkpoint.load(folder)
        finally:
            os.seteuid(user)


def test_when_no_model_is_sound_one_sentence_names_each(root):
    flip(root / "basic" / WEIGHTS)
    (root / "denoising" / MAP).unlink()
    with pytest.raises(checkpoint.CheckpointError) as refusal:
        checkpoint.load_sound(root)
    said = str(refusal.value)
    assert "\n" not in said
    assert "basic/model.safetensors is not the file that metrics.json describes" in said
    assert "denoising/latent_map.npz is missing" in said


def test_a_bit_flipped_anywhere_in_a_map_is_found(tmp_path):
    """The map has no checksum of its own but those of its archive."""
    folder = copied("basic", tmp_path)
    content = (folder / MAP).read_bytes()
    good, blamed = checkpoint.load(folder).latent_map, set()
    for at in np.random.default_rng(0).integers(0, len(content), 25):
        damaged = bytearray(content)
        damaged[at] ^= 0x10
        (folder / MAP).write_bytes(damaged)
        try:
            loaded = checkpoint.load(folder).latent_map
        except checkpoint.CheckpointError as refusal:
            blamed.add(refusal.file)
        else:  # a field of the archive that nobody reads
            assert np.array_equal(loaded.codes, good.codes)
            assert np.array_equal(loaded.labels, good.labels)
    assert blamed == {MAP}


def test_writes_leave_the_old_file_or_the_new_one(tmp_path):
    (tmp_path / CARD).write_text("old")
    (tmp_path / CARD).chmod(0o644)
    with pytest.raises(TypeError):
        files.write_bytes(tmp_path / CARD, "text")
    assert (tmp_path / CARD).read_text() == "old"
    files.write_bytes(tmp_path / CARD, b"new")
    assert (tmp_path / CARD).read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == [CARD]


@pytest.mark.parametrize("name", ["basic (copy)", "modèle", "mode\u0300le", "v1.2 +wide, new"])
def test_a_folder_may_have_a_name_in_plain_letters(root, name):
    (root / "basic").rename(root / name)
    assert list(checkpoint.load_all(root)) == ["denoising", name]


@pytest.mark.parametrize(
    "name", ["${1+1}", "<b>", "a\nb", "a%2Fb", "x" * 65, "\udcff", "a\x1b[31m", " a", "a#b", "\u202eb"]
)
def test_another_name_is_refused_in_a_sentence_that_can_be_shown(root, name):
    (root / "basic").rename(root / name)
    sound, damaged = checkpoint.load_sound(root)
    assert list(sound) == ["denoising"]
    assert damaged[name].cause.startswith("is not a name for a model")
    assert str(damaged[name]).encode().decode().isprintable()


def test_a_model_of_more_classes_than_the_first_is_refused(root):
    """The page takes the names of the classes from the first."""
    class_names(root / "denoising" / CARD, "[a, b, c]")
    with np.load(root / "denoising" / MAP) as arrays:
        np.savez_compressed(root / "denoising" / MAP, **{**arrays, "labels": arrays["labels"] % 3})
    sound, damaged = checkpoint.load_sound(root)
    assert list(sound) == ["denoising"]
    assert damaged["basic"].cause == "names more classes than the 3 of the model denoising"


@pytest.mark.parametrize(
    "names", [["<img src=x onerror=alert(1)>"], ["${1+1}", "{{ 1 }}"], ["café 👕", "Tops <3"], ["1", "2.5", "x" * 100]]
)
def test_class_names_come_as_they_are_written(root, names):
    wanted = [*names, *"abcdefghij"[len(names) :]]
    class_names(root / "basic" / CARD, "\n" + "\n".join(f"- {name!r}" for name in wanted))
    assert checkpoint.load(root / "basic").classes == tuple(wanted)


def test_a_card_with_the_line_ends_of_windows_is_read(root):
    content = b"---\r\nclass_names: [a, b, c, d, e, f, g, h, i, j]\r\n---\r\n\r\n# Model\r\n"
    (root / "basic" / CARD).write_bytes(content)
    assert checkpoint.load(root / "basic").classes == tuple("abcdefghij")


@pytest.mark.parametrize(
    ("size", "cause"),
    [
        ((2_800, 2_801), "has a size that does not fit: 2800 x 2801 pixels"),
        ((28, 2_800), "does not hold 100 thumbnails a row"),
        ((28_000, 28), "has a size that does not fit: 28000 x 28 pixels"),
    ],
)
def test_samples_of_another_size_are_refused_by_their_header(tmp_path, size, cause):
    Image.new("L", size).save(tmp_path / "samples.png")
    with pytest.raises(checkpoint.CheckpointError) as refusal:
        thumbnails.load(tmp_path)
    assert refusal.value.cause == cause


def test_samples_that_are_too_large_are_refused_without_being_decoded(tmp_path, monkeypatch):
    monkeypatch.setattr(WebPImagePlugin.WebPImageFile, "load", lambda *_: pytest.fail("decoded"))
    (tmp_path / "samples.webp").write_bytes(webp(2_828, 28))
    with pytest.raises(checkpoint.CheckpointError, match="2828 x 28 pixels"):
        thumbnails.shared_picture(tmp_path, "samples.webp", "WEBP")
