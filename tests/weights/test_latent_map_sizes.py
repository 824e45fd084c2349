"""A plane for a bottleneck of any width: itself for two numbers, spread out for one, principal components else."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from autoencoder import Autoencoder, ModelConfig
from autoencoder.weights import latent_map
from autoencoder.weights.latent_map import LatentMap


def model_of(latent_dim):
    torch.manual_seed(0)
    model = Autoencoder(ModelConfig(latent_dim=latent_dim, encoder_widths=(16,), decoder_widths=(16,), sine_features=8))
    return model.eval()


@pytest.fixture
def images():
    return torch.rand(40, 1, 28, 28, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("latent_dim", [1, 2, 3, 16])
def test_a_map_of_any_width_is_drawn_saved_and_read(latent_dim, images, tmp_path):
    model = model_of(latent_dim)
    plane = latent_map.build(model, images, torch.arange(40) % 3)
    plane.save(tmp_path / "map.npz")
    read = LatentMap.from_bytes((tmp_path / "map.npz").read_bytes())
    assert (read.latent_dim, read.is_projected, read.codes.shape) == (latent_dim, latent_dim != 2, (40, 2))
    assert latent_map.atlas(model, read).shape == (48 * 28, 48 * 28)


@pytest.mark.parametrize("latent_dim", [3, 16])
def test_wide_codes_are_shown_by_their_principal_components(latent_dim, images):
    model = model_of(latent_dim)
    z = latent_map.encode_all(model, images).numpy()
    expected = PCA(2, svd_solver="full").fit_transform(z.astype(np.float64))
    plane = latent_map.build(model, images, torch.zeros(40))
    for own, axis in zip(plane.codes.T, expected.T, strict=True):  # a component's sign is anyone's choice
        assert min(np.abs(own - axis).max(), np.abs(own + axis).max()) < 1e-3 * np.abs(axis).max()
    places = torch.from_numpy(plane.codes)
    assert torch.allclose(plane.project(plane.unproject(places)), places, atol=1e-4)


def test_a_single_number_is_the_x_of_its_place_and_y_means_nothing(images):
    model = model_of(1)
    z = latent_map.encode_all(model, images)
    plane = latent_map.build(model, images, torch.zeros(40))
    places = torch.from_numpy(plane.codes)
    assert torch.allclose(plane.unproject(places), z, atol=1e-5)
    assert torch.equal(plane.unproject(places), plane.unproject(places * torch.tensor([1.0, -7.0])))
    assert torch.allclose(plane.project(z)[:, 0], places[:, 0], atol=1e-5)
    assert len(np.unique(plane.codes[:, 1])) == 40
