"""A training's film: frames of what the model was at the time, and nothing of the training changed by them."""

from dataclasses import replace

import pytest
import torch

from autoencoder import Autoencoder, metrics
from autoencoder.data.dataset import validation_split
from autoencoder.training import film
from autoencoder.training.fit import fit
from autoencoder.training.phases import phases
from autoencoder.training.recipes import PRESETS
from tests.training.test_resume import MUON, PHASES


@pytest.fixture(scope="module")
def images(fashion):
    train, validation = validation_split(fashion.train.subset(slice(1_500)), size=300)
    return train.images, validation.images


@pytest.fixture(scope="module")
def fitted(images):
    return fit(PHASES, *images, seed=3)


def test_it_goes_from_before_the_first_step_through_all_phases_to_the_finished_model(fitted):
    told = [(frame.stage, frame.epoch) for frame in fitted.film]
    assert told == [("start", 0), ("joint", 1), ("decoder", 2), ("decoder", 3), ("finished", 4)]


def test_the_first_frame_is_of_the_initial_weights_and_the_last_of_the_finished_model(fitted, images):
    torch.manual_seed(3)
    first = Autoencoder(PHASES.model).eval()
    for frame, model, refined in ((fitted.film[0], first, False), (fitted.film[-1], fitted.model, True)):
        with torch.inference_mode():
            codes = model.encode(images[1], refined=refined)
            error = metrics.mse(model.decode(codes), images[1]).mean().item()
        assert torch.equal(frame.codes, codes.half())
        assert frame.mse == pytest.approx(error, rel=1e-5)


def test_the_error_falls_and_the_searched_codes_are_better_than_the_encoder_s(fitted):
    errors = [frame.mse for frame in fitted.film]
    assert errors[0] > errors[1] > errors[2] > errors[3]


def test_recording_changes_nothing_of_the_training(fitted, images, monkeypatch):
    """Oracle: the same training without a film."""
    monkeypatch.setattr(film, "can_record", lambda _: False)
    unseen = fit(PHASES, *images, seed=3)
    assert unseen.film == ()
    for name, value in fitted.model.state_dict().items():
        assert torch.equal(value, unseen.model.state_dict()[name]), name


@pytest.mark.parametrize("model", [replace(MUON.model, latent_dim=3), replace(MUON.model, normalize_code=False)])
def test_a_model_whose_plane_does_not_stay_has_none(model):
    assert not film.can_record(model)


def test_the_shipped_recipe_has_about_twenty_moments_most_of_them_early():
    joint, decoder, encoder = map(film.moments, phases(PRESETS["default"]["denoising"]))
    assert 18 <= 2 + len(joint) + len(decoder) + len(encoder) <= 24
    assert {1, 2, 3, 4, 5, 45} <= joint
    assert len(decoder) >= 5
    assert max(decoder) == 25
