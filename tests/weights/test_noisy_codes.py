"""The codes of noisy images that the map draws: those that the app finds, and no damaged or foreign ones."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from autoencoder import Autoencoder, ModelConfig, corrupt
from autoencoder.inference.engine import MAX_LEVEL, Engine
from autoencoder.threefry import Threefry
from autoencoder.weights import latent_map, noisy_codes
from autoencoder.weights.noisy_codes import FILE, NoisyCodes


def small(latent_dim=2):
    torch.manual_seed(0)
    shape = ModelConfig(latent_dim=latent_dim, encoder_widths=(16,), decoder_widths=(16,), sine_features=8)
    return Autoencoder(shape).eval()


@pytest.fixture
def images():
    return torch.rand(30, 1, 28, 28, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def sound(images):
    """Codes of a small model, and its map."""
    model = small()
    plane = latent_map.build(model, images, torch.arange(30) % 3)
    return noisy_codes.build(model, images, plane), plane


def test_the_shipped_codes_are_those_that_the_app_finds(checkpoints, engine: Engine, samples):
    """One image at a time, as a visitor's: the level estimated, searched, refined."""
    for name, checkpoint in checkpoints.items():
        plane = checkpoint.latent_map
        codes = NoisyCodes.from_bytes((checkpoint.folder / FILE).read_bytes(), plane)
        assert codes.levels.tolist() == pytest.approx(noisy_codes.LEVELS)
        items = plane.index[codes.rows]
        assert len(set(items.tolist())) == 1000
        clean = torch.from_numpy(samples[items]).float()[:, None] / 255
        for row in (2, 8, 12):
            noisy = corrupt(clean, "gaussian", noisy_codes.LEVELS[row], Threefry(0))
            found = np.array([engine.encode(image[None], name) for image in noisy[:20]])
            # Where two cells of the plane explain an image equally well, its batch may decide between them.
            apart = np.abs(found - codes.places[row, :20]).max(1)
            assert np.median(apart) < 1e-3
            assert (apart > 0.02).sum() <= 2


@pytest.mark.parametrize("latent_dim", [1, 2, 3])
def test_each_image_keeps_its_noise_at_all_levels(latent_dim, images):
    model = small(latent_dim)
    plane = latent_map.build(model, images, torch.arange(30) % 3)
    codes = noisy_codes.build(model, images, plane)
    quantum = np.ptp(codes.bounds, axis=0) / 65535
    assert codes.levels[-1] == pytest.approx(MAX_LEVEL)
    with torch.inference_mode():
        for row, level in enumerate(codes.levels.tolist()):
            z = model.encode(corrupt(images, "gaussian", level, Threefry(0)))
            places = plane.project(z).numpy()
            if latent_dim == 1:  # the number is x, and y only spreads the images
                places[:, 1] = plane.codes[:, 1]
            assert (np.abs(codes.places[row] - places) <= quantum).all()


def test_of_many_images_some_are_taken_at_equal_intervals(images, monkeypatch):
    monkeypatch.setattr(noisy_codes, "_IMAGES", 10)
    model = small()
    plane = latent_map.build(model, images, torch.zeros(30))
    assert noisy_codes.build(model, images, plane).rows.tolist() == list(range(0, 30, 3))


def test_a_map_of_other_images_is_a_sentence(images, sound):
    with pytest.raises(ValueError, match="names test image 29, and there are 7"):
        noisy_codes.build(small(), images[:7], sound[1])


def test_what_is_written_is_read(sound):
    codes, plane = sound
    read = NoisyCodes.from_bytes(codes.to_bytes(), plane)
    assert all(np.array_equal(value, getattr(read, name)) for name, value in vars(codes).items())


DAMAGE = {
    "levels of doubles": (lambda c: {"levels": c.levels.astype(float)}, "wrong kind"),
    "bytes as steps": (lambda c: {"steps": c.steps.astype(np.uint8)}, "wrong kind"),
    "an image too few": (lambda c: {"rows": c.rows[:-1]}, "belong together"),
    "a level too few": (lambda c: {"levels": c.levels[:-1]}, "belong together"),
    "bounds of three corners": (lambda c: {"bounds": np.zeros((3, 2), np.float32)}, "belong together"),
    "a number as levels": (lambda c: {"levels": c.levels[0:1].reshape(())}, "no levels or no images"),
    "no images": (lambda c: {"rows": c.rows[:0], "steps": c.steps[:, :0]}, "no levels or no images"),
    "falling levels": (lambda c: {"levels": c.levels[::-1]}, "rise from 0"),
    "a level that is no number": (lambda c: {"levels": np.where(c.levels > 0.3, np.nan, c.levels)}, "rise from 0"),
    "infinite bounds": (lambda c: {"bounds": c.bounds * np.float32(np.inf)}, "finite"),
    "images beyond the map": (lambda c: {"rows": c.rows + np.uint16(1)}, "does not hold"),
    "places of other images": (lambda c: {"rows": c.rows[::-1]}, "another map"),
    "no noiseless places": (lambda c: {"bounds": c.bounds + np.float32(0.1)}, "another map"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_named(sound, kind):
    codes, plane = sound
    change, cause = DAMAGE[kind]
    with pytest.raises(ValueError, match=cause):
        NoisyCodes.from_bytes(replace(codes, **change(codes)).to_bytes(), plane)


@pytest.mark.parametrize("content", [b"{", b"\xff" * 8 + b"{}", b"\x02" + b"\0" * 7 + b"{}"])
def test_what_is_no_such_file_is_named(sound, content):
    with pytest.raises(ValueError, match="not a readable file"):
        NoisyCodes.from_bytes(content, sound[1])
