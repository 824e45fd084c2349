"""The global search of codes against a search by hand, and what encode makes of it."""

import pytest
import torch

from autoencoder import Autoencoder, ModelConfig, corrupt
from autoencoder.model.refinement import clipped_moments
from autoencoder.model.search import Atlas

BOX = torch.tensor([[-1.0, -2.0], [3.0, 2.0]])
SMALL = ModelConfig(encoder_widths=(16,), decoder_widths=(16,), sine_features=8, refine_steps=2, search_cells=12)


def decode(z):
    """A sheet that folds: pictures of waves whose phase and pitch the code sets."""
    across = torch.linspace(0, 3, 784)
    return (0.5 + 0.5 * torch.sin(across * (4 + z[:, :1]) + 2 * z[:, 1:])).unflatten(1, (1, 28, 28))


@pytest.mark.parametrize("level", [None, 0.0, 0.32, 0.4, 0.61])
def test_the_best_cell_is_that_of_a_search_by_hand(level):
    """Pixel by pixel, over the expected noisy look of every cell; between two levels over a mean of the misfits."""
    levels = (0.0, 0.16, 0.32, 0.48)
    atlas = Atlas(decode, BOX, levels, cells=9)
    generator = torch.Generator().manual_seed(0)
    x = corrupt(decode(torch.rand(40, 2, generator=generator) * 4 - 1), "gaussian", level or 0.1, generator)
    clean = decode(atlas.codes).flatten(1)
    looks = {each: clipped_moments(clean, torch.tensor(each))[0] if each else clean for each in levels}
    misfits = {each: (x.flatten(1)[:, None] - looks[each]).square().sum(2) for each in levels}
    misfit = (misfits[0.32] + misfits[0.48]) / 2 if level == 0.4 else misfits[min(level or 0.0, 0.48)]
    given = None if level is None else torch.full((40, 1), level)
    chosen = torch.cdist(atlas.best(x, given), atlas.codes).argmin(1)
    least = misfit.amin(1)
    assert (misfit.gather(1, chosen[:, None])[:, 0] <= 1.001 * least).all()  # two cells may fit alike
    assert atlas.codes.amin(0).tolist() == pytest.approx([-1 + 2 / 9, -2 + 2 / 9])
    assert atlas.codes.amax(0).tolist() == pytest.approx([3 - 2 / 9, 2 - 2 / 9])


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
    assert model.atlas is None


def test_the_plane_is_not_saved_but_its_box_is(model, tmp_path):
    model.prepare()
    model.code_box.copy_(BOX)
    model.save_pretrained(tmp_path)
    again = Autoencoder.from_pretrained(tmp_path).eval()
    assert torch.equal(again.code_box, BOX)
    assert not [name for name in again.state_dict() if name.startswith("atlas")]


@pytest.mark.parametrize("changes", [{"refine_steps": 0}, {"latent_dim": 3}, {"search_cells": 129}])
def test_a_search_that_cannot_be_is_refused_by_its_flag(changes):
    with pytest.raises(ValueError, match="--search-cells"):
        ModelConfig(**{"refine_steps": 2, "search_cells": 8, **changes})
