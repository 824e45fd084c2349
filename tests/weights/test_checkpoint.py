"""The weights folder: what is saved comes back, and damage is told in a sentence that helps."""

import json

import numpy as np
import pytest
import torch

from autoencoder import Autoencoder, ModelConfig
from autoencoder.weights import checkpoint, thumbnails
from autoencoder.weights.latent_map import LatentMap, decoded, occupied_share
from tests.conftest import ROOT

SMALL = ModelConfig(encoder_widths=(16,), decoder_widths=(16,), sine_features=8)


def test_a_folder_loads_ready_to_use():
    folder = ROOT / "weights" / "basic"
    loaded = checkpoint.load(folder)
    assert loaded.name == "basic"
    assert not loaded.model.training
    assert loaded.checksum == checkpoint.sha256(folder / "model.safetensors")
    assert loaded.latent_map.codes.shape == (10_000, 2)
    assert loaded.latent_map.codes.dtype == np.float32
    assert loaded.latent_map.labels.dtype == np.uint8


def test_an_empty_weights_folder_says_what_to_do(tmp_path):
    with pytest.raises(checkpoint.CheckpointError, match="AUTOENCODER_WEIGHTS"):
        checkpoint.load_all(tmp_path)


def test_the_denoising_model_comes_first(checkpoints):
    assert next(iter(checkpoints)) == "denoising"


def test_samples_come_back_pixel_by_pixel(tmp_path):
    images = torch.randint(0, 256, (300, 1, 28, 28), generator=torch.Generator().manual_seed(0)) / 255
    thumbnails.save(images, tmp_path)
    assert np.array_equal(thumbnails.load(tmp_path), (images.squeeze(1) * 255).round().numpy())


def test_missing_samples_say_how_to_restore_them(tmp_path):
    with pytest.raises(checkpoint.CheckpointError, match="git checkout"):
        thumbnails.load(tmp_path)


def test_a_map_comes_back_equal(tmp_path):
    plane = LatentMap(np.arange(6, dtype=np.float32).reshape(3, 2), np.arange(3, dtype=np.uint8), np.arange(3))
    plane.save(tmp_path / "map.npz")
    again = LatentMap.from_bytes((tmp_path / "map.npz").read_bytes())
    assert np.array_equal(again.codes, plane.codes)
    assert np.array_equal(again.labels, plane.labels)
    assert again.components is None
    assert set(np.load(tmp_path / "map.npz")) == {"codes", "labels", "index"}


def test_an_atlas_cell_is_the_decode_of_its_centre():
    torch.manual_seed(0)
    model = Autoencoder(SMALL).eval()
    codes = np.random.default_rng(0).normal(size=(500, 2)).astype(np.float32)
    plane = LatentMap(codes, np.zeros(500, np.uint8), np.arange(500))
    box = plane.box()
    picture = decoded(model, box, cells=4)
    x = box.x_min + 2.5 / 4 * (box.x_max - box.x_min)
    y = box.y_max - 0.5 / 4 * (box.y_max - box.y_min)
    with torch.inference_mode():
        expected = model.decode(torch.tensor([[x, y]]))[0, 0]
    assert np.abs(picture[:28, 56:84] / 255 - expected.numpy()).max() < 0.01


def test_occupied_share_counts_cells():
    side = np.linspace(0, 1, 200)
    grid = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2).astype(np.float32)
    assert occupied_share(grid) == 1
    assert occupied_share(np.stack([side, side], 1).astype(np.float32)) == pytest.approx(0.02)


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "metrics.json"
    checkpoint.write_json(path, {"old": 1})
    with pytest.raises(TypeError):
        checkpoint.write_json(path, {"new": object()})
    assert json.loads(path.read_text()) == {"old": 1}
