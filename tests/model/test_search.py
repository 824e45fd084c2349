"""The global search of codes against a search by hand, and what encode makes of it."""

import pytest
import torch

from autoencoder import Autoencoder, ModelConfig, corrupt
from autoencoder.model.refinement import clipped_moments
from autoencoder.model.search import SearchGrid

BOX = torch.tensor([[-1.0, -2.0], [3.0, 2.0]])
SMALL = ModelConfig(encoder_widths=(16,), decoder_widths=(16,), sine_features=8, refine_steps=2, search_cells=12)


def decode(z):
    """A sheet that folds: pictures of waves whose phase and pitch the code sets."""
    across = torch.linspace(0, 3, 784)
    return (0.5 + 0.5 * torch.sin(across * (4 + z[:, :1]) + 2 * z[:, 1:])).unflatten(1, (1, 28, 28))


def test_the_best_cell_is_that_of_a_search_by_hand():
    """Pixel by pixel, over the look of every cell under the noise that the grid knows below and above each image's."""
    grid = SearchGrid(decode, BOX, allow_for_noise=True, cells=24).double()
    generator = torch.Generator().manual_seed(0)
    level = torch.rand(400, 1, generator=generator).double()
    pictures = decode(torch.rand(400, 2, generator=generator) * 4 - 1)
    x = corrupt(pictures, "gaussian", level[:, :, None, None].float(), generator).double()
    clean = decode(grid.codes).flatten(1)
    looks = [clean] + [clipped_moments(clean, level.new_tensor(each))[0] for each in (0.16, 0.32, 0.48, 0.64)]
    misfits = torch.stack([torch.cdist(x.flatten(1), look).square() for look in looks], 1)  # (B, L, C)
    place = (level[:, 0] / 0.16).clamp(max=4 - 1e-9)
    below, rows = place.long(), torch.arange(400)
    share = (place - below)[:, None]
    misfit = (1 - share) * misfits[rows, below] + share * misfits[rows, below + 1]
    assert torch.equal(grid.best(x, level), grid.codes[misfit.argmin(1)])


def test_clean_images_get_the_cell_that_is_drawn_most_alike():
    grid = SearchGrid(decode, BOX, cells=24)
    x = decode(torch.rand(40, 2, generator=torch.Generator().manual_seed(0)) * 4 - 1)
    nearest = torch.cdist(x.flatten(1), decode(grid.codes).flatten(1)).argmin(1)
    assert torch.equal(grid.best(x), grid.codes[nearest])
    assert grid.codes.amin(0).tolist() == pytest.approx([-1 + 2 / 24, -2 + 2 / 24])
    assert grid.codes.amax(0).tolist() == pytest.approx([3 - 2 / 24, 2 - 2 / 24])


@pytest.fixture
def model():
    torch.manual_seed(0)
    return Autoencoder(SMALL).eval()


def test_a_decoded_picture_gets_its_own_code_wherever_the_encoder_would_look(model):
    """An untrained encoder knows nothing; the decoder's own pictures have codes without error."""
    z = torch.rand(50, 2, generator=torch.Generator().manual_seed(1)) * 2 - 1
    with torch.no_grad():
        x = model.decode(z)
        errors = [
            (model.decode(code) - x).square().mean() for code in (model.encode(x), model.encode(x, refined=False))
        ]
    assert errors[0] < 0.05 * errors[1]


def test_the_plane_is_decoded_anew_after_training_and_with_other_weights(model):
    x = torch.rand(4, 1, 28, 28)
    with torch.inference_mode():
        before = model.encode(x)
    other = Autoencoder(SMALL)
    model.load_state_dict(other.state_dict())
    assert torch.equal(model.encode(x), other.eval().encode(x))
    assert not torch.equal(model.encode(x), before)
    model.train()
    assert model.search_grid is None


def test_a_model_in_training_mode_keeps_its_statistics_and_decodes_no_plane():
    model = Autoencoder(SMALL)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    model.prepare()
    assert model.search_grid is None
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_the_plane_is_not_saved_but_its_box_is(model, tmp_path):
    model.prepare()
    model.code_box.copy_(BOX)
    model.save_pretrained(tmp_path)
    again = Autoencoder.from_pretrained(tmp_path).eval()
    assert torch.equal(again.code_box, BOX)
    assert not [name for name in again.state_dict() if name.startswith("search_grid")]


@pytest.mark.parametrize("changes", [{"refine_steps": 0}, {"latent_dim": 3}, {"search_cells": 129}])
def test_a_search_that_cannot_be_is_refused_by_its_name(changes):
    with pytest.raises(ValueError, match="search_cells"):
        ModelConfig(**{"refine_steps": 2, "search_cells": 8, **changes})
