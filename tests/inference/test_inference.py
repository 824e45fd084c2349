"""What the app calls: consistent with the models themselves, and firm about bad input."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from autoencoder import corrupt, metrics
from autoencoder.inference.engine import LEVELS, Engine, InputError
from autoencoder.threefry import Threefry
from autoencoder.weights.records import Metrics


@pytest.fixture(scope="module")
def boot(samples):
    return torch.from_numpy(samples[:1, None]).float() / 255


def test_a_picture_is_unusual_that_is_reconstructed_worse_than_most_test_images(checkpoints, boot):
    """The threshold is that of the first model that has one; without any, nothing is unusual."""
    with torch.inference_mode():
        distance = 1 - metrics.ssim(checkpoints["denoising"].model(boot)[0], boot).item()
    basic = replace(checkpoints["basic"], metrics=Metrics())
    for threshold, expected in ((distance - 0.01, True), (distance + 0.01, False), (None, False)):
        denoising = replace(checkpoints["denoising"], metrics=Metrics(unusual_above=threshold))
        assert Engine({"basic": basic, "denoising": denoising}).is_unusual(boot) is expected


def test_each_level_of_the_strip_is_what_corrupt_and_the_model_give_alone(engine, boot):
    answer = engine.denoise(boot, "denoising", "gaussian", seed=7)
    model = engine.checkpoint("denoising").model
    for position in (0, 25, 60):
        noisy = corrupt(boot, "gaussian", LEVELS[position], Threefry(7))
        with torch.inference_mode():
            reconstruction, z = model(noisy)
        assert np.allclose(answer.noisy[position], noisy[0, 0], atol=1e-6)
        assert np.allclose(answer.reconstruction[position], reconstruction[0, 0], atol=1e-5)
        assert np.allclose(answer.codes[position], z[0], atol=1e-4)
        assert answer.scores["mse"][position] == pytest.approx(metrics.mse(reconstruction, boot).item(), rel=1e-4)
        assert answer.noisy_scores["mse"][position] == pytest.approx(metrics.mse(noisy, boot).item(), abs=1e-7)


def test_without_noise_the_input_is_the_original_and_its_code_the_clean_one(engine, boot):
    answer = engine.denoise(boot)
    assert np.array_equal(answer.noisy[0], answer.original)
    assert math.isinf(answer.noisy_scores["psnr"][0])
    assert np.allclose(answer.codes[0], answer.clean_code, atol=1e-4)


def test_decode_and_encode_are_the_models_own(engine, boot):
    model = engine.checkpoint("basic").model
    with torch.inference_mode():
        expected = model.decode(torch.tensor([[0.3, -0.4]]))
        z = model.encode(boot)
    assert np.allclose(engine.look_up(0.3, -0.4, "basic").image, expected[0, 0], atol=1e-5)
    assert engine.encode(boot, "basic") == pytest.approx(tuple(z[0].tolist()), abs=1e-4)


def test_neighbours_are_the_nearest_of_all_codes(engine):
    found = engine.look_up(0.1, 0.2).neighbours
    plane = engine.checkpoint("denoising").latent_map
    distances = np.linalg.norm(plane.codes.astype(float) - [0.1, 0.2], axis=1)
    assert [each.distance for each in found] == pytest.approx(sorted(distances)[:6], abs=1e-5)
    assert [each.index for each in found] == plane.index[np.argsort(distances, kind="stable")[:6]].tolist()


@pytest.mark.parametrize("value", [math.nan, math.inf, -1e9, 10**400, "1", True], ids=lambda value: str(value)[:9])
def test_impossible_coordinates_are_refused(engine, value):
    with pytest.raises(InputError, match="coordinate"):
        engine.look_up(value, 0.0)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"model": "nobody"}, "There is no model 'nobody'"),
        ({"kind": "blur"}, "There is no noise 'blur'"),
        ({"levels": (0.7,)}, "noise level must lie between 0 and 0.6"),
        ({"levels": (math.nan,)}, "noise level"),
        ({"seed": -1}, "seed must lie between"),
        ({"seed": 1.5}, "whole number"),
        ({"seed": True}, "seed must be a number"),
    ],
)
def test_impossible_requests_are_refused_with_a_sentence(engine, boot, arguments, sentence):
    with pytest.raises(InputError, match=sentence):
        engine.denoise(boot, **arguments)


@pytest.mark.parametrize(
    "image", [torch.zeros(1, 1, 27, 28), torch.full((1, 1, 28, 28), 1.5), torch.full((1, 1, 28, 28), math.nan)]
)
def test_images_of_another_shape_or_range_are_refused(engine, image):
    with pytest.raises(InputError):
        engine.encode(image)


def test_an_engine_needs_a_model():
    with pytest.raises(ValueError, match="No model"):
        Engine({})
