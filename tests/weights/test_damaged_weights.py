"""Damaged weights: each is refused by the name of its file, at once, and the sound models are loaded."""

import os
import resource
import shutil
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from autoencoder import files
from autoencoder.weights import checkpoint, thumbnails
from tests.conftest import ROOT
from tests.support.caller import TELLTALE
from tests.support.damaged_weights import CARD, DAMAGE, MAP, WEIGHTS, class_names, flip, webp
from tests.web.test_app import run


@pytest.fixture
def root(tmp_path):
    """A weights folder with two models."""
    for name in ("basic", "denoising"):
        shutil.copytree(ROOT / "weights" / name, tmp_path / "weights" / name, ignore=shutil.ignore_patterns("figures"))
    return tmp_path / "weights"


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_named_and_the_sound_model_is_served(root, kind):
    blamed, damage = DAMAGE[kind]
    damage(root / "basic")
    sound, damaged = checkpoint.load_sound(root)
    assert list(sound) == ["denoising"]
    assert damaged["basic"].file == blamed
    assert f"{root / 'basic' / blamed} " in str(damaged["basic"])
    assert not TELLTALE.search(damaged["basic"].cause)
    with pytest.raises(checkpoint.CheckpointError, match=blamed):
        checkpoint.load(root / "basic")


def test_an_unreadable_file_is_named():
    """As another user than the file's owner; root may read everything."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "basic")
        shutil.copytree(ROOT / "weights" / "basic", folder)
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


def test_when_no_model_is_sound_the_app_ends_with_a_sentence(root):
    flip(root / "basic" / WEIGHTS)
    (root / "denoising" / MAP).unlink()
    ended = run("--port", "17862", "--weights", str(root))
    assert ended.returncode == 1
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "basic/model.safetensors is not the file that metrics.json describes" in ended.stderr
    assert "denoising/latent_map.npz is missing" in ended.stderr


def test_a_bit_flipped_anywhere_in_a_map_is_found(root):
    """The map has no checksum of its own but those of its archive."""
    content = (root / "basic" / MAP).read_bytes()
    good = checkpoint.load(root / "basic").latent_map
    for at in np.random.default_rng(0).integers(0, len(content), 25):
        damaged = bytearray(content)
        damaged[at] ^= 0x10
        (root / "basic" / MAP).write_bytes(damaged)
        sound, refused = checkpoint.load_sound(root)
        if "basic" in sound:  # a field of the archive that nobody reads
            loaded = sound["basic"].latent_map
            assert np.array_equal(loaded.codes, good.codes)
            assert np.array_equal(loaded.labels, good.labels)
        else:
            assert refused["basic"].file == MAP


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


def test_huge_samples_are_refused_without_being_decoded(tmp_path):
    """Decoded, 13,000 x 13,000 pixels would take half a gigabyte."""
    (tmp_path / "samples.webp").write_bytes(webp(13_000, 13_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, about the size
        with pytest.raises(checkpoint.CheckpointError, match="13000 x 13000 pixels"):
            thumbnails.shared_picture(tmp_path, "samples.webp", "WEBP")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB
